"""Every command, `fetch` and a whole `dvc repro` are killed at random moments, and then run again."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mnist_transfer import paths
from tests.commands import Result, files_in, wait_until_supervised
from tests.faults import fetching, study
from tests.faults.study import Case, Command, Finished, Outcome
from tests.servers import Handler

NAME = "Killed, interrupted or terminated at a random moment, then run again"
IN_DVC = "`dvc repro` killed at random moments, one after another"
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
#: Kills of `fetch`, and of `dvc repro`.
FETCHES, REPROS = 6, 12


def cases(finished: Finished, folder: Path, seed: int) -> Iterator[Case]:
    """Yield a kill by each signal of every command, and then those of `fetch` and of DVC."""
    moments = random.Random(seed)
    for number, command in enumerate(finished.outputs):
        for stop in SIGNALS:
            yield partial(_kill, finished, command, folder / f"kill-{number}-{stop.name}", stop, moments.random())
    for number in range(FETCHES):
        yield partial(_kill_fetch, finished, folder / f"fetch-{number}", SIGNALS[number % 3], moments.random())


def _kill(finished: Finished, command: Command, folder: Path, stop: signal.Signals, share: float) -> Outcome:
    finished.before(command, folder)
    seconds = share * finished.seconds[command]
    case = f"{' '.join(command)}, {stop.name} after {seconds:.1f} s"
    result = _stopped(study.start(command, folder), stop, seconds)
    problem = _wrongly_stopped(result, stop)
    if not problem:
        again = study.call(command, folder)
        problem = again.stderr if again.returncode else finished.difference(command, folder)
    shutil.rmtree(folder)
    return Outcome(case, problem)


def _stopped(process: subprocess.Popen[str], stop: signal.Signals, seconds: float) -> Result:
    """Send a signal to a process after some seconds: SIGINT to all of its group, as a terminal does."""
    wait_until_supervised(process)
    time.sleep(seconds)
    if process.poll() is None:
        if stop == signal.SIGINT:
            os.killpg(process.pid, stop)
        else:
            process.send_signal(stop)
    return study.finish(process)


def _wrongly_stopped(result: Result, stop: signal.Signals) -> str:
    if stop == signal.SIGKILL or result.returncode == 0:
        return ""
    lines = result.stderr.splitlines()
    if result.returncode != 128 + stop or "Traceback" in result.stderr or "finished work is kept" not in lines[-1]:
        return f"exit code {result.returncode} and {lines[-3:]}"
    return ""


class _Slow(Handler):
    """Sends what it sends in small pieces."""

    def setup(self) -> None:
        super().setup()
        whole = self.wfile.write

        def write(content: bytes) -> int:
            for start in range(0, len(content), 2_000):
                whole(content[start : start + 2_000])
                time.sleep(0.02)
            return len(content)

        self.wfile.write = write  # type: ignore[method-assign, assignment]


def _kill_fetch(finished: Finished, folder: Path, stop: signal.Signals, after: float) -> Outcome:
    fetching.lay_out(finished, folder)
    with fetching.mirror(finished) as server:
        server.RequestHandlerClass = _Slow
        result = _stopped(fetching.start(finished, server, folder), stop, 0.5 + after)
        problem = _wrongly_stopped(result, stop)
        if not problem:
            again = study.finish(fetching.start(finished, server, folder))
            raw = files_in(finished.folder / fetching.DIGITS)
            problem = again.stderr if again.returncode else "" if files_in(folder / fetching.DIGITS) == raw else "differs"
    shutil.rmtree(folder)
    return Outcome(f"fetch, {stop.name} after {0.5 + after:.1f} s", problem)


def repro(finished: Finished, folder: Path, seed: int) -> list[Outcome]:
    """Kill one `dvc repro` after another, each of which continues the one before, and compare what stands at the end."""
    moments = random.Random(seed)
    study.lay_out(folder)
    shutil.copy(finished.folder / paths.PARAMS, folder)
    commands = folder.parent / "bin"
    commands.mkdir()
    (commands / "mnist-transfer").write_text(f'#!/bin/sh\nexec {sys.executable} -m mnist_transfer "$@"\n')
    (commands / "mnist-transfer").chmod(0o755)
    path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = study.ENVIRONMENT | {"PATH": path}

    def dvc(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "dvc", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )

    for arguments in (("init", "--quiet", "--no-scm"), ("config", "core.analytics", "false")):
        assert dvc(*arguments).wait() == 0
    outcomes = []
    for number in range(REPROS):
        stop = SIGNALS[number % 3]
        process = dvc("repro")
        seconds = 3 + 15 * moments.random()
        time.sleep(seconds)
        os.killpg(process.pid, stop) if stop == signal.SIGINT else process.send_signal(stop)
        process.communicate(timeout=study.LONGEST)  # which waits for the stage too, as it writes to the same pipe
        recovered = study.call(("recover",), folder)
        problem = recovered.stderr if recovered.returncode else ""
        outcomes.append(Outcome(f"dvc repro, {stop.name} after {seconds:.0f} s", problem))
    last = dvc("repro")
    output, _ = last.communicate(timeout=4 * study.LONGEST)
    results = [name for name in files_in(finished.folder) if name.startswith("results/")]
    problem = output[-2000:] if last.returncode else study.difference(finished.folder, folder, results)
    return [*outcomes, Outcome(f"results/ after {REPROS} killed dvc repro and a whole one", problem)]
