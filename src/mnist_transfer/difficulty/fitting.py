"""Fit classifiers on parts of the training images, many at a time."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning

from mnist_transfer import paths
from mnist_transfer.classifiers import classify, estimators, statistics
from mnist_transfer.cores import cores, end_with_parent
from mnist_transfer.data import splits
from mnist_transfer.entries import Classifier
from mnist_transfer.errors import InputError
from mnist_transfer.progress import track

Features = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Fit:
    """One classifier to be fitted.

    Attributes
    ----------
    keys
        What the record of its accuracy begins with.
    classifier
        Its entry; of a path, the largest value counts.
    rows : ndarray of int, shape (n,)
        Of the training images.
    seed
        Of an estimator that draws random numbers.
    """

    keys: dict[str, Any]
    classifier: Classifier
    rows: npt.NDArray[Any]
    seed: int


def draw(labels: Labels, size: int, seed: int) -> npt.NDArray[Any]:
    """Draw rows of training images, stratified unless fewer than one a class is left behind, and all where there are no more.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n,)
    size
        How many to draw.
    seed
        Of the draw.
    """
    left = max(0, len(labels) - size)
    if left >= len(np.unique(labels)):
        return splits.stratified_subset(labels, size, seed)
    return np.delete(np.arange(len(labels)), np.random.default_rng(seed).choice(len(labels), left, replace=False))


def estimate(correct: int, images: int) -> dict[str, Any]:
    """Return an accuracy on `images` test images with its 95% Wilson interval."""
    low, high = statistics.wilson_interval(correct, images)
    return {"test": images, "accuracy": correct / images, "accuracy_low": low, "accuracy_high": high}


def accuracies(
    description: str, fits: Sequence[Fit], train: Features, train_labels: Labels, test: Features, test_labels: Labels
) -> Iterator[dict[str, Any]]:
    """Fit every classifier and yield the record of its test accuracy, in order; one a core at a time.

    Parameters
    ----------
    description
        Of the progress.
    fits
        What to fit.
    train : ndarray of float32, shape (n_train, width)
    train_labels : ndarray of uint8, shape (n_train,)
    test : ndarray of float32, shape (n_test, width)
    test_labels : ndarray of uint8, shape (n_test,)

    Raises
    ------
    InputError
        An entry is wrong, or an estimator did not converge; see :func:`mnist_transfer.classifiers.classify.fit_and_predict`.
    """
    jobs = (delayed(_correct)(fit, train, train_labels, test, test_labels) for fit in fits)
    with track(description, len(fits), "fits") as advance:
        counted = Parallel(n_jobs=cores(), initializer=end_with_parent, return_as="generator")(jobs)
        for fit, correct in zip(fits, counted, strict=True):
            advance(1, False)
            yield {**fit.keys, **estimate(correct, len(test_labels))}


def probabilities(
    classifier: Classifier, train: Features, train_labels: Labels, test: Features, classes: int, seed: int
) -> npt.NDArray[np.float64]:
    """Fit a classifier and return what it thinks of test images: the probability of each class, float64 (n_test, classes).

    Parameters
    ----------
    classifier
        Its entry.
    train : ndarray of float32, shape (n_train, width)
    train_labels : ndarray of uint8, shape (n_train,)
    test : ndarray of float32, shape (n_test, width)
    classes
        How many there are; one without training images has no probability.
    seed
        Of an estimator that draws random numbers.

    Raises
    ------
    InputError
        The estimator refuses its arguments, does not converge, or knows no probabilities.
    """
    pipeline = estimators.make_pipeline(classifier, seed)
    if not hasattr(pipeline[-1], "predict_proba"):
        raise InputError(f"{classifier.class_name} has no probabilities; choose another classifier in {paths.PARAMS}")
    with classify.computing(pipeline[-1]), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        found = pipeline.fit(train, train_labels).predict_proba(test)
    every = np.zeros((len(test), classes))
    every[:, pipeline.classes_] = found
    return every


def _correct(fit: Fit, train: Features, train_labels: Labels, test: Features, test_labels: Labels) -> int:
    try:
        outcome = classify.fit_and_predict(fit.classifier, train[fit.rows], train_labels[fit.rows], test, fit.seed, threads=1)
    except InputError as error:
        raise InputError(f"{fit.keys}: {error}") from None
    return int((list(outcome.predictions.values())[-1] == test_labels).sum())
