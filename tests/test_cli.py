"""The commands in a folder of their own: what they refuse, that a refusal leaves nothing, and how they end."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer.main
from filelock import FileLock
from typer.testing import CliRunner

from mnist_transfer import paths
from mnist_transfer.cli import app
from tests.commands import ROOT, assert_refused, files_in, run_here

PIXELS = "pixels/all"
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
#: Runs a command, and then prints what it has imported.
IMPORTS = """
import json, sys
from mnist_transfer.__main__ import main
try:
    main()
finally:
    print(json.dumps([name for name in sys.modules if "." not in name]))
"""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = CliRunner().invoke(app, [name, "--help"])
    assert result.exit_code == 0
    assert name == "recover" or f"Example: mnist-transfer {name}" in " ".join(COMMANDS[name].help.split())
    assert all(getattr(parameter, "help", None) for parameter in COMMANDS[name].params)


@pytest.mark.parametrize("command", ["--help", "check", "show"])
def test_what_starts_fast_imports_nothing_slow(command: str) -> None:
    result = subprocess.run([sys.executable, "-c", IMPORTS, command], cwd=ROOT, capture_output=True, text=True, check=True)
    if command == "--help":
        assert all(f" {name} " in result.stdout for name in COMMANDS)
    imported = set(json.loads(result.stdout.splitlines()[-1]))
    assert not imported & {"dvc", "keras", "matplotlib", "scipy", "sklearn", "tensorflow"}
    assert command == "show" or "pandas" not in imported


@pytest.mark.parametrize("name", COMMANDS)
def test_in_another_folder_than_the_studys_every_command_says_where_to_go(tmp_path: Path, name: str) -> None:
    required = [p for p in COMMANDS[name].params if p.param_type_name == "argument" and p.required]
    result = run_here(name, *["name"] * len(required), folder=tmp_path)
    assert_refused(result, "error: params.yaml is missing; run this in the folder that holds dvc.yaml\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_cannot_be_printed_for_want_of_space_is_said_in_one_line() -> None:
    command = [sys.executable, "-m", "mnist_transfer", "--help"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}  # as a user's is
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment)
    expected = "error: cannot write what is printed: No space left on device; free some space, and run this again\n"
    assert (result.returncode, result.stderr) == (2, expected)


# A study of one small dataset and the pixels


@pytest.fixture
def folder(digits_study: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(digits_study, tmp_path / "copy"))


def test_missing_and_damaged_files_name_the_stage_that_makes_them(folder: Path) -> None:
    train = min((folder / "features").rglob("*.np?"))
    train.write_bytes(train.read_bytes()[:1000])
    stage = "run `dvc repro features@mnist-pixels`"
    assert_refused(run_here("project", "mnist", folder=folder), "is damaged", stage)
    train.unlink()
    assert_refused(run_here("classify", "mnist", PIXELS, "knn", folder=folder), "is missing", stage)
    shutil.rmtree(folder / "splits")
    assert_refused(run_here("features", "mnist", "pixels", folder=folder), "is missing; run `dvc repro split@mnist`")
    shutil.rmtree(folder / paths.DATA)
    fetch = "is missing; run `mnist-transfer fetch`, then `dvc repro features@mnist-pixels`, or `dvc repro --pull` where"
    assert_refused(run_here("classify", "mnist", PIXELS, "knn", folder=folder), fetch)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("features", "mnist", "vgg99"), "params.yaml: unknown network 'vgg99'; networks has vgg16, vgg16-random, pixels"),
        (("classify", "mnist", "vgg16/block6", "knn"), "params.yaml: unknown layer 'block6'; networks.vgg16.layers has block1"),
        (("classify", "mnist", PIXELS, "svm-linear"), "svm-linear on mnist, pixels/all: not converged"),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    before = files_in(folder)
    assert_refused(run_here(*arguments, folder=folder), words)
    assert files_in(folder) == before


def test_features_that_cannot_be_put_in_place_are_not_extracted_again(folder: Path) -> None:
    expected = files_in(folder / "features")
    shutil.rmtree(folder / "features")
    (folder / "features").write_text("a file where a folder should be")
    result = run_here("features", "mnist", "pixels", folder=folder)
    assert "error: cannot write features/mnist/pixels/" in result.stderr.splitlines()[-1]
    (folder / "features").unlink()
    assert "found finished" in run_here("features", "mnist", "pixels", folder=folder).stderr
    assert files_in(folder / "features") == expected
    assert not (folder / paths.partial_features("mnist", "pixels")).exists()


# Two runs at once, and the end of one


def test_the_second_run_is_refused_until_the_first_has_ended(folder: Path) -> None:
    with FileLock(folder / paths.lock("split mnist")):
        assert_refused(run_here("split", "mnist", folder=folder), "`split mnist` is being run by another process; wait for its")
        assert run_here("project", "mnist", folder=folder).returncode == 0, "which is nobody else's"
    for _ in range(2):
        assert run_here("split", "mnist", folder=folder).returncode == 0


#: What a command may be doing when it is stopped, after the start that it has in common with all.
WORK = {
    "Python": "while True: pass",
    "a C function that lets no other Python run": "import ctypes; ctypes.PyDLL(None).sleep(60)",
    "what swallows every exception": "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass",
    "joblib's processes": "from joblib import Parallel, delayed; from mnist_transfer import cores; import time; "
    "Parallel(2, initializer=cores.end_with_parent)(delayed(time.sleep)(60) for _ in range(2))",
}
STARTED = """
import os, signal, sys
from unittest.mock import patch
import mnist_transfer.__main__ as start
{before}
with patch("mnist_transfer.cli.main"):
    start.main()
print("begun", flush=True)
{work}
"""


def begin(work: str, before: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", STARTED.format(before=before, work=work)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_a_signal_ends_it_at_once_and_all_that_it_started(work: str, number: signal.Signals) -> None:
    process = begin(work)
    if "joblib" in work:
        time.sleep(3)  # until the others have begun
    start = time.monotonic()
    os.killpg(process.pid, number) if number == signal.SIGINT else os.kill(process.pid, number)
    assert process.communicate(timeout=30) == ("", "")  # which waits for the end of those that it started, too
    assert time.monotonic() - start < 20  # the work takes a minute
    assert process.returncode == -number


def test_a_signal_that_is_ignored_stays_so() -> None:
    ignoring = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
    process = begin("os.kill(os.getpid(), signal.SIGINT); print('done')", before=ignoring)
    assert process.stdout
    assert process.stdout.read() == "done\n"
    assert process.wait() == 0
