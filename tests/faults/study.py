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

from tests.commands import ROOT, Result, files_in
from tests.test_pipeline import DATASETS, FEATURES, lay_out

#: All of it is done only where this is asked for, by a seed of the moments and the damages.
EVERYTHING, SEED = "FAULTS" in os.environ, int(os.environ.get("FAULTS") or 1)
RECIPE = "repeat-nearest-caffe/none/official"
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
            for classifier in ("knn", "lda"):
                yield "classify", dataset, features, classifier
        yield "project", dataset
        yield "measure", "dropped", dataset
        yield "compare", dataset
    yield from (("replay", "digits"), ("results",), ("report", "--draft"))


#: A file that a command reads, and the command.
READERS: list[tuple[str, Command]] = [
    ("data/digits/train-images-idx3-ubyte", ("split", "digits")),
    ("data/digits/train-labels-idx1-ubyte", ("split", "digits")),
    ("splits/digits.npz", ("features", "digits", "pixels")),
    ("features/digits/pixels/all.npz", ("project", "digits")),
    ("features/digits/pixels/all.npz", ("classify", "digits", "pixels/all", "lda")),
    ("features/digits/pixels/all.npz", ("measure", "dropped", "digits")),
    ("features/digits/vgg16-random/layers.json", ("results",)),
    ("projections/digits/pixels/all.npz", ("results",)),
    ("classifiers/digits/pixels/all/lda/metrics.json", ("results",)),
    ("classifiers/digits/pixels/all/lda/predictions.npy", ("results",)),
    ("features/digits/vgg16-random/block5.npz", ("replay", "digits")),
    ("replay/digits/accuracies.json", ("results",)),
    (f"replay/digits/{RECIPE}.npz", ("results",)),
    ("results/difficulty/dropped/digits.csv", ("results",)),
    ("results/tables/accuracy.csv", ("report", "--draft")),
    ("results/provenance.json", ("report", "--draft")),
    ("results/images/samples.npz", ("report", "--draft")),
    ("results/images/points-digits.webp", ("report", "--draft")),
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


def outputs_in(folder: Path) -> dict[str, bytes]:
    """Return the content of every file but those that no stage puts out."""
    return {name: content for name, content in files_in(folder).items() if not name.startswith("build/")}


def assert_same(expected: Path, found: Path, names: Iterable[str]) -> None:
    """Compare some files of two folders, but for times."""
    for name in names:
        assert (found / name).is_file(), f"{name} is missing"
        assert name in TIMES or (found / name).read_bytes() == (expected / name).read_bytes(), f"{name} differs"


def start(
    command: Command, folder: Path, environment: Mapping[str, str] = ENVIRONMENT, program: Command = ("-m", "mnist_transfer")
) -> subprocess.Popen[str]:
    """Start a command in a process group of its own, as a terminal does."""
    streams: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = (sys.executable, *program, *command)
    return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True, **streams)


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
        before, begin = outputs_in(folder), monotonic()
        result = call(command, folder)
        finished.seconds[command] = monotonic() - begin
        assert result.returncode == 0, f"{' '.join(command)}: {result.stderr}"
        finished.outputs[command] = [name for name, after in outputs_in(folder).items() if after != before.get(name)]
    return finished
