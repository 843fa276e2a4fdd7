"""A whole `dvc repro` is killed at random moments, again and again, and each time recovered and continued."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from mnist_transfer import paths
from tests.commands import files_in
from tests.faults import study
from tests.faults.kills import SIGNALS
from tests.faults.study import Case, Finished, Outcome

NAME = "`dvc repro` killed at random moments, one after another"
KILLS = 12


def cases(finished: Finished, folder: Path, seed: int) -> Iterator[Case]:
    """Yield all the kills as one case: each continues the one before."""
    yield partial(_kill_again_and_again, finished, folder / "repro", random.Random(seed))


def _kill_again_and_again(finished: Finished, folder: Path, moments: random.Random) -> Outcome:
    """Kill one `dvc repro` after another, and compare what stands after one that is not killed."""
    environment = _lay_out(finished, folder)
    for arguments in (("init", "--quiet", "--no-scm"), ("config", "core.analytics", "false")):
        assert _dvc(folder, environment, *arguments).wait() == 0
    for number in range(KILLS):
        stop = SIGNALS[number % len(SIGNALS)]
        process = _dvc(folder, environment, "repro")
        seconds = 3 + 15 * moments.random()
        time.sleep(seconds)
        os.killpg(process.pid, stop) if stop == signal.SIGINT else process.send_signal(stop)
        process.communicate(timeout=study.LONGEST)  # which waits for the stage too, as it writes to the same pipe
        recovered = study.call(("recover",), folder)
        if recovered.returncode:
            return Outcome(f"dvc repro, {stop.name} after {seconds:.0f} s", recovered.stderr, number + 1)
    last = _dvc(folder, environment, "repro")
    output, _ = last.communicate(timeout=4 * study.LONGEST)
    results = [name for name in files_in(finished.folder) if name.startswith("results/")]
    problem = output[-2000:] if last.returncode else study.difference(finished.folder, folder, results)
    return Outcome(f"results/ after {KILLS} killed dvc repro and a whole one", problem, KILLS)


def _lay_out(finished: Finished, folder: Path) -> dict[str, str]:
    """Lay out the study, and return an environment in which its commands are this code's."""
    study.lay_out(folder)
    shutil.copy(finished.folder / paths.PARAMS, folder)
    commands = folder.parent / "bin"
    commands.mkdir()
    (commands / "mnist-transfer").write_text(f'#!/bin/sh\nexec {sys.executable} -m mnist_transfer "$@"\n')
    (commands / "mnist-transfer").chmod(0o755)
    return study.ENVIRONMENT | {"PATH": os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])}


def _dvc(folder: Path, environment: Mapping[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dvc", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
