"""Read what earlier stages of the pipeline wrote."""

from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, paths
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.study import Study
from mnist_transfer.tables import REMEDY, made_by

#: How often features lie in memory while they are projected or classified: as they are, z-scored, and as an estimator has them.
IN_MEMORY = 3


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


def read_split(dataset: str, split: Split, content: Literal["index", "labels"]) -> npt.NDArray[Any]:
    """Read which images of a split the study uses.

    Parameters
    ----------
    dataset, split
        Of which images.
    content
        ``index``: int32 (n,), their rows in the raw file, ascending; ``labels``: uint8 (n,).

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    path, remedy = paths.split(dataset, split, content), _made_from_data(f"split@{dataset}")
    array = files.read_npy(path, remedy)
    check(path, array, "iu", (None,), remedy)
    if content == "index" and (np.diff(array.astype(np.int64), prepend=-1) <= 0).any():
        raise files.damaged(path, "rows that do not ascend", remedy)
    return array


def read_widths(study: Study, dataset: str, network: str) -> dict[str, int]:
    """Return how many features each layer of a network gives for images of a dataset.

    Raises
    ------
    InputError
        A name is unknown, or the network's table of layers is missing or damaged.
    """
    entry = study.network(network)
    if not isinstance(entry, Network):
        return {layer: prod(study.dataset(dataset).image_shape) for layer in entry.layers}
    path, remedy = paths.layers(network), made_by(f"dvc repro weights@{network}")
    table = files.read_json(path, remedy)
    try:
        shapes = {layer["layer"]: layer["shape"] for layer in table["layers"]}
        cuts = {name: (shapes[layer.layer], layer.pooling) for name, layer in entry.layers.items()}
        return {name: 2 * shape[-1] if pooling == "mean-max" else prod(shape) for name, (shape, pooling) in cuts.items()}
    except (IndexError, KeyError, TypeError) as error:
        raise files.damaged(path, f"no table of the study's layers: {error}", remedy) from None


def read_features(study: Study, dataset: str, features: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Read the features of both splits, memory-mapped: float32 (n_train, width) and float32 (n_test, width).

    Raises
    ------
    InputError
        A name is unknown, a file is missing or damaged, or there is not the memory to use them.
    """
    import psutil

    study.dataset(dataset)
    study.check_features(features)
    remedy = _made_from_data(f"features@{dataset}-{features.split('/')[0]}")
    found: list[npt.NDArray[Any]] = []
    for split in SPLITS:
        path = paths.features(dataset, features, split)
        found.append(files.read_npy(path, remedy, memory_map=True))
        check(path, found[-1], "f", (None, found[0].shape[-1] if found[0].ndim == 2 else None), remedy)
    needed, free = IN_MEMORY * sum(array.nbytes for array in found), psutil.virtual_memory().available
    if needed > free:
        advice = f"in {paths.PARAMS} use fewer images (train, test) or pool large layers (mean-max)"
        raise InputError(
            f"{path} takes {needed / 1e9:,.1f} GB of memory while it is used, {free / 1e9:,.1f} are free; {advice}"
        )
    return found[0], found[1]


def read_labels(dataset: str) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Read the labels of both splits: uint8 (n_train,) and uint8 (n_test,). A missing or damaged file is an `InputError`."""
    train, test = (read_split(dataset, split, "labels") for split in SPLITS)
    return train, test


def read_labelled(
    study: Study, dataset: str, features: str
) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8], npt.NDArray[Any], npt.NDArray[np.uint8]]:
    """Read what a classifier is fitted to and tested on.

    Returns
    -------
    train : ndarray of float32, shape (n_train, width), memory-mapped
    train_labels : ndarray of uint8, shape (n_train,)
    test : ndarray of float32, shape (n_test, width), memory-mapped
    test_labels : ndarray of uint8, shape (n_test,)

    Raises
    ------
    InputError
        A name is unknown, or a file is missing or damaged.
    """
    train, test = read_features(study, dataset, features)
    train_labels, test_labels = read_labels(dataset)
    classes = len(study.dataset(dataset).classes)
    for split, rows, labels in zip(SPLITS, (train, test), (train_labels, test_labels), strict=True):
        path = paths.split(dataset, split, "labels")
        check_labels(path, labels, (len(rows),), classes, _made_from_data(f"split@{dataset}"))
    return train, train_labels, test, test_labels


def read_predictions(folder: Path, images: int, classes: int) -> npt.NDArray[np.uint8]:
    """Read what one row predicts: uint8 (images,), labels below `classes`. A missing or damaged file is an `InputError`."""
    path = folder / "predictions.npy"
    predictions: npt.NDArray[np.uint8] = files.read_npy(path, REMEDY)
    check_labels(path, predictions, (images,), classes, REMEDY)
    return predictions


def read_projection(study: Study, dataset: str, features: str) -> dict[str, npt.NDArray[Any]]:
    """Read the fields of :class:`mnist_transfer.projection.Projection`.

    Raises
    ------
    InputError
        The file is missing or damaged, or of other images than the study's.
    """
    path, classes = paths.projection(dataset, features), len(study.dataset(dataset).classes)
    projected = files.read_npz(path, REMEDY)
    check(path, projected["variance"], "f", (3,), REMEDY)
    for split, labels in zip(SPLITS, read_labels(dataset), strict=True):
        check_projection(path, projected, split, len(labels), classes)
    return projected


def check_projection(path: Path, projected: dict[str, npt.NDArray[Any]], split: Split, images: int, classes: int) -> None:
    """Raise an `InputError` unless a projection has places and clusters for so many images of a split."""
    check(path, projected[f"{split}_xyz"], "f", (images, 3), REMEDY)
    check_labels(path, projected[f"{split}_cluster"], (images,), classes, REMEDY)
