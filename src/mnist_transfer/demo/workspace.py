"""The demo: the repository's own pipeline on small samples of real images, in a workspace of its own, offline, in minutes."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from mnist_transfer import files, paths, yaml
from mnist_transfer import study as studies
from mnist_transfer.demo import sample
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console, track

#: What the workspace shares with the repository, through links: the pipeline and the code that it runs.
SHARED = (".dvcignore", "CITATION.cff", "dvc.yaml", "src")
#: The report's sources are copied, and `PROJECT`, which says which pages it has, is changed.
REPORT, PROJECT = Path("report"), "_quarto.yml"
#: What DVC prints of a run, and how many of its last lines are shown when it fails.
LOG, SHOWN = Path("build/dvc.log"), 12
#: No git, and nothing that goes out to the network.
DVC_CONFIG = "[core]\n    no_scm = true\n    analytics = false\n    check_update = false\n"
#: What tells a workspace of the demo from another study.
MARK = paths.DATA / "fashion_sample"
FASHION, DIGITS = MARK.name, "digits"
TITLES = {FASHION: "Fashion-MNIST (2,500 images)", DIGITS: "Digits (UCI, 8×8)"}
#: The paper's classifiers, on its kind of network without ImageNet's weights, which would be a download, and on none.
CLASSIFIERS = (
    *("logistic-regression", "forest-gini", "forest-entropy", "knn", "neural-network", "perceptron"),
    *("svm-linear", "svm-poly", "svm-linear-pca15"),
)
FEATURES = ("vgg16-random/block5", "pixels/all")
NETWORKS = tuple(name.split("/")[0] for name in FEATURES)

_BEGINS = re.compile(r"(Running stage|Stage) '")


def run(repository: Path, workspace: Path) -> None:
    """Lay out a workspace, see :func:`prepare`, and run what has not run there yet; it can be stopped, and run again.

    Raises
    ------
    InputError
        It cannot be laid out, or a stage fails; DVC's last lines are shown before.
    """
    begin = time.monotonic()
    prepare(repository, workspace)
    stages = len(list(_dvc(workspace, "stage", "list", "--name-only")))
    console.print(f"{workspace} is laid out; its {stages} stages run now, and DVC's output goes to {workspace / LOG}")
    begun = (line for line in _dvc(workspace, "repro") if _BEGINS.match(line))
    with track("demo", stages, "stages") as advance:
        for line, _ in pairwise(chain(begun, [""])):  # a stage is done when the next one begins
            advance(1, line.startswith("Stage"))
    minutes, seconds = divmod(round(time.monotonic() - begin), 60)
    console.print(f"done in {minutes} min {seconds} s")
    console.print(f"accuracies: {workspace / paths.table('accuracy')}, or `cd {workspace} && mnist-transfer table`")
    console.print(f"report: {workspace / REPORT / '_site/demo.html'}")


def prepare(repository: Path, workspace: Path) -> None:
    """Lay out a workspace with the repository's own pipeline, the samples as its data, and a study that fits them.

    A workspace that is there already is brought up to date: what DVC has in it stays, so that a second run does nothing.

    Parameters
    ----------
    repository
        The folder that holds ``dvc.yaml`` and ``params.yaml``.
    workspace
        The folder to make; not the repository itself.

    Raises
    ------
    InputError
        `repository` is not one, or `workspace` holds another study or cannot be written.
    """
    if workspace.resolve() == repository.resolve() or _holds_something_else(workspace):
        raise InputError(f"{workspace} holds something else than the demo; name another folder")
    seed = studies.load(repository / paths.PARAMS).seed
    for name in (*SHARED, REPORT / PROJECT):
        if not (repository / name).exists():
            raise InputError(f"{repository / name} is missing; run this in the folder that holds dvc.yaml")
    with files.writing(workspace / MARK / "any"):  # first of all: if this is interrupted, it can be run again
        for name in SHARED:
            (workspace / name).unlink(missing_ok=True)
            (workspace / name).symlink_to((repository / name).resolve())
        for name in (".dvc", REPORT, LOG.parent, "replay"):  # DVC wants the folder of replays, although it is empty here
            (workspace / name).mkdir(exist_ok=True)
        for path in (repository / REPORT).iterdir():
            if path.is_file():
                shutil.copyfile(path, workspace / REPORT / path.name)
    project = yaml.load((repository / REPORT / PROJECT).read_text(encoding="utf-8"))
    project["project"]["render"] = ["demo.qmd"]  # what the others say holds for the study alone
    files.write_text(workspace / REPORT / PROJECT, yaml.dump(project))
    files.write_text(workspace / ".dvc/config", DVC_CONFIG)
    content = yaml.load((repository / paths.PARAMS).read_text(encoding="utf-8"))
    files.write_text(workspace / paths.PARAMS, yaml.dump(parameters(content)))
    studies.load(workspace / paths.PARAMS)
    sample.write(workspace / paths.DATA / DIGITS, sample.digits(seed))
    sample.write(workspace / MARK, sample.fashion())


def parameters(content: dict[str, Any]) -> dict[str, Any]:
    """Return the repository's parameters with the samples as datasets and a selection that takes minutes."""
    sizes = {FASHION: (sample.FASHION_TRAIN, sample.FASHION_TEST), DIGITS: (sample.DIGITS_TRAIN, sample.DIGITS_TEST)}
    classes = {FASHION: list(sample.FASHION_CLASSES), DIGITS: [str(digit) for digit in range(sample.CLASSES)]}
    return content | {
        "study": {
            "datasets": [FASHION, DIGITS],
            "networks": list(NETWORKS),
            "features": list(FEATURES),
            "classifiers": list(CLASSIFIERS),
            "measures": ["one_pixel"],
            "comparisons": ["mcnemar", "merged"],
        },
        "datasets": {
            name: {"title": TITLES[name], "train": train, "test": test, "classes": classes[name]}
            for name, (train, test) in sizes.items()
        },
        "replay": content["replay"] | {"datasets": []},  # DVC cannot read the stages without it
        "difficulty": {
            "network": NETWORKS[0],
            "control": NETWORKS[0],
            "pixels": NETWORKS[1],
            "one_pixel": {"features": ["pixels/all"]},
            "mcnemar": {"features": list(FEATURES)},
            "merged": {
                "features": list(FEATURES),
                "look_alikes": {FASHION: [[0, 2, 3, 4, 6]], DIGITS: [[4, 9], [3, 5, 8]]},
            },
        },
    }


def picture(study: studies.Study, path: Path) -> None:
    """Draw eight images of each class of the samples as a PNG."""
    import matplotlib as mpl

    from mnist_transfer.figures import accuracy as figures

    samples = {TITLES[FASHION]: sample.fashion(), TITLES[DIGITS]: sample.digits(study.seed)}
    classes = dict(zip(samples, (sample.FASHION_CLASSES, list("0123456789")), strict=True))
    shown = {
        title: [content.train_images[content.train_labels == label][:8] for label in range(sample.CLASSES)]
        for title, content in samples.items()
    }
    style: Any = figures.STYLES["light"]
    with mpl.rc_context(style), files.whole_file(path) as temporary:
        figures.sample_grid(shown, classes).savefig(temporary, format="png", metadata={"Software": None})


def _holds_something_else(workspace: Path) -> bool:
    """Say whether a folder has a study, or what would become part of one, that the demo did not lay out."""
    ours = (workspace / MARK).is_dir()
    return not ours and any((workspace / name).exists() for name in (*SHARED, REPORT, paths.PARAMS, paths.DATA))


def _dvc(workspace: Path, *arguments: str) -> Iterator[str]:
    """Run DVC in a workspace, and yield the lines that it prints, all of which go to the log."""
    # The stages' `mnist-transfer` is the one that belongs to this Python; lines come as they are printed.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "dvc", *arguments]
    last: deque[str] = deque(maxlen=SHOWN)
    with (
        (workspace / LOG).open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            cwd=workspace,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as dvc,
    ):
        assert dvc.stdout is not None
        for line in dvc.stdout:
            print(line, end="", file=log, flush=True)
            last.append(line)
            yield line
    if dvc.returncode:
        console.print("".join(last), end="")
        raise InputError(
            f"DVC stopped, see above and {workspace / LOG}; run the same command again to continue where it stopped"
        )
