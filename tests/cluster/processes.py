"""A Dask scheduler and workers as processes of their own, started by Dask's own commands."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from mnist_transfer import execution, numerics
from tests.commands import ROOT

SETTINGS = numerics.SETTINGS | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
#: Seconds in which a process of Dask is ready, also on a busy machine.
READY = 60


class Processes:
    """A scheduler on a port of this machine, and its workers in the order of their start."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start_scheduler()

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        """Start the scheduler: the first time on any free port, later on the same."""
        arguments = ["dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        self.scheduler, log = self._start("scheduler", arguments, {})
        self.port = int(self._wait_for(log, rb"Scheduler at:\s+tcp://[\d.]+:(\d+)"))
        return self.scheduler

    def add(self, number: int = 1, *options: str, **environment: str) -> None:
        """Start workers with one thread, and wait until they are registered; a variable of the environment may differ."""
        logs = []
        for at in range(number):
            arguments = ["dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", *options]
            arguments += ["--local-directory", str(self.folder)]
            worker, log = self._start(f"worker-{len(self.workers) + at}", arguments, environment)
            logs.append((worker, log))
        for worker, log in logs:
            self._wait_for(log, rb"(Registered to):")
            self.workers.append(worker)

    def _start(self, name: str, arguments: list[str], environment: dict[str, str]) -> tuple["subprocess.Popen[bytes]", Path]:
        log = self.folder / f"{name}-{time.monotonic_ns()}.log"
        module, *options = arguments
        command = [sys.executable, "-m", f"distributed.cli.{module}", *options]
        with log.open("wb") as stream:
            kept = {name: value for name, value in os.environ.items() if name != execution.VARIABLE}
            process = subprocess.Popen(
                command, cwd=self.folder, env=kept | SETTINGS | environment, stdout=stream, stderr=stream
            )
        return process, log

    def _wait_for(self, log: Path, pattern: bytes) -> str:
        end = time.monotonic() + READY
        while (found := re.search(pattern, log.read_bytes())) is None:
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        return found[1].decode()

    def kill(self, *processes: "subprocess.Popen[bytes]") -> None:
        """Kill processes with -9."""
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def stop(self) -> None:
        """Kill them all."""
        self.kill(*self.workers, self.scheduler)
        self.workers.clear()
