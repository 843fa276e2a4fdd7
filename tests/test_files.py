"""Files are written whole or not at all, and damaged ones are refused in one line."""

import os
import resource
import signal
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mnist_transfer import files
from mnist_transfer.errors import InputError
from tests.commands import ROOT, files_in


def test_a_killed_process_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    child = os.fork()
    if not child:
        with files.whole_file(tmp_path / "file") as temporary:
            temporary.write_text("new, in pa")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert (tmp_path / "file").read_text() == "old"
    for name in (".gitignore", ".dvcignore"):
        patterns = (ROOT / name).read_text().split()
        left = set(tmp_path.iterdir()) - {tmp_path / "file"}
        assert all(any(path.match(pattern) for pattern in patterns) for path in left)
    files.write_text(tmp_path / "file", "new")  # what the killed process left behind is in nobody's way
    assert (tmp_path / "file").read_text() == "new"


def test_what_stands_in_the_place_of_a_folder_or_of_the_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("a file")
    (tmp_path / "folder").mkdir()
    in_the_way = f"; move {tmp_path / 'a file'} away, a file where a folder must be$"
    for name, end in (("a file/deeper/file", in_the_way), ("folder", "; move the folder of this name away$")):
        with pytest.raises(files.OutputError, match=f"^cannot write {tmp_path / name}: .*{end}"):
            files.write_text(tmp_path / name, "new")
    assert files_in(tmp_path) == {"a file": b"a file"}


def test_a_full_disk_is_bad_input_and_keeps_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "file.npy").write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # no file may grow beyond 1,000 bytes
    try:
        with pytest.raises(files.OutputError, match=r"^cannot write .*file.npy: "):
            files.write_npy(tmp_path / "file.npy", np.zeros(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert files_in(tmp_path) == {"file.npy": b"old"}


@settings(max_examples=50)
@given(arrays(st.sampled_from([np.uint8, np.int32, np.float32, np.float64]), array_shapes(max_dims=3, min_side=0, max_side=4)))
def test_arrays_round_trip(tmp_path: Path, array: np.ndarray) -> None:
    files.write_npy(tmp_path / "x.npy", array)
    files.write_npz(tmp_path / "x.npz", array=array, twice=array)
    np.testing.assert_array_equal(files.read_npy(tmp_path / "x.npy", "again"), array, strict=True)
    archive = files.read_npz(tmp_path / "x.npz", "again")
    assert set(archive) == {"array", "twice"}
    np.testing.assert_array_equal(archive["twice"], array, strict=True)


def test_pickles_are_neither_written_nor_read_nor_is_nan_written_as_json(tmp_path: Path) -> None:
    bombs = np.array([object()])
    with pytest.raises(ValueError, match="allow_pickle=False"):
        files.write_npy(tmp_path / "x.npy", bombs)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        files.write_npz(tmp_path / "x.npz", bombs=bombs)
    with pytest.raises(ValueError, match="Out of range float"):
        files.write_json(tmp_path / "x.json", {"accuracy": float("nan")})
    assert not list(tmp_path.iterdir())
    np.save(tmp_path / "x.npy", bombs, allow_pickle=True)
    np.savez(tmp_path / "x.npz", bombs=bombs)
    for read in (files.read_npy, files.read_npz):
        with pytest.raises(InputError, match=r"is damaged .*; make it again"):
            read(tmp_path / f"x.{read.__name__[-3:]}", "make it again")


READERS = pytest.mark.parametrize("read", [files.read_json, files.read_npy, files.read_npz], ids=lambda read: read.__name__)


@READERS
def test_a_missing_file_comes_with_its_remedy_and_a_folder_is_no_file(tmp_path: Path, read: Callable[[Path, str], Any]) -> None:
    with pytest.raises(InputError, match=r"nowhere is missing; run `dvc repro`$"):
        read(tmp_path / "nowhere", "run `dvc repro`")
    with pytest.raises(InputError, match="is damaged"):
        read(tmp_path, "run `dvc repro`")


@pytest.fixture(scope="module")
def sound_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("sound")
    files.write_json(folder / "json", {"accuracy": 0.5, "classes": ["0", "é"]})
    files.write_npy(folder / "npy", np.arange(6, dtype=np.float32).reshape(2, 3))
    files.write_npz(folder / "npz", xyz=np.zeros((2, 3)), cluster=np.arange(2))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@READERS
@settings(max_examples=150)
@given(st.data())
def test_a_damaged_file_is_bad_input_and_nothing_else(
    tmp_path: Path, sound_files: dict[str, bytes], read: Callable[[Path, str], Any], data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(sorted(sound_files)))  # any of them: one may stand where another should
    content = bytearray(sound_files[kind])
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    (tmp_path / "damaged").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        read(tmp_path / "damaged", "run `dvc repro`")
    except InputError as error:
        assert str(error).startswith(f"{tmp_path / 'damaged'} is damaged")  # noqa: PT017  either outcome is sound
        assert "\n" not in str(error)  # noqa: PT017


def test_rarer_damage_is_bad_input_too(tmp_path: Path) -> None:
    header = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000000,), }"
    terabytes = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(800)
    for read, content in (
        (files.read_npy, terabytes),
        (files.read_npy, terabytes.replace(b"|u1", b"(,u")),  # a syntax error
        (files.read_json, b"[" * 100_000),
        (files.read_json, b'{"accuracy": ' + b"9" * 1_000_000 + b"}"),
    ):
        (tmp_path / "damaged").write_bytes(content)
        with pytest.raises(InputError, match=r"is damaged .*; run `dvc repro`$"):
            read(tmp_path / "damaged", "run `dvc repro`")


@pytest.mark.parametrize("read", [files.read_json, files.read_npy, files.read_text], ids=lambda read: read.__name__)
def test_a_gigantic_file_is_not_read(tmp_path: Path, read: Callable[[Path, str], Any]) -> None:
    with (tmp_path / "x").open("wb") as stream:
        stream.truncate(1 << 42)
    with pytest.raises(InputError, match="4,398,046,511,104 bytes, where at most 50,000,000 can be"):
        read(tmp_path / "x", "run `dvc repro`")


def test_a_few_bytes_do_not_unpack_to_gigabytes(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", xyz=np.zeros(1_000_000))
    with pytest.raises(InputError, match=r"x.npz is damaged \(.* bytes that unpack to 8,000,\d+\); run `dvc repro`"):
        files.read_npz(tmp_path / "x.npz", "run `dvc repro`")


def test_json_must_be_an_object_that_has_what_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[1, 2]")
    with pytest.raises(InputError, match="not a JSON object"):
        files.read_json(tmp_path / "x.json", "again")
    files.write_json(tmp_path / "x.json", {"a": {"b": 1}})
    found = files.read_json(tmp_path / "x.json", "again")
    assert found["a"]["b"] == 1
    with pytest.raises(InputError, match=r"x.json is damaged \(no c\); again"):
        found["a"]["c"]


def test_arrays_are_written_without_the_headers_that_differ_between_versions_of_python(tmp_path: Path) -> None:
    files.write_npz(tmp_path / "x.npz", first=np.arange(3), second=np.array(2.5))
    with zipfile.ZipFile(tmp_path / "x.npz") as archive:
        assert {(info.extra, info.date_time) for info in archive.infolist()} == {(b"", (1980, 1, 1, 0, 0, 0))}
