"""What scikit-learn of 2018 did by default and today's does no more, rebuilt from today's parts."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier


class OneVsRestLogisticRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Logistic regression as up to scikit-learn 0.21: liblinear, one class against the rest, the intercept regularised too.

    The defaults of ``sklearn/linear_model/logistic.py`` in 0.19.2: ``solver="liblinear"``, ``multi_class="ovr"``, ``C=1.0``,
    ``max_iter=100``, ``intercept_scaling=1``.

    Parameters
    ----------
    max_iter
        Where liblinear stops.
    random_state
        Of the order in which it goes through the images.
    """

    def __init__(self, max_iter: int = 100, random_state: int | None = None) -> None:
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, features: npt.NDArray[Any], labels: npt.NDArray[Any]) -> "OneVsRestLogisticRegression":
        """Fit one classifier a class."""
        one = LogisticRegression(solver="liblinear", max_iter=self.max_iter, random_state=self.random_state)
        self.fitted_ = OneVsRestClassifier(one).fit(features, labels)
        self.classes_ = self.fitted_.classes_
        return self

    def predict(self, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the class with the highest score."""
        return np.asarray(self.fitted_.predict(features))
