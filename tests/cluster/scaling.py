"""What a chunk of images costs on a cluster, and how far that scales: ``python -m tests.cluster.scaling`` measures it anew.

Writes the measurements and the table that follows from them into ``docs/scaling.md``. Takes five minutes of two idle cores.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean

import numpy as np
import numpy.typing as npt

from mnist_transfer import execution, files, study
from mnist_transfer.entries import Network
from mnist_transfer.extraction import features, networks
from mnist_transfer.report import summary
from tests.cluster.processes import Processes
from tests.commands import ROOT, files_in

PAGE = ROOT / "docs/scaling.md"
IMAGES, PAIRS, PAYLOADS, EMPTY = 8_000, 2, 40, 500
#: What is measured, as the page says it.
HERE = "extraction of 2,000 images by one process with two threads on two cores (s)"
THERE = "extraction of 2,000 images by two workers on the same two cores (s)"
SENT = "sent with a chunk (MB)"
BACK = "sent back (MB)"
WEIGHTS = "network, sent once, then copied from worker to worker (MB)"
TASK = "one task that does nothing (s)"
PASSED = "a chunk through scheduler and client, computed at once (s)"
WRITTEN = "a chunk written by the client (s)"
#: Megabytes a second of a network of 1 Gbit/s.
NETWORK = 125.0

Measured = dict[str, float]


def read(page: str) -> Measured:
    """Return the measurements that the page states."""
    return {name: float(value) for name, value in re.findall(r"^\| (.+? \((?:s|MB)\)) \| ([\d.]+) \|$", page, re.MULTILINE)}


def times(measured: Measured, workers: int, images: int) -> dict[str, float]:
    """Return how many seconds each part of an extraction is busy; all work at the same time, and the longest decides.

    A worker has one core. All that is sent and sent back passes the scheduler's network and the client's, each way once.
    """
    chunks = images / features.CHUNK
    return {
        "workers": chunks * 2 * measured[THERE] / workers,
        "client": chunks * (measured[PASSED] + measured[WRITTEN]),
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


class Echo:
    """Answer at once with features of zeros."""

    def __init__(self, widths: dict[str, int]) -> None:
        self.widths = widths

    def __call__(self, images: npt.NDArray[np.uint8]) -> features.Features:
        return {layer: np.zeros((len(images), width), np.float32) for layer, width in self.widths.items()}


def seconds(block: Callable[[], object]) -> float:
    start = time.perf_counter()
    block()
    return time.perf_counter() - start


def measure(folder: Path) -> Measured:
    """Measure on two workers of this machine."""
    known = study.load(ROOT / "params.yaml")
    entry = known.network("vgg16-random")
    assert isinstance(entry, Network)
    model = networks.build(entry)
    tensors, widths = networks.get_weights(entry, model, known.seed), networks.widths(model, entry)
    images = np.random.default_rng(0).integers(0, 256, (IMAGES, 28, 28), np.uint8)
    layers, chunks = list(entry.layers), IMAGES / features.CHUNK
    extract = features.Built(features.make_extract, entry, tensors, "vgg16-random")

    def through(name: str) -> float:
        shutil.rmtree(folder / name, ignore_errors=True)
        return seconds(lambda: features.extract_in_chunks(images, lambda: extract, folder / name, layers, name)) / chunks

    extract(images[: features.BATCH])  # which builds it
    processes = Processes(folder)
    processes.add(2)
    here: list[float] = []
    there: list[float] = []
    try:
        for _ in range(PAIRS):
            os.environ.pop(execution.VARIABLE, None)
            here.append(through("here"))
            os.environ[execution.VARIABLE] = processes.address
            if not there:  # each worker builds it first
                few = ((at, (images[: features.BATCH],)) for at in range(8))
                assert len(list(execution.unordered(lambda: extract, few))) == 8
            there.append(through("there"))
            print(f"here {here[-1]:.2f} s, there {there[-1]:.2f} s a chunk", flush=True)
        assert files_in(folder / "here") == files_in(folder / "there"), "the same bytes"
        cluster, echo = execution.cluster(), Echo(widths)
        assert cluster is not None
        part, result = images[: features.CHUNK], echo(images[: features.CHUNK])
        same = [(at, (part,)) for at in range(PAYLOADS)]
        passed = seconds(lambda: [name for name, _ in execution.unordered(lambda: echo, same)]) / PAYLOADS
        empty = seconds(lambda: list(execution.unordered(lambda: int, ((at, ()) for at in range(EMPTY))))) / EMPTY
        written = sum(seconds(partial(files.write_npz, folder / f"{at}.npz", **result)) for at in range(PAYLOADS)) / PAYLOADS
        cluster.client.close()
    finally:
        processes.stop()
    megabytes = [sum(array.nbytes for array in arrays) / 1e6 for arrays in ([part], result.values(), tensors.values())]
    names = (HERE, THERE, SENT, BACK, WEIGHTS, TASK, PASSED, WRITTEN)
    return dict(zip(names, (mean(here), mean(there), *megabytes, empty, passed, written), strict=True))


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="scaling-"))
    try:
        page = PAGE.read_text(encoding="utf-8")
        for name, value in measure(folder).items():
            page = re.sub(rf"^\| {re.escape(name)} \|.*$", f"| {name} | {value:.3f} |", page, flags=re.MULTILINE)
        files.write_text(PAGE, summary.update(page, table(read(page))))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
