"""The command line as its user has it: a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

Result = subprocess.CompletedProcess[str]


def run(*arguments: str, folder: Path | str = ".") -> Result:
    """Run ``mnist-transfer`` in a folder."""
    command = [sys.executable, "-m", "mnist_transfer", *arguments]
    environment = os.environ | {"COLUMNS": "100"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, check=False, timeout=120)


def assert_refused(result: Result, *words: str) -> None:
    """Bad input is exit code 2 and one line on standard error that says `words`, without a traceback."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("error: ")
    for word in words:
        assert word in result.stderr


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by its path there."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
