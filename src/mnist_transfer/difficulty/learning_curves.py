"""Accuracy against the number of training images, so that datasets of different sizes compare on equal terms."""

from collections.abc import Iterator
from typing import Any

from mnist_transfer import artifacts
from mnist_transfer.difficulty import fitting
from mnist_transfer.difficulty.fitting import Fit
from mnist_transfer.study import Study


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Fit classifiers to random training sets of several sizes, and yield their accuracies on the whole test split.

    A draw is stratified; its seed is the study's plus its number, so that all classifiers of a draw see the same images.

    Raises
    ------
    InputError
        A file is missing or damaged, or a classifier does not converge.
    """
    settings = study.measures.learning_curves
    train, train_labels, test, test_labels = artifacts.read_labelled(study, dataset, features)
    fits = [
        Fit(
            {"dataset": dataset, "features": features, "classifier": name, "train": size, "draw": draw},
            study.measures.classifiers[name],
            fitting.draw(train_labels, size, study.seed + draw),
            study.seed + draw,
        )
        for name, draws in settings.draws.items()
        for size, number in zip(settings.sizes, draws, strict=True)
        if size <= len(train_labels)
        for draw in range(number)
    ]
    yield from fitting.accuracies(f"{dataset} {features}", fits, train, train_labels, test, test_labels)
