"""What a chunk of images costs on a cluster, and how far that scales: ``python -m tests.cluster.scaling`` measures it anew.

Writes the measurements and the table that follows from them into ``docs/scaling.md``. Takes some minutes.
"""

import os
import re
import shutil
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil

from mnist_transfer import execution, files, study
from mnist_transfer.entries import Network
from mnist_transfer.extraction import features, networks
from mnist_transfer.report import summary
from tests.cluster.processes import Processes
from tests.commands import ROOT, files_in

PAGE = ROOT / "docs/scaling.md"
#: Images that pass the network, in small chunks, so that two workers have several each; and tasks that cost little.
IMAGES, CHUNK, PAIRS, ECHOES, EMPTY = 4_000, 500, 3, 20, 300
#: What is measured, as the page says it. Seconds are those of processors, the least of several runs: what else a
#: machine does only adds to them.
HERE = "2,000 images in one process with two threads (s)"
THERE = "2,000 images on two workers, with scheduler and client (s)"
SENT = "sent with 2,000 images (MB)"
BACK = "sent back (MB)"
WEIGHTS = "network, sent once, then copied from worker to worker (MB)"
CLIENT = "the client's part in 2,000 images (s)"
SCHEDULER = "the scheduler's part in 2,000 images (s)"
TASK = "the scheduler's part in a task that does nothing (s)"
#: Megabytes a second of a network of 1 Gbit/s.
NETWORK = 125.0

Measured = dict[str, float]


def read(page: str) -> Measured:
    """Return the measurements that the page states."""
    return {name: float(value) for name, value in re.findall(r"^\| (.+? \((?:s|MB)\)) \| ([\d.]+) \|$", page, re.MULTILINE)}


def times(measured: Measured, workers: int, images: int) -> dict[str, float]:
    """Return how many seconds each part of an extraction is busy; all work at the same time, and the longest decides.

    A worker has one core; scheduler and client have one of their own. All that is sent passes the network of the scheduler and
    that of the client, each way once.
    """
    chunks = images / features.CHUNK
    return {
        "workers": chunks * measured[THERE] / workers,
        "client": chunks * measured[CLIENT],
        "scheduler": chunks * measured[SCHEDULER],
        "network": chunks * max(measured[SENT], measured[BACK]) / NETWORK,
    }


def table(measured: Measured) -> str:
    """Return the table of the page: how long an extraction takes, and what decides that."""
    sizes = (10**6, 10**7, 10**8)
    lines = ["| workers | " + " | ".join(f"{size:,} images" for size in sizes) + " |", "|---:|" + "---|" * len(sizes)]
    for workers in (4, 16, 64):
        cells = []
        for size in sizes:
            busy = times(measured, workers, size)
            longest = max(busy, key=lambda part: busy[part])
            cells.append(f"{busy[longest] / 3600:,.1f} h, {longest}")
        lines.append(f"| {workers} | " + " | ".join(cells) + " |")
    needed = [f"{size / features.CHUNK * measured[BACK] / 1000:,.0f} GB" for size in sizes]
    lines.append("| features | " + " | ".join(needed) + " |")
    return "\n".join(lines) + "\n"


def zeros(widths: dict[str, int], images: npt.NDArray[np.uint8]) -> features.Features:
    """Answer at once with features of zeros."""
    return {layer: np.zeros((len(images), width), np.float32) for layer, width in widths.items()}


def busy(*processes: int) -> float:
    """Return how many seconds processors have worked for some processes."""
    return sum(sum(psutil.Process(process).cpu_times()[:2]) for process in processes)


def measure(folder: Path) -> Measured:
    """Measure on two workers of this machine."""
    known = study.load(ROOT / "params.yaml")
    entry = known.network("vgg16-random")
    assert isinstance(entry, Network)
    model = networks.build(entry)
    tensors, widths = networks.get_weights(entry, model, known.seed), networks.widths(model, entry)
    images = np.random.default_rng(0).integers(0, 256, (IMAGES, 28, 28), np.uint8)
    layers, whole = list(entry.layers), features.CHUNK
    extract, echo = features.Built(features.make_extract, entry, tensors, "vgg16-random"), partial(zeros, widths)
    processes = Processes(folder)
    processes.add(2)
    client, scheduler = os.getpid(), processes.scheduler.pid
    everyone = (client, scheduler, *(worker.pid for worker in processes.workers))

    def through(name: str, function: features.Extract) -> float:
        shutil.rmtree(folder / name, ignore_errors=True)
        before, start = busy(*everyone), time.perf_counter()
        features.extract_in_chunks(images, lambda: function, folder / name, layers, name)
        spent, end = busy(*everyone) - before, time.perf_counter()
        print(f"{name}: {spent:.1f} s of processors in {end - start:.1f} s", flush=True)
        return spent * whole / IMAGES

    here: list[float] = []
    there: list[float] = []
    try:
        features.CHUNK = CHUNK
        extract(images[: features.BATCH])  # which builds it
        for _ in range(PAIRS):
            os.environ.pop(execution.VARIABLE, None)
            here.append(through("here", extract))
            os.environ[execution.VARIABLE] = processes.address
            few = ((at, (images[: features.BATCH],)) for at in range(8))
            assert len(list(execution.unordered(lambda: extract, few))) == 8  # each worker builds it
            there.append(through("there", extract))
        assert files_in(folder / "here") == files_in(folder / "there"), "the same bytes"
        features.CHUNK = whole
        before = (busy(client), busy(scheduler))
        for at in range(ECHOES * whole // IMAGES):
            through(f"echo {at}", echo)
        chunks = ECHOES * whole // IMAGES * IMAGES / whole
        parts = [(busy(client) - before[0]) / chunks, (busy(scheduler) - before[1]) / chunks]
        empty, tasks = busy(scheduler), ((at, ()) for at in range(EMPTY))
        assert len(list(execution.unordered(lambda: int, tasks))) == EMPTY
        parts.append((busy(scheduler) - empty) / EMPTY)
    finally:
        processes.stop()
    size = whole / IMAGES / 1e6
    sizes = [images.nbytes * size, sum(array.nbytes for array in echo(images).values()) * size]
    sizes.append(sum(array.nbytes for array in tensors.values()) / 1e6)
    names = (HERE, THERE, SENT, BACK, WEIGHTS, CLIENT, SCHEDULER, TASK)
    return dict(zip(names, (min(here), min(there), *sizes, *parts), strict=True))


def main() -> None:
    page = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="scaling-", ignore_cleanup_errors=True) as folder:
        for name, value in measure(Path(folder)).items():
            page = re.sub(rf"^\| {re.escape(name)} \|.*$", f"| {name} | {value:.3f} |", page, flags=re.MULTILINE)
    files.write_text(PAGE, summary.update(page, table(read(page))))


if __name__ == "__main__":
    main()
