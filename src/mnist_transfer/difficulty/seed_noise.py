"""Accuracy of the same classifier on the same images under several seeds."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field, StrictInt

from mnist_transfer import artifacts
from mnist_transfer.difficulty import shared
from mnist_transfer.difficulty.shared import CLASSIFIERS, Fit, Fitted
from mnist_transfer.entries import OnFeatures
from mnist_transfer.study import Study
from mnist_transfer.tables import ESTIMATE, PLACE, ROW, Table

if TYPE_CHECKING:
    import pandas as pd


class Settings(OnFeatures):
    """How many seeds, from the study's own upwards, and the classifiers, which must draw random numbers."""

    seeds: StrictInt = Field(default=5, ge=2)
    classifiers: Fitted = ("forest", "neural-network", "perceptron")


TABLE = Table({**ROW, "seed": "integer"}, {"test": "integer", **ESTIMATE})
HEADLINE = "largest_deviation"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the largest standard deviation of a classifier's accuracies."""
    return table.groupby(list(ROW), sort=False)["accuracy"].std().groupby(list(PLACE), sort=False).max()


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Fit classifiers to all training images with several seeds, and yield their test accuracies."""
    settings = study.measure("seed_noise")
    content = artifacts.read_features(study, dataset, features)
    fits = [
        Fit(
            {"dataset": dataset, "features": features, "classifier": name, "seed": seed},
            CLASSIFIERS[name],
            np.arange(len(content.train_labels)),
            seed,
        )
        for name in settings.classifiers
        for seed in range(study.seed, study.seed + settings.seeds)
    ]
    yield from shared.accuracies(f"{dataset} {features}", fits, content)
