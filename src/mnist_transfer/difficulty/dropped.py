"""Accuracy without the classes that look alike, and with only these."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_transfer import artifacts
from mnist_transfer.difficulty import shared
from mnist_transfer.difficulty.shared import CLASSIFIERS, Fit, Fitted
from mnist_transfer.entries import Images, LookAlikes, OnFeatures
from mnist_transfer.study import Study
from mnist_transfer.tables import ESTIMATE, ROW, Table

if TYPE_CHECKING:
    import pandas as pd


class Settings(OnFeatures):
    """How many training images of all classes there are, which classes look alike, and which classifiers are fitted."""

    train: Images = 20_000
    look_alikes: LookAlikes
    classifiers: Fitted = ("logistic-regression", "knn")

    def check(self, study: Study) -> None:
        """Refuse labels that a dataset has not."""
        study.check_look_alikes(self.look_alikes)


#: `kept`: all classes, only the look-alikes, or only the others.
TABLE = Table({**ROW, "kept": "text"}, {"classes": "integer", "train": "integer", "test": "integer", **ESTIMATE})
HEADLINE = "accuracy_of_others"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the mean accuracy without the look-alikes."""
    return shared.mean(table[table["kept"] == "others"], "accuracy")


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Fit classifiers to all classes, to the look-alikes alone and to the others alone, and yield their test accuracies."""
    settings = study.measure("dropped")
    content = artifacts.read_features(study, dataset, features)
    alike = {label for group in settings.look_alikes.get(dataset, ()) for label in group}
    every = set(range(content.classes))
    kept = {"all": every, "look-alikes": alike, "others": every - alike} if 1 < len(alike) < len(every) - 1 else {"all": every}
    drawn = shared.draw(content.train_labels, settings.train, study.seed)
    for name, labels in kept.items():
        chosen = drawn[np.isin(content.train_labels[drawn], list(labels))]
        keys = {"dataset": dataset, "features": features}
        sizes = {"kept": name, "classes": len(labels), "train": len(chosen)}
        fits = [
            Fit({**keys, "classifier": classifier, **sizes}, CLASSIFIERS[classifier], chosen, study.seed)
            for classifier in settings.classifiers
        ]
        tested = content.tested_on(np.isin(content.test_labels, list(labels)))
        yield from shared.accuracies(f"{dataset} {features}, {name}", fits, tested)
