"""Error of simple classifiers at every layer where a network is cut."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mnist_transfer import artifacts
from mnist_transfer.difficulty import shared
from mnist_transfer.difficulty.shared import CLASSIFIERS, Fit, Fitted
from mnist_transfer.entries import Images, OnNetworks
from mnist_transfer.study import Study
from mnist_transfer.tables import ESTIMATE, ROW, Table

if TYPE_CHECKING:
    import pandas as pd


class Settings(OnNetworks):
    """How many training images there are, the same for every dataset, and which classifiers are fitted to them."""

    train: Images = 10_000
    classifiers: Fitted = ("logistic-regression", "knn", "svm-linear")


TABLE = Table(ROW, {"train": "integer", "test": "integer", **ESTIMATE})
HEADLINE = "accuracy"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the mean accuracy of the classifiers."""
    return shared.mean(table, "accuracy")


def rows(study: Study, dataset: str, network: str) -> Iterator[dict[str, Any]]:
    """Fit classifiers to the features of every layer of a network, and yield their test accuracies.

    All are fitted to the same stratified draw of training images, as many of each dataset.
    """
    settings = study.measure("depth")
    for layer in study.network(network).layers:
        features = f"{network}/{layer}"
        content = artifacts.read_features(study, dataset, features)
        chosen = shared.draw(content.train_labels, settings.train, study.seed)
        fits = [
            Fit(
                {"dataset": dataset, "features": features, "classifier": name, "train": len(chosen)},
                CLASSIFIERS[name],
                chosen,
                study.seed,
            )
            for name in settings.classifiers
        ]
        yield from shared.accuracies(f"{dataset} {features}", fits, content)
