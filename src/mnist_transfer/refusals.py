"""Say in one line, without a traceback, why a command cannot do what it is asked to."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from mnist_transfer.errors import InputError
from mnist_transfer.progress import console

#: A disk or a quota that is full may show wherever something is written, also by a library.
_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Exit with code 2 and a line on standard error where the block meets bad input or a full disk."""
    try:
        yield
    except InputError as error:
        line = str(error)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        line = f"cannot write {error.filename or 'what is printed'}: {error.strerror}; free some space, and run this again"
    else:
        return
    console.print(f"error: {line}", style="bold red", markup=False)
    sys.exit(2)
