"""How well a single pixel tells two classes apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts
from mnist_transfer.artifacts import Labels
from mnist_transfer.difficulty import shared
from mnist_transfer.entries import OnFeatures, Pixels
from mnist_transfer.progress import track
from mnist_transfer.study import Study
from mnist_transfer.tables import ESTIMATE, PLACE, Table

if TYPE_CHECKING:
    import pandas as pd

#: A pixel tells two classes apart very well if it gets more than this share of their test images right.
VERY_WELL = 0.95
#: Pixels are bytes, as in the raw files; features hold them divided by this.
LEVELS = 256

Images = npt.NDArray[np.uint8]


class Settings(OnFeatures):
    """On which features, which must be pixels."""

    def check(self, study: Study) -> None:
        """Refuse features of a network."""
        for name in self.features:
            if not isinstance(study.networks[name.split("/")[0]], Pixels):
                raise ValueError(f"features: {name} are no pixels; name those without a network")


#: The best pixel for a pair of classes: below `threshold` (of 256) an image is of class `below`.
TABLE = Table(
    {**PLACE, "first": "integer", "second": "integer"},
    {
        "pixel": "integer",
        "threshold": "integer",
        "below": "integer",
        "train_accuracy": "number",
        "test": "integer",
        **ESTIMATE,
    },
)
HEADLINE = "pairs_above_95"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the share of pairs that one pixel tells apart very well."""
    return shared.mean(table.assign(good=table["accuracy"] > VERY_WELL), "good")


@dataclass(frozen=True)
class Rule:
    """One pixel, and what its value says.

    Attributes
    ----------
    pixel
        Its place in the flattened image.
    threshold
        An image whose pixel is below it, from 1 to 255, is of class `below`; any other of class `above`.
    below, above
        Two classes.
    train_accuracy
        On the training images of both classes.
    """

    pixel: int
    threshold: int
    below: int
    above: int
    train_accuracy: float

    def predict(self, images: Images) -> Labels:
        """Say which of its two classes images are of: uint8 (n, pixels) to uint8 (n,)."""
        return np.where(images[:, self.pixel] < self.threshold, self.below, self.above).astype(np.uint8)


def histograms(images: Images, labels: Labels, classes: int) -> npt.NDArray[np.int64]:
    """Count images by class, pixel and that pixel's value: int64 (classes, pixels, 256)."""
    pixels = images.shape[1]
    counted = np.zeros((classes, pixels, LEVELS), np.int64)
    for label in range(classes):
        flat = images[labels == label].astype(np.int64) + np.arange(pixels) * LEVELS
        counted[label] = np.bincount(flat.ravel(), minlength=pixels * LEVELS).reshape(pixels, LEVELS)
    return counted


def best_rule(counted: npt.NDArray[np.int64], first: int, second: int) -> Rule:
    """Find the pixel, threshold and direction that tell most training images of two classes apart.

    Of several equally good ones the first in reading order with the lowest threshold is taken.

    Parameters
    ----------
    counted : ndarray of int64, shape (classes, pixels, 256)
        What :func:`histograms` returns.
    first, second
        The classes, each with images.
    """
    # Images of each class whose pixel is below 1, 2, …, 255: (pixels, 255).
    below = {label: counted[label].cumsum(axis=1)[:, :-1] for label in (first, second)}
    size = {label: int(counted[label, 0].sum()) for label in (first, second)}
    rules = []
    for low, high in ((first, second), (second, first)):
        correct = below[low] + size[high] - below[high]
        pixel, level = divmod(int(correct.argmax()), LEVELS - 1)
        rules.append(Rule(pixel, level + 1, low, high, float(correct[pixel, level]) / sum(size.values())))
    return max(rules, key=lambda rule: (rule.train_accuracy, -rule.pixel, -rule.threshold))


def measure(
    train: Images, train_labels: Labels, test: Images, test_labels: Labels, classes: int
) -> Iterator[tuple[Rule, int, int]]:
    """Yield for each pair of classes the best rule on training images, and how many of how many test images it gets right.

    Parameters
    ----------
    train, test : ndarray of uint8, shape (n, pixels)
    train_labels, test_labels : ndarray of unsigned int, shape (n,)
    classes
        How many there are; those without training or test images are left out.
    """
    counted = histograms(train, train_labels, classes)
    there = [label for label in range(classes) if counted[label, 0].any() and (test_labels == label).any()]
    for first, second in combinations(there, 2):
        rule = best_rule(counted, first, second)
        tested = np.isin(test_labels, (first, second))
        yield rule, int((rule.predict(test[tested]) == test_labels[tested]).sum()), int(tested.sum())


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield the best pixel for each pair of classes, chosen on training images, and its accuracy on test images."""
    content = artifacts.read_features(study, dataset, features)
    train, test, classes = _bytes(content.train), _bytes(content.test), content.classes
    with track(f"{dataset}, pairs of classes", classes * (classes - 1) // 2, "pairs") as advance:
        for rule, correct, images in measure(train, content.train_labels, test, content.test_labels, classes):
            advance(1, False)
            yield {
                "dataset": dataset,
                "features": features,
                "first": min(rule.below, rule.above),
                "second": max(rule.below, rule.above),
                "pixel": rule.pixel,
                "threshold": rule.threshold,
                "below": rule.below,
                "train_accuracy": rule.train_accuracy,
                **shared.estimate(correct, images),
            }


def _bytes(pixels: npt.NDArray[np.float32]) -> Images:
    """Return pixels as the bytes that they were before they were divided."""
    return np.rint(np.asarray(pixels) * (LEVELS - 1)).astype(np.uint8)
