"""Write files whole or not at all: to a temporary name beside the target, flushed, then renamed."""

import fcntl
import json
import os
import tokenize
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer.errors import InputError, shortened
from mnist_transfer.progress import console

#: What json, NumPy, safetensors and zipfile raise when they read a damaged file.
_DAMAGE = (
    *(ArithmeticError, AttributeError, EOFError, MemoryError, OSError, RuntimeError, TypeError, ValueError),
    *(tokenize.TokenError, zipfile.BadZipFile),
)
#: Bytes of a file that is read into memory as a whole: far more than any has that a study writes so.
LARGEST = 50_000_000
#: Characters that are shown of why a file is damaged.
LONGEST_REASON = 300


class OutputError(InputError):
    """The output cannot be written, so that another source of its content is of no help."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Make the folder of `path`, and turn an `OSError` of the block, which writes it, into :class:`OutputError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"cannot write {path}: {reason}; it needs a writable folder with free space") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` if the block ends well, and vanishes if it does not.

    Parameters
    ----------
    path
        The file to write. Its folder is made when missing.

    Raises
    ------
    OutputError
        The folder cannot be made or written to, or the disk is full.
    """
    sweep(path.parent, f".{path.name}.", ".tmp")
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with writing(path), claimed(temporary, path):
            yield temporary
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
    finally:
        with suppress(OSError):  # it says nothing that the block has not said
            temporary.unlink(missing_ok=True)


@contextmanager
def claimed(path: Path, written: Path | None = None) -> Iterator[bool]:
    """Keep a file, which is made when missing, from other processes that claim it; yield whether one had to be waited for.

    The claim ends with the process, however that ends.

    Parameters
    ----------
    path
        The file.
    written
        What an error says cannot be written, if not `path`.

    Raises
    ------
    OutputError
        The file cannot be opened or made.
    """
    waited = False
    while True:
        with writing(written or path):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            waited |= _lock(descriptor, path)
            if _is_at(descriptor, path):  # who held it may have removed or replaced it
                yield waited
                return
        finally:
            os.close(descriptor)


def _lock(descriptor: int, path: Path) -> bool:
    """Lock a file, and return whether that took waiting for another process."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        console.print(f"{path}: waiting for another process that is at it")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return True
    except OSError:
        pass  # a file system without locks: as good as it gets
    return False


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def sweep(folder: Path, begin: str, end: str) -> None:
    """Remove the files with such names that no process claims: what killed ones left behind."""
    with suppress(OSError):  # nothing depends on it
        for path in folder.iterdir():
            if path.name.startswith(begin) and path.name.endswith(end) and path.is_file():
                with suppress(OSError), path.open("rb") as stream:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()


def write_text(path: Path, text: str) -> None:
    r"""Write `text` as UTF-8 with ``\n`` line ends."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` as indented JSON; NaN and infinities are refused because JSON has none."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_npy(path: Path, array: npt.NDArray[Any]) -> None:
    """Write one array as ``.npy``, without pickling."""
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)


def write_npz(path: Path, **arrays: npt.NDArray[Any]) -> None:
    """Write named arrays as ``.npz``, without pickling; the same arrays give the same bytes."""
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, allow_pickle=False, **arrays)


def keep_only(folder: Path, ours: Iterable[Path]) -> None:
    """Remove the files that an earlier study left: DVC keeps those of ``results/`` until their next version is there."""
    for path in {path for path in folder.rglob("*") if path.is_file()} - set(ours):
        path.unlink()


@contextmanager
def reading(path: Path, remedy: str, largest: float = inf) -> Iterator[None]:
    """Turn what the block, which reads `path`, meets into one clear line that ends with `remedy`.

    Parameters
    ----------
    path, remedy
        The file, and what makes it anew.
    largest
        Bytes that it may have; the block does not run if it has more.

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    try:
        if (size := path.stat().st_size) > largest:
            raise ValueError(f"{size:,} bytes, where at most {largest:,} can be")
        yield
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {remedy}") from None
    except _DAMAGE as error:
        raise damaged(path, str(error) or type(error).__name__, remedy) from None


def damaged(path: Path, why: str, remedy: str) -> InputError:
    """Return the error for a file that is there but is not what it should be."""
    return InputError(f"{path} is damaged ({shortened(' '.join(why.split()), LONGEST_REASON)}); {remedy}")


class Content(dict[str, Any]):
    """What a file holds by name; a name that it lacks is an `InputError` wherever it is asked for."""

    def __init__(self, content: Mapping[str, Any], path: Path, remedy: str) -> None:
        super().__init__(content)
        self.path, self.remedy = path, remedy

    def __missing__(self, name: str) -> Any:
        raise damaged(self.path, f"no {name}", self.remedy)


def read_text(path: Path, remedy: str) -> str:
    """Read a text file.

    Raises
    ------
    InputError
        The file is missing, cannot be read or is not UTF-8; the message has `remedy` where that helps.
    """
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise InputError(f"{path} has {size:,} bytes, where at most {LARGEST:,} can be; it must be a file of text")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {remedy}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; it must be a file") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path} is not UTF-8: line {line} has the byte 0x{error.object[error.start]:02x}; save it as UTF-8"
        ) from None


def read_json(path: Path, remedy: str) -> dict[str, Any]:
    """Read a JSON object.

    Returns
    -------
    dict
        A key that it lacks, or that an object in it lacks, is an `InputError` when it is asked for.

    Raises
    ------
    InputError
        The file is missing or damaged; the message ends with `remedy`.
    """
    with reading(path, remedy, LARGEST):
        content = json.loads(path.read_text(encoding="utf-8"), object_hook=lambda pairs: Content(pairs, path, remedy))
        if not isinstance(content, dict):
            raise ValueError("not a JSON object")
        return content


def read_npz(path: Path, remedy: str) -> dict[str, npt.NDArray[Any]]:
    """Read every array of a ``.npz`` file, without pickling.

    Returns
    -------
    dict of ndarray
        An array that it lacks is an `InputError` when it is asked for.

    Raises
    ------
    InputError
        The file is missing or damaged; the message ends with `remedy`.
    """
    with reading(path, remedy), np.load(path, allow_pickle=False) as archive:
        unpacked, size = sum(member.file_size for member in archive.zip.infolist()), path.stat().st_size
        if unpacked > size:  # we write without compression
            raise ValueError(f"{size:,} bytes that unpack to {unpacked:,}")
        return Content(archive, path, remedy)


def read_npy(path: Path, remedy: str, *, memory_map: bool = False) -> npt.NDArray[Any]:
    """Read a ``.npy`` array, without pickling, optionally memory-mapped and read-only.

    Raises
    ------
    InputError
        The file is missing or damaged; the message ends with `remedy`.
    """
    with reading(path, remedy, inf if memory_map else LARGEST):
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r" if memory_map else None, allow_pickle=False)
        return array
