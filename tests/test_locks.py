"""Two runs of one command do not write the same files: the second is told who is at it, unless the first is dead."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_transfer import locks, paths
from mnist_transfer.errors import InputError
from tests.commands import assert_refused, files_in, run_here

HOLDING = """
import pathlib, sys, time
from mnist_transfer import locks
with locks.held(sys.argv[1]):
    pathlib.Path("held").touch()
    time.sleep(60)
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    paths.PARAMS.write_text("seed: 1\n")
    return tmp_path


def hold(name: str) -> subprocess.Popen[bytes]:
    """Have another process hold a lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLDING, name])
    while not Path("held").exists():
        assert process.poll() is None
        time.sleep(0.01)
    return process


def test_the_second_run_is_told_which_process_is_at_it(workspace: Path) -> None:
    other = hold("split mnist")
    before = files_in(workspace)
    assert_refused(
        run_here("split", "mnist"), f"`split mnist` is being run by process {other.pid}; wait for its end, or stop it"
    )
    assert files_in(workspace) == before
    with locks.held("split fashion_mnist"):
        pass  # which is nobody else's
    other.kill()
    other.wait()


def test_a_lock_dies_with_its_process(workspace: Path) -> None:
    other = hold("split mnist")
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert paths.lock("split mnist").read_text() == str(other.pid)
    with locks.held("split mnist"):
        assert paths.lock("split mnist").read_text() == str(os.getpid())
    assert not paths.lock("split mnist").exists()


def test_a_lock_can_be_held_again_after_an_error(workspace: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locks.held("split mnist"):
            raise ZeroDivisionError
    with locks.held("split mnist"), pytest.raises(InputError, match="is being run by process"), locks.held("split mnist"):
        pass
    assert list(files_in(workspace)) == ["params.yaml"]


def test_all_names_make_a_file_of_their_own(workspace: Path) -> None:
    names = ["measure one_pixel mnist pixels/all", "measure one_pixel mnist vgg16/block5", "replay mnist a-b-c/none/official/d"]
    assert {paths.lock(name).parent for name in names} == {paths.lock("collect").parent}
    assert len({paths.lock(name) for name in names}) == len(names)


def test_where_there_is_no_study_nothing_is_written(tmp_path: Path) -> None:
    assert_refused(run_here("split", "mnist", folder=tmp_path), "params.yaml is missing")
    assert list(tmp_path.iterdir()) == []


def test_of_many_that_come_at_once_each_holds_it_alone(workspace: Path) -> None:
    script = """
import pathlib, time
from mnist_transfer import errors, locks
for _ in range(60):
    try:
        with locks.held("x"):
            pathlib.Path("inside").mkdir()  # fails if another is there
            time.sleep(0.001)
            pathlib.Path("inside").rmdir()
    except errors.InputError:
        time.sleep(0.001)
"""
    processes = [subprocess.Popen([sys.executable, "-c", script]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert list(files_in(workspace)) == ["params.yaml"]
