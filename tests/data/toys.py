"""A study of one small dataset, and that dataset."""

import numpy as np

from mnist_transfer.paths import Split
from mnist_transfer.study import Study

COUNTS: dict[Split, int] = {"train": 200, "test": 60}
IMAGES = {split: np.random.default_rng(n).integers(0, 256, (n, 20, 24), dtype=np.uint8) for split, n in COUNTS.items()}
LABELS = {split: np.arange(n, dtype=np.uint8) % 3 for split, n in COUNTS.items()}


def study(**changes: int) -> Study:
    """Return a study of images of 20 × 24 pixels in 3 classes, all of them and with seed 3 unless told."""
    seed = changes.pop("seed", 3)
    entry = {"title": "Toys", "train": 200, "test": 60, "classes": list("abc"), "image_shape": [20, 24]}
    return Study.model_validate(
        {
            "seed": seed,
            "study": {"datasets": ["toys"], "networks": ["pixels"], "features": ["pixels/all"], "classifiers": ["lda"]},
            "datasets": {"toys": entry | changes},
            "networks": {"pixels": {"architecture": "none"}},
            "classifiers": {"lda": {"class": "sklearn.discriminant_analysis.LDA", "scale": True}},
        }
    )
