"""The classifiers with the defaults of scikit-learn 0.19 (2018), as far as they are not today's.

https://scikit-learn.org/0.19/modules/classes.html
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from mnist_transfer.entries import Classifier


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


def _classifier(path: str, components: int | None = None, **arguments: Any) -> Classifier:
    return Classifier.model_validate({"class": path, "scale": False, "components": components, "arguments": arguments})


#: The paper's classifiers, by the names of the study's own.
CLASSIFIERS: dict[str, Classifier] = {
    "logistic-regression": _classifier(f"{__name__}.OneVsRestLogisticRegression"),
    "forest-gini": _classifier("sklearn.ensemble.RandomForestClassifier", n_estimators=[25, 50, 100], criterion="gini"),
    "forest-entropy": _classifier("sklearn.ensemble.RandomForestClassifier", n_estimators=[25, 50, 100], criterion="entropy"),
    "knn": _classifier("sklearn.neighbors.KNeighborsClassifier", n_neighbors=[3, 5]),
    # Stopped when two epochs had not lowered the loss by 1e-4; now ten: whats_new/v0.20, n_iter_no_change.
    "neural-network": _classifier(
        "sklearn.neural_network.MLPClassifier", hidden_layer_sizes=[64, 32], max_iter=200, n_iter_no_change=2
    ),
    "perceptron": _classifier("sklearn.linear_model.Perceptron", max_iter=5, tol=None),  # n_iter=5, without a tolerance
    "svm-linear": _classifier("sklearn.svm.SVC", kernel="linear"),
    # Gamma was one over the number of features, whatever their scale.
    "svm-poly": _classifier("sklearn.svm.SVC", kernel="poly", degree=3, gamma="auto"),
    "svm-linear-pca15": _classifier("sklearn.svm.SVC", components=15, kernel="linear"),
}
