"""Which pairs of classifiers the test images tell apart."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from mnist_transfer.difficulty import predictions
from mnist_transfer.study import Study

Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


def p_values(first_only: Counts, second_only: Counts) -> Values:
    """Return the exact two-sided p-values of McNemar's test.

    McNemar 1947, https://doi.org/10.1007/BF02295996: if two classifiers are equally good, an image that only one of them gets
    right is as likely to be the one's as the other's. Where no image tells them apart, p is 1.

    Parameters
    ----------
    first_only, second_only : ndarray of int, of the same shape
        How many images only the one, and only the other, gets right.
    """
    fewer = np.minimum(first_only, second_only)
    p: Values = np.minimum(1.0, 2 * binom.cdf(fewer, first_only + second_only, 0.5))
    return p


def holm(p: Values) -> Values:
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


def discordant(correct: npt.NDArray[np.bool_], weights: npt.NDArray[Any] | None = None) -> Counts:
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


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield McNemar's test of every pair of rows on the test images, with Holm's correction for the number of pairs.

    Raises
    ------
    InputError
        A file is missing or damaged.
    """
    predicted, labels = predictions.read(study, dataset, features)
    names = list(predicted)
    only = discordant(np.stack([predicted[name] == labels for name in names]))
    pairs = np.array(list(combinations(range(len(names)), 2)), np.int64).reshape(-1, 2)
    first_only, second_only = only[pairs[:, 0], pairs[:, 1]], only[pairs[:, 1], pairs[:, 0]]
    p = p_values(first_only, second_only)
    corrected = holm(p)
    for at, (first, second) in enumerate(pairs):
        yield {
            "dataset": dataset,
            "features": features,
            "first": names[first],
            "second": names[second],
            "first_only": int(first_only[at]),
            "second_only": int(second_only[at]),
            "p": float(p[at]),
            "p_holm": float(corrected[at]),
        }
