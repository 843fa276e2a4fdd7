"""Strict reader of the IDX format in which MNIST and Fashion-MNIST are distributed, and writer of its unsigned bytes.

The format is described at the foot of LeCun, Cortes and Burges' page "The MNIST database of handwritten digits": two zero
bytes, the type of the values, the number of dimensions, each dimension as a big-endian 32-bit integer, then the values.
"""

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer.errors import InputError
from mnist_transfer.files import whole_file

#: What gets a file of a public source again.
REMEDY = "run `mnist-transfer fetch`"
#: NumPy's types by their IDX codes; unsigned bytes are all that MNIST and Fashion-MNIST use.
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
UNSIGNED_BYTE = 0x08
#: Bytes of a header with as many dimensions as one byte can count.
LONGEST_HEADER = 4 + 4 * 255
#: How many times longer than the packed bytes the unpacked ones of gzip can be.
_GZIP_RATIO = 1032


def parse(content: bytes, name: str, remedy: str = REMEDY) -> npt.NDArray[Any]:
    """Return the array in the bytes of an IDX file, read-only where it is of single bytes.

    In an `InputError` about them the file is called `name`, and `remedy` is what to do.
    """
    dtype, shape, start = _header(content[:LONGEST_HEADER], len(content), name, remedy)
    needed, values = prod(shape) * dtype.itemsize, len(content) - start
    if values != needed:
        raise InputError(f"{name}: {values:,} bytes of values where {shape} needs {needed:,}; {remedy}")
    try:
        array = np.frombuffer(content, dtype=dtype, offset=start).reshape(shape)
    except ValueError as error:  # NumPy has fewer dimensions, and counts them up to a length, even where one of them is 0
        raise InputError(f"{name}: shape {shape} cannot be held ({error}); {remedy}") from None
    return array.astype(dtype.newbyteorder("="), copy=False)


def _header(header: bytes, size: int, name: str, remedy: str) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    """Return what the first bytes of a file of at most `size` bytes say: type and shape, and where the values begin."""
    if len(header) < 4 or header[:2] != b"\0\0":
        raise InputError(f"{name}: not an IDX file (it begins with {header[:4]!r}); {remedy}")
    if header[2] not in TYPES:
        raise InputError(f"{name}: values of IDX type 0x{header[2]:02x}, which the format has not; {remedy}")
    start = 4 + 4 * header[3]
    if header[3] == 0 or len(header) < start:
        raise InputError(f"{name}: IDX header cut short at {len(header)} bytes; {remedy}")
    dtype, shape = np.dtype(TYPES[header[2]]), struct.unpack(f">{header[3]}I", header[4:start])
    if (needed := prod(shape) * dtype.itemsize) > size - start:
        raise InputError(f"{name}: at most {size - start:,} bytes of values where {shape} needs {needed:,}; {remedy}")
    return dtype, shape, start


def serialize(array: npt.NDArray[np.uint8]) -> bytes:
    """Turn an array of unsigned bytes into the bytes of an IDX file."""
    if array.dtype != np.uint8 or not 1 <= array.ndim <= 255:
        raise ValueError(f"IDX holds unsigned bytes in 1 to 255 dimensions, not {array.dtype} in {array.ndim}")
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, UNSIGNED_BYTE, array.ndim, *array.shape) + array.tobytes()


@contextmanager
def _opened(path: Path, remedy: str) -> Iterator[tuple[Any, bytes, np.dtype[Any], tuple[int, ...], int]]:
    """Open a file, and yield the stream with its first bytes and what they say: see `_header`."""
    try:
        with path.open("rb") as file:
            packed, size = file.read(2) == b"\x1f\x8b", os.fstat(file.fileno()).st_size
            file.seek(0)
            stream: Any = gzip.open(file) if packed else file  # noqa: SIM115  closed with the file
            header = stream.read(LONGEST_HEADER)
            yield stream, header, *_header(header, size * _GZIP_RATIO if packed else size, str(path), remedy)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {remedy}") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path}: damaged gzip ({error}); {remedy}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; remove it and {remedy}") from None


def shape(path: Path, remedy: str = REMEDY) -> tuple[int, ...]:
    """Return the shape that the header of an IDX file states; errors are those of `read`."""
    with _opened(path, remedy) as (_, _, _, stated, _):
        return stated


def read(path: Path, remedy: str = REMEDY) -> npt.NDArray[Any]:
    """Read an IDX file, packed by gzip or not; one that is missing, cannot be read or is not sound is an `InputError`."""
    # The header says what to expect, before all of a gigantic file is in memory.
    with _opened(path, remedy) as (stream, header, dtype, stated, start):
        left = start + prod(stated) * dtype.itemsize - len(header)
        content = header + (stream.read(left + 1) if left >= 0 else b"")  # one byte more shows that there are too many
    return parse(content, str(path), remedy)


def write(path: Path, array: npt.NDArray[np.uint8]) -> None:
    """Write an IDX file, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(serialize(array))
