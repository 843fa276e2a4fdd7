"""Keep two runs of a command from writing the same files at once: the second says which process is at it."""

import fcntl
import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from mnist_transfer import paths
from mnist_transfer.errors import InputError
from mnist_transfer.files import writing


def alone(command: Callable[..., None]) -> Callable[..., None]:
    """Have a command that is called by keywords hold the lock of its name and of its arguments that are names."""

    @functools.wraps(command)
    def locked(**arguments: Any) -> None:
        names = [value for value in arguments.values() if isinstance(value, str)]
        with held(" ".join([command.__name__, *names])):
            command(**arguments)

    return locked


@contextmanager
def held(name: str) -> Iterator[None]:
    """Hold the lock `name` of the study in the current folder while the block runs; it dies with its process.

    Without a ``params.yaml`` there is no study, and nothing to hold.

    Raises
    ------
    InputError
        Another process holds it; the message says which.
    OutputError
        The lock's file cannot be made.
    """
    if not paths.PARAMS.is_file():
        yield
        return
    path = paths.lock(name)
    stream = _taken(path, name)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        stream.close()


def _taken(path: Path, name: str) -> TextIO:
    """Return the lock's file, locked, with this process in it."""
    while True:
        with writing(path):
            stream = path.open("a+", encoding="utf-8")
            _lock(stream, name)
            if path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                stream.truncate(0)
                stream.write(str(os.getpid()))
                stream.flush()
                return stream
            stream.close()  # who held it has just removed it


def _lock(stream: TextIO, name: str) -> None:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        holder = stream.read().strip()
        process = f"process {holder}" if holder else "another process"
        raise InputError(f"`{name}` is being run by {process}; wait for its end, or stop it, and try again") from None
    except OSError:
        pass  # a file system without locks, as some clusters have: there nobody is kept out
