"""The smallest study with a stage of every kind, finished once without any disturbance, and copies of it to disturb."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from mnist_transfer import paths, yaml
from mnist_transfer.data import idx
from mnist_transfer.demo import workspace as demo
from tests.commands import ROOT, Result, files_in

#: All of it is done only where this is asked for, by a seed of the moments and the damages.
EVERYTHING, SEED = "FAULTS" in os.environ, int(os.environ.get("FAULTS") or 1)
DATASETS = ("fashion_mnist", "mnist")
FEATURES = ("small/one", "pixels/all")
CLASSIFIERS = ("knn", "lda")
RECIPE = "repeat-nearest-caffe/none/official"
SIZES = {"train": 120, "test": 60}
Command = tuple[str, ...]
#: What says how long something took is not the same twice.
TIMES = ("results/timing.csv", "results/stages.csv")
#: Seconds after which a command hangs.
LONGEST = 300.0
#: What commands need of the environment: this code, and no mirror.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "MNIST_TRANSFER_MIRROR"} | {
    "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def commands() -> Iterator[Command]:
    """Yield a command of every kind, in the order in which they need each other."""
    for dataset in DATASETS:
        yield "split", dataset
        for features in FEATURES:
            yield "features", dataset, features.split("/")[0]
            for classifier in CLASSIFIERS:
                yield "classify", dataset, features, classifier
        yield "project", dataset
        yield "measure", "one_pixel", dataset
        yield "compare", dataset
    yield from (("replay", "mnist"), ("results",), ("report", "--draft"))


def parameters() -> dict[str, Any]:
    """Return the repository's parameters, as small as they can be."""
    content: dict[str, Any] = yaml.load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))
    for name in DATASETS:
        content["datasets"][name] |= SIZES
    for kind in ("classifiers", "titles"):
        content[kind] = {name: content[kind][name] for name in CLASSIFIERS}
    small = {
        "architecture": "VGG16",
        "weights": "random",
        "preparation": {"size": 32, "resize": "bilinear", "scaling": "caffe"},
        "layers": {"one": {"layer": "block1_pool", "pooling": "mean-max"}},
    }
    grid = {"preparations": ["repeat-nearest-caffe"], "z_score": ["none"]}
    return content | {
        "study": {
            "datasets": list(DATASETS),
            "networks": ["small", "pixels"],
            "features": list(FEATURES),
            "classifiers": list(CLASSIFIERS),
            "measures": ["one_pixel"],
        },
        "networks": {"small": small, "pixels": {"architecture": "none"}},
        "replay": {
            "datasets": ["mnist"],
            "network": "small",
            "layer": "one",
            "search": grid | {"train": [40, 80], "test": 40},
            "full": [RECIPE, "study/none/official"],
        },
        "difficulty": {
            "network": "small",
            "control": "small",
            "pixels": "pixels",
            "one_pixel": {"features": ["pixels/all"]},
        },
        "comparisons": {"merged": content["comparisons"]["merged"] | {"features": ["pixels/all"]}},
    }


def lay_out(folder: Path) -> None:
    """Lay out the pipeline, the report, and scikit-learn's digits as both datasets."""
    demo.prepare(demo.DEMO, ROOT, folder)
    (folder / paths.PARAMS).write_text(yaml.dump(parameters()), encoding="utf-8")
    digits = load_digits()
    images = np.pad(np.kron(digits.images * 15, np.ones((3, 3))), ((0, 0), (2, 2), (2, 2))).astype(np.uint8)
    for number, dataset in enumerate(DATASETS):
        for split, start in (("train", 0), ("test", 200)):
            rows = slice(400 * number + start, 400 * number + start + 2 * SIZES[split])
            for path, array in ((paths.images, images), (paths.labels, digits.target.astype(np.uint8))):
                idx.write(folder / path(dataset, split), array[rows])  # type: ignore[arg-type]


#: A file that a command reads, and the command.
READERS: list[tuple[str, Command]] = [
    ("data/mnist/train-images-idx3-ubyte", ("split", "mnist")),
    ("data/mnist/train-labels-idx1-ubyte", ("split", "mnist")),
    ("splits/mnist.npz", ("features", "mnist", "pixels")),
    ("features/mnist/pixels/all.npz", ("project", "mnist")),
    ("features/mnist/pixels/all.npz", ("classify", "mnist", "pixels/all", "lda")),
    ("features/mnist/pixels/all.npz", ("measure", "one_pixel", "mnist")),
    ("features/mnist/small/layers.json", ("results",)),
    ("projections/mnist/pixels/all.npz", ("results",)),
    ("classifiers/mnist/pixels/all/lda/metrics.json", ("results",)),
    ("classifiers/mnist/pixels/all/lda/predictions.npy", ("results",)),
    ("features/mnist/small/one.npz", ("replay", "mnist")),
    ("replay/mnist/accuracies.json", ("results",)),
    (f"replay/mnist/{RECIPE}.npz", ("results",)),
    ("results/difficulty/one_pixel/mnist.csv", ("results",)),
    ("results/tables/accuracy.csv", ("report", "--draft")),
    ("results/provenance.json", ("report", "--draft")),
    ("results/images/samples.npz", ("report", "--draft")),
    ("results/images/points-mnist.webp", ("report", "--draft")),
]


@dataclass
class Finished:
    """The study as it is when nothing was disturbed: its workspace and, by command, what it wrote and how long it took."""

    folder: Path
    outputs: dict[Command, list[str]] = field(default_factory=dict)
    seconds: dict[Command, float] = field(default_factory=dict)

    def before(self, command: Command, folder: Path, copy: Callable[..., object] = os.link) -> Path:
        """Lay out a workspace in which a command's outputs are missing, as DVC does before it runs a stage.

        Its files are those of the undisturbed run, so that none may be changed in place, unless `copy` makes others.
        """
        shutil.copytree(self.folder, folder, copy_function=copy)
        for name in self.outputs[command]:
            (folder / name).unlink()
        return folder

    def assert_runs(self, command: Command, folder: Path) -> None:
        """Run a command, and compare what it put out with that of the undisturbed run."""
        result = call(command, folder)
        assert result.returncode == 0, result.stderr
        assert_same(self.folder, folder, self.outputs[command])


def assert_same(expected: Path, found: Path, names: Iterable[str]) -> None:
    """Compare some files of two folders, but for times."""
    for name in names:
        assert (found / name).is_file(), f"{name} is missing"
        assert name in TIMES or (found / name).read_bytes() == (expected / name).read_bytes(), f"{name} differs"


def start(
    command: Command, folder: Path, environment: Mapping[str, str] = ENVIRONMENT, program: Command = ("-m", "mnist_transfer")
) -> subprocess.Popen[str]:
    """Start a command in a process group of its own, as a terminal does."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *program, *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> Result:
    """Wait for a process; one that hangs is killed."""
    try:
        stdout, stderr = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        stderr += "it hangs"
    return Result(process.args, process.returncode, stdout, stderr)


def call(command: Command, folder: Path) -> Result:
    """Run a command to its end."""
    return finish(start(command, folder))


def assert_refused(result: Result) -> None:
    """A refusal is exit code 2 and, last of all, one line that begins with ``error:``."""
    lines = result.stderr.splitlines()
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert [line for line in lines if line.startswith("error: ")] == lines[-1:]


def run_undisturbed(folder: Path, chosen: Iterable[Command]) -> Finished:
    """Lay out the study and run commands once."""
    lay_out(folder)
    finished = Finished(folder)
    for command in chosen:
        before, begin = files_in(folder), monotonic()
        result = call(command, folder)
        finished.seconds[command] = monotonic() - begin
        assert result.returncode == 0, f"{' '.join(command)}: {result.stderr}"
        after = files_in(folder)
        finished.outputs[command] = [
            name
            for name in after
            if after[name] != before.get(name) and not name.startswith("build/")  # no stage's output
        ]
    return finished
