"""Ask git, or have it do something, and say its own reason where it refuses."""

import os
import shutil
import subprocess
from pathlib import Path

from mnist_transfer.errors import InputError

#: Set while git runs a hook; they would point a git of another folder at that repository.
_OTHERS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")


def is_here(folder: Path = Path()) -> bool:
    """Say whether a folder is in a git repository, also in one that git refuses to look into."""
    here = folder.resolve()
    return any((above / ".git").exists() for above in (here, *here.parents))


def run(*arguments: str, folder: Path = Path()) -> str:
    """Run git in a folder, and return what it prints.

    Raises
    ------
    InputError
        There is no git, or it fails; the message has its reason.
    """
    program = shutil.which("git")
    if program is None:
        raise InputError("git is not installed, and this needs it; install it, and run the same again")
    environment = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    done = subprocess.run([program, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise InputError(f"git in {folder.resolve()} says: {reason}; correct that, and run the same again")
    return done.stdout
