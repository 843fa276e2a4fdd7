"""Commands are killed, run twice, starved of disk and given damaged files: what they put out is that of an undisturbed run.

The slow tests draw a few cases; `make faults` does all of them, on every command.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Result, files_in, may_mount, mounted
from tests.faults import inputs, study
from tests.faults.study import EVERYTHING, SEED, Command, Finished
from tests.test_pipeline import lay_out

pytestmark = pytest.mark.slow

CHEAP: list[Command] = [("split", "digits"), ("features", "digits", "pixels"), ("classify", "digits", "pixels/all", "lda")]
COMMANDS = list(study.commands()) if EVERYTHING else CHEAP
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
#: Kills of one `dvc repro` after another.
REPROS = 12


def some(cases: list[Any], number: int) -> list[Any]:
    """Return so many of the cases, or all of them."""
    return cases if EVERYTHING else random.Random(SEED).sample(cases, number)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return study.run_undisturbed(tmp_path_factory.mktemp("faults") / "finished", COMMANDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def stopped(process: subprocess.Popen[str], stop: signal.Signals, seconds: float) -> Result:
    """Send a signal to a process after some seconds: SIGINT to all of its group, as a terminal does."""
    time.sleep(seconds)
    if process.poll() is None:
        os.killpg(process.pid, stop) if stop == signal.SIGINT else process.send_signal(stop)
    return study.finish(process)


@pytest.mark.parametrize(("command", "stop"), some([*product(COMMANDS, SIGNALS)], 4))
def test_a_killed_command_ends_in_the_same_bytes_when_it_is_run_again(
    finished: Finished, folder: Path, command: Command, stop: signal.Signals
) -> None:
    finished.before(command, folder)
    moment = random.Random(f"{command} {stop} {SEED}").random()
    result = stopped(study.start(command, folder), stop, 0.3 + moment * finished.seconds[command])  # until then Python starts
    assert result.returncode in (0, -stop), result.stderr
    assert "Traceback" not in result.stderr
    finished.assert_runs(command, folder)


@pytest.mark.skipif(not EVERYTHING, reason="takes minutes: make faults")
def test_dvc_repro_killed_again_and_again_ends_in_the_same_results(finished: Finished, folder: Path) -> None:
    lay_out(folder)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def dvc(*arguments: str) -> subprocess.Popen[str]:
        return study.start(arguments, folder, study.ENVIRONMENT | {"PATH": path}, ("-m", "dvc"))

    for arguments in (("init", "--quiet", "--no-scm"), ("config", "core.analytics", "false")):
        assert study.finish(dvc(*arguments)).returncode == 0
    moments = random.Random(SEED)
    for number in range(REPROS):
        stopped(dvc("repro"), SIGNALS[number % 3], 3 + 15 * moments.random())  # waits for the stage too, which has its pipe
        recovered = study.call(("recover",), folder)
        assert recovered.returncode == 0, recovered.stderr
    output, errors = (last := dvc("repro")).communicate(timeout=10 * study.LONGEST)
    assert last.returncode == 0, (output + errors)[-2000:]
    results = [name for name in files_in(finished.folder) if name.startswith("results/")]
    study.assert_same(finished.folder, folder, results)


@pytest.mark.parametrize("command", some(COMMANDS, 1))
def test_of_two_runs_at_once_one_is_refused_and_the_other_does_it(finished: Finished, folder: Path, command: Command) -> None:
    finished.before(command, folder)
    results = [study.finish(process) for process in [study.start(command, folder) for _ in range(2)]]
    assert 0 in [result.returncode for result in results]
    for result in results:
        if result.returncode:
            study.assert_refused(result)
    study.assert_same(finished.folder, folder, finished.outputs[command])


@pytest.mark.skipif(not may_mount(), reason="only root can mount a disk")
@pytest.mark.parametrize(("command", "room"), some([*product(COMMANDS, (0.0, 0.5, None))], 2))
def test_a_disk_that_is_full_or_read_only_leaves_nothing_wrong(
    finished: Finished, tmp_path: Path, command: Command, room: float | None
) -> None:
    """There is room for a share of what is written; or for nothing, and no leave to write, if `room` is None."""
    written = sum((finished.folder / name).stat().st_size for name in finished.outputs[command])
    with mounted(tmp_path, sum(map(len, files_in(finished.folder).values())) * 3 + (64 << 20)):
        folder = finished.before(command, tmp_path / "workspace", shutil.copy2)
        before = files_in(folder)
        if room is None:
            subprocess.run(["mount", "-o", "remount,ro", tmp_path], check=True)
        else:
            free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
            with (tmp_path / "filler").open("wb") as stream:
                os.posix_fallocate(stream.fileno(), 0, free - int(room * written))
        result = study.call(command, folder)
        if result.returncode or not room:
            study.assert_refused(result)
        study.assert_same(finished.folder, folder, study.outputs_in(folder).keys() - before.keys())
        if room is None:
            subprocess.run(["mount", "-o", "remount,rw", tmp_path], check=True)
        (tmp_path / "filler").unlink(missing_ok=True)
        finished.assert_runs(command, folder)


#: Which file is damaged, and the command that reads it.
DAMAGED = [reader for reader in inputs.TIMES if reader[1] in [*COMMANDS, ("check",)] or EVERYTHING]


@pytest.mark.parametrize("reader", DAMAGED, ids=lambda reader: f"{' '.join(reader[1])}, {reader[0]}")
def test_damaged_input_of_each_format_is_harmless(finished: Finished, folder: Path, reader: tuple[str, Command]) -> None:
    name, command = reader
    shutil.copytree(finished.folder, folder)
    # In a process of its own, which a fault may kill.
    result = study.finish(study.start((name, *command), folder, program=("-m", "tests.faults.inputs")))
    assert result.stdout.splitlines()[-1:] == ["harmless"], result.stdout[-500:] + result.stderr[-500:]
