"""Which pairs of classifiers the test images tell apart."""

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_transfer import artifacts
from mnist_transfer.difficulty import shared
from mnist_transfer.entries import OnFeatures
from mnist_transfer.study import Study
from mnist_transfer.tables import PLACE, Table

if TYPE_CHECKING:
    import pandas as pd


class Settings(OnFeatures):
    """On which features."""


#: Test images that only the first, or only the second, of two rows gets right; the p-value, and Holm's correction.
TABLE = Table(
    {**PLACE, "first": "text", "second": "text"},
    {"first_only": "integer", "second_only": "integer", "p": "number", "p_holm": "number"},
)
HEADLINE = "pairs_apart"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the share of pairs that are told apart."""
    return shared.mean(table.assign(apart=table["p_holm"] < shared.LEVEL), "apart")


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield McNemar's test of every pair of rows on the test images, with Holm's correction for the number of pairs."""
    labels = artifacts.read_splits(dataset)["test"].labels
    predicted = artifacts.read_predictions(study, dataset, features, labels)
    names = list(predicted)
    only = shared.discordant(np.stack([predicted[name] == labels for name in names]))
    pairs = np.array(list(combinations(range(len(names)), 2)), np.int64).reshape(-1, 2)
    first_only, second_only = only[pairs[:, 0], pairs[:, 1]], only[pairs[:, 1], pairs[:, 0]]
    p = shared.p_values(first_only, second_only)
    corrected = shared.holm(p)
    for at, (first, second) in enumerate(pairs):
        yield {
            "dataset": dataset,
            "features": features,
            "first": names[first],
            "second": names[second],
            "first_only": int(first_only[at]),
            "second_only": int(second_only[at]),
            "p": float(p[at]),
            "p_holm": float(corrected[at]),
        }
