"""Read what earlier stages of the pipeline wrote."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, paths
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.study import Study


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
    return files.read_npy(paths.split(dataset, split, content), f"run `dvc repro split@{dataset}`")


def read_features(study: Study, dataset: str, features: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Read the features of both splits, memory-mapped: float32 (n_train, width) and float32 (n_test, width).

    Raises
    ------
    InputError
        A name is unknown, or a file is missing or damaged.
    """
    study.dataset(dataset)
    study.check_features(features)
    remedy = f"run `dvc repro features@{dataset}-{features.split('/')[0]}`"
    train, test = (files.read_npy(paths.features(dataset, features, split), remedy, memory_map=True) for split in SPLITS)
    return train, test


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
    return train, train_labels, test, test_labels
