"""Accuracy against the number of training images, so that datasets of different sizes compare on equal terms."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import Field

from mnist_transfer import artifacts
from mnist_transfer.difficulty import shared
from mnist_transfer.difficulty.shared import CLASSIFIERS, Fit, Fitted
from mnist_transfer.entries import Ascending, Count, OnFeatures
from mnist_transfer.study import Study
from mnist_transfer.tables import ESTIMATE, ROW, Table

if TYPE_CHECKING:
    import pandas as pd


class Settings(OnFeatures):
    """Numbers of training images (those that a dataset has not are left out), how many draws of each, and the classifiers."""

    sizes: Ascending = Field(default=(500, 1000, 3000, 10_000, 48_000), min_length=2)
    draws: tuple[Count, ...] = (5, 5, 5, 3, 1)  # one where a fit takes minutes
    classifiers: Fitted = ("logistic-regression", "knn", "forest", "svm-linear")

    def check(self, study: Study) -> None:
        """Refuse numbers of draws that do not fit the sizes."""
        if len(self.draws) != len(self.sizes):
            raise ValueError(f"draws: {len(self.draws)} numbers for {len(self.sizes)} sizes; give one for each")


#: Draw `draw` of `train` random training images.
TABLE = Table({**ROW, "train": "integer", "draw": "integer"}, {"test": "integer", **ESTIMATE})
HEADLINE = "accuracy_at_10000"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the mean accuracy with 10,000 training images, or with the next number below."""
    return shared.mean(shared.at_most(table, "train", 10_000), "accuracy")


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Fit classifiers to random training sets of several sizes, and yield their accuracies on the whole test split.

    A draw is stratified; its seed is the study's plus its number, so that all classifiers of a draw see the same images.
    """
    settings = study.measure("learning_curves")
    content = artifacts.read_features(study, dataset, features)
    fits = [
        Fit(
            {"dataset": dataset, "features": features, "classifier": name, "train": size, "draw": draw},
            CLASSIFIERS[name],
            shared.draw(content.train_labels, size, study.seed + draw),
            study.seed + draw,
        )
        for name in settings.classifiers
        for size, number in zip(settings.sizes, settings.draws, strict=True)
        if size <= len(content.train_labels)
        for draw in range(number)
    ]
    yield from shared.accuracies(f"{dataset} {features}", fits, content)
