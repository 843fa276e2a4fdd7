"""Servers that dawdle, lie, wander off or never end, and who else is at the same file: left in time, and said in one line."""

import gzip
import itertools
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from mnist_transfer import files, paths
from mnist_transfer.data import connection, sources
from mnist_transfer.data.download import WrongFileError
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source, SourceError
from tests.data.test_download import fetch_command, half_fetched, part_of
from tests.servers import FETCHED, NO_ANSWERS, PACKED, SHA256, Server, all_files, always, fetch, source

pytestmark = pytest.mark.usefixtures("empty_folder")


def refusal(*servers: Server) -> str:
    """Return what is said of the servers, of which none has the file."""
    with pytest.raises(SourceError) as caught:
        fetch(source(*servers))
    message = str(caught.value)
    assert message.isprintable()
    return message


# More than the file


def test_a_body_longer_than_the_file_can_be_is_not_read_to_its_end(server: Server, second_server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.gives_length = False
    second_server.content["/toy/images.gz"] = PACKED
    toy = source(server, second_server)
    small = Source(toy.path, toy.urls, sha256=SHA256, size=1000)
    with pytest.raises(SourceError) as caught:
        fetch(small)
    most = small.most or 0
    assert f"more than the {most:,} bytes that the file can have" in caught.value.problems[0]
    assert f"{len(PACKED):,} bytes, which is more than the file can have" in caught.value.problems[1]
    assert all_files() == {}


def test_a_gzip_that_expands_for_ever_is_left_at_the_size_of_the_file() -> None:
    Path("packed").write_bytes(gzip.compress(bytes(50_000_000)))
    with pytest.raises(WrongFileError, match="gzip of more than the 1,000 bytes that the file has"):
        sources.decompress(Path("packed"), Path("unpacked"), 1000)
    assert Path("unpacked").stat().st_size < 1_000_000


def test_a_file_of_a_mirror_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("toy").mkdir()
    with Path("toy/images.gz").open("wb") as stream:
        stream.truncate(1 << 40)
    monkeypatch.setenv(MIRROR_VARIABLE, ".")
    with pytest.raises(SourceError, match="1,099,511,627,776 bytes, which is more than the file can have"):
        fetch(Source("toy/images.gz", sha256=SHA256, size=1000))


def test_every_known_file_has_its_size() -> None:
    known = [*sources.WEIGHTS.values(), *(part for parts in sources.WEIGHT_PARTS.values() for part in parts)]
    known += [file for dataset in sources.DATASETS.values() for file in dataset.values()]
    assert all(file.size for file in known)


def test_a_pipe_in_the_mirror_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mirror/toy").mkdir(parents=True)
    os.mkfifo("mirror/toy/images.gz")
    monkeypatch.setenv(MIRROR_VARIABLE, "mirror")
    assert "mirror/toy/images.gz: not a file" in refusal()


# Too slow


SLOW_HEADERS = b"HTTP/1.1 200 OK\r\n" + b"X-Filler: x\r\n" * 100
SLOW_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PACKED[:1000]


@pytest.mark.parametrize("answer", [SLOW_HEADERS, SLOW_BODY], ids=["headers", "body"])
def test_a_server_that_trickles_is_left_for_the_whole_run(
    server: Server, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.3)
    server.answer = always(answer, 0.005)
    for _ in range(8):
        assert "sends less than 1,000 bytes a second (for 0.3 s)" in refusal(server)
    assert len(server.requests) == 1


def test_a_silent_server_is_left_for_the_whole_run(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", 0.2)
    server.answer = always(b"")
    server.hangs.set()
    for _ in range(8):
        message = refusal(server)
        assert "sends nothing (waited 0.2 s)" in message
        assert "kept" not in message, "nothing came"
    assert len(server.requests) == 1
    assert all_files() == {}


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Filler: x\r\n"),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", b"x"),
    ],
    ids=["informed", "trailer", "redirect"],
)
def test_what_comes_around_a_file_without_end_is_not_read_for_ever(server: Server, begin: bytes, piece: bytes) -> None:
    server.answer = lambda *_: itertools.chain([begin], itertools.repeat(piece * 1000, 10_000))
    assert "sends more than 1,048,576 bytes that are no content" in refusal(server)
    assert all_files() == {}


# Not HTTP, or hardly


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_what_is_no_answer_is_said_in_one_line_of_plain_characters(server: Server, answer: str) -> None:
    sent, words = NO_ANSWERS[answer]
    server.answer = always(sent)
    message = refusal(server)
    assert words in message
    assert "kept" not in message
    assert all_files() == {}


# Other bytes than asked for


@pytest.mark.parametrize("shift", [-1000, 1000, 10**9], ids=["before", "behind", "none"])
def test_bytes_from_elsewhere_are_dropped_and_the_file_fetched_from_the_start(server: Server, shift: int) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.breaks_after, server.shift = [100_000], shift
    fetch(source(server))
    assert all_files() == FETCHED
    assert server.ranges == ["", "bytes=100000-", ""]


@pytest.mark.parametrize(("honours", "requests"), [(True, 2), (False, 3)])
def test_a_file_that_changes_between_two_attempts_is_fetched_from_the_start(
    server: Server, honours: bool, requests: int
) -> None:
    class Changing(list[int]):
        def pop(self, index: object = -1) -> int:
            server.content["/toy/images.gz"], server.etag = PACKED, '"new"'
            self.clear()
            return 100_000

    server.content["/toy/images.gz"] = PACKED[::-1]
    server.etag, server.honours_if_range, server.breaks_after = '"old"', honours, Changing([1])
    fetch(source(server))
    assert all_files() == FETCHED
    assert len(server.requests) == requests


# Names and passwords


def test_a_name_and_a_password_are_sent_to_the_mirror_alone_and_never_printed(
    server: Server, second_server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    second_server.content["/toy/images.gz"] = PACKED
    location = f"{second_server.url}/toy/images.gz".encode()
    server.answer = always(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    monkeypatch.setenv(MIRROR_VARIABLE, server.url.replace("//", "//me:se%40cret@"))
    fetch(source())
    assert server.authorizations == ["Basic bWU6c2VAY3JldA=="]  # me:se@cret
    assert second_server.authorizations == [""]
    printed = capsys.readouterr().err
    assert "cret" not in printed
    assert f"fetched from {server.url.replace('//', '//***@')}/toy/images.gz" in printed


@pytest.mark.parametrize(
    "userinfo", ["me:secret@", "secret@", "me:se/secret@", "me:1/secret@", "me:se@secret@", "me:s#secret@"]
)
@pytest.mark.parametrize("scheme", ["http://", "https://", "s3://", ""])
def test_a_mirror_that_does_not_work_is_named_without_its_password(
    closed_port: int, monkeypatch: pytest.MonkeyPatch, scheme: str, userinfo: str
) -> None:
    if not scheme and ":" not in userinfo:
        pytest.skip("a folder's name")
    monkeypatch.setenv(MIRROR_VARIABLE, f"{scheme}{userinfo}127.0.0.1:{closed_port}")
    message = refusal()
    assert "secret" not in message
    assert f"127.0.0.1:{closed_port}/toy/images.gz: " in message


@pytest.mark.parametrize("place", ["mirror/toy", "/mnt/a@b/toy", "http://host:8080/toy", "https://host/a/toy?b"])
def test_a_place_without_a_password_is_printed_as_it_is(place: str) -> None:
    assert connection.shown(place) == place


# Other processes


def test_two_processes_do_not_disturb_each_other_and_one_of_them_transfers(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.breaks_after = [100_000]
    server.hangs.set()
    toy = source(server)
    first = subprocess.Popen(fetch_command(toy), stderr=subprocess.PIPE, text=True)
    patience = time.monotonic() + 20
    while sum(map(len, all_files().values())) < 90_000:
        assert time.monotonic() < patience
        time.sleep(0.01)
    second = subprocess.Popen(fetch_command(toy), stderr=subprocess.PIPE, text=True)
    assert second.stderr
    assert re.search("part: waiting for another process", second.stderr.readline())
    server.hangs.clear()
    assert first.wait(20) == second.wait(20) == 0
    assert second.stderr.read() == "data/toy/images: there and verified\n"
    assert all_files() == FETCHED
    assert server.sent == len(PACKED)


def test_what_killed_processes_left_goes_at_the_next_run_and_what_others_are_at_stays(server: Server) -> None:
    toy = half_fetched(server, PACKED[:1000])
    stale = [part_of(toy).with_name("images.gz.00000000.part"), paths.DATA / "toy/.images.00000000.tmp"]
    used = [part_of(toy).with_name("images.gz.11111111.part"), paths.DATA / "toy/.images.11111111.tmp"]
    for path in stale + used:
        files.write_text(path, "left")
    with files.claimed(used[0]), files.claimed(used[1]):
        fetch(toy)
        fetch(toy)
        assert all_files() == FETCHED | {str(path): b"left" for path in used}
    fetch(toy)
    assert all_files() == FETCHED
