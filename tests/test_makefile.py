"""The Makefile in folders of any name: its commands are the same, and they run there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT

TARGETS = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the Makefile and what its targets are made from."""
    folder = tmp_path / "Über uns" / "it's a $HOME"
    folder.mkdir(parents=True)
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "params.yaml", "README.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def make(folder: Path, *arguments: str, **variables: str) -> str:
    """What a user's own make does: the tests may themselves run inside one, which hands its state down."""
    outer = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    command = ["make", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=outer | variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_command_spells_out_the_folder_which_may_have_spaces(folder: Path) -> None:
    printed = make(folder, "--dry-run", *TARGETS)
    assert "dvc repro" in printed
    assert folder.name not in printed
    assert folder.parent.name not in printed


@pytest.mark.slow
def test_the_virtual_environment_is_found_in_a_folder_with_spaces(folder: Path) -> None:
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.executable).parent)
    (folder / ".venv/.installed").touch()
    shutil.copytree(ROOT / "results/tables", folder / "results/tables")
    before = (folder / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text("<!-- table -->\n<!-- /table -->\n", encoding="utf-8")
    (folder / "tests").mkdir()
    (folder / "tests/walks.py").touch()  # the walks take minutes
    make(folder, "readme", PATH="/usr/bin:/bin", LC_ALL="C")
    assert (folder / "README.md").read_text(encoding="utf-8") in before
