"""Write files whole or not at all, and say in one line what is wrong with one that is read."""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from math import inf, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_transfer import memory
from mnist_transfer.errors import InputError, shortened

if TYPE_CHECKING:  # NumPy takes a tenth of a second to import, and not all commands need it
    import numpy.typing as npt

#: Bytes of a file that is read into memory as a whole: far more than any has that a study writes so.
LARGEST = 50_000_000
#: Bytes that are read at a time of an array that is too large for memory.
BLOCK = 2**24
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
        remedy = "it needs a writable folder with free space"
        if path.is_dir():
            remedy = "move the folder of this name away"
        elif above := next((folder for folder in path.parents if folder.is_file()), None):
            remedy = f"move {above} away, a file where a folder must be"
        raise OutputError(f"cannot write {path}: {reason}; {remedy}") from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes `path` if the block ends well, and vanishes if it does not.

    A process that is killed leaves it; git and DVC ignore its name.

    Raises
    ------
    OutputError
        The folder, which is made when missing, cannot be made or written to, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with writing(path):
            yield temporary
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
    finally:
        with suppress(OSError):  # it says nothing that the block has not said
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    r"""Write `text` as UTF-8 with ``\n`` line ends."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write `content` as indented JSON; NaN and infinities are refused because JSON has none."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_npy(path: Path, array: "npt.NDArray[Any]") -> None:
    """Write one array as ``.npy``, without pickling."""
    import numpy as np

    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)


def write_npz(path: Path, **arrays: "npt.NDArray[Any]") -> None:
    """Write named arrays as ``.npz``, without pickling; the same arrays give the same bytes.

    `numpy.savez` does not: it forces headers for large files, which Python writes otherwise since 3.11.4
    (https://github.com/python/cpython/issues/103861).
    """
    import numpy as np

    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")
            member.file_size = np.asanyarray(array).nbytes  # which decides on the header for large files
            with archive.open(member, "w") as stream:
                np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)


@contextmanager
def reading(path: Path, remedy: str, largest: float = inf) -> Iterator[None]:
    """Turn what the block, which reads `path`, meets into an `InputError` that ends with `remedy`, what makes the file anew.

    A file of more bytes than the `largest` is refused before it is read.
    """
    try:
        if (size := path.stat().st_size) > largest:
            raise ValueError(f"{size:,} bytes, where at most {largest:,} can be")
        yield
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {remedy}") from None
    except InputError:
        raise
    except Exception as error:  # json, NumPy, zipfile and safetensors raise anything, from SyntaxError to zlib.error
        # A small file takes no memory to speak of, unless it is damaged.
        if isinstance(error, MemoryError) and size > LARGEST:
            raise
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
    """Read a text file that a user writes; one that is missing, cannot be read or is not UTF-8 is an `InputError`."""
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise InputError(f"{path} has {size:,} bytes, where at most {LARGEST:,} can be; it must be a file of text")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{path} is missing; {remedy}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; it must be a file") from None
    except UnicodeDecodeError as error:
        line, byte = error.object.count(b"\n", 0, error.start) + 1, error.object[error.start]
        raise InputError(f"{path} is not UTF-8: line {line} has the byte 0x{byte:02x}; save it as UTF-8") from None


def read_json(path: Path, remedy: str) -> dict[str, Any]:
    """Read a JSON object; a key that it or an object in it lacks is an `InputError` when it is asked for."""
    with reading(path, remedy, LARGEST):
        content = json.loads(path.read_text(encoding="utf-8"), object_hook=lambda pairs: Content(pairs, path, remedy))
        if not isinstance(content, dict):
            raise ValueError("not a JSON object")
        return content


def read_npz(path: Path, remedy: str) -> dict[str, "npt.NDArray[Any]"]:
    """Read every array of a ``.npz`` file, without pickling; one that it lacks is an `InputError` when it is asked for."""
    import numpy as np

    with reading(path, remedy), np.load(path, allow_pickle=False) as archive:
        unpacked, size = sum(member.file_size for member in archive.zip.infolist()), path.stat().st_size
        if unpacked > size:  # we write without compression
            raise ValueError(f"{size:,} bytes that unpack to {unpacked:,}")
        return Content({name: _read_member(archive, name) for name in archive.files}, path, remedy)


def _read_member(archive: Any, name: str) -> "npt.NDArray[Any]":
    """Read an array of an archive; one that is too large for memory block by block."""
    import numpy as np

    member = archive.zip.getinfo(f"{name}.npy")
    if member.file_size <= memory.limit():
        return archive[name]  # type: ignore[no-any-return]
    with archive.zip.open(member) as stream:
        np.lib.format.read_magic(stream)
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        if fortran or dtype.hasobject or stream.tell() + prod(shape) * dtype.itemsize != member.file_size:
            raise ValueError(f"{member.file_size:,} bytes, which are not those of {dtype} {shape}")
        array = memory.empty(shape, dtype)
        content, start = array.reshape(-1).view(np.uint8), 0
        while block := stream.read(BLOCK):
            content[start : (start := start + len(block))] = np.frombuffer(block, np.uint8)
        return array


def read_npy(path: Path, remedy: str) -> "npt.NDArray[Any]":
    """Read a ``.npy`` array, without pickling."""
    import numpy as np

    with reading(path, remedy, LARGEST):
        array: npt.NDArray[Any] = np.load(path, allow_pickle=False)
        return array
