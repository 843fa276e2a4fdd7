"""What DVC is told of fetched data: its cache takes them up, and ``data.dvc`` pins them."""

import json
import subprocess
import sys

from mnist_transfer import git, paths
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console

PIN = paths.DATA.with_suffix(".dvc")


def take_up() -> None:
    """Have DVC take up the data, and say so where they are not what was pinned; what DVC refuses is an `InputError`."""
    if not PIN.is_file():
        return
    _do_without_git()
    before = PIN.read_bytes()
    if json.loads(_dvc("status", "--json", str(PIN)) or "{}"):
        _dvc("commit", "--force", "--quiet", str(PIN))
    if PIN.read_bytes() != before:
        back = f"`git checkout {PIN}` brings the former pin back"
        console.print(f"{PIN} pins {paths.DATA} as it is now, which is not what it pinned before: commit it, or {back}")


def _do_without_git() -> None:
    """Tell DVC that there is no git, as in an unpacked ZIP of the repository, where it would refuse to do anything."""
    if git.is_here():
        return
    if _dvc("config", "core.no_scm").strip().lower() != "true":
        _dvc("config", "--local", "core.no_scm", "true")
        console.print("no git here: told DVC to do without, in .dvc/config.local (core.no_scm)")


def _dvc(*arguments: str) -> str:
    """Run DVC, which asks nothing, and return what it prints."""
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        reason = next((line for line in lines if line.startswith("ERROR")), lines[-1]).removeprefix("ERROR: ")
        said = " ".join(word for word in arguments if word not in ("--quiet", "--json"))
        raise InputError(f"{paths.DATA} is sound, but DVC cannot take it up ({reason}); `dvc {said}` says more")
    return done.stdout
