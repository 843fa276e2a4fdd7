"""The IDX format: what is sound is read exactly, and everything else is refused in one line."""

import os
import shutil
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mnist_transfer import paths
from mnist_transfer.data import idx
from mnist_transfer.errors import InputError
from tests.commands import ROOT, assert_refused, files_in, run_here

Bytes = npt.NDArray[np.uint8]

any_array = arrays(np.uint8, array_shapes(min_dims=1, max_dims=6, min_side=0, max_side=5))


def header(*shape: int) -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 0x08, len(shape), *shape)


# The bytes that the format's description spells out, written by hand.
TWO_BY_THREE = b"\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x03" + bytes([1, 2, 3, 4, 5, 255])


def test_reads_and_writes_the_bytes_of_the_format() -> None:
    assert idx.parse(TWO_BY_THREE, "x").tolist() == [[1, 2, 3], [4, 5, 255]]
    assert idx.serialize(np.array([[1, 2, 3], [4, 5, 255]], np.uint8)) == TWO_BY_THREE


@given(any_array)
def test_round_trip(array: Bytes) -> None:
    np.testing.assert_array_equal(idx.parse(idx.serialize(array), "x"), array, strict=True)


def test_round_trip_of_a_file(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)[:, ::-1]  # not in the order of its memory
    idx.write(tmp_path / "new" / "file", array)
    np.testing.assert_array_equal(idx.read(tmp_path / "new" / "file"), array, strict=True)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


@pytest.mark.parametrize("array", [np.zeros(3, np.float32), np.zeros((), np.uint8)], ids=["float", "scalar"])
def test_writes_nothing_but_arrays_of_bytes(array: npt.NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="IDX holds unsigned bytes"):
        idx.serialize(array)  # type: ignore[arg-type]


@given(any_array, st.binary(min_size=1), st.data())
def test_bytes_too_few_or_too_many_are_refused(array: Bytes, surplus: bytes, data: st.DataObject) -> None:
    content = idx.serialize(array)
    with pytest.raises(InputError, match="; run `mnist-transfer fetch`"):
        idx.parse(content[: data.draw(st.integers(0, len(content) - 1))], "x")
    with pytest.raises(InputError, match="bytes of values where"):
        idx.parse(content + surplus, "x")


def is_refused_or_sound(content: bytes) -> bool:
    """Whether the reader either refuses `content` as bad input, or reads all of it into what would be written as just that."""
    try:
        array = idx.parse(content, "x")
    except InputError as error:
        return "\n" not in str(error)
    return idx.serialize(array) == content


@given(any_array, st.data())
def test_a_mutated_header_is_refused_or_describes_another_sound_file(array: Bytes, data: st.DataObject) -> None:
    content = bytearray(idx.serialize(array))
    for position in data.draw(st.lists(st.integers(0, 3 + 4 * array.ndim), min_size=1, max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    assert is_refused_or_sound(bytes(content))


@given(st.binary(max_size=2000).map(lambda tail: b"\0\0\x08" + tail))
@example(header(*[1] * 65) + b"\0")  # more dimensions than NumPy has
@example(header(*[0] * 255))
@example(header(0, 2**32 - 1, 2**32 - 1))  # nothing, but too much of it
def test_any_bytes_after_a_sound_magic_number_are_refused_or_sound(content: bytes) -> None:
    assert is_refused_or_sound(content)


@given(st.binary(max_size=64).filter(lambda content: content[:3] != b"\0\0\x08"))
@example(b"<!DOCTYPE html><html>")
def test_any_other_magic_number_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"^data/x: (not an IDX file|values of IDX type)"):
        idx.parse(content, "data/x")


def read_split(
    folder: Path, images: Bytes, labels: Bytes, shape: tuple[int, int] = (28, 28), classes: int = 10
) -> tuple[Bytes, Bytes]:
    """Write a split and read it."""
    idx.write(folder / "images", images)
    idx.write(folder / "labels", labels)
    return idx.read_split(folder / "images", folder / "labels", shape=shape, classes=classes)


@pytest.mark.parametrize("shape", [(28, 28), (20, 24)])
def test_reads_a_split(tmp_path: Path, shape: tuple[int, int]) -> None:
    images, labels = np.random.default_rng(0).integers(0, 256, (10, *shape), np.uint8), np.arange(10, dtype=np.uint8)
    found_images, found_labels = read_split(tmp_path, images, labels, shape)
    np.testing.assert_array_equal(found_images, images, strict=True)
    np.testing.assert_array_equal(found_labels, labels, strict=True)


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        ((5, 28, 28), np.zeros(4), r"images has 5 images but .*labels has 4 labels"),
        ((5, 28, 28), np.array([0, 9, 3, 10, 11]), "labels: label 10 at row 3, expected 0 to 9"),
        ((5, 28, 28), np.zeros((5, 1)), r"labels: labels of shape \(5, 1\), expected \(n,\)"),
        ((5, 784), np.zeros(5), r"images: images of shape \(5, 784\), expected \(n, 28, 28\)"),
        ((5, 28, 27), np.zeros(5), r"images: images of shape \(5, 28, 27\)"),
        ((0, 28, 28), np.zeros(0), r"images: images of shape \(0, 28, 28\)"),
    ],
    ids=["counts", "label 10", "labels in 2-D", "flat images", "not square", "empty"],
)
def test_a_split_whose_parts_do_not_fit_is_refused(
    tmp_path: Path, images: tuple[int, ...], labels: npt.NDArray[np.float64], complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        read_split(tmp_path, np.zeros(images, np.uint8), labels.astype(np.uint8))


@given(st.integers(1, 3), st.integers(0, 15), st.integers(1, 255))
def test_images_with_any_other_byte_in_their_header_are_refused(tmp_path: Path, count: int, position: int, more: int) -> None:
    read_split(tmp_path, np.zeros((count, 28, 28), np.uint8), np.zeros(count, np.uint8))
    images = bytearray((tmp_path / "images").read_bytes())
    images[position] = (images[position] + more) % 256
    (tmp_path / "images").write_bytes(images)
    with pytest.raises(InputError):
        idx.read_split(tmp_path / "images", tmp_path / "labels", shape=(28, 28), classes=10)


def test_what_is_missing_no_file_or_gigantic_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere is missing; run `mnist-transfer fetch`"):
        idx.read(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        idx.read(tmp_path)
    (tmp_path / "images").write_bytes(idx.serialize(np.zeros((2, 3), dtype=np.uint8)))
    os.truncate(tmp_path / "images", 1 << 40)  # more than there is memory; none of it is on the disk
    with pytest.raises(InputError, match="needs 6"):
        idx.read(tmp_path / "images")


def test_the_command_line_refuses_unsound_data_before_it_writes_anything(tmp_path: Path) -> None:
    shutil.copy(ROOT / paths.PARAMS, tmp_path)
    for split in paths.SPLITS:
        idx.write(tmp_path / paths.images("mnist", split), np.zeros((40, 28, 28), np.uint8))
        idx.write(tmp_path / paths.labels("mnist", split), np.full(40, 10, np.uint8))
    before = files_in(tmp_path)
    assert_refused(run_here("split", "mnist", folder=tmp_path), "train-labels-idx1-ubyte: label 10 at row 0, expected 0 to 9")
    assert files_in(tmp_path) == before
