"""Downloads against a real server, verified whatever it does, and the mirror on disk."""

import contextlib
import gzip
import hashlib
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnist_transfer import download, files, idx, paths, progress, sources
from mnist_transfer.errors import InputError
from mnist_transfer.sources import MIRROR_VARIABLE, Source, SourceError

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

ROOT = Path(__file__).parents[1]
#: The real mirror, if this machine has one; the tests themselves set the variable as they need it.
MIRROR = os.environ.get(MIRROR_VARIABLE, "")
if MIRROR and not MIRROR.startswith("http"):
    MIRROR = str(Path(MIRROR).resolve())
needs_mirror = pytest.mark.skipif(not MIRROR, reason=f"needs the official files: set {MIRROR_VARIABLE}")

# A made-up file: an IDX of values that gzip cannot make much smaller.
CONTENT = idx.serialize(np.random.default_rng(0).integers(0, 256, (1000, 28, 28), dtype=np.uint8))
PACKED = gzip.compress(CONTENT, mtime=0)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PAGE = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"


class Server(ThreadingHTTPServer):
    """Serves `content` by path, in the way that its attributes say, and notes what it was asked for and what it sent."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.content: dict[str, bytes] = {}
        self.status = 200  # of every answer
        self.honours_range = True
        self.gives_length = True
        self.breaks_after: list[int] = []  # bytes after which the next answers break off, one an answer
        self.hangs = threading.Event()  # set: an answer that would break off waits instead
        self.requests: list[tuple[str, str]] = []  # path, Range
        self.sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def ranges(self) -> list[str]:
        return [asked for _, asked in self.requests]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that went away, as some do here."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, asked = self.server, self.headers.get("Range", "")
        server.requests.append((self.path, asked))
        if server.status != 200:
            return self.send_error(server.status)
        if self.path not in server.content:
            return self.send_error(404)
        content = server.content[self.path]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and server.honours_range else 0
        if start >= len(content) > 0:
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if server.gives_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        if server.breaks_after:
            body = body[: server.breaks_after.pop(0)]
        self.wfile.write(body)
        server.sent += len(body)
        while server.hangs.is_set():
            time.sleep(0.01)
        return None

    def log_message(self, *arguments: object) -> None:
        """Keep the tests' output clean."""


def serve(port: int = 0) -> Server:
    server = Server(port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


@pytest.fixture
def server() -> Iterator[Server]:
    server = serve()
    yield server
    server.hangs.clear()
    server.shutdown()
    server.server_close()


@pytest.fixture
def second_server() -> Iterator[Server]:
    server = serve()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine that refuses connections and that nobody else takes."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, no mirror, and a memory without unreachable hosts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    download._unreachable.clear()
    return tmp_path


def source(*servers: Server, path: str = "toy/images.gz", sha256: str = SHA256) -> Source:
    return Source(path, tuple(f"{server.url}/{path}" for server in servers), sha256=sha256)


def fetch(toy: Source) -> None:
    sources.fetch_dataset("toy", [("images", toy)])


def all_files() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


FETCHED = {"data/toy/images": CONTENT}


# Sound servers and mirrors


def test_what_a_server_has_is_downloaded_decompressed_and_kept(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.content["/toy/images.gz"] = PACKED
    fetch(source(server))
    assert all_files() == FETCHED
    fetch(source(server))
    assert len(server.requests) == 1, "what is there and verified is not asked for again"
    assert "data/toy/images: there and verified" in capsys.readouterr().err


@pytest.mark.parametrize("end", ["", "/"])
def test_a_mirror_may_be_a_base_url(server: Server, second_server: Server, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    server.content["/some/where/toy/images.gz"] = PACKED
    monkeypatch.setenv(MIRROR_VARIABLE, f"{server.url}/some/where{end}")
    fetch(source(second_server))
    assert all_files() == FETCHED
    assert second_server.requests == []


@pytest.mark.parametrize("end", ["", "/"])
def test_a_mirror_may_be_a_folder(server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    (folder / "mirror/toy").mkdir(parents=True)
    (folder / "mirror/toy/images.gz").write_bytes(PACKED)
    monkeypatch.setenv(MIRROR_VARIABLE, f"mirror{end}")
    fetch(source(server))
    assert all_files() == FETCHED | {"mirror/toy/images.gz": PACKED}
    assert server.requests == []


def test_a_mirror_that_lacks_a_file_is_followed_by_the_public_places(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.content["/toy/images.gz"] = PACKED
    monkeypatch.setenv(MIRROR_VARIABLE, "nowhere")
    fetch(source(server))
    assert all_files() == FETCHED


def test_a_server_that_does_not_give_the_length_will_do(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LOG_INTERVAL", 0.0)
    server.content["/toy/images.gz"] = PACKED
    server.gives_length = False
    fetch(source(server))
    assert all_files() == FETCHED
    assert f"images.gz: {len(PACKED):,} of ? bytes, " in capsys.readouterr().err


def test_a_damaged_file_of_the_dataset_is_fetched_again(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    paths.DATA.joinpath("toy").mkdir(parents=True)
    paths.DATA.joinpath("toy/images").write_bytes(CONTENT[:-1])
    fetch(source(server))
    assert all_files() == FETCHED


def test_a_file_that_is_not_packed_is_checked_against_its_md5(server: Server) -> None:
    server.content["/net/weights.h5"] = CONTENT
    url = f"{server.url}/net/weights.h5"
    sources.obtain(Source("net/weights.h5", (url,), md5=hashlib.md5(CONTENT).hexdigest()), Path("good.h5"))
    with pytest.raises(SourceError, match=f"wrong md5 {hashlib.md5(CONTENT).hexdigest()}, expected {'0' * 32}"):
        sources.obtain(Source("net/weights.h5", (url,), md5="0" * 32), Path("bad.h5"))
    assert all_files() == {"good.h5": CONTENT}


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


def test_a_server_that_keeps_breaking_off_is_left_but_what_came_is_kept(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.breaks_after = [50_000] * (1 + download.RESUMPTIONS)
    with pytest.raises(SourceError, match=r"broke off .*; what came is kept, so run this again to continue"):
        fetch(source(server))
    came = 50_000 * (1 + download.RESUMPTIONS)
    assert list(all_files().values()) == [PACKED[:came]]
    fetch(source(server))
    assert all_files() == FETCHED
    assert server.ranges[-1] == f"bytes={came}-"


def test_a_server_that_falls_silent_is_left_for_the_next(
    server: Server, second_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    for each in (server, second_server):
        each.content["/toy/images.gz"] = PACKED
    server.breaks_after = [1000] * (1 + download.RESUMPTIONS)
    server.hangs.set()
    fetch(source(server, second_server))
    assert (paths.DATA / "toy/images").read_bytes() == CONTENT
    assert len(second_server.requests) == 1


FETCH_SCRIPT = """
import sys
from mnist_transfer import sources
toy = sources.Source("toy/images.gz", (sys.argv[1],), sha256=sys.argv[2])
sources.fetch_dataset("toy", [("images", toy)])
"""


def fetch_command(toy: Source) -> list[str]:
    return [sys.executable, "-c", FETCH_SCRIPT, toy.urls[0], toy.sha256]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_a_second_run_resumes_what_an_interrupted_process_began(server: Server, how: signal.Signals) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.breaks_after = [100_000]
    server.hangs.set()
    toy = source(server)
    process = subprocess.Popen(fetch_command(toy), stderr=subprocess.DEVNULL)
    patience = time.monotonic() + 20
    while sum(map(len, all_files().values())) < 90_000:
        assert process.poll() is None
        assert time.monotonic() < patience
        time.sleep(0.01)
    process.send_signal(how)
    assert process.wait(10) != 0
    server.hangs.clear()
    (part,) = all_files().values()
    assert part == PACKED[: len(part)]
    fetch(toy)
    assert all_files() == FETCHED
    assert server.ranges == ["", f"bytes={len(part)}-"]


def part_of(toy: Source) -> Path:
    return paths.DOWNLOADS / f"{toy.path}.{hashlib.sha256(toy.urls[0].encode()).hexdigest()[:8]}.part"


def test_a_part_that_is_whole_already_is_used(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    toy = source(server)
    part_of(toy).parent.mkdir(parents=True)
    part_of(toy).write_bytes(PACKED)
    fetch(toy)
    assert all_files() == FETCHED
    assert server.sent == 0


@pytest.mark.parametrize("left", [PACKED[:1000][::-1], PACKED + b"surplus", PAGE], ids=["other", "longer", "page"])
def test_a_part_of_something_else_is_dropped_and_the_file_fetched_from_the_start(server: Server, left: bytes) -> None:
    server.content["/toy/images.gz"] = PACKED
    toy = source(server)
    part_of(toy).parent.mkdir(parents=True)
    part_of(toy).write_bytes(left)
    fetch(toy)
    assert all_files() == FETCHED


def test_nothing_is_left_of_a_part_when_the_file_itself_is_wrong(server: Server) -> None:
    server.content["/toy/images.gz"] = PAGE
    toy = source(server)
    part_of(toy).parent.mkdir(parents=True)
    part_of(toy).write_bytes(b"old")
    with pytest.raises(SourceError, match="a web page"):
        fetch(toy)
    assert all_files() == {}


# Progress


def test_a_log_gets_a_line_when_a_transfer_ends(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.breaks_after = [100_000]
    fetch(source(server))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"images.gz: {len(PACKED):,} of {len(PACKED):,} bytes, ")
    assert lines[1] == f"data/toy/images: fetched from {server.url}/toy/images.gz and verified"


def test_a_terminal_gets_a_bar(server: Server) -> None:
    server.content["/toy/images.gz"] = PACKED
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(fetch_command(source(server)), stderr=theirs, env=environment)
    os.close(theirs)
    output = b""
    with contextlib.suppress(OSError), open(ours, "rb", buffering=0) as stream:  # a closed terminal is an error, not an end
        while received := stream.read(4096):
            output += received
    assert process.wait(10) == 0
    assert re.search(rb"images\.gz.*\xe2\x94\x81.*MB", output), "name, bar and size"
    assert all_files() == FETCHED


def test_a_log_gets_no_line_of_what_has_hardly_begun(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.gives_length = False
    fetch(source(server))
    assert capsys.readouterr().err.count("\n") == 1


# Servers with something else


def not_found(server: Server) -> str:
    return "HTTP 404 Not Found"


def broken(server: Server) -> str:
    server.status = 500
    return "HTTP 500 Internal Server Error"


def login_page(server: Server) -> str:
    server.content["/toy/images.gz"] = PAGE
    return "a web page, not gzip"


def empty(server: Server) -> str:
    server.content["/toy/images.gz"] = b""
    return "not gzip"


def not_packed(server: Server) -> str:
    server.content["/toy/images.gz"] = CONTENT
    return r"not gzip \(begins with"


def cut_short(server: Server) -> str:
    server.content["/toy/images.gz"] = PACKED[:-5]
    return "damaged gzip"


def another_file(server: Server) -> str:
    server.content["/toy/images.gz"] = gzip.compress(b"another file")
    return f"wrong sha256 {hashlib.sha256(b'another file').hexdigest()}, expected {SHA256}"


BAD = pytest.mark.parametrize(
    "spoil", [not_found, broken, login_page, empty, not_packed, cut_short, another_file], ids=lambda spoil: spoil.__name__
)


@BAD
def test_a_bad_place_is_named_and_leaves_nothing(server: Server, spoil: Callable[[Server], str]) -> None:
    complaint = spoil(server)
    with pytest.raises(SourceError, match=complaint) as caught:
        fetch(source(server))
    assert caught.value.problems[0].startswith(f"{server.url}/toy/images.gz: ")
    assert MIRROR_VARIABLE in str(caught.value)
    assert "\n" not in str(caught.value)
    assert all_files() == {}


@BAD
def test_a_bad_place_is_followed_by_the_next(server: Server, second_server: Server, spoil: Callable[[Server], str]) -> None:
    spoil(server)
    second_server.content["/toy/images.gz"] = PACKED
    fetch(source(server, second_server))
    assert all_files() == FETCHED


@BAD
def test_a_bad_mirror_does_not_touch_what_is_there(
    server: Server, spoil: Callable[[Server], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = spoil(server)
    paths.DATA.joinpath("toy").mkdir(parents=True)
    paths.DATA.joinpath("toy/images").write_bytes(b"of an older version")
    monkeypatch.setenv(MIRROR_VARIABLE, server.url)
    with pytest.raises(SourceError, match=complaint):
        fetch(source())
    assert all_files() == {"data/toy/images": b"of an older version"}


@pytest.mark.parametrize(
    "mirror", ["http://[::1", "http://127.0.0.1:port", "http://127.0.0.1/mi rror", "http://127.0.0.1/ä", "s3://x"]
)
def test_a_mirror_that_cannot_be_asked_is_named(mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, mirror)
    with pytest.raises(SourceError) as caught:
        fetch(source())
    assert caught.value.problems[0].startswith(f"{mirror}/toy/images.gz: ")
    assert all_files() == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_gzip_is_refused_unless_the_content_is_the_same(folder: Path, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(b"forty-two bytes that are to arrive, all of them", mtime=0))
    for position in data.draw(st.lists(st.integers(0, len(packed) - 1), max_size=3)):
        packed[position] = data.draw(st.integers(0, 255))
    (folder / "packed").write_bytes(packed[: data.draw(st.integers(0, len(packed)))])
    content = None
    try:
        sources.decompress(folder / "packed", folder / "unpacked")
        content = (folder / "unpacked").read_bytes()
    except InputError as error:
        assert_one_line(error)
    assert content in (None, b"forty-two bytes that are to arrive, all of them")


def assert_one_line(error: Exception) -> None:
    assert "\n" not in str(error)


# Hosts out of reach


def test_a_host_out_of_reach_is_followed_by_the_next(server: Server, closed_port: int) -> None:
    server.content["/toy/images.gz"] = PACKED
    away = f"http://127.0.0.1:{closed_port}/toy/images.gz"
    with pytest.raises(SourceError, match=f"127.0.0.1:{closed_port} cannot be reached"):
        fetch(Source("toy/images.gz", (away,), sha256=SHA256))
    fetch(Source("toy/images.gz", (away, f"{server.url}/toy/images.gz"), sha256=SHA256))
    assert all_files() == FETCHED


def test_a_host_that_comes_back_is_asked_again_after_a_while(
    server: Server, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.content["/toy/images.gz"] = PACKED
    monkeypatch.setattr(download, "UNREACHABLE_FOR", 0.3)
    port = server.server_address[1]
    server.shutdown()
    server.server_close()
    with pytest.raises(SourceError, match="cannot be reached"):
        fetch(source(server))
    back = serve(port)
    back.content["/toy/images.gz"] = PACKED
    try:
        with pytest.raises(SourceError, match="cannot be reached"):
            fetch(source(back))
        assert back.requests == [], "within the while it is not asked"
        time.sleep(0.4)
        fetch(source(back))
    finally:
        back.shutdown()
        back.server_close()
    assert all_files() == FETCHED


# Outputs that cannot be written


@pytest.mark.parametrize("obstacle", [paths.DATA, paths.DATA / "toy", paths.DOWNLOADS, paths.DOWNLOADS / "toy"])
def test_a_target_that_cannot_be_written_is_said_at_once(server: Server, second_server: Server, obstacle: Path) -> None:
    for each in (server, second_server):
        each.content["/toy/images.gz"] = PACKED
    obstacle.parent.mkdir(exist_ok=True)
    obstacle.write_text("a file where a folder should be")
    with pytest.raises(files.OutputError, match=f"^cannot write {obstacle.parts[0]}"):
        fetch(source(server, second_server))
    assert second_server.requests == [], "another place is of no help"
    assert all_files().pop(str(obstacle)) == b"a file where a folder should be"
    obstacle.unlink()
    fetch(source(server))  # nothing wrong is remembered of the server
    assert all_files() == FETCHED


# The command line


def command_line(*arguments: str, proxy_port: int, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the current folder, all hosts but 127.0.0.1 being out of reach."""
    shutil.copy(ROOT / "params.yaml", ".")
    proxy = f"http://127.0.0.1:{proxy_port}"
    environment = {name: value for name, value in os.environ.items() if name != MIRROR_VARIABLE}
    environment |= {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": "127.0.0.1"} | variables
    command = [sys.executable, "-m", "mnist_transfer", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)


@pytest.mark.parametrize("dataset", ["fashion_mnist", "mnist"])
def test_an_offline_user_soon_reads_one_line_that_says_what_to_do(dataset: str, closed_port: int) -> None:
    begun = time.monotonic()
    result = command_line("fetch", dataset, proxy_port=closed_port)
    assert time.monotonic() - begun < 20
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    hosts = {url.split("/")[2] for file in sources.DATASETS[dataset].values() for url in file.urls}
    assert len(hosts) == 2
    for word in (*hosts, MIRROR_VARIABLE, "`make demo`"):
        assert word in result.stderr
    assert set(all_files()) == {"params.yaml"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(PAGE, "a web page, not gzip"), (gzip.compress(CONTENT)[:5000], "damaged gzip"), (gzip.compress(CONTENT), "wrong sha256")],
    ids=["page", "truncated", "other"],
)
def test_the_command_line_refuses_a_bad_mirror(folder: Path, closed_port: int, content: bytes, complaint: str) -> None:
    name = "train-images-idx3-ubyte.gz"
    (folder / "mirror/mnist").mkdir(parents=True)
    (folder / "mirror/mnist" / name).write_bytes(content)
    result = command_line("fetch", "mnist", proxy_port=closed_port, **{MIRROR_VARIABLE: "mirror"})
    assert result.returncode == 2
    assert f"mirror/mnist/{name}: {complaint}" in result.stderr
    assert result.stderr.count("\n") == 1
    assert set(all_files()) == {"params.yaml", f"mirror/mnist/{name}"}


def sha256_by_file() -> dict[str, str]:
    return {f"{name}/{file}": x.sha256 for name, entries in sources.DATASETS.items() for file, x in entries.items()}


def assert_data_is_official() -> None:
    found = {path.relative_to(paths.DATA).as_posix(): path for path in paths.DATA.rglob("*") if path.is_file()}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()} == sha256_by_file()


@needs_mirror
def test_the_command_line_fetches_the_official_files_and_repairs_them(folder: Path, closed_port: int) -> None:
    variables = {MIRROR_VARIABLE: MIRROR}
    result = command_line("fetch", proxy_port=closed_port, **variables)
    assert result.returncode == 0, result.stderr
    assert_data_is_official()

    labels = paths.labels("mnist", "test")
    labels.write_bytes(labels.read_bytes()[:-1])
    result = command_line("fetch", proxy_port=closed_port, **variables)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("there and verified") == 7
    assert_data_is_official()


@needs_mirror
def test_the_command_line_fetches_from_a_mirror_that_breaks_off(server: Server, closed_port: int) -> None:
    if MIRROR.startswith("http"):
        pytest.skip("the files are served from a folder here")
    for path in sha256_by_file():
        server.content[f"/{path}.gz"] = Path(MIRROR, f"{path}.gz").read_bytes()
    server.breaks_after = [1_000_000]
    result = command_line("fetch", proxy_port=closed_port, **{MIRROR_VARIABLE: server.url})
    assert result.returncode == 0, result.stderr
    assert_data_is_official()
    assert server.ranges == ["", "bytes=1000000-"] + [""] * 7
    assert server.sent == sum(map(len, server.content.values()))
    assert not [path for path in paths.DOWNLOADS.rglob("*") if path.is_file()]
