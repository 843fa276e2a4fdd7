"""The demo: the repository's own pipeline on small samples of real images, in a workspace of its own, offline, in minutes."""

import copy
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from mnist_transfer import files, paths, yaml
from mnist_transfer import study as studies
from mnist_transfer.demo import sample
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console, track

#: What the workspace has a copy of; its code is a link, as copied code would never run.
COPIED, CODE = (".dvcignore", "CITATION.cff", "dvc.yaml", "report"), "src"
#: What says which pages are rendered.
PROJECT = Path("report/_quarto.yml")
#: What DVC printed last, and how many lines of it are shown when it fails.
LOG, SHOWN = Path("build/dvc.log"), 12
DVC_CONFIG = "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"
DATASETS: dict[str, Any] = {
    "fashion_sample": {"title": "Fashion-MNIST (2,500 images)", "train": 2000, "test": 500, "classes": sample.FASHION_CLASSES},
    "digits": {"title": "Digits (UCI, 8×8)", "train": 1437, "test": 360, "classes": list("0123456789")},
}
#: What tells a workspace of the demo from another study.
MARK = paths.DATA / "fashion_sample"
#: All of the paper's, on a network like its own and on the pixels; ImageNet's weights would be a download.
CLASSIFIERS = (
    *("logistic-regression", "forest-gini", "forest-entropy", "knn", "neural-network", "perceptron"),
    *("svm-linear", "svm-poly", "svm-linear-pca15"),
)
FEATURES, NETWORKS = ("vgg16-random/block5", "pixels/all"), ("vgg16-random", "pixels")


def run(repository: Path, workspace: Path) -> None:
    """Lay out a workspace and run what has not run there yet; what fails or is stopped can be run again to continue."""
    begin = time.monotonic()
    prepare(repository, workspace)
    stages = len(list(_dvc(workspace, "stage", "list", "--name-only")))
    console.print(f"{workspace}: running {stages} stages; what DVC prints is in {workspace / LOG}")
    begun = (line for line in _dvc(workspace, "repro") if line.startswith(("Running stage '", "Stage '")))
    with track("demo", stages, "stages") as advance:
        for line, _ in pairwise(chain(begun, [""])):  # a stage is done when the next one begins
            advance(1, line.startswith("Stage"))
    console.print(f"done in {time.monotonic() - begin:.0f} s")
    console.print(f"accuracies: {workspace / paths.table('accuracy')}, or run `mnist-transfer table` in {workspace}")
    console.print(f"report: {workspace / 'report/_site/demo.html'}")


def prepare(repository: Path, workspace: Path) -> None:
    """Lay out a workspace with the repository's own pipeline, the samples as its data, and a study that fits them.

    A workspace that is there already is brought up to date: what DVC has in it stays, so that a second run does nothing.
    """
    others = [name for name in (*COPIED, CODE, paths.PARAMS, paths.DATA) if (workspace / name).exists()]
    if (others and not (workspace / MARK).is_dir()) or workspace.resolve() == repository.resolve():
        raise InputError(f"{workspace} holds something else than the demo; name another folder")
    seed = studies.load(repository / paths.PARAMS).seed
    for name in (*COPIED, CODE, PROJECT):
        if not (repository / name).exists():
            raise InputError(f"{repository / name} is missing; run this in the folder that holds dvc.yaml")
    sample.write(workspace / MARK, sample.fashion())  # first of all: if this is interrupted, it can be run again
    sample.write(workspace / paths.DATA / "digits", sample.digits(seed))
    with files.writing(workspace / CODE):
        (workspace / CODE).unlink(missing_ok=True)
        (workspace / CODE).symlink_to((repository / CODE).resolve())
        ignored = shutil.ignore_patterns("_*", ".*")
        for name in COPIED:
            if (repository / name).is_dir():
                shutil.copytree(repository / name, workspace / name, ignore=ignored, dirs_exist_ok=True)
            else:
                shutil.copy2(repository / name, workspace / name)
    project = yaml.load((repository / PROJECT).read_text(encoding="utf-8"))
    project["project"]["render"] = ["demo.qmd"]  # what the other pages say holds for the study alone
    files.write_text(workspace / PROJECT, yaml.dump(project))
    files.write_text(workspace / ".dvc/config", DVC_CONFIG)
    files.write_text(workspace / paths.PARAMS, yaml.dump(parameters(yaml.load(files.read_text(repository / paths.PARAMS, "")))))
    (workspace / "replay").mkdir(exist_ok=True)  # the stage of results wants it, even with nothing in it


def parameters(content: dict[str, Any]) -> dict[str, Any]:
    """Return the repository's parameters with the samples as datasets and a selection that takes minutes."""
    look_alikes = {"fashion_sample": [[0, 2, 3, 4, 6]], "digits": [[4, 9], [3, 5, 8]]}
    return content | {
        "study": {
            "datasets": list(DATASETS),
            "networks": list(NETWORKS),
            "features": list(FEATURES),
            "classifiers": list(CLASSIFIERS),
            "measures": ["one_pixel"],
        },
        "datasets": copy.deepcopy(DATASETS),
        "replay": (content.get("replay") or {}) | {"datasets": []},  # so its stages are none
        "difficulty": {
            **dict.fromkeys(("network", "control"), "vgg16-random"),
            "pixels": "pixels",
            "one_pixel": {"features": ["pixels/all"]},
        },
        "comparisons": {
            "mcnemar": {"features": list(FEATURES)},
            "merged": {"features": list(FEATURES), "look_alikes": look_alikes},
        },
    }


def picture(study: studies.Study, path: Path) -> None:
    """Draw eight images of each class of the samples as a PNG."""
    from mnist_transfer.figures import images
    from mnist_transfer.figures import style as styles

    classes, shown = {}, {}
    for dataset, content in zip(DATASETS.values(), (sample.fashion(), sample.digits(study.seed)), strict=True):
        classes[dataset["title"]] = dataset["classes"]
        shown[dataset["title"]] = np.stack([content.train_images[content.train_labels == label][:8] for label in range(10)])
    style: Any = styles.STYLES["light"]
    with mpl.rc_context(style), files.whole_file(path) as temporary:
        images.sample_grid(shown, classes).savefig(temporary, format="png", metadata={"Software": None})


def _dvc(workspace: Path, *arguments: str) -> Iterator[str]:
    """Run DVC in a workspace, and yield the lines that it prints, which its log has too."""
    # Its stages' `mnist-transfer` is the one beside this Python, and lines come as they are printed.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    output: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    environment = os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "dvc", *arguments]
    last: deque[str] = deque(maxlen=SHOWN)
    with (
        files.writing(workspace / LOG),
        (workspace / LOG).open("w", encoding="utf-8") as log,
        subprocess.Popen(command, cwd=workspace, env=environment, **output) as dvc,
    ):
        for line in dvc.stdout or ():
            print(line, end="", file=log, flush=True)
            last.append(line)
            yield line
    if dvc.returncode:
        console.print("".join(last), end="")
        raise InputError(f"DVC stopped; its last lines are above, all in {workspace / LOG}; to continue, run the same again")
