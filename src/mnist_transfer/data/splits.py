"""The images that a study uses: a split of a dataset, whole or a stratified subset of it."""

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, files, paths
from mnist_transfer.data import idx
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.study import Study


def stratified_subset(labels: npt.NDArray[np.uint8], size: int, seed: int) -> npt.NDArray[np.int32]:
    """Draw rows so that every class keeps its share.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n,)
    size
        How many rows to draw, at most n; all n come back in order.
    seed
        The draw's seed.

    Returns
    -------
    ndarray of int32, shape (size,)
        Ascending rows.
    """
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(labels), dtype=np.int32)
    if size == len(labels):
        return rows
    drawn, _ = train_test_split(rows, train_size=size, stratify=labels, random_state=seed)
    return np.sort(drawn)


def raw(study: Study, dataset: str, split: Split) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Read all images and labels of a split: uint8 (n, height, width) and uint8 (n,).

    Raises
    ------
    InputError
        The files are missing or unsound, or are not what the dataset's entry says.
    """
    entry = study.dataset(dataset)
    return idx.read_split(
        paths.images(dataset, split), paths.labels(dataset, split), shape=entry.image_shape, classes=len(entry.classes)
    )


def images(study: Study, dataset: str, split: Split) -> npt.NDArray[np.uint8]:
    """Read the images that the study uses of a split: uint8 (n, height, width), in the order of its labels.

    Raises
    ------
    InputError
        A file is missing or unsound.
    """
    content, _ = raw(study, dataset, split)
    index = artifacts.read_split(dataset, split, "index")
    if index.size and index[-1] >= len(content):
        reason = f"row {index[-1]} of {len(content)} images"
        raise files.damaged(paths.split(dataset, split, "index"), reason, f"run `dvc repro split@{dataset}`")
    chosen: npt.NDArray[np.uint8] = content[index]
    return chosen


def run(study: Study, dataset: str) -> None:
    """Choose the images of both splits and write their rows and labels.

    Raises
    ------
    InputError
        The raw files are missing or unsound, or hold fewer images than asked for.
    """
    chosen = {}
    for split in SPLITS:
        _, labels = raw(study, dataset, split)
        size: int = getattr(study.dataset(dataset), split)
        where = f"{paths.PARAMS}: datasets.{dataset}.{split}"
        if size > len(labels):
            raise InputError(
                f"{where}: {size} images asked for, {paths.images(dataset, split)} has {len(labels)}; ask for at most that"
            )
        try:
            index = stratified_subset(labels, size, study.seed)
        except ValueError as error:
            raise InputError(f"{where}: no stratified subset of {size} ({error})") from None
        chosen[split] = index, labels[index]
    for split, (index, labels) in chosen.items():
        files.write_npy(paths.split(dataset, split, "index"), index)
        files.write_npy(paths.split(dataset, split, "labels"), labels)
