"""The toys whose features are extracted, as files, and a study that has them and a dataset without a public source."""

import numpy as np

from mnist_transfer import paths
from mnist_transfer.data import idx
from tests.extraction import runs

STUDY = runs.study()
IMAGES = {"train": runs.IMAGES[: runs.TRAIN], "test": runs.IMAGES[runs.TRAIN :]}
LABELS = {split: np.arange(len(images), dtype=np.uint8) % 5 for split, images in IMAGES.items()}


def contents(name: str, first: int = 0) -> dict[str, bytes]:
    """Return the bytes of a dataset's files by their path; labels begin at `first`."""
    return {
        str(path): idx.serialize(array)
        for split in paths.SPLITS
        for path, array in ((paths.images(name, split), IMAGES[split]), (paths.labels(name, split), LABELS[split] + first))
    }
