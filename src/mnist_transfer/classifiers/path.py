"""Read several rows off one fitted estimator: a forest holds every smaller forest, and k neighbours every smaller number."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
from scipy.stats import mode
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from mnist_transfer import paths
from mnist_transfer.artifacts import Labels
from mnist_transfer.errors import InputError


def read_off(
    estimator: Any, argument: str, values: Sequence[int], train_labels: Labels, test_features: npt.NDArray[Any]
) -> dict[int, Labels]:
    """Predict with every value of a path, as separate fits would.

    Only among training images that are exactly equally far may the neighbours differ: no rule says which of them are taken.

    Parameters
    ----------
    estimator
        Fitted with the largest of the values.
    argument, values
        ``n_estimators`` of a forest or ``n_neighbors`` of nearest neighbours, and their ascending values.
    train_labels : ndarray of unsigned int, shape (n_train,)
        What the estimator was fitted to.
    test_features : ndarray, shape (n_test, width)
        In the space in which the estimator was fitted.

    Returns
    -------
    dict of ndarray of unsigned int, shape (n_test,)
        The predictions by value.

    Raises
    ------
    InputError
        The estimator has no such path.
    """
    if argument == "n_estimators" and isinstance(estimator, RandomForestClassifier | ExtraTreesClassifier):
        return {value: _smaller_forest(estimator, value).predict(test_features).astype(train_labels.dtype) for value in values}
    if argument == "n_neighbors" and getattr(estimator, "weights", None) == "uniform":
        neighbours = estimator.kneighbors(test_features, values[-1], return_distance=False)
        # Ties go to the smallest label, as in scikit-learn's own vote.
        return {value: mode(train_labels[neighbours[:, :value]], axis=1).mode.astype(train_labels.dtype) for value in values}
    raise InputError(
        f"a list for {argument} needs a forest of scikit-learn or its nearest neighbours with uniform weights, not "
        f"{type(estimator).__name__}; give one value in {paths.PARAMS}"
    )


def _smaller_forest(forest: Any, trees: int) -> Any:
    """Return the forest of the first trees: with one `random_state` these are the trees that a smaller forest would grow."""
    smaller = copy.copy(forest)
    smaller.estimators_ = forest.estimators_[:trees]
    smaller.n_estimators = trees
    smaller.n_jobs = 1  # one thread adds the trees' votes up in one order
    return smaller
