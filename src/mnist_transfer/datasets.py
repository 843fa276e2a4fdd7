"""The images that a study uses: a split of a dataset, whole or a stratified subset of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import train_test_split

from mnist_transfer import idx, paths
from mnist_transfer.errors import InputError


@dataclass(frozen=True)
class Split:
    """The images of one split that a study uses.

    Attributes
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray of uint8, shape (n,)
    index : ndarray of int32, shape (n,)
        Their rows in the raw file, ascending.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    index: npt.NDArray[np.int32]


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
    rows = np.arange(len(labels), dtype=np.int32)
    if size == len(labels):
        return rows
    drawn, _ = train_test_split(rows, train_size=size, stratify=labels, random_state=seed)
    return np.sort(drawn)


def load(dataset: str, split: str, size: int, seed: int) -> Split:
    """Load `size` images of a split, ``train`` or ``test``.

    Raises
    ------
    InputError
        The files are missing or unsound, or hold fewer images than asked for.
    """
    images, labels = idx.read_split(paths.images(dataset, split), paths.labels(dataset, split))
    if size > len(images):
        raise InputError(
            f"params.yaml: datasets.{dataset}.{split}: {size} images asked for, "
            f"{paths.images(dataset, split)} has {len(images)}; ask for at most that"
        )
    try:
        index = stratified_subset(labels, size, seed)
    except ValueError as error:
        raise InputError(f"params.yaml: datasets.{dataset}.{split}: no stratified subset of {size} ({error})") from None
    return Split(images[index], labels[index], index)
