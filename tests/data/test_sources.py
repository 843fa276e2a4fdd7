"""What a server or a mirror gives is verified, whatever it is, and the next place asked."""

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import files, paths, progress
from mnist_transfer.data import sources
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source, SourceError
from mnist_transfer.errors import InputError
from tests.servers import CONTENT, FETCHED, PACKED, PAGE, SHA256, Server, all_files, fetch, source

pytestmark = pytest.mark.usefixtures("empty_folder")

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
def test_a_mirror_may_be_a_folder(server: Server, empty_folder: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    (empty_folder / "mirror/toy").mkdir(parents=True)
    (empty_folder / "mirror/toy/images.gz").write_bytes(PACKED)
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


@given(st.data())
def test_damaged_gzip_is_refused_unless_the_content_is_the_same(empty_folder: Path, data: st.DataObject) -> None:
    packed = bytearray(gzip.compress(b"forty-two bytes that are to arrive, all of them", mtime=0))
    for position in data.draw(st.lists(st.integers(0, len(packed) - 1), max_size=3)):
        packed[position] = data.draw(st.integers(0, 255))
    (empty_folder / "packed").write_bytes(packed[: data.draw(st.integers(0, len(packed)))])
    content = None
    try:
        sources.decompress(empty_folder / "packed", empty_folder / "unpacked")
        content = (empty_folder / "unpacked").read_bytes()
    except InputError as error:
        assert_one_line(error)
    assert content in (None, b"forty-two bytes that are to arrive, all of them")


def assert_one_line(error: Exception) -> None:
    assert "\n" not in str(error)


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
