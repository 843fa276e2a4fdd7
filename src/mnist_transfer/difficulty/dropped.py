"""Accuracy without the classes that look alike, and with only these."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from mnist_transfer import artifacts
from mnist_transfer.difficulty import fitting, look_alikes
from mnist_transfer.difficulty.fitting import Fit
from mnist_transfer.study import Study


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Fit classifiers to all classes, to the look-alikes alone and to the others alone, and yield their test accuracies.

    Raises
    ------
    InputError
        A file is missing or damaged, or a classifier does not converge.
    """
    settings = study.measures.dropped
    alike = {label for group in look_alikes.groups(study, dataset) for label in group}
    every = set(range(len(study.dataset(dataset).classes)))
    kept = {"all": every, "look-alikes": alike, "others": every - alike} if 1 < len(alike) < len(every) - 1 else {"all": every}
    train, train_labels, test, test_labels = artifacts.read_labelled(study, dataset, features)
    drawn = fitting.draw(train_labels, settings.train, study.seed)
    for name, labels in kept.items():
        chosen = drawn[np.isin(train_labels[drawn], list(labels))]
        tested = np.isin(test_labels, list(labels))
        fits = [
            Fit(
                {
                    "dataset": dataset,
                    "features": features,
                    "classifier": classifier,
                    "kept": name,
                    "classes": len(labels),
                    "train": len(chosen),
                },
                study.measures.classifiers[classifier],
                chosen,
                study.seed,
            )
            for classifier in settings.classifiers
        ]
        description = f"{dataset} {features}, {name}"
        yield from fitting.accuracies(description, fits, train, train_labels, test[tested], test_labels[tested])
