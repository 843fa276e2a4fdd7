"""A DVC that was killed, or whose disk was full, works again: the real one, with the files as it leaves them."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_transfer.recovery import LOCK, USED
from tests.commands import Result, assert_refused, files_in, run_here

PIPELINE = """
stages:
  one: {cmd: echo 1 > one.txt, outs: [one.txt]}
  two: {cmd: echo ran >> ../ran; cp one.txt two.txt, deps: [one.txt], outs: [two.txt]}
"""
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def call(folder: Path, *command: str) -> Result:
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace where DVC has run, not to be changed."""
    folder = tmp_path_factory.mktemp("finished") / "workspace"
    folder.mkdir()
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "params.yaml").write_text("seed: 1\n")
    for command in (("init", "--no-scm"), ("config", "core.analytics", "false"), ("repro",)):
        assert call(folder, "dvc", "--quiet", *command).returncode == 0
    return folder


@pytest.fixture
def workspace(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "workspace"))


@pytest.mark.slow
def test_a_sound_workspace_is_left_as_it_is_and_locks_of_what_is_no_more_are_removed(workspace: Path) -> None:
    before = files_in(workspace)
    result = run_here("recover", folder=workspace)
    assert (result.returncode, result.stderr) == (0, "nothing to recover: run `dvc repro` to continue\n")
    assert files_in(workspace) == before
    ended = subprocess.Popen(["true"])
    ended.wait()
    names_the_dead = json.dumps({"write": {str(workspace / "one.txt"): {"pid": ended.pid, "cmd": "dvc repro"}}})
    (workspace / USED).write_text(names_the_dead)
    assert run_here("recover", folder=workspace).stderr == ".dvc/tmp/rwlock: removed, as no DVC runs here\n"
    assert files_in(workspace) == {name: content for name, content in before.items() if name != str(USED)}


@pytest.fixture
def committed(workspace: Path) -> Path:
    """The workspace in git, which has its ``dvc.lock``."""
    for command in ("init --quiet", "config user.name Tests", "config user.email tests@example.org", "add .", "commit -qm run"):
        assert call(workspace, "git", *command.split()).returncode == 0
    return workspace


@pytest.mark.slow
def test_a_damaged_lock_file_makes_way_for_gits(committed: Path) -> None:
    lock = committed / LOCK
    before = lock.read_bytes()
    lock.write_bytes(before[:20])
    assert run_here("recover", folder=committed).stderr == "dvc.lock: damaged, so the one that git has is in its place\n"
    assert lock.read_bytes() == before
    assert call(committed, "git", "branch", "theirs").returncode == 0
    for branch, size in (("theirs", b"size: 3"), ("-", b"size: 4")):
        assert call(committed, "git", "checkout", "-q", branch).returncode == 0
        lock.write_bytes(ours := before.replace(b"size: 2", size))
        assert call(committed, "git", "commit", "-qam", branch).returncode == 0
    assert call(committed, "git", "merge", "theirs").returncode == 1
    assert b"<<<<<<<" in lock.read_bytes()
    assert "that of one branch is in its place: run `dvc repro`" in run_here("recover", folder=committed).stderr
    assert lock.read_bytes() == ours


@pytest.mark.slow
def test_where_git_refuses_or_has_a_damaged_lock_file_too_it_says_so_and_removes_nothing(
    committed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = committed / LOCK
    lock.write_text("<<<<<<< HEAD\n")
    with monkeypatch.context() as patch:
        patch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own tests set it
        assert_refused(run_here("recover", folder=committed), "dubious ownership", "safe.directory")
    assert call(committed, "git", "commit", "-qam", "damaged").returncode == 0
    assert_refused(run_here("recover", folder=committed), "so is the one that git has", "git checkout COMMIT -- dvc.lock")
    assert lock.is_file()


def test_a_folder_without_dvc_is_refused(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("seed: 1\n")
    assert_refused(run_here("recover", folder=tmp_path), "error: .dvc is missing; run this in the folder that holds dvc.yaml")


@pytest.mark.slow
def test_where_dvc_runs_nothing_is_touched(workspace: Path) -> None:
    (workspace / "dvc.yaml").write_text("stages: {slow: {cmd: touch begun; exec sleep 60}}")
    process = subprocess.Popen(["dvc", "repro", "--quiet"], cwd=workspace, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    while not (workspace / "begun").exists():
        assert process.poll() is None
        time.sleep(0.01)
    try:
        os.truncate(workspace / "dvc.lock", 20)
        before = files_in(workspace)
        assert_refused(run_here("recover", folder=workspace), f"DVC is running here as process {process.pid}; wait for its end")
        assert files_in(workspace) == before
    finally:
        process.terminate()
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size", "says"), [(USED, 0, "corrupted"), (LOCK, 0, "validation failed"), (LOCK, 20, "is invalid")]
)
def test_dvc_stumbles_over_a_cut_file_and_then_finds_all_finished(workspace: Path, name: Path, size: int, says: str) -> None:
    (workspace.parent / "ran").unlink(missing_ok=True)
    (workspace / name).write_bytes((workspace / LOCK).read_bytes()[:size])
    stumbled = call(workspace, "dvc", "repro")
    assert stumbled.returncode != 0
    assert says in stumbled.stdout + stumbled.stderr
    assert run_here("recover", folder=workspace).stderr.startswith(f"{name}: ")
    assert call(workspace, "dvc", "repro").returncode == 0
    assert call(workspace, "dvc", "status", "--quiet").returncode == 0
    assert not (workspace.parent / "ran").exists(), "what was finished is not computed again"
