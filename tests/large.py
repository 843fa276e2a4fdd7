"""A dataset that is larger than the memory it may take: ``python -m tests.large`` measures ten times MNIST.

Writes MNIST ten times over as shards into a folder of its own, runs the stages in processes to which the system gives no more
memory of their own than the bounds below, and writes what they took into ``docs/scaling.md``. It needs ``data/mnist`` and the
network's weights (`mnist-transfer fetch`), 12 GB of disk and an hour.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, memory, paths, yaml
from mnist_transfer.data import idx
from mnist_transfer.paths import SPLITS, Split
from tests.commands import ROOT

PAGE = ROOT / "docs/scaling.md"
NAME = "large"
#: Gigabytes for large arrays, and those that a process may have of its own in all, with its program and TensorFlow's.
ARRAYS, BOUND = 0.5, {"features": 2.5, "classify": 1.5}
#: The rows of scikit-learn's that make no copy of the features.
CLASSIFIERS: dict[str, dict[str, Any]] = {
    "knn": {"class": "sklearn.neighbors.KNeighborsClassifier", "arguments": {"n_neighbors": [3, 5]}},
    "logistic-regression": {"class": "sklearn.linear_model.LogisticRegression", "arguments": {"max_iter": 5000}},
    "perceptron": {"class": "sklearn.linear_model.Perceptron"},
    "forest": {"class": "sklearn.ensemble.RandomForestClassifier", "scale": False, "arguments": {"n_estimators": 25}},
}
TITLES = {"knn": "Nearest Neighbours ({n_neighbors})"} | {name: name for name in CLASSIFIERS if name != "knn"}


def write_shards(folder: Path, split: str, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], shards: int) -> None:
    """Write images and labels as shards: the files that a dataset of several has."""
    for shard, rows in enumerate(np.array_split(np.arange(len(images)), shards)):
        which = f"{shard:02}-of-{shards}"
        idx.write(folder / f"{split}-images-{which}-idx3-ubyte", images[rows])
        idx.write(folder / f"{split}-labels-{which}-idx1-ubyte", labels[rows])


def params(train: int, test: int, networks: Mapping[str, Any], features: list[str], classifiers: list[str]) -> str:
    """Return a study of the dataset as params.yaml has it."""
    content = {
        "seed": 1,
        "study": {"datasets": [NAME], "networks": list(networks), "features": features, "classifiers": classifiers},
        "datasets": {NAME: {"title": "Large", "train": train, "test": test}},
        "networks": dict(networks),
        "classifiers": {name: CLASSIFIERS[name] for name in classifiers},
        "titles": {name: TITLES[name] for name in classifiers},
    }
    return yaml.dump(content)


def run(folder: Path, *arguments: str, arrays: float, bound: float) -> float:
    """Run a command of ``mnist-transfer`` with so many gigabytes for arrays, and of its own; return the seconds it took.

    The system counts what a process allocates, and refuses more (RLIMIT_DATA, getrlimit(2)); arrays in files are not counted.
    """

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (int(bound * 1e9), int(bound * 1e9)))

    start, environment = time.monotonic(), os.environ | {memory.VARIABLE: str(arrays)}
    command = [sys.executable, "-m", "mnist_transfer", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, preexec_fn=limit)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return time.monotonic() - start


def measure(folder: Path) -> Iterator[tuple[str, float]]:
    """Run every stage on ten times MNIST; yield what ran on what, and its seconds."""
    times: dict[Split, int] = {"train": 10, "test": 1}
    for split in SPLITS:
        images, labels = (idx.read(ROOT / place("mnist", split)) for place in (paths.images, paths.labels))
        write_shards(
            folder / paths.DATA / NAME,
            split,
            np.tile(images, (times[split], 1, 1)),
            np.tile(labels, times[split]),
            times[split],
        )
    shutil.copytree(ROOT / paths.weights("VGG16").parent, folder / paths.weights("VGG16").parent)
    known = yaml.load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))["networks"]
    networks, kinds = {name: known[name] for name in ("vgg16", "pixels")}, ["vgg16/block5", "pixels/all"]
    (folder / paths.PARAMS).write_text(params(600_000, 10_000, networks, kinds, list(CLASSIFIERS)))
    run(folder, "split", NAME, arrays=ARRAYS, bound=BOUND["features"])
    for network in networks:
        yield f"features, {network}", run(folder, "features", NAME, network, arrays=ARRAYS, bound=BOUND["features"])
    for name in CLASSIFIERS:
        for features in kinds:
            yield f"{name}, {features}", run(folder, "classify", NAME, features, name, arrays=ARRAYS, bound=BOUND["classify"])


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="large-", ignore_cleanup_errors=True) as folder:
        for name, seconds in measure(Path(folder)):
            print(f"{name}: {seconds:.0f} s", flush=True)
            page = PAGE.read_text(encoding="utf-8")
            page, number = re.subn(rf"^\| {name} \|.*$", f"| {name} | {seconds:.0f} |", page, flags=re.MULTILINE)
            assert number == 1, f"{PAGE} has no row {name}"
            files.write_text(PAGE, page)


if __name__ == "__main__":
    main()
