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
from unittest.mock import patch

from mnist_transfer import yaml
from mnist_transfer.demo import workspace as demo
from tests.commands import ROOT, Result, files_in

NETWORK = "small"
RECIPE = "repeat-nearest-caffe/none/official/sklearn-2018"
RUNG = "repeat-nearest-caffe/train/official/sklearn-2018"
LOOK = RECIPE.split("/")[0]
FEATURES = (f"{NETWORK}/one", "pixels/all")
CLASSIFIERS = ("knn", "lda")
MEASURES = ("one_pixel", "merged")
SIZES = {"train": 120, "test": 60}
FEW = {"train": 80, "test": 40}
DATASETS = ("garments", "digits")
Command = tuple[str, ...]
#: What says how long something took is not the same twice.
TIMES = ("timing.json", "timing.csv")
#: Seconds after which a command hangs.
LONGEST = 300.0
#: What commands need of the environment: this code, and no mirror.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "MNIST_TRANSFER_MIRROR"} | {
    "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    "COLUMNS": "100",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def commands() -> Iterator[Command]:
    """Yield a command of every kind, in the order in which they need each other; most for one dataset, as for any other."""
    for dataset in DATASETS:
        yield "split", dataset
    for network in (NETWORK, "pixels"):
        yield "weights", network
    for dataset in DATASETS:
        for features in FEATURES:
            yield "features", dataset, features.split("/")[0]
            yield "project", dataset, features
            for classifier in CLASSIFIERS:
                yield "classify", dataset, features, classifier
        yield "search", dataset, LOOK
        yield "replay", dataset, RECIPE
        for rung in (RECIPE, RUNG):
            yield "ladder", dataset, rung
    yield from (("collect",), ("recipes",))
    for dataset in DATASETS:
        for measure in MEASURES:
            yield "measure", measure, dataset, "pixels/all"
    yield from (("metrics",), ("claims", "--write"), ("plot",), ("report", "--draft"))


def parameters(content: dict[str, Any]) -> dict[str, Any]:
    """Make the demo's parameters as small as they can be."""
    content["study"] |= {"networks": [NETWORK, "pixels"], "features": list(FEATURES), "classifiers": list(CLASSIFIERS)}
    for name in DATASETS:
        content["datasets"][name] |= SIZES
    content["networks"] = {
        NETWORK: {
            "architecture": "VGG16",
            "weights": "random",
            "preparation": {"size": 32, "resize": "bilinear", "scaling": "caffe"},
            "layers": {"one": {"layer": "block1_pool", "pooling": "mean-max"}},
        },
        "pixels": {"architecture": "none"},
    }
    replication = content["replication"]
    replication |= {"network": NETWORK, "layer": "one", "replay": [RECIPE]}
    replication["search"] |= FEW | {"channels": ["repeat"], "z_score": ["none"]}
    replication["ladder"] |= FEW | {"rungs": [RECIPE, RUNG]}
    settings = replication["settings"]["sklearn-2018"]
    replication["settings"] = {"sklearn-2018": {"knn": settings["knn"]}}
    for name, measure in content["difficulty"].items():
        for parts in {"features", "networks"} & set(measure if isinstance(measure, dict) else ()):
            measure[parts] = ["pixels/all"] if name in MEASURES else []
    return content


@dataclass
class Finished:
    """The study as it is when nothing was disturbed.

    Attributes
    ----------
    folder
        Its workspace; not to be changed.
    outputs
        By command, the files that it wrote.
    seconds
        By command, how long it took.
    """

    folder: Path
    outputs: dict[Command, list[str]] = field(default_factory=dict)
    seconds: dict[Command, float] = field(default_factory=dict)

    def before(self, command: Command, folder: Path, *, on_its_own: bool = False) -> Path:
        """Lay out a workspace in which a command's outputs are missing, as DVC does before it runs a stage.

        Its files are those of the undisturbed run, so that none may be changed in place, unless it is to be `on_its_own`.
        """
        shutil.copytree(self.folder, folder, copy_function=shutil.copy2 if on_its_own else os.link)
        for name in self.outputs[command]:
            (folder / name).unlink()
        return folder

    def difference(self, command: Command, folder: Path) -> str:
        """Say in what a command's outputs in a workspace differ from those of the undisturbed run; nothing if in nothing."""
        return difference(self.folder, folder, self.outputs[command])


def difference(expected: Path, found: Path, names: list[str]) -> str:
    """Say which of some files differ between two folders, but for times; nothing if none does."""
    for name in names:
        if not (found / name).is_file():
            return f"{name} is missing"
        if name.endswith(TIMES):
            continue
        if (found / name).read_bytes() != (expected / name).read_bytes():
            return f"{name} differs"
    return ""


@dataclass(frozen=True)
class Outcome:
    """What became of one fault: `case` says what was done, and `problem` what harm it did, nothing if none.

    It may stand for a `number` of faults that were done one after another, of which only the last can have done harm.
    """

    case: str
    problem: str
    number: int = 1


#: One fault, done when it is called.
Case = Callable[[], Outcome]


def start(
    command: Command,
    folder: Path,
    environment: Mapping[str, str] = ENVIRONMENT,
    program: tuple[str, str] = ("-m", "mnist_transfer"),
) -> subprocess.Popen[str]:
    """Start a command in a process group of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, *program, *command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str]) -> Result:
    stdout, stderr = process.communicate(timeout=LONGEST)
    return Result(process.args, process.returncode, stdout, stderr)


def call(command: Command, folder: Path) -> Result:
    return finish(start(command, folder))


def refused(result: Result) -> str:
    """Say in what a result is not a refusal: exit code 2 and, last of all, one line that begins with ``error:``."""
    lines = result.stderr.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    if "Traceback" in result.stderr:
        return f"a traceback that ends in {lines[-1]!r}"
    if result.returncode != 2 or errors != lines[-1:]:
        return f"exit code {result.returncode} and {lines[-1:]}"
    return ""


def lay_out(folder: Path) -> None:
    train, test = SIZES["train"] + 20, SIZES["test"] + 20  # drawing more takes seconds
    with patch.multiple(demo, GARMENTS_TRAIN=train, GARMENTS_TEST=test):
        demo.prepare(ROOT, folder)
    file = folder / "params.yaml"
    file.write_text(yaml.dump(parameters(yaml.load(file.read_text(encoding="utf-8")))), encoding="utf-8")


def run_undisturbed(folder: Path, chosen: Iterable[Command]) -> Finished:
    """Lay out the study and run commands once."""
    lay_out(folder)
    finished = Finished(folder)
    for command in chosen:
        before = files_in(folder)
        begin = monotonic()
        result = call(command, folder)
        finished.seconds[command] = monotonic() - begin
        assert result.returncode == 0, f"{' '.join(command)}: {result.stderr}"
        after = files_in(folder)
        finished.outputs[command] = [name for name in after if after[name] != before.get(name)]
    return finished
