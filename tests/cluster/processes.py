"""A Dask scheduler and workers as processes of their own, started by Dask's own commands."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from distributed import Client

from mnist_transfer import cluster, execution, numerics
from tests.commands import ROOT

SETTINGS = numerics.SETTINGS | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
#: Seconds in which a process of Dask is ready, also on a busy machine.
READY = 60


class Processes:
    """A scheduler on a port of this machine, and its workers in the order of their start."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        folder.mkdir(exist_ok=True)
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self.start_scheduler()

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> subprocess.Popen[bytes]:
        """Start the scheduler: the first time on any free port, later on the same."""
        self.scheduler, log = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        self.port = int(self._wait_for(log, rb"Scheduler at:\s+tcp://[\d.]+:(\d+)"))
        return self.scheduler

    def add(self, number: int = 1, *options: str, **environment: str) -> None:
        """Start workers with one thread, and wait until they are registered; a variable of the environment may differ."""
        options = (self.address, "--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder), *options)
        for worker, log in [self._start("worker", *options, **environment) for _ in range(number)]:
            self._wait_for(log, rb"(Registered to):")
            self.workers.append(worker)

    def _start(self, name: str, *options: str, **environment: str) -> tuple["subprocess.Popen[bytes]", Path]:
        log = self.folder / f"{name}-{time.monotonic_ns()}.log"
        command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *options, "--no-dashboard"]
        kept = {name: value for name, value in os.environ.items() if name != execution.VARIABLE} | SETTINGS | environment
        with log.open("wb") as stream:
            return subprocess.Popen(command, cwd=self.folder, env=kept, stdout=stream, stderr=stream), log

    def _wait_for(self, log: Path, pattern: bytes) -> str:
        end = time.monotonic() + READY
        while (found := re.search(pattern, log.read_bytes())) is None:
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.05)
        return found[1].decode()

    def kill(self, *processes: "subprocess.Popen[bytes]") -> None:
        """Kill processes with -9."""
        for process in processes:
            process.kill()
            process.wait()

    def stop(self) -> None:
        """End this process's connections, and kill them all."""
        for client in list(Client._instances):
            client.close(timeout=1)
        cluster.connect.cache_clear()
        self.kill(*self.workers, self.scheduler)
        self.workers.clear()
