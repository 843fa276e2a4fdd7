"""Error of simple classifiers at every layer where a network is cut."""

from collections.abc import Iterator
from typing import Any

from mnist_transfer import artifacts
from mnist_transfer.difficulty import fitting
from mnist_transfer.difficulty.fitting import Fit
from mnist_transfer.study import Study


def rows(study: Study, dataset: str, network: str) -> Iterator[dict[str, Any]]:
    """Fit classifiers to the features of every layer of a network, and yield their test accuracies.

    All are fitted to the same stratified draw of training images, as many of each dataset.

    Raises
    ------
    InputError
        A file is missing or damaged, or a classifier does not converge.
    """
    settings = study.measures.depth
    train_labels, test_labels = artifacts.read_labels(dataset)
    chosen = fitting.draw(train_labels, settings.train, study.seed)
    for layer in study.network(network).layers:
        features = f"{network}/{layer}"
        train, test = artifacts.read_features(study, dataset, features)
        fits = [
            Fit(
                {"dataset": dataset, "features": features, "classifier": name, "train": len(chosen)},
                study.measures.classifiers[name],
                chosen,
                study.seed,
            )
            for name in settings.classifiers
        ]
        yield from fitting.accuracies(f"{dataset} {features}", fits, train, train_labels, test, test_labels)
