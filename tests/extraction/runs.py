"""A study of 95 small images, laid out in the current folder for the stage that extracts features."""

from pathlib import Path
from typing import Any

import numpy as np

from mnist_transfer import files, paths, splits, yaml
from mnist_transfer.data import idx
from mnist_transfer.study import Study

TRAIN, TEST = 70, 25
IMAGES = np.random.default_rng(0).integers(0, 256, (TRAIN + TEST, 20, 24), dtype=np.uint8)
#: Two early layers of VGG16 on the smallest images that it takes.
NET: dict[str, Any] = {
    "architecture": "VGG16",
    "weights": "random",
    "preparation": {"size": 32},
    "layers": {
        "one": {"layer": "block1_pool", "pooling": "mean-max"},
        "two": {"layer": "block2_pool", "pooling": "mean-max"},
    },
}


def study(seed: int = 1, net: dict[str, Any] = NET) -> Study:
    entry = {"title": "Toys", "train": 60, "test": TEST, "classes": list("abcde"), "image_shape": [20, 24]}
    return Study.model_validate(
        {
            "seed": seed,
            "study": {"datasets": ["toys"], "networks": ["pixels"], "features": ["pixels/all"], "classifiers": ["svm"]},
            "datasets": {"toys": entry, "more": entry},
            "networks": {"pixels": {"architecture": "none"}, "net": net},
            "classifiers": {"svm": {"class": "sklearn.svm.SVC"}},
        }
    )


def lay_out(seed: int = 1) -> None:
    """Write params.yaml, the dataset's files and its splits, 60 of 70 images for training."""
    files.write_text(paths.PARAMS, yaml.dump(study(seed).model_dump(mode="json", by_alias=True, exclude_unset=True)))
    for split, images in zip(paths.SPLITS, (IMAGES[:TRAIN], IMAGES[TRAIN:]), strict=True):
        idx.write(paths.images("toys", split), images)
        idx.write(paths.labels("toys", split), np.arange(len(images), dtype=np.uint8) % 5)
    splits.run(study(seed), "toys")


def chunks(network: str = "pixels") -> list[Path]:
    """Return the chunks that an interrupted pass left, in order within each split."""
    return sorted(paths.partial_features("toys", network).rglob("*.npz"))
