"""Accuracy of the same classifier on the same images under several seeds."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from mnist_transfer import artifacts
from mnist_transfer.difficulty import fitting
from mnist_transfer.difficulty.fitting import Fit
from mnist_transfer.study import Study


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Fit classifiers to all training images with several seeds, and yield their test accuracies.

    Raises
    ------
    InputError
        A file is missing or damaged, or a classifier does not converge.
    """
    settings = study.measures.seed_noise
    train, train_labels, test, test_labels = artifacts.read_labelled(study, dataset, features)
    fits = [
        Fit(
            {"dataset": dataset, "features": features, "classifier": name, "seed": seed},
            study.measures.classifiers[name],
            np.arange(len(train_labels)),
            seed,
        )
        for name in settings.classifiers
        for seed in range(study.seed, study.seed + settings.seeds)
    ]
    yield from fitting.accuracies(f"{dataset} {features}", fits, train, train_labels, test, test_labels)
