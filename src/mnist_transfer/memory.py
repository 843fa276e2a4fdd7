"""Arrays of any size: in memory where they are small, else in a file, of which the system keeps in memory what is in use."""

import fcntl
import math
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mnist_transfer import paths
from mnist_transfer.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

#: The environment variable with the gigabytes of memory that a command may take; all that are free where it is not set.
VARIABLE = "MNIST_TRANSFER_MEMORY"
#: The share of them that one array may take: a dozen are in use at the same time.
SHARE = 1 / 16
#: What the names of the files begin with.
PREFIX = "array-"


def available() -> float:
    """Return the bytes of memory that a command may take; a `VARIABLE` that is no number above 0 is an `InputError`."""
    import psutil

    asked = os.environ.get(VARIABLE)
    try:
        found = float(asked) * 1e9 if asked else psutil.virtual_memory().available
        if not 0 < found < math.inf:
            raise ValueError
    except ValueError:
        raise InputError(f"{VARIABLE} is {asked!r}; it is a number of gigabytes, such as 4 or 0.5") from None
    return found


def limit() -> float:
    """Return the bytes above which an array lies in a file."""
    return SHARE * available()


def empty(shape: tuple[int, ...], dtype: "npt.DTypeLike") -> "npt.NDArray[Any]":
    """Return an array whose values are not set, in memory or in a file below ``build/``, which goes when the array goes.

    Raises
    ------
    InputError
        The disk has not the room for the file, or cannot be written to.
    """
    import numpy as np

    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size <= limit():
        return np.empty(shape, dtype)
    try:
        paths.SCRATCH.mkdir(parents=True, exist_ok=True)
        _clear()
        file = tempfile.NamedTemporaryFile(dir=paths.SCRATCH, prefix=PREFIX)  # noqa: SIM115  closed with the array
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)  # says that it is in use
        _reserve(file.fileno(), size)
        array = np.memmap(file.name, dtype, "r+", shape=shape)
    except (OSError, OverflowError) as error:
        reason = f"{getattr(error, 'strerror', None) or error}, for {size / 1e6:,.0f} MB"
        raise InputError(f"cannot write {paths.SCRATCH} ({reason}); it needs a writable disk with free space") from None
    weakref.finalize(array, _remove, file)  # a view keeps the array, and so the file, which other processes open by its name
    return array


def _reserve(file: int, size: int) -> None:
    """Give a file its size, and the disk's room for it: a page that finds none when it is written ends the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
        return
    if size > (free := shutil.disk_usage(paths.SCRATCH).free):
        raise OSError(f"{free / 1e9:,.1f} GB are free")
    os.truncate(file, size)


def _remove(file: Any) -> None:
    with suppress(FileNotFoundError):
        file.close()


def take(array: "npt.NDArray[Any]", rows: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
    """Return some rows of an array, ascending; all of them are the array itself."""
    if len(rows) == len(array):
        return array
    return array.take(rows, axis=0, out=empty((len(rows), *array.shape[1:]), array.dtype), mode="clip")


def _clear() -> None:
    """Remove the files of processes that were killed, which nobody has locked."""
    for path in paths.SCRATCH.glob(f"{PREFIX}*"):
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
