"""The command line, as its user has it or, where only its refusals and files matter, within the tests' process."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mnist_transfer import cli, git

ROOT = Path(__file__).parents[1]

Result = subprocess.CompletedProcess[str]


def run(*arguments: str, folder: Path | str = ".", seconds: float = 120) -> Result:
    """Run ``mnist-transfer`` in a folder; a `subprocess.TimeoutExpired` after so many seconds."""
    command = [sys.executable, "-m", "mnist_transfer", *arguments]
    environment = os.environ | {"COLUMNS": "100"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False, timeout=seconds)


def execute(folder: Path, *command: str) -> str:
    """Run any command in a folder, give what it prints, and fail with that if it fails."""
    # As the Makefile does: the commands of this very interpreter first.
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    output: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, timeout=1800, **output)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return str(done.stdout)


def copy_tracked(folder: Path) -> None:
    """Lay out what git tracks of this repository, as it is now, in a new one."""
    for name in filter(None, git.run("ls-files", "-z", folder=ROOT).split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    git.run("init", "--quiet", folder=folder)


def run_here(*arguments: str, folder: Path | str = ".") -> Result:
    """Do the same without a new process, which saves the seconds that the imports take."""
    stdout, stderr, code = io.StringIO(), io.StringIO(), 0
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
        patch.object(sys, "argv", ["mnist-transfer", *arguments]),
    ):
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Result(arguments, code, stdout.getvalue(), stderr.getvalue())


def assert_refused(result: Result, *words: str) -> None:
    """Bad input is exit code 2 and one line on standard error that says `words`, without a traceback."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("error: ")
    for word in words:
        assert word in result.stderr


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by its path there, but for the locks of commands and of downloads."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(("build/locks/", "downloads/.lock"))}


def may_mount() -> bool:
    """Say whether this process may mount a disk."""
    tried = ["unshare", "--mount", "true"]
    return bool(shutil.which("unshare")) and subprocess.run(tried, stderr=subprocess.DEVNULL).returncode == 0


@contextlib.contextmanager
def mounted(folder: Path, size: int) -> Iterator[None]:
    """Put a disk of so many bytes in the place of a folder."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
