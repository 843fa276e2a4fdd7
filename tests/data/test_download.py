"""Downloads that break off, stall, or reach nobody: resumed, left or said, and never half a file."""

import contextlib
import hashlib
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_transfer import paths
from mnist_transfer.data import connection, download
from mnist_transfer.data.sources import Source, SourceError
from tests.servers import CONTENT, FETCHED, PACKED, PAGE, SHA256, Server, all_files, fetch, serve, source

pytestmark = pytest.mark.usefixtures("empty_folder")

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
    monkeypatch.setattr(connection, "TIMEOUT", 1.0)
    for each in (server, second_server):
        each.content["/toy/images.gz"] = PACKED
    server.breaks_after = [1000] * (1 + download.RESUMPTIONS)
    server.hangs.set()
    fetch(source(server, second_server))
    assert (paths.DATA / "toy/images").read_bytes() == CONTENT
    assert len(second_server.requests) == 1


FETCH_SCRIPT = """
import sys
from mnist_transfer.data import fetch, sources
toy = sources.Source("toy/images.gz", (sys.argv[1],), sha256=sys.argv[2])
fetch.fetch_dataset("toy", [("images", toy)])
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


def half_fetched(server: Server, left: bytes) -> Source:
    """Return a source on `server` of which an earlier run left a part."""
    server.content["/toy/images.gz"] = PACKED
    toy = source(server)
    part_of(toy).parent.mkdir(parents=True)
    part_of(toy).write_bytes(left)
    return toy


def test_a_part_that_is_whole_already_is_used(server: Server) -> None:
    toy = half_fetched(server, PACKED)
    fetch(toy)
    assert all_files() == FETCHED
    assert server.sent == 0


@pytest.mark.parametrize("left", [PACKED[:1000][::-1], PACKED + b"surplus", PAGE], ids=["other", "longer", "page"])
def test_a_part_of_something_else_is_dropped_and_the_file_fetched_from_the_start(server: Server, left: bytes) -> None:
    toy = half_fetched(server, left)
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
    done = rb"images\.gz.*\xe2\x94\x81.*?([\d.]+)/\1 [kM]B"  # all of its size; its speed may be in any unit
    assert re.search(done, re.sub(rb"\x1b\[[\d;?]*[a-zA-Z]", b"", output)), "name, bar and size"
    assert all_files() == FETCHED


def test_a_log_gets_no_line_of_what_has_hardly_begun(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.content["/toy/images.gz"] = PACKED
    server.gives_length = False
    fetch(source(server))
    assert capsys.readouterr().err.count("\n") == 1


# Hosts out of reach


def test_a_host_out_of_reach_is_followed_by_the_next(server: Server, closed_port: int) -> None:
    server.content["/toy/images.gz"] = PACKED
    away = f"http://127.0.0.1:{closed_port}/toy/images.gz"
    with pytest.raises(SourceError, match=f"127.0.0.1:{closed_port} cannot be reached"):
        fetch(Source("toy/images.gz", (away,), sha256=SHA256))
    fetch(Source("toy/images.gz", (away, f"{server.url}/toy/images.gz"), sha256=SHA256))
    assert all_files() == FETCHED


def test_a_host_that_comes_back_is_asked_again_after_a_while(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.content["/toy/images.gz"] = PACKED
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
        monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + download.UNREACHABLE_FOR + 1)
        fetch(source(back))
    finally:
        back.shutdown()
        back.server_close()
    assert all_files() == FETCHED
