"""What a server or a mirror has is verified, resumed where it broke off, left in time, and said in one line."""

import contextlib
import gzip
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_transfer import files, paths, progress
from mnist_transfer.data import download, sources
from mnist_transfer.data.download import SourceError, obtain, shown
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source
from tests.servers import CONTENT, FETCHED, NO_ANSWERS, PACKED, PAGE, SHA256, Server, all_files, always, fetch, source

pytestmark = pytest.mark.usefixtures("empty_folder")


def refusal(*servers: Server) -> SourceError:
    """Return what is said of the servers, or of a mirror, of which none has the file: one line of plain characters."""
    with pytest.raises(SourceError) as caught:
        fetch(source(*servers))
    assert str(caught.value).isprintable()
    return caught.value


# Sound places


def test_what_a_server_has_is_downloaded_decompressed_and_kept(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.content["/toy/images.gz"] = PACKED
    fetch(source(server))
    assert all_files() == FETCHED
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith(f"images.gz: {len(PACKED):,} of {len(PACKED):,} bytes, ")
    assert last == f"data/toy/images: fetched from {server.url}/toy/images.gz and verified"
    fetch(source(server))
    assert len(server.requests) == 1, "what is there and verified is not asked for again"
    assert capsys.readouterr().err == "data/toy/images: there and verified\n"


def test_a_damaged_file_is_fetched_again(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    files.write_text(Path("data/toy/images"), "damaged")
    fetch(source(server))
    assert all_files() == FETCHED


@pytest.mark.parametrize("end", ["", "/"])
def test_a_mirror_may_be_a_url_or_a_folder_and_comes_first(
    server: Server, second_server: Server, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    server.content["/some/where/toy/images.gz"] = PACKED
    monkeypatch.setenv(MIRROR_VARIABLE, f"{server.url}/some/where{end}")
    fetch(source(second_server))
    assert all_files() == FETCHED
    Path("data/toy/images").unlink()
    Path("mirror/toy").mkdir(parents=True)
    Path("mirror/toy/images.gz").write_bytes(PACKED)
    monkeypatch.setenv(MIRROR_VARIABLE, f"mirror{end}")
    fetch(source(second_server))
    assert all_files() == FETCHED | {"mirror/toy/images.gz": PACKED}
    assert second_server.requests == []


def test_a_server_that_does_not_give_the_length_will_do(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LOG_INTERVAL", 0.0)
    server.content["/toy/images.gz"], server.gives_length = PACKED, False
    fetch(source(server))
    assert all_files() == FETCHED
    assert f"images.gz: {len(PACKED):,} of ? bytes, " in capsys.readouterr().err


def test_a_file_that_is_not_packed_is_checked_against_its_md5(server: Server) -> None:
    server.content["/net/x.h5"] = CONTENT
    urls, right = (f"{server.url}/net/x.h5",), hashlib.md5(CONTENT).hexdigest()
    obtain(Source("net/x.h5", urls, len(CONTENT), md5=right), Path("good.h5"))
    with pytest.raises(SourceError, match=f"wrong md5 {right}, expected {'0' * 32}"):
        obtain(Source("net/x.h5", urls, len(CONTENT), md5="0" * 32), Path("bad.h5"))
    assert all_files() == {"good.h5": CONTENT}


def test_every_known_file_has_its_size_and_hash() -> None:
    known = [file for dataset in sources.DATASETS.values() for file in dataset.values()]
    known += [file for weights in sources.WEIGHTS.values() for file in (weights.official, *weights.parts)]
    assert all(file.size and file.hash[1] for file in known)


# Other files


BOMB = gzip.compress(bytes(len(CONTENT) + 1))
SPOILT: dict[str, tuple[bytes | None, str]] = {
    "nothing there": (None, "HTTP 404 Not Found"),
    "a web page": (PAGE, "a web page, not gzip"),
    "empty": (b"", "not gzip"),
    "not packed": (CONTENT, "not gzip (begins with"),
    "cut short": (PACKED[:-5], "damaged gzip"),
    "a wrong checksum": (PACKED[:-8] + bytes(4) + PACKED[-4:], "damaged gzip"),
    "another file": (gzip.compress(b"other"), f"wrong sha256 {hashlib.sha256(b'other').hexdigest()}, expected {SHA256}"),
    "a bomb": (BOMB, f"more than the {len(CONTENT):,} bytes that the file has"),
    "far too long": (bytes(2 * len(CONTENT)), f"{2 * len(CONTENT):,} bytes, which is more than the file can have"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_bad_place_is_named_leaves_nothing_and_is_followed_by_the_next(
    server: Server, second_server: Server, spoilt: str
) -> None:
    content, complaint = SPOILT[spoilt]
    server.content |= {"/toy/images.gz": content} if content is not None else {}
    error = refusal(server)
    assert error.problems[0].startswith(f"{server.url}/toy/images.gz: {complaint}")
    assert MIRROR_VARIABLE in str(error)
    assert all_files() == {}
    second_server.content["/toy/images.gz"] = PACKED
    fetch(source(server, second_server))
    assert all_files() == FETCHED


def test_a_bad_place_does_not_touch_what_is_there_which_is_named(server: Server) -> None:
    server.status = 500
    files.write_text(Path("data/toy/images"), "old")
    problems = refusal(server).problems
    assert problems[0].endswith("HTTP 500 Internal Server Error")
    assert problems[1].startswith("data/toy/images: damaged, as its sha256 is ")
    assert all_files() == {"data/toy/images": b"old"}


def test_a_body_longer_than_the_file_can_be_is_not_read_to_its_end(server: Server) -> None:
    server.content["/toy/images.gz"], server.gives_length = bytes(50_000_000), False
    assert f"more than the {source(server).most:,} bytes that the file can have" in str(refusal(server))


def test_a_mirrors_pipe_gigantic_file_or_missing_folder_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "mirror")
    assert refusal().problems == ["mirror/toy/images.gz: No such file or directory"]
    Path("mirror/toy").mkdir(parents=True)
    os.mkfifo("mirror/toy/images.gz")
    assert refusal().problems == ["mirror/toy/images.gz: not a file"]
    with Path("mirror/toy/weights").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(SourceError, match="more than the 1,000 bytes that the file has"):
        obtain(Source("toy/weights", (), 1000, SHA256), Path("weights"))


@pytest.mark.parametrize("mirror", ["http://[::1", "http://127.0.0.1:port", "http://.example", "s3://x"])
def test_a_mirror_that_cannot_be_asked_is_named(mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, mirror)
    assert refusal().problems[0].startswith(f"{mirror}/toy/images.gz: ")
    assert all_files() == {}


TEXT = b"forty-two bytes that are to arrive, all of them"


@settings(max_examples=50)
@given(st.data())
def test_damaged_gzip_is_refused_unless_the_content_is_the_same(data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(TEXT, mtime=0))
    for position in data.draw(st.lists(st.integers(0, len(packed) - 1), max_size=3)):
        packed[position] = data.draw(st.integers(0, 255))
    Path("x.gz").write_bytes(packed[: data.draw(st.integers(0, len(packed)))])
    Path("x").unlink(missing_ok=True)
    toy = Source("x.gz", (), len(TEXT), hashlib.sha256(TEXT).hexdigest())
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(SourceError):
        patch.setenv(MIRROR_VARIABLE, ".")
        obtain(toy, Path("x"))
    assert not Path("x").exists() or Path("x").read_bytes() == TEXT


# Transfers that break off


def test_a_transfer_that_breaks_off_is_resumed_where_it_stopped(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.breaks_after = [100_000, 200_000]
    fetch(source(server))
    assert all_files() == FETCHED
    assert server.ranges == ["", "bytes=100000-", "bytes=300000-"]
    assert server.sent == len(PACKED), "no byte is sent twice"


def test_a_server_that_ignores_ranges_is_asked_from_the_start(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.breaks_after, server.honours_range = [100_000], False
    fetch(source(server))
    assert all_files() == FETCHED
    assert server.sent == 100_000 + len(PACKED)


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


def test_a_server_that_keeps_breaking_off_is_left_but_what_came_is_kept(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    attempts = 1 + download.RESUMPTIONS
    server.breaks_after = [50_000] * attempts
    assert "broke off (IncompleteRead" in str(error := refusal(server))
    assert "; what came is kept, so run this again to continue" in str(error)
    assert list(all_files().values()) == [PACKED[: 50_000 * attempts]]
    download._unreachable.clear()  # as in another run
    fetch(source(server))
    assert all_files() == FETCHED
    assert server.ranges[-1] == f"bytes={50_000 * attempts}-"


PART = Path(f"downloads/toy/images.gz.{hashlib.sha256(b'http://x/toy/images.gz').hexdigest()[:8]}.part")


@pytest.mark.parametrize(
    "left", [PACKED, PACKED[:1000][::-1], PACKED + b"surplus", PAGE], ids=["same", "other", "longer", "page"]
)
def test_what_an_earlier_run_left_may_be_of_something_else(server: Server, left: bytes) -> None:
    server.content["/toy/images.gz"] = PACKED
    toy = source(server)
    stale = PART.with_name("images.gz.00000000.part")
    for part in (PART.with_name(f"images.gz.{hashlib.sha256(toy.urls[0].encode()).hexdigest()[:8]}.part"), stale):
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(left)
    fetch(toy)
    assert all_files() == FETCHED


FETCH = "import sys; from tests.servers import *; fetch(Source('toy/images.gz', (sys.argv[1],), len(CONTENT), SHA256))"


def test_a_second_run_resumes_what_a_killed_process_began(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.breaks_after = [100_000]
    server.hangs.set()
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen([sys.executable, "-c", FETCH, source(server).urls[0]], env=environment)
    patience = time.monotonic() + 20
    while sum(map(len, all_files().values())) < 90_000:
        assert process.poll() is None
        assert time.monotonic() < patience
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    server.hangs.clear()
    (part,) = all_files().values()
    assert part == PACKED[: len(part)]
    fetch(source(server))
    assert all_files() == FETCHED
    assert server.ranges == ["", f"bytes={len(part)}-"]


# Servers that are no good, and are not asked for the next file


@pytest.mark.parametrize("answer", NO_ANSWERS)
def test_what_is_no_answer_is_said_in_one_line_of_plain_characters(server: Server, answer: str) -> None:
    sent, words = NO_ANSWERS[answer]
    server.answer = always(sent)
    assert words in str(error := refusal(server))
    assert "kept" not in str(error)
    assert all_files() == {}


def slow(server: Server, patch: pytest.MonkeyPatch) -> str:
    patch.setattr(download, "PATIENCE", 0.3)
    server.answer = always(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PACKED[:1000], 0.005)
    return "sends less than 1,000 bytes a second"


def silent(server: Server, patch: pytest.MonkeyPatch) -> str:
    patch.setattr(download, "TIMEOUT", (0.2, 0.2))
    server.answer = always(b"")
    server.hangs.set()
    return "gives no answer (timed out)"


def stalling(server: Server, patch: pytest.MonkeyPatch) -> str:
    patch.setattr(download, "TIMEOUT", (0.2, 0.2))
    server.content["/toy/images.gz"], server.breaks_after = PACKED, [1000] * 9
    server.hangs.set()
    return "broke off (timed out)"


@pytest.mark.parametrize("how", [slow, silent, stalling])
def test_a_server_that_dawdles_is_left_for_the_whole_run(
    server: Server, monkeypatch: pytest.MonkeyPatch, how: Callable[[Server, pytest.MonkeyPatch], str]
) -> None:
    complaint = how(server, monkeypatch)
    assert complaint in str(refusal(server))
    asked = len(server.requests)
    for _ in range(7):
        assert complaint in str(refusal(server))
    assert len(server.requests) == asked <= 1 + download.RESUMPTIONS


def test_a_host_out_of_reach_is_followed_by_the_next(server: Server, closed_port: int) -> None:
    server.content["/toy/images.gz"] = PACKED
    away = f"http://127.0.0.1:{closed_port}/toy/images.gz"
    with pytest.raises(SourceError, match=rf"127.0.0.1:{closed_port} gives no answer \(.*Connection refused\)"):
        fetch(Source("toy/images.gz", (away,), len(CONTENT), SHA256))
    fetch(Source("toy/images.gz", (away, *source(server).urls), len(CONTENT), SHA256))
    assert all_files() == FETCHED


# Names and passwords


def test_a_name_and_a_password_are_sent_to_the_mirror_alone_and_never_printed(
    server: Server, second_server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    second_server.content["/toy/images.gz"] = PACKED
    location = f"{second_server.url.replace('127.0.0.1', 'localhost')}/toy/images.gz".encode()
    server.answer = always(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    monkeypatch.setenv(MIRROR_VARIABLE, server.url.replace("//", "//me:se%40cret@"))
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
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
    assert "secret" not in str(error := refusal())
    assert f"127.0.0.1:{closed_port}/toy/images.gz: " in str(error)


@pytest.mark.parametrize("place", ["mirror/toy", "/mnt/a@b/toy", "http://host:8080/toy", "https://host/a/toy?b"])
def test_a_place_without_a_password_is_printed_as_it_is(place: str) -> None:
    assert shown(place) == place


# This machine


def test_a_file_is_fetched_by_one_at_a_time(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    fetching = threading.Thread(target=fetch, args=[source(server)])
    paths.DOWNLOADS.mkdir()
    with FileLock(paths.DOWNLOADS / ".lock"):
        fetching.start()
        fetching.join(0.2)
        assert server.requests == []
    fetching.join(10)
    assert all_files() == FETCHED


@pytest.mark.parametrize("obstacle", [paths.DATA, paths.DATA / "toy", paths.DOWNLOADS, paths.DOWNLOADS / "toy"])
def test_a_target_that_cannot_be_written_is_said_at_once(server: Server, second_server: Server, obstacle: Path) -> None:
    for each in (server, second_server):
        each.content["/toy/images.gz"] = PACKED
    files.write_text(obstacle, "a file where a folder should be")
    with pytest.raises(files.OutputError, match=f"^cannot write {obstacle.parts[0]}"):
        fetch(source(server, second_server))
    assert second_server.requests == [], "another place is of no help"
    obstacle.unlink()
    fetch(source(server))  # nothing wrong is remembered of the server
    assert all_files() == FETCHED
