"""What `dvc gc` leaves in a cache of two clones, as docs/remotes.md says."""

import contextlib
import re
import shutil
from pathlib import Path

import pytest
from dvc import cli as dvc_cli  # type: ignore[import-untyped]

from mnist_transfer import git
from tests.commands import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning:dvc")]

#: What is in use by the commands of the docs, in their order: what the content of the one file of DVC says.
KEPT = [
    {"now"},
    {"now", "branch"},
    {"now", "branch", "before"},
    {"now", "branch", "before", "experiment"},
    {"now", "other"},
]
SHOWN = re.findall(r"^\| `dvc (gc .*?)` \|", (ROOT / "docs/remotes.md").read_text(encoding="utf-8"), re.MULTILINE)


def dvc(folder: Path, *arguments: str) -> None:
    """Run DVC in this process, which saves the seconds that it takes to start."""
    with contextlib.chdir(folder):
        assert dvc_cli.main(list(arguments)) == 0


def write(folder: Path, content: str) -> None:
    (folder / "file").write_text(content)
    dvc(folder, "add", "file")


def commit(folder: Path, content: str) -> None:
    write(folder, content)
    git.run("add", "--all", folder=folder)
    git.run("commit", "--quiet", "--message", content, folder=folder)


def go(folder: Path, *arguments: str) -> None:
    git.run("checkout", "--quiet", *arguments, folder=folder)
    dvc(folder, "checkout", "--force")


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clones with one cache, and in each what the other has not."""
    folder = tmp_path_factory.mktemp("clones")
    ours, other = folder / "ours", folder / "other"
    git.run("-c", "init.defaultBranch=main", "init", "--quiet", str(ours), folder=folder)
    for key in ("user.name", "user.email"):
        git.run("config", key, "somebody", folder=ours)
    (ours / ".dvc").mkdir()
    for name in ("config", ".gitignore"):  # which say what `dvc init` has, and that nobody is told of it
        shutil.copy(ROOT / ".dvc" / name, ours / ".dvc")
    commit(ours, "before")
    git.run("checkout", "--quiet", "-b", "a-branch", folder=ours)
    commit(ours, "branch")
    go(ours, "main")
    commit(ours, "now")
    write(ours, "experiment")
    dvc(ours, "exp", "save")
    go(ours, "--force", "main")
    git.run("clone", "--quiet", "ours", "other", folder=folder)
    dvc(other, "cache", "dir", "--local", "../ours/.dvc/cache")
    write(other, "other")
    return folder


@pytest.mark.parametrize(("command", "kept"), list(zip(SHOWN, KEPT, strict=True)), ids=SHOWN)
def test_it_leaves_what_is_in_use_and_nothing_else(command: str, kept: set[str], clones: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(clones, tmp_path / "clones") / "ours"
    everything = {"now", "branch", "before", "experiment", "other"}
    assert cached(folder) == everything
    dvc(folder, *command.split(), "--force", "--dry")
    assert cached(folder) == everything
    dvc(folder, *command.split(), "--force")
    assert cached(folder) == kept


def cached(folder: Path) -> set[str]:
    return {path.read_text() for path in (folder / ".dvc/cache/files").rglob("*") if path.is_file()}
