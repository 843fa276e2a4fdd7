"""The IDX format: what is sound is read exactly, and everything else is refused in one line."""

import gzip
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mnist_transfer.data import idx
from mnist_transfer.errors import InputError

Bytes = npt.NDArray[np.uint8]

any_array = arrays(np.uint8, array_shapes(min_dims=1, max_dims=6, min_side=0, max_side=5))


def header(*shape: int, code: int = idx.UNSIGNED_BYTE) -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, code, len(shape), *shape)


def written(array: npt.NDArray[Any], code: int) -> bytes:
    """Return the bytes of an IDX file with values of any type."""
    return header(*array.shape, code=code) + array.astype(idx.TYPES[code]).tobytes()


def test_reads_and_writes_the_bytes_of_the_format() -> None:
    content = b"\x00\x00\x08\x02\x00\x00\x00\x02\x00\x00\x00\x03" + bytes([1, 2, 3, 4, 5, 255])  # by hand, from its description
    assert idx.parse(content, "x").tolist() == [[1, 2, 3], [4, 5, 255]]
    assert idx.serialize(np.array([[1, 2, 3], [4, 5, 255]], np.uint8)) == content


@given(any_array)
def test_a_file_reads_back_as_it_was_written(tmp_path: Path, array: Bytes) -> None:
    idx.write(tmp_path / "new/file", array[::-1])  # not in the order of its memory
    np.testing.assert_array_equal(idx.read(tmp_path / "new/file"), array[::-1], strict=True)


@given(any_array, st.sampled_from(sorted(idx.TYPES)), st.sampled_from([bytes, gzip.compress]))
def test_values_of_any_type_are_read_packed_or_not(
    tmp_path: Path, array: Bytes, code: int, pack: Callable[[bytes], bytes]
) -> None:
    array = array // 2  # which signed bytes can be
    (tmp_path / "file").write_bytes(pack(written(array, code)))
    found = idx.read(tmp_path / "file")
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)
    (tmp_path / "file").write_bytes(pack(written(array, code) + b"\0"))
    with pytest.raises(InputError, match="bytes of values where"):
        idx.read(tmp_path / "file")


@pytest.mark.parametrize("array", [np.zeros(3, np.float32), np.zeros((), np.uint8)], ids=["float", "scalar"])
def test_writes_nothing_but_arrays_of_bytes(array: npt.NDArray[np.float32]) -> None:
    with pytest.raises(ValueError, match="IDX holds unsigned bytes"):
        idx.serialize(array)  # type: ignore[arg-type]


@st.composite
def changed_header(draw: st.DrawFn) -> bytes:
    array = draw(any_array)
    content = bytearray(written(array, draw(st.sampled_from(sorted(idx.TYPES)))))
    for position in draw(st.lists(st.integers(0, 3 + 4 * array.ndim), min_size=1, max_size=4)):
        content[position] = draw(st.integers(0, 255))
    return bytes(content)


@given(changed_header() | st.binary(max_size=2000).map(lambda tail: b"\0\0\x08" + tail))
@example(header(*[1] * 65) + b"\0")  # more dimensions than NumPy has
@example(header(*[0] * 255))
@example(header(0, 2**32 - 1, 2**32 - 1))  # nothing, but too much of it
def test_any_bytes_are_refused_or_would_be_written_as_just_these(content: bytes) -> None:
    try:
        array = idx.parse(content, "x")
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017  either outcome is sound
    else:
        assert written(array, content[2]) == content


def test_what_is_missing_no_file_or_gigantic_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere is missing; run `mnist-transfer fetch`"):
        idx.read(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        idx.read(tmp_path)
    (tmp_path / "images").write_bytes(idx.serialize(np.zeros((2, 3), dtype=np.uint8)))
    os.truncate(tmp_path / "images", 1 << 40)  # more than there is memory; none of it is on the disk
    with pytest.raises(InputError, match="needs 6"):
        idx.read(tmp_path / "images")
