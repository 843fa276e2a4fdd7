"""The whole pipeline on the embedded sample, in a workspace of its own: offline, in minutes."""

import copy
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from mnist_transfer import files, paths, yaml
from mnist_transfer import study as studies
from mnist_transfer.demo import sample
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console

#: What the workspace shares with the repository: the pipeline, its code and the report.
SHARED = ("dvc.yaml", "src", "report", "CITATION.cff")
#: What says which pages the report has.
PROJECT = Path("report/_quarto.yml")
#: What tells a workspace of the demo from another study.
MARK = paths.DATA / "garments"
#: Few enough that the demo is done in minutes, and of every kind.
CLASSIFIERS = ("logistic-regression", "forest-gini", "knn", "neural-network", "svm-linear-pca15")
FEATURES = ("vgg16-random/block5", "pixels/all")
NETWORKS = tuple(name.split("/")[0] for name in FEATURES)
GARMENTS_TRAIN, GARMENTS_TEST = 2_000, 500
#: A recipe or two: there is no table of a paper to come near to.
REPLICATION: dict[str, Any] = {
    "network": "vgg16-random",
    "search": {
        "train": 300,
        "test": 100,
        "channels": ["repeat", "interleave"],
        "resize": ["nearest"],
        "scaling": ["caffe"],
        "z_score": ["none", "train"],
        "split": ["official"],
        "settings": ["sklearn-2018"],
    },
    "replay": ["repeat-nearest-caffe/none/official/sklearn-2018"],
    "ladder": {
        "train": 300,
        "test": 100,
        "rungs": ["repeat-nearest-caffe/none/official/sklearn-2018", "repeat-nearest-caffe/train/official/sklearn-2018"],
    },
}


#: A look at some measures; the others are left to the study.
DIFFICULTY: dict[str, Any] = {
    "look_alikes": {
        "garments": [["T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"]],
        "digits": [["4", "9"], ["3", "5", "8"]],
    },
    "learning_curves": {
        "features": ["pixels/all"],
        "sizes": [100, 300, 1000],
        "draws": {"logistic-regression": [5, 5, 3], "knn": [5, 5, 3]},
    },
    "one_pixel": {"features": ["pixels/all"]},
    "mcnemar": {"features": ["pixels/all"]},
    "resolution": {"features": ["pixels/all"], "images": [100, 200, 500], "resamples": 200},
    "seed_noise": {"features": [], "classifiers": ["forest"], "seeds": 2},
    "depth": {"networks": list(NETWORKS), "classifiers": ["logistic-regression", "knn"], "train": 1000},
    "merged": {"features": ["pixels/all"]},
    "dropped": {"features": [], "classifiers": ["knn"], "train": 1000},
    "shared_errors": {"features": ["pixels/all"], "classifier": "logistic-regression", "train": 1000},
    "geometry": {"features": [], "images": 1000, "draws": 2},
    "clusters": {"features": [], "clusters": [10], "seeds": 2},
}


def prepare(repository: Path, workspace: Path) -> None:
    """Lay out a workspace with the repository's own pipeline, the sample as its data, and a study that fits it.

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
        `repository` is not one, or `workspace` holds another study.
    """
    if workspace.resolve() == repository.resolve() or _holds_something_else(workspace):
        raise InputError(f"{workspace} holds something else than the demo; name another folder")
    study = studies.load(repository / paths.PARAMS)
    with _writing(workspace):
        (workspace / MARK).mkdir(parents=True, exist_ok=True)  # first of all: if this is interrupted, it can be run again
        for name in SHARED:
            _mirror(repository / name, workspace / name)
        _render_only(repository / PROJECT, workspace / PROJECT)
    files.write_text(workspace / paths.PARAMS, yaml.dump(parameters(study)))
    sample.write(workspace / paths.DATA / "digits", sample.digits(study.seed))
    sample.write(workspace / MARK, sample.garments(study.seed, GARMENTS_TRAIN, GARMENTS_TEST))


def _holds_something_else(workspace: Path) -> bool:
    """Say whether a folder has a study, or what would become part of one, that the demo did not lay out."""
    ours = (workspace / MARK).is_dir()
    return not ours and any((workspace / name).exists() for name in (*SHARED, paths.PARAMS, paths.DATA))


def run(repository: Path, workspace: Path) -> None:
    """Lay out a workspace, and say what to do there; see :func:`prepare`."""
    prepare(repository, workspace)
    console.print(f"{workspace}: ready; run `dvc repro` there")


def picture(study: studies.Study, path: Path) -> None:
    """Draw eight images of each class of the sample as a PNG."""
    from mnist_transfer.figures import images
    from mnist_transfer.figures import style as styles

    shown, classes = {}, {}
    for name, dataset in parameters(study)["datasets"].items():
        content = sample.digits(study.seed) if name == "digits" else sample.garments(study.seed, 200, 10)
        shown[dataset["title"]] = np.stack([content.train_images[content.train_labels == label][:8] for label in range(10)])
        classes[dataset["title"]] = dataset["classes"]
    style: Any = styles.STYLES["light"]
    with mpl.rc_context(style), files.whole_file(path) as temporary:
        images.sample_grid(shown, classes).savefig(temporary, format="png", metadata={"Software": None})


def parameters(study: studies.Study) -> dict[str, Any]:
    """Return the repository's parameters with the sample as datasets and a selection that takes minutes."""
    content = study.model_dump(mode="json", by_alias=True, exclude_unset=True)
    garments_classes = list(study.dataset("fashion_mnist").classes)
    content["datasets"] = {
        "garments": {
            "title": "Garments (drawn)",
            "train": GARMENTS_TRAIN,
            "test": GARMENTS_TEST,
            "classes": garments_classes,
        },
        "digits": {
            "title": "Digits (UCI, 8×8)",
            "train": sample.DIGITS_TRAIN,
            "test": sample.DIGITS_TEST,
            "classes": list(study.dataset("mnist").classes),
        },
    }
    content["study"] = {
        "datasets": list(content["datasets"]),
        "networks": list(NETWORKS),
        "features": list(FEATURES),
        "classifiers": list(CLASSIFIERS),
    }
    if study.replication is not None:
        content["replication"] |= copy.deepcopy(REPLICATION)
    if study.difficulty is not None:
        content["difficulty"] |= copy.deepcopy(DIFFICULTY)
        content["difficulty"]["frozen"]["networks"] = []
    return content


def _render_only(source: Path, target: Path) -> None:
    """Put the demo's page in place of the study's: what these say holds for the study alone."""
    content = yaml.load(source.read_text(encoding="utf-8"))
    content["project"]["render"] = ["demo.qmd"]
    text = yaml.dump(content)
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        files.write_text(target, text)


def _mirror(source: Path, target: Path) -> None:
    """Copy what differs, so that DVC sees unchanged files as unchanged."""
    if source.is_file():
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return
    if not source.is_dir():
        raise InputError(f"{source} is missing; run this in the folder that holds dvc.yaml")
    for path in sorted(source.iterdir()):
        if path.name not in ("__pycache__", "_site", "_pdf", ".quarto", ".jupyter_cache", PROJECT.name):
            _mirror(path, target / path.name)


@contextmanager
def _writing(workspace: Path) -> Iterator[None]:
    try:
        workspace.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise InputError(f"cannot write {workspace}: {error.strerror}; name another folder") from None
