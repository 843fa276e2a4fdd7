"""What several measures share: classifiers that are cheap enough to be fitted hundreds of times, and how they are fitted."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field

from mnist_transfer.artifacts import Features, Labels
from mnist_transfer.cores import cores, end_with_parent
from mnist_transfer.entries import Classifier, Names
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console, track
from mnist_transfer.study import Study, find, measure_module
from mnist_transfer.tables import PLACE

if TYPE_CHECKING:
    import pandas as pd

#: Two classifiers are told apart below this p-value, corrected for the number of pairs.
LEVEL = 0.05

Vectors = npt.NDArray[np.float32]


def classifier(path: str, *, scale: bool = True, components: int | None = None, **arguments: Any) -> Classifier:
    """Make an entry such as those of params.yaml."""
    return Classifier.model_validate({"class": path, "scale": scale, "components": components, "arguments": arguments})


#: The classifiers that measures fit, by name.
CLASSIFIERS: dict[str, Classifier] = {
    "logistic-regression": classifier("sklearn.linear_model.LogisticRegression", max_iter=5000),
    "knn": classifier("sklearn.neighbors.KNeighborsClassifier", n_neighbors=5),
    "forest": classifier("sklearn.ensemble.RandomForestClassifier", scale=False, n_estimators=25),
    # C 0.01, not 1: faster, and better on held-out training images.
    "svm-linear": classifier("sklearn.svm.SVC", kernel="linear", C=0.01),
    "neural-network": classifier("sklearn.neural_network.MLPClassifier", hidden_layer_sizes=[64, 32], max_iter=500),
    "perceptron": classifier("sklearn.linear_model.Perceptron", max_iter=1000),
}


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        find("difficulty.shared.classifiers", CLASSIFIERS, name)
    return names


#: Some of them, as a measure's settings name them.
Fitted = Annotated[Names, Field(min_length=1), AfterValidator(_known)]
#: How figures and tables call them.
TITLES = {
    "logistic-regression": "Logistic Regression",
    "knn": "k-Nearest Neighbours (5)",
    "forest": "Random Forest (25 trees)",
    "svm-linear": "SVM (linear, C = 0.01)",
    "neural-network": "Neural Network (64, 32)",
    "perceptron": "Perceptron",
}


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


def take(study: Study, name: str, dataset: str, parts: Sequence[str], path: Path) -> None:
    """Take a measure, or a comparison, on kinds of features or networks and write its table."""
    module = measure_module(name)
    rows = [row for part in parts for row in module.rows(study, dataset, part)]
    module.TABLE.write(path, rows)
    console.print(f"{path}: {len(rows):,} rows")


def draw(labels: Labels, size: int, seed: int) -> npt.NDArray[Any]:
    """Draw rows of training images, stratified unless fewer than one a class is left behind, and all where there are no more.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (n,)
    size
        How many to draw.
    seed
        Of the draw.
    """
    from mnist_transfer.classifiers.sampling import stratified_subset

    left = max(0, len(labels) - size)
    if left >= len(np.unique(labels)):
        return stratified_subset(labels, size, seed)
    return np.delete(np.arange(len(labels)), np.random.default_rng(seed).choice(len(labels), left, replace=False))


def estimate(correct: int, images: int) -> dict[str, Any]:
    """Return an accuracy on `images` test images with its 95% Wilson interval."""
    from mnist_transfer.classifiers.statistics import wilson_interval

    low, high = wilson_interval(correct, images)
    return {"test": images, "accuracy": correct / images, "accuracy_low": low, "accuracy_high": high}


def accuracies(description: str, fits: Sequence[Fit], content: Features) -> Iterator[dict[str, Any]]:
    """Fit every classifier and yield the record of its test accuracy, in order; see :func:`predictions`."""
    for fit, predicted in zip(fits, predictions(description, fits, content), strict=True):
        yield {**fit.keys, **estimate(int((predicted == content.test_labels).sum()), len(predicted))}


def predictions(description: str, fits: Sequence[Fit], content: Features) -> list[Labels]:
    """Fit every classifier, one a core at a time and the largest first; return the classes that each gives the test images.

    Parameters
    ----------
    description
        Of the progress.
    fits
        What to fit.
    content
        The features to fit to and to test on.

    Returns
    -------
    list of ndarray of unsigned int, shape (n_test,)
        In the order of `fits`.

    Raises
    ------
    InputError
        An entry is wrong, or an estimator did not converge; see :func:`mnist_transfer.classifiers.classify.fit_and_predict`.
    """
    from joblib import Parallel, delayed

    data = content.train, content.train_labels, content.test
    order = sorted(range(len(fits)), key=lambda at: -len(fits[at].rows))  # so that no core waits for a large one at the end
    threads = None if len(fits) == 1 else 1  # a single fit has all cores
    jobs = (delayed(_predict)(fits[at], *data, threads) for at in order)
    found: dict[int, Labels] = {}
    with track(description, len(fits), "fits") as advance:
        given = Parallel(n_jobs=cores(), initializer=end_with_parent, return_as="generator")(jobs)
        for at, predicted in zip(order, given, strict=True):
            found[at] = predicted
            advance(1, False)
    return [found[at] for at in range(len(fits))]


def _predict(fit: Fit, train: Vectors, train_labels: Labels, test: Vectors, threads: int | None) -> Labels:
    from mnist_transfer.classifiers import classify

    try:
        outcome = classify.fit_and_predict(fit.classifier, train[fit.rows], train_labels[fit.rows], test, fit.seed, threads)
    except InputError as error:
        raise InputError(f"{fit.keys}: {error}") from None
    return list(outcome.predictions.values())[-1]


def probabilities(
    entry: Classifier, train: Vectors, train_labels: Labels, test: Vectors, classes: int, seed: int
) -> npt.NDArray[np.float64]:
    """Fit a classifier and return what it thinks of test images: the probability of each class, float64 (n_test, classes).

    Parameters
    ----------
    entry
        A classifier that has `predict_proba`.
    train : ndarray of float32, shape (n_train, width)
    train_labels : ndarray of unsigned int, shape (n_train,)
    test : ndarray of float32, shape (n_test, width)
    classes
        How many there are; one without training images has no probability.
    seed
        Of an estimator that draws random numbers.
    """
    from sklearn.exceptions import ConvergenceWarning

    from mnist_transfer.classifiers import classify, estimators

    pipeline = estimators.make_pipeline(entry, seed)
    with classify.computing(pipeline[-1]), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        found = pipeline.fit(train, train_labels).predict_proba(test)
    every = np.zeros((len(test), classes))
    every[:, pipeline.classes_] = found
    return every


def p_values(first_only: npt.NDArray[np.int64], second_only: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the exact two-sided p-values of McNemar's test.

    McNemar 1947, https://doi.org/10.1007/BF02295996: if two classifiers are equally good, an image that only one of them gets
    right is as likely to be the one's as the other's. Where no image tells them apart, p is 1.

    Parameters
    ----------
    first_only, second_only : ndarray of int64, of the same shape
        How many images only the one, and only the other, gets right.
    """
    from scipy.stats import binom

    fewer = np.minimum(first_only, second_only)
    p: npt.NDArray[np.float64] = np.minimum(1.0, 2 * binom.cdf(fewer, first_only + second_only, 0.5))
    return p


def holm(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Correct p-values for their number: Holm 1979, https://www.jstor.org/stable/4615733.

    Parameters
    ----------
    p : ndarray of float64, shape (…, tests)
        Each row along the last axis is corrected by itself.
    """
    tests = p.shape[-1]
    order = np.argsort(p, axis=-1, kind="stable")
    raised = np.maximum.accumulate(np.take_along_axis(p, order, -1) * np.arange(tests, 0, -1), axis=-1)
    corrected = np.empty_like(p)
    np.put_along_axis(corrected, order, np.minimum(raised, 1.0), -1)
    return corrected


def discordant(correct: npt.NDArray[np.bool_], weights: npt.NDArray[Any] | None = None) -> npt.NDArray[np.int64]:
    """Count for each ordered pair of classifiers the images that only the first gets right: int64 (classifiers, classifiers).

    Parameters
    ----------
    correct : ndarray of bool, shape (classifiers, images)
    weights : ndarray of int, shape (images,), optional
        How often each image counts; once by default.
    """
    right = correct.astype(np.float64)
    counted = right if weights is None else right * weights
    return np.rint(counted @ (1 - right).T).astype(np.int64)


def mean(table: "pd.DataFrame", column: str) -> "pd.Series[Any]":
    """Return a column's mean for each dataset and kind of features: what a headline is made of."""
    return table.groupby(list(PLACE), sort=False)[column].mean()


def at_most(table: "pd.DataFrame", column: str, most: int) -> "pd.DataFrame":
    """Return the rows with the largest value in a column that does not exceed `most`, or else with its smallest value."""
    values = table[column].unique()
    return table[table[column].isin([max((value for value in values if value <= most), default=min(values))])]
