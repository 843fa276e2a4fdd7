"""Arrays of any size: in memory where they are small, else in a file, of which the system keeps in memory what is in use."""

import math
import os
import shutil
import tempfile
import weakref
from typing import TYPE_CHECKING, Any

from mnist_transfer import paths
from mnist_transfer.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

#: The environment variable with the gigabytes of memory that a command may take; all that are free where it is not set.
VARIABLE = "MNIST_TRANSFER_MEMORY"
#: The share of them that one array may take: a dozen are in use at the same time.
SHARE = 1 / 16


def limit() -> float:
    """Return the bytes above which an array lies in a file; a `VARIABLE` that is no number above 0 is an `InputError`."""
    import psutil

    asked = os.environ.get(VARIABLE)
    try:
        available = float(asked) * 1e9 if asked else psutil.virtual_memory().available
        if not 0 < available < math.inf:
            raise ValueError
    except ValueError:
        raise InputError(f"{VARIABLE} is {asked!r}; it is a number of gigabytes, such as 4 or 0.5") from None
    return SHARE * available


def empty(shape: tuple[int, ...], dtype: "npt.DTypeLike") -> "npt.NDArray[Any]":
    """Return an array whose values are not set, in memory or in a file below ``build/``, which goes when the array goes.

    Raises
    ------
    InputError
        The disk has not the room for the file.
    """
    import numpy as np

    size = math.prod(shape) * np.dtype(dtype).itemsize
    if size <= limit():
        return np.empty(shape, dtype)
    try:
        paths.SCRATCH.mkdir(parents=True, exist_ok=True)
        _clear()
        free = shutil.disk_usage(paths.SCRATCH).free
        if size > free:
            raise OSError(f"an array takes {size / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB are free")
        file = tempfile.NamedTemporaryFile(dir=paths.SCRATCH, prefix=f"{os.getpid()}-")  # noqa: SIM115  closed with the array
        array = np.memmap(file.name, dtype, "w+", shape=shape)
    except OSError as error:
        raise InputError(
            f"cannot write {paths.SCRATCH}: {error.strerror or error}; it needs a writable disk with free space"
        ) from None
    weakref.finalize(array, file.close)  # a view keeps the array, and so the file, which other processes open by its name
    return array


def take(array: "npt.NDArray[Any]", rows: "npt.NDArray[Any]") -> "npt.NDArray[Any]":
    """Return some rows of an array, ascending; all of them are the array itself."""
    if len(rows) == len(array):
        return array
    return array.take(rows, axis=0, out=empty((len(rows), *array.shape[1:]), array.dtype), mode="clip")


def _clear() -> None:
    """Remove the files of processes that were killed."""
    import psutil

    for path in paths.SCRATCH.iterdir():
        if not psutil.pid_exists(int(path.name.partition("-")[0])):
            path.unlink(missing_ok=True)
