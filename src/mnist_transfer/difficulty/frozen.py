"""How far frozen features go: the best of several candidates on held-out training images, tested once."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, paths
from mnist_transfer.data import splits
from mnist_transfer.difficulty import fitting
from mnist_transfer.difficulty.fitting import Features, Fit, Labels
from mnist_transfer.errors import InputError
from mnist_transfer.study import Study


def hold_out(labels: Labels, train: int, validation: int, seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Draw disjoint, stratified rows of training images to fit candidates to, and to compare them on.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n,)
        Of all training images; at least `train` + `validation`.
    train, validation
        How many of each.
    seed
        Of the draw.
    """
    drawn = splits.stratified_subset(labels, train + validation, seed)
    fitted = splits.stratified_subset(labels[drawn], train, seed)
    return drawn[fitted], np.delete(drawn, fitted)


def join(study: Study, dataset: str, network: str, layers: Sequence[str]) -> tuple[Features, Features]:
    """Return the features of several layers side by side: float32 (n_train, width) and float32 (n_test, width)."""
    parts = [artifacts.read_features(study, dataset, f"{network}/{layer}") for layer in layers]
    return np.concatenate([train for train, _ in parts], axis=1), np.concatenate([test for _, test in parts], axis=1)


def rows(study: Study, dataset: str, network: str) -> Iterator[dict[str, Any]]:
    """Yield every candidate's accuracy on held-out training images, and the best one's on the test images.

    The best one is fitted anew to all training images. No other candidate meets a test image.

    Raises
    ------
    InputError
        A file is missing or damaged, or a classifier does not converge.
    """
    settings = study.measures.frozen
    train_labels, test_labels = artifacts.read_labels(dataset)
    if settings.train + settings.validation > len(train_labels) - len(np.unique(train_labels)):
        asked = f"{settings.train} and {settings.validation} images asked for, {dataset} trains on {len(train_labels)}"
        raise InputError(f"{paths.PARAMS}: difficulty.frozen.train, validation: {asked}; ask for fewer")
    fitted, held_out = hold_out(train_labels, settings.train, settings.validation, study.seed)
    best: tuple[float, Sequence[str], dict[str, Any]] | None = None
    for layers in settings.layers:
        train, _ = join(study, dataset, network, layers)
        features = f"{network}/{'+'.join(layers)}"
        fits = [
            Fit(_keys(dataset, features, name, "validation", len(fitted)), entry, fitted, study.seed)
            for name, entry in settings.classifiers.items()
        ]
        found = fitting.accuracies(f"{dataset} {features}", fits, train, train_labels, train[held_out], train_labels[held_out])
        for record in found:
            yield record
            if best is None or record["accuracy"] > best[0]:
                best = record["accuracy"], layers, record
    assert best is not None
    _, joined, chosen = best
    train, test = join(study, dataset, network, joined)
    keys = _keys(dataset, chosen["features"], chosen["classifier"], "test", len(train))
    last = Fit(keys, settings.classifiers[chosen["classifier"]], np.arange(len(train)), study.seed)
    yield from fitting.accuracies(f"{dataset} {chosen['features']}, all", [last], train, train_labels, test, test_labels)


def _keys(dataset: str, features: str, classifier: str, on: str, train: int) -> dict[str, Any]:
    return {"dataset": dataset, "features": features, "classifier": classifier, "on": on, "train": train}
