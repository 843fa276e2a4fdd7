"""A made-up dataset of small images in three classes, and a study that has it and one without a public source."""

import numpy as np
import numpy.typing as npt

from mnist_transfer import paths
from mnist_transfer.data import idx
from mnist_transfer.paths import Split
from mnist_transfer.study import Study

STUDY = Study.model_validate(
    {
        "seed": 1,
        "study": {"datasets": ["toys"], "networks": ["pixels"], "features": ["pixels/all"], "classifiers": ["lda"]},
        "datasets": {
            name: {"title": "Toys", "train": 20, "test": 20, "classes": list("abc"), "image_shape": [20, 24]}
            for name in ("toys", "more")
        },
        "networks": {"pixels": {"architecture": "none"}},
        "classifiers": {
            "lda": {"class": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis", "scale": False, "arguments": {}}
        },
    }
)
COUNTS: dict[Split, int] = {"train": 30, "test": 20}
IMAGES = {split: np.random.default_rng(n).integers(0, 256, (n, 20, 24), dtype=np.uint8) for split, n in COUNTS.items()}
LABELS = {split: np.arange(n, dtype=np.uint8) % 3 for split, n in COUNTS.items()}


def arrays(name: str, first: int = 0) -> dict[str, npt.NDArray[np.uint8]]:
    """Return a dataset's arrays by the path of their file; labels begin at `first`."""
    return {
        str(path): array
        for split in paths.SPLITS
        for path, array in ((paths.images(name, split), IMAGES[split]), (paths.labels(name, split), LABELS[split] + first))
    }


def contents(name: str, first: int = 0) -> dict[str, bytes]:
    """Return the same as the bytes of the files."""
    return {path: idx.serialize(array) for path, array in arrays(name, first).items()}
