"""Read what earlier stages of the pipeline wrote, and the raw images before them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, memory, paths
from mnist_transfer.data import own
from mnist_transfer.data.labels import Labels as Labels
from mnist_transfer.entries import MOST_CLASSES
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.study import Study
from mnist_transfer.tables import REMEDY, made_by

#: How often features lie in memory where they are copied: as they are, z-scored, and as an estimator has them.
IN_MEMORY = 3


@dataclass(frozen=True)
class Images:
    """Which images of a split the study uses.

    Attributes
    ----------
    index : ndarray of int32, shape (n,)
        Their rows in the raw file, ascending.
    labels : ndarray of unsigned int, shape (n,)
    """

    index: npt.NDArray[np.int32]
    labels: Labels


@dataclass(frozen=True)
class Features:
    """One kind of features of both splits, with the images' labels.

    Attributes
    ----------
    train, test : ndarray of float32, shape (n, width)
    train_labels, test_labels : ndarray of unsigned int, shape (n,)
    classes
        How many classes there are.
    """

    train: npt.NDArray[np.float32]
    train_labels: Labels
    test: npt.NDArray[np.float32]
    test_labels: Labels
    classes: int

    def tested_on(self, chosen: npt.NDArray[np.bool_]) -> "Features":
        """Return these features with some of the test images alone."""
        return replace(self, test=self.test[chosen], test_labels=self.test_labels[chosen])


def check(path: Path, array: npt.NDArray[Any], kinds: str, shape: tuple[int | None, ...], remedy: str) -> None:
    """Raise an `InputError` unless an array is what its stage writes.

    Parameters
    ----------
    path, remedy
        Where it came from, and what makes it anew.
    array
        What was read.
    kinds
        NumPy's letters of the types that it may have: ``f`` for floats, ``iu`` for whole numbers.
    shape
        Its lengths; None where any will do.
    """
    fits = array.ndim == len(shape) and all(length in (None, found) for length, found in zip(shape, array.shape, strict=True))
    if not fits or array.dtype.kind not in kinds:
        expected = " × ".join("n" if length is None else str(length) for length in shape)
        found = " × ".join(map(str, array.shape)) or "a single value"
        kind = "floats" if kinds == "f" else "whole numbers"
        raise files.damaged(path, f"{found} of type {array.dtype}, not {expected} {kind}", remedy)
    if kinds == "f" and not np.isfinite(np.sum(array, dtype=np.float64)):
        raise files.damaged(path, "a value is not a finite number", remedy)


def check_labels(path: Path, labels: npt.NDArray[Any], shape: tuple[int | None, ...], classes: int, remedy: str) -> None:
    """Raise an `InputError` unless all labels, of classes or clusters, are among so many."""
    check(path, labels, "iu", shape, remedy)
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels.max() if labels.max() >= classes else labels.min()
        raise files.damaged(path, f"the label {wrong}, where 0 to {classes - 1} can be", remedy)


def _made_from_data(stage: str) -> str:
    """Say what makes the output of a stage that needs the raw data, without which DVC stops at ``data.dvc``."""
    fetch = () if paths.DATA.is_dir() else ("mnist-transfer fetch",)
    return made_by(*fetch, f"dvc repro {stage}")


def read_raw(study: Study, dataset: str, split: Split) -> tuple[npt.NDArray[np.uint8], Labels]:
    """Read all images and labels of a split: uint8 (n, height, width) and `Labels` (n,); unsound files are an `InputError`."""
    return own.read(dataset, study.dataset(dataset), split)


def read_splits(dataset: str) -> dict[Split, Images]:
    """Read which images of both splits the study uses; a missing or damaged file is an `InputError`."""
    path, remedy = paths.splits(dataset), _made_from_data(f"split@{dataset}")
    content = files.read_npz(path, remedy)
    found: dict[Split, Images] = {}
    for split in SPLITS:
        index, labels = content[f"{split}_index"], content[f"{split}_labels"]
        check(path, index, "iu", (None,), remedy)
        check_labels(path, labels, index.shape, MOST_CLASSES, remedy)
        if (np.diff(index.astype(np.int64), prepend=-1) <= 0).any():
            raise files.damaged(path, "rows that do not ascend", remedy)
        found[split] = Images(index, labels)
    return found


def read_images(study: Study, dataset: str, split: Split) -> npt.NDArray[np.uint8]:
    """Read the images that the study uses of a split: uint8 (n, height, width); unsound files are an `InputError`."""
    content, _ = read_raw(study, dataset, split)
    index = read_splits(dataset)[split].index
    if index.size and index[-1] >= len(content):
        reason = f"row {index[-1]} of {len(content)} images"
        raise files.damaged(paths.splits(dataset), reason, f"run `dvc repro split@{dataset}`")
    return memory.take(content, index)


def read_features(study: Study, dataset: str, features: str, copied: bool = True) -> Features:
    """Read one kind of features.

    Parameters
    ----------
    study, dataset, features
        Which.
    copied
        Whether what uses them makes copies of its own in memory.

    Raises
    ------
    InputError
        A name is unknown, the file is missing or damaged, or there is not the memory for the copies.
    """
    study.dataset(dataset)
    study.check_features(features)
    path, remedy = paths.features(dataset, features), _made_from_data(f"features@{dataset}-{features.split('/')[0]}")
    needed, free = IN_MEMORY * (path.stat().st_size if copied and path.is_file() else 0), memory.available()
    if needed > free:
        advice = f"in {paths.PARAMS} use fewer images (train, test) or pool large layers (mean-max)"
        reason = f"takes {needed / 1e9:,.1f} GB of memory while it is used, and {free / 1e9:,.1f} GB are free"
        raise InputError(f"{path} {reason}; {advice}")
    content = files.read_npz(path, remedy)
    classes, width = int(content["classes"]), content["train"].shape[-1] if content["train"].ndim == 2 else None
    for split in SPLITS:
        check(path, content[split], "f", (None, width), remedy)
        check_labels(path, content[f"{split}_labels"], (len(content[split]),), classes, remedy)
    return Features(content["train"], content["train_labels"], content["test"], content["test_labels"], classes)


def read_predictions(study: Study, dataset: str, features: str, labels: Labels) -> dict[str, Labels]:
    """Read what every row of the accuracy table predicts for test images with these labels: `Labels` (n_test,) by its name."""
    found: dict[str, Labels] = {}
    for row in study.rows:
        path = paths.classifier(dataset, features, row.classifier, row.value) / "predictions.npy"
        found[row.name] = files.read_npy(path, REMEDY)
        check_labels(path, found[row.name], labels.shape, len(study.dataset(dataset).classes), REMEDY)
    return found


def read_projection(study: Study, dataset: str, features: str) -> dict[str, npt.NDArray[Any]]:
    """Read the fields of :class:`mnist_transfer.projection.Projection`; of other images than the study's: an `InputError`."""
    path, classes = paths.projection(dataset, features), len(study.dataset(dataset).classes)
    projected = files.read_npz(path, REMEDY)
    check(path, projected["variance"], "f", (3,), REMEDY)
    for split, chosen in read_splits(dataset).items():
        check_projection(path, projected, split, len(chosen.labels), classes)
    return projected


def check_projection(path: Path, projected: dict[str, npt.NDArray[Any]], split: Split, images: int, classes: int) -> None:
    """Raise an `InputError` unless a projection has places and clusters for so many images of a split."""
    check(path, projected[f"{split}_xyz"], "f", (images, 3), REMEDY)
    check_labels(path, projected[f"{split}_cluster"], (images,), classes, REMEDY)
