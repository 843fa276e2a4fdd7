"""Read the features that the stage ``features`` wrote."""

from typing import Any

import numpy.typing as npt

from mnist_transfer import files, paths
from mnist_transfer.paths import SPLITS
from mnist_transfer.study import Study


def read(study: Study, dataset: str, features: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
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
