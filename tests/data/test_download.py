"""Files from mirrors and servers: verified, resumed where a transfer broke off, and what is wrong with a place said plainly."""

import gzip
import hashlib
import itertools
import multiprocessing
import os
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from mnist_transfer import files, paths
from mnist_transfer.data import download, idx, sources
from mnist_transfer.data.download import SourceError, obtain
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source
from tests.commands import files_in
from tests.servers import Answer, Server

pytestmark = pytest.mark.usefixtures("empty_folder")

#: A made-up file, an IDX of values that gzip cannot make much smaller, and where a server has it.
CONTENT = idx.serialize(np.random.default_rng(0).integers(0, 256, (1000, 28, 28), dtype=np.uint8))
PACKED, FILE = gzip.compress(CONTENT, mtime=0), "/toy/images.gz"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PAGE = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"
#: What is on disk when the dataset has been fetched.
FETCHED = {"data/toy/images": CONTENT}


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch, server: Server, second_server: Server) -> None:
    """Wait for no server longer than a moment; both have the file unless told otherwise."""
    monkeypatch.setattr(download, "TIMEOUT", (0.5, 0.3))
    monkeypatch.setattr(download, "PATIENCE", 0.3)
    monkeypatch.setattr(download, "PAUSE", 0.0)
    server.content[FILE] = second_server.content[FILE] = PACKED


def source(*servers: Server, size: int = len(CONTENT)) -> Source:
    return Source(FILE[1:], tuple(server.url + FILE for server in servers), size, SHA256)


def fetch(toy: Source) -> None:
    obtain(toy, paths.DATA / "toy/images")


def all_files() -> dict[str, bytes]:
    return files_in(Path())


def refusal(*servers: Server, size: int = len(CONTENT)) -> str:
    """Return what is said of the servers, of which none has the file."""
    with pytest.raises(SourceError) as caught:
        fetch(source(*servers, size=size))
    message = str(caught.value)
    assert message.isprintable()
    return message


def assert_fetched(*servers: Server) -> None:
    fetch(source(*servers))
    assert all_files() == FETCHED


def wait_until_there(size: int) -> None:
    """Wait until so many bytes have arrived."""
    patience = time.monotonic() + 20
    while sum(map(len, all_files().values())) < size:
        assert time.monotonic() < patience
        time.sleep(0.01)


# Sound servers and mirrors


def test_what_a_server_has_is_downloaded_decompressed_and_kept(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert_fetched(server)
    progressed, fetched = capsys.readouterr().err.splitlines()
    assert progressed.startswith(f"images.gz: {len(PACKED):,} of {len(PACKED):,} bytes, ")
    assert fetched == f"data/toy/images: fetched from {server.url}/toy/images.gz and verified"
    fetch(source(server))
    assert len(server.ranges) == 1, "what is there and verified is not asked for again"
    assert capsys.readouterr().err == "data/toy/images: there and verified\n"


@pytest.mark.parametrize("mirror", ["my mirror/", "~/my mirror", "file://{here}/my%20mirror", "{url}/some/where/"])
def test_a_mirror_is_a_folder_or_a_base_url_and_comes_first(
    server: Server, second_server: Server, monkeypatch: pytest.MonkeyPatch, mirror: str
) -> None:
    Path("my mirror/toy").mkdir(parents=True)
    Path("my mirror/toy/images.gz").write_bytes(PACKED)
    server.content["/some/where/toy/images.gz"] = PACKED
    monkeypatch.setenv("HOME", str(Path().absolute()))
    monkeypatch.setenv(MIRROR_VARIABLE, mirror.format(here=Path().absolute(), url=server.url))
    fetch(source(second_server))
    assert all_files() == FETCHED | {"my mirror/toy/images.gz": PACKED}
    assert second_server.ranges == []


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl, which makes a certificate")
def test_certificates_that_a_variable_names_are_trusted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "own.pem", *name]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("own.pem", "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    secure = Source("toy/images.gz", (f"{server.url.replace('http', 'https')}{FILE}",), len(CONTENT), SHA256)
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        for known in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(known, raising=False)
        for file, complaint in ((None, "CERTIFICATE_VERIFY_FAILED"), ("nowhere.pem", "invalid path: nowhere.pem")):
            download._useless.clear()
            monkeypatch.setenv(variable, file or "")
            with pytest.raises(SourceError, match=complaint):
                fetch(secure)
        download._useless.clear()
        monkeypatch.setenv(variable, "own.pem")
        fetch(secure)
        Path("data/toy/images").unlink()


def test_a_damaged_file_is_fetched_again_and_named_if_that_fails(server: Server) -> None:
    files.write_text(paths.DATA / "toy/images", "damaged")
    wrong = hashlib.sha256(b"damaged").hexdigest()
    assert f"data/toy/images: damaged, as its sha256 is {wrong}, not {SHA256}" in refusal()
    assert_fetched(server)


def test_every_known_file_has_a_size_and_a_hash() -> None:
    known = [file for dataset in sources.DATASETS.values() for file in dataset.values()]
    known += [file for weights in sources.WEIGHTS.values() for file in (weights.official, *weights.parts)]
    assert all(file.size and file.hash[1] for file in known)


# Servers with something else

BAD = {
    "another file": (gzip.compress(b"another"), f"wrong sha256 {hashlib.sha256(b'another').hexdigest()}, expected {SHA256}"),
    "cut short": (PACKED[:-5], "damaged gzip"),
    "login page": (PAGE, "a web page, not gzip"),
    "not found": (None, "HTTP 404 Not Found"),
    "not packed": (CONTENT, "not gzip (begins with"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_place_is_named_leaves_nothing_and_is_followed_by_the_next(
    server: Server, second_server: Server, bad: str
) -> None:
    content, complaint = BAD[bad]
    server.content = {} if content is None else {FILE: content}
    message = refusal(server)
    for words in (f"Tried {server.url}/toy/images.gz: ", complaint, MIRROR_VARIABLE):
        assert words in message
    assert all_files() == {}
    files.write_text(paths.DATA / "toy/images", "of an older version")
    assert complaint in refusal(server)
    assert all_files() == {"data/toy/images": b"of an older version"}
    assert_fetched(server, second_server)


def always(sent: bytes, endless: bytes = b"") -> Answer:
    """Send the same, and then something without end, if there is anything."""
    return lambda: itertools.chain([sent], itertools.repeat(endless) if endless else ())


def redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nConnection: close\r\n".encode()


EMPTY = b"Content-Length: 0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#: By what is wrong: what is no answer, or hardly one, or has no end, and what is said of it.
NO_ANSWERS = {
    "nothing": (always(b""), "gives no answer (Remote end closed connection without response)"),
    "no content": (always(b"HTTP/1.1 204 None\r\n\r\n"), "HTTP 204 None"),
    "control characters": (always(b"HTTP/1.1 503 \x1b[31mred\x9b2J\r\n" + EMPTY), r"HTTP 503 \x1b[31mred\x9b2J"),
    "a redirect to itself": (always(redirect(FILE) + EMPTY), "Exceeded 30 redirects"),
    "a redirect to a file": (always(redirect("file:///etc/passwd") + EMPTY), "No connection adapters were found for 'file:"),
    "a redirect to no URL": (always(redirect("http://[::1") + EMPTY), "cannot be asked for"),
    "a redirect without end": (always(redirect("/x") + b"\r\n", bytes(10_000)), "Exceeded 30 redirects"),
    "chunks without end": (always(CHUNKED, b"400\r\n" + bytes(1024) + b"\r\n"), "that the file can have"),
}


@pytest.mark.parametrize("kind", NO_ANSWERS)
def test_what_is_no_answer_is_said_in_one_line_of_plain_characters(server: Server, kind: str) -> None:
    server.answer, words = NO_ANSWERS[kind]
    message = refusal(server)
    assert words in message
    assert "kept" not in message
    assert all_files() == {}


@pytest.mark.parametrize(
    "mirror",
    ["http://[::1", "http://127.0.0.1:port", "http://127.0.0.1:9/mi rror", "http://127.0.0.1:9/ä", "s3://x", "pipe", "a@b"],
)
def test_a_mirror_that_is_none_is_named_and_followed_by_the_public_places(
    server: Server, mirror: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("pipe/toy").mkdir(parents=True)
    os.mkfifo("pipe/toy/images.gz")
    monkeypatch.setenv(MIRROR_VARIABLE, mirror)
    assert f"Tried {mirror}/toy/images.gz: " in refusal()
    assert_fetched(server)


def test_a_body_longer_than_the_file_is_not_read_to_its_end_nor_a_bomb_unpacked(server: Server) -> None:
    assert f"more than the {source(size=1000).most:,} bytes that the file can have" in refusal(server, size=1000)
    server.content[FILE] = gzip.compress(bytes(50_000_000))
    assert f"more than the {len(CONTENT):,} bytes that the file has" in refusal(server)
    assert all_files() == {}


# Too slow, or out of reach


BEGUN = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + PACKED[:1000]


def slowly() -> Iterator[bytes]:
    for byte in BEGUN:
        yield bytes([byte])
        time.sleep(0.005)


#: By what is wrong with a host: what it sends, what is said of it, and how often it is asked.
USELESS: dict[str, tuple[Answer, str, int]] = {
    "slow": (slowly, "sends less than 1,000 bytes a second; what came is kept", 1),
    "silent": (always(b""), "gives no answer", 1 + download.RETRIES),
    "silent after a while": (always(BEGUN), "broke off", 1 + download.RETRIES),
    "unreachable": (always(b""), "gives no answer", 0),
}


@pytest.mark.parametrize("kind", USELESS)
def test_a_host_that_is_of_no_use_is_left_for_the_whole_run_and_followed_by_the_next(
    server: Server, second_server: Server, closed_port: int, kind: str
) -> None:
    server.answer, words, requests = USELESS[kind]
    server.hangs.set()
    if not requests:
        server.server_address = ("127.0.0.1", closed_port)
    assert words in refusal(server)
    for _ in range(7):
        assert words.split(";")[0] in refusal(server)
    assert len(server.ranges) == requests
    assert_fetched(server, second_server)


# Transfers that break off

#: What a server does beside breaking off after 100,000 bytes, and what it is then asked for.
BROKEN: dict[str, tuple[dict[str, object], list[str]]] = {
    "twice": ({"breaks_after": [100_000, 200_000]}, ["", "bytes=100000-", "bytes=300000-"]),
    "gives no length": ({"gives_length": False}, ["", ""]),
    "ignores ranges": ({"honours_range": False}, ["", "bytes=100000-"]),
    "bytes from behind": ({"shift": 1000}, ["", "bytes=100000-", ""]),
    "status 416": ({"shift": 10**9}, ["", "bytes=100000-", ""]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_transfer_that_breaks_off_is_resumed_where_it_stopped_or_begun_again_from_the_start(
    server: Server, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    server.breaks_after = [100_000]
    behaviour, ranges = BROKEN[kind]
    for name, value in behaviour.items():
        setattr(server, name, value)
    assert_fetched(server)
    assert server.ranges == ranges
    if kind == "twice":
        assert server.sent == len(PACKED), "no byte is sent twice"
        assert capsys.readouterr().err.count("\n") == 2, "a log gets a line when a transfer ends"


def test_a_server_that_keeps_breaking_off_is_left_but_what_came_is_kept(server: Server) -> None:
    server.breaks_after = [50_000] * (1 + download.RETRIES)
    assert "broke off (" in (message := refusal(server))
    assert "; what came is kept, so run this again to continue" in message
    came = 50_000 * (1 + download.RETRIES)
    assert list(all_files().values()) == [PACKED[:came]]
    download._useless.clear()  # as in another run
    assert_fetched(server)
    assert server.ranges[-1] == f"bytes={came}-"


def test_a_second_run_resumes_what_a_killed_process_began(server: Server) -> None:
    server.breaks_after = [100_000]
    server.hangs.set()
    process = multiprocessing.get_context("spawn").Process(target=fetch, args=(source(server),))
    process.start()
    wait_until_there(100_000)
    process.kill()
    process.join(10)
    assert process.exitcode == -signal.SIGKILL
    server.hangs.clear()
    (part,) = all_files().values()
    assert part == PACKED[:100_000]
    stopped = Path("data/toy/.images.1.tmp")  # as one that was killed a little later leaves it
    stopped.parent.mkdir(parents=True)
    stopped.touch()
    assert_fetched(server)
    assert server.ranges == ["", "bytes=100000-"]
    assert not stopped.exists()


def test_two_at_a_time_do_not_disturb_each_other_and_one_of_them_transfers(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", (5.0, 5.0))
    server.breaks_after = [100_000]
    server.hangs.set()
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(fetch, source(server)) for _ in range(2)]
        wait_until_there(100_000)
        server.hangs.clear()
        for each in both:
            each.result(20)
    assert capsys.readouterr().err.endswith("data/toy/images: there and verified\n")
    assert all_files() == FETCHED
    assert server.sent == len(PACKED)


# Parts that an earlier run left


@pytest.mark.parametrize("left", [PACKED[:1000][::-1], PACKED + b"surplus", PACKED], ids=["other", "longer", "whole"])
def test_a_part_is_used_if_it_is_sound_and_dropped_in_any_case(server: Server, left: bytes) -> None:
    toy = source(server)
    part = paths.DOWNLOADS / f"{toy.path}.{hashlib.sha256(toy.urls[0].encode()).hexdigest()[:8]}.part"
    server.content[FILE] = PAGE
    files.write_text(part, "old")
    assert "a web page" in refusal(server)
    assert all_files() == {}
    server.content[FILE] = PACKED
    part.write_bytes(left)
    assert_fetched(server)


# Names and passwords


def test_a_name_and_a_password_are_sent_to_the_mirror_alone_and_never_printed(
    server: Server, second_server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = always(redirect(second_server.url + FILE) + EMPTY)
    monkeypatch.setenv(MIRROR_VARIABLE, server.url.replace("//", "//me:se%40cret@"))
    fetch(source())
    assert server.authorizations == ["Basic bWU6c2VAY3JldA=="]  # me:se@cret
    assert second_server.authorizations == [""]
    printed = capsys.readouterr().err
    assert "cret" not in printed
    assert f"fetched from {server.url.replace('//', '//***@')}/toy/images.gz" in printed


@pytest.mark.parametrize(
    "user",
    ["me:secret@", "me:1/secret@", "http://me:se/secret@", "http://me:se@secret@", "s3://me:s#secret@", "https://secret@"],
)
def test_a_mirror_that_does_not_work_is_named_without_its_password(
    closed_port: int, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    monkeypatch.setattr(download, "RETRIES", 0)
    monkeypatch.setenv(MIRROR_VARIABLE, f"{user}127.0.0.1:{closed_port}")
    message = refusal()
    assert "secret" not in message
    assert f"127.0.0.1:{closed_port}/toy/images.gz: " in message


# Outputs that cannot be written


@pytest.mark.parametrize("obstacle", [paths.DATA / "toy", paths.DOWNLOADS, paths.DOWNLOADS / "toy"])
def test_a_target_that_cannot_be_written_is_said_at_once(server: Server, second_server: Server, obstacle: Path) -> None:
    files.write_text(obstacle, "a file where a folder should be")
    with pytest.raises(files.OutputError, match=f"^cannot write {obstacle.parts[0]}"):
        fetch(source(server, second_server))
    assert second_server.ranges == [], "another place is of no help"
    assert all_files().pop(str(obstacle)) == b"a file where a folder should be"
    obstacle.unlink()
    fetch(source(server))  # nothing wrong is remembered of the server
    assert all_files() == FETCHED
