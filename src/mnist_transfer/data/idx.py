"""Strict reader and writer of the IDX format in which MNIST and Fashion-MNIST are distributed.

The format is described at the foot of LeCun, Cortes and Burges' page "The MNIST database of handwritten digits": two zero
bytes, the type of the values, the number of dimensions, each dimension as a big-endian 32-bit integer, then the values.
"""

import os
import struct
from math import prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_transfer.errors import InputError
from mnist_transfer.files import whole_file

#: What gets a file of a public source again, and says of one's own what it should be.
REMEDY = "run `mnist-transfer fetch`"
#: The IDX code of unsigned bytes, the only type of value that these datasets use.
UNSIGNED_BYTE = 0x08
#: Bytes of a header with as many dimensions as one byte can count.
LONGEST_HEADER = 4 + 4 * 255


def parse(content: bytes, name: str) -> npt.NDArray[np.uint8]:
    """Return the array in the bytes of an IDX file, read-only; in an `InputError` about them the file is called `name`."""
    shape = _shape_in(content[:LONGEST_HEADER], len(content), name)
    try:
        return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * len(shape)).reshape(shape)
    except ValueError as error:  # NumPy has fewer dimensions, and counts them up to a length, even where one of them is 0
        raise InputError(f"{name}: shape {shape} cannot be held ({error}); {REMEDY}") from None


def _shape_in(header: bytes, size: int, name: str) -> tuple[int, ...]:
    """Return the shape in a file's first bytes, if it is that of a file of `size` bytes."""
    if len(header) < 4 or header[:2] != b"\0\0":
        raise InputError(f"{name}: not an IDX file (it begins with {header[:4]!r}); {REMEDY}")
    if header[2] != UNSIGNED_BYTE:
        raise InputError(f"{name}: values of IDX type 0x{header[2]:02x}, not unsigned bytes (0x08); {REMEDY}")
    dimensions = header[3]
    values = size - 4 - 4 * dimensions
    if dimensions == 0 or values < 0:
        raise InputError(f"{name}: IDX header cut short at {size} bytes; {REMEDY}")
    shape = struct.unpack(f">{dimensions}I", header[4 : 4 + 4 * dimensions])
    if values != prod(shape):
        raise InputError(f"{name}: {values} bytes of values where {shape} needs {prod(shape)}; {REMEDY}")
    return shape


def serialize(array: npt.NDArray[np.uint8]) -> bytes:
    """Turn an array of unsigned bytes into the bytes of an IDX file."""
    if array.dtype != np.uint8 or not 1 <= array.ndim <= 255:
        raise ValueError(f"IDX holds unsigned bytes in 1 to 255 dimensions, not {array.dtype} in {array.ndim}")
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, UNSIGNED_BYTE, array.ndim, *array.shape) + array.tobytes()


def read(path: Path) -> npt.NDArray[np.uint8]:
    """Read an IDX file; one that is missing, cannot be read or is not sound is an `InputError`."""
    try:
        with path.open("rb") as file:  # whose header says what to expect, before all of a gigantic file is in memory
            header = file.read(LONGEST_HEADER)
            _shape_in(header, os.fstat(file.fileno()).st_size, str(path))
            content = header + file.read()
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {REMEDY}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; remove it and {REMEDY}") from None
    return parse(content, str(path))


def write(path: Path, array: npt.NDArray[np.uint8]) -> None:
    """Write an IDX file, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(serialize(array))


def read_split(
    images_path: Path, labels_path: Path, *, shape: tuple[int, int], classes: int
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Read the images, (n, height, width) of this `shape`, and the labels, (n,) below `classes`, of one split.

    Files that are not so, or do not belong together, are an `InputError`.
    """
    images, labels = read(images_path), read(labels_path)
    if images.ndim != 3 or images.shape[1:] != shape or not len(images):
        expected = f"(n, {shape[0]}, {shape[1]})"
        raise InputError(f"{images_path}: images of shape {images.shape}, expected {expected}; {REMEDY}")
    if labels.ndim != 1:
        raise InputError(f"{labels_path}: labels of shape {labels.shape}, expected (n,); {REMEDY}")
    if len(images) != len(labels):
        raise InputError(f"{images_path} has {len(images)} images but {labels_path} has {len(labels)} labels; {REMEDY}")
    if labels.max() >= classes:
        row = int(np.argmax(labels >= classes))
        raise InputError(f"{labels_path}: label {labels[row]} at row {row}, expected 0 to {classes - 1}; {REMEDY}")
    return images, labels
