"""Choose the images that a study uses: both splits of a dataset, whole or a stratified subset of each."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, files, paths
from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS
from mnist_transfer.study import Study


def run(study: Study, dataset: str) -> None:
    """Write ``splits/<dataset>.npz``: of each split the rows of its images in the raw file, and their labels."""
    entry = study.dataset(dataset)
    chosen: dict[str, npt.NDArray[Any]] = {"classes": np.array(len(entry.classes))}
    for split in SPLITS:
        _, labels = artifacts.read_raw(study, dataset, split)
        size: int = getattr(entry, split)
        where = f"{paths.PARAMS}: datasets.{dataset}.{split}"
        if size > len(labels):
            raise InputError(
                f"{where}: {size} images asked for, {paths.images(dataset, split)} has {len(labels)}; ask for at most that"
            )
        try:
            rows = stratified_subset(labels, size, study.seed)
        except ValueError as error:
            raise InputError(f"{where}: no stratified subset of {size} ({error})") from None
        chosen |= {f"{split}_index": rows, f"{split}_labels": labels[rows]}
    files.write_npz(paths.splits(dataset), **chosen)
