"""Test images that every classifier mistakes, and whether their labels can be trusted."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts
from mnist_transfer.artifacts import Labels
from mnist_transfer.difficulty import shared
from mnist_transfer.entries import Images, OnFeatures
from mnist_transfer.study import Study
from mnist_transfer.tables import PLACE, Table

if TYPE_CHECKING:
    import pandas as pd

#: The classifier whose probabilities say how credible a label is.
JUDGE = "logistic-regression"

Verdict = Literal["label in doubt", "ambiguous", "hard"]


class Settings(OnFeatures):
    """To how many training images the classifier is fitted that judges the labels."""

    train: Images = 20_000


#: Test images that every row mistakes: `quality` is the given label's probability, `likely` the likeliest class.
TABLE = Table(
    {**PLACE, "index": "integer"},
    {
        "place": "integer",
        "label": "integer",
        "voted": "integer",
        "votes": "integer",
        "quality": "number",
        "likely": "integer",
        "verdict": "text",
    },
)
HEADLINE = "images"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return how many images every row mistakes."""
    return table.groupby(list(PLACE), sort=False).size()


def verdicts(labels: Labels, probabilities: npt.NDArray[np.float64]) -> list[Verdict]:
    """Say of every image what its label looks like to a classifier that never saw the image.

    ``label in doubt``: confident learning counts it among the label errors (Northcutt, Jiang and Chuang 2021,
    https://doi.org/10.1613/jair.1.12125); ``ambiguous``: its label is one of the two likeliest classes; ``hard``: neither.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (n,)
    probabilities : ndarray of float64, shape (n, classes)
        Of each class, from a classifier that was not fitted to these images.
    """
    from cleanlab.filter import find_label_issues

    doubted = find_label_issues(labels.astype(int), probabilities, filter_by="confident_learning", n_jobs=1)
    rank = (probabilities > probabilities[np.arange(len(labels)), labels][:, None]).sum(axis=1)
    return [
        "label in doubt" if doubt else "ambiguous" if place < 2 else "hard" for doubt, place in zip(doubted, rank, strict=True)
    ]


def measure(
    predicted: npt.NDArray[np.unsignedinteger], labels: Labels, probabilities: npt.NDArray[np.float64]
) -> Iterator[dict[str, Any]]:
    """Yield the images that every classifier mistakes, the least credible label first.

    Parameters
    ----------
    predicted : ndarray of unsigned int, shape (classifiers, n)
    labels : ndarray of unsigned int, shape (n,)
    probabilities : ndarray of float64, shape (n, classes)
        Of each class, from a classifier that was not fitted to these images.
    """
    from cleanlab.rank import get_label_quality_scores
    from scipy.stats import mode

    judged = verdicts(labels, probabilities)
    quality = get_label_quality_scores(labels.astype(int), probabilities, method="self_confidence")
    voted = mode(predicted, axis=0)
    mistaken = np.flatnonzero((predicted != labels).all(axis=0))
    for image in mistaken[np.argsort(quality[mistaken], kind="stable")]:
        yield {
            "place": int(image),
            "label": int(labels[image]),
            "voted": int(voted.mode[image]),
            "votes": int(voted.count[image]),
            "quality": float(quality[image]),
            "likely": int(probabilities[image].argmax()),
            "verdict": judged[image],
        }


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield the test images that every row mistakes; `place` is their place in the test split, `index` in the raw file."""
    settings = study.comparisons["shared_errors"]
    content = artifacts.read_features(study, dataset, features)
    index = artifacts.read_splits(dataset)["test"].index
    predicted = artifacts.read_predictions(study, dataset, features, content.test_labels)
    chosen = shared.draw(content.train_labels, settings.train, study.seed)
    probabilities = shared.probabilities(
        shared.CLASSIFIERS[JUDGE],
        content.train[chosen],
        content.train_labels[chosen],
        content.test,
        content.classes,
        study.seed,
    )
    for found in measure(np.stack(list(predicted.values())), content.test_labels, probabilities):
        yield {"dataset": dataset, "features": features, "index": int(index[found["place"]]), **found}
