"""Every command and `fetch` are killed at random moments, and then run again."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.commands import Result, files_in, wait_until_supervised
from tests.faults import fetching, study
from tests.faults.study import Case, Command, Finished, Outcome
from tests.servers import Handler

NAME = "Killed, interrupted or terminated at a random moment, then run again"
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
#: Kills of `fetch`.
FETCHES = 6


def cases(finished: Finished, folder: Path, seed: int) -> Iterator[Case]:
    """Yield a kill by each signal of every command, and then those of `fetch`."""
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
