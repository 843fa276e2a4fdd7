"""scikit-learn's support vector machine for several classes, fitted on all cores."""

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from sklearn import svm
from sklearn.utils.class_weight import compute_class_weight

from mnist_transfer.cores import cores


class SVC(svm.SVC):  # type: ignore[misc]  # scikit-learn has no types
    """``sklearn.svm.SVC``, with the two-class machines that it consists of fitted at the same time.

    For k classes libsvm fits k (k - 1) / 2 machines, one for every pair of classes, and lets them vote: Chang and Lin, "LIBSVM:
    a library for support vector machines", 2011, https://doi.org/10.1145/1961189.1961199, section 7. Each machine sees the
    images of its two classes alone, so fitting them apart gives the same predictions.

    Attributes
    ----------
    n_jobs
        How many machines are fitted at a time, in threads; every core has one where it is None.
    """

    n_jobs: int | None = None

    def fit(self, features: npt.NDArray[Any], labels: npt.NDArray[Any]) -> "SVC":
        """Fit one machine for every pair of classes.

        Parameters
        ----------
        features : ndarray, shape (n, width)
        labels : ndarray, shape (n,)

        Raises
        ------
        ValueError
            There is one class alone, or ties are to be broken by more than the votes.
        """
        features = np.asarray(features, np.float64, order="C")  # which scikit-learn computes with
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2 or self.break_ties:
            raise ValueError("it needs two classes or more, and break_ties=False")
        settings = self.get_params()
        # What scikit-learn derives from all classes must not be derived from two of them.
        if self.gamma == "scale":
            variance = features.var()
            settings["gamma"] = 1 / (features.shape[1] * variance) if variance else 1.0
        if self.class_weight == "balanced":
            weights = compute_class_weight("balanced", classes=self.classes_, y=labels)
            settings["class_weight"] = dict(zip(self.classes_, weights, strict=True))
        self.machines_ = self._parallel(
            delayed(_fit)(settings, features, labels, pair) for pair in combinations(self.classes_, 2)
        )
        self.n_iter_ = np.concatenate([machine.n_iter_ for machine in self.machines_])
        return self

    def predict(self, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return for each image the class that most machines vote for, and of several such the first: shape (n,)."""
        features = np.asarray(features, np.float64, order="C")
        votes = np.zeros((len(features), len(self.classes_)), int)
        for chosen in self._parallel(delayed(_predict)(machine, features) for machine in self.machines_):
            votes += chosen[:, np.newaxis] == self.classes_
        return np.asarray(self.classes_[votes.argmax(axis=1)])

    def _parallel(self, jobs: Any) -> list[Any]:
        return list(Parallel(n_jobs=self.n_jobs or cores(), prefer="threads")(jobs))  # libsvm holds no lock


def _fit(
    settings: dict[str, Any], features: npt.NDArray[np.float64], labels: npt.NDArray[Any], pair: tuple[Any, Any]
) -> svm.SVC:
    rows = np.isin(labels, pair)
    return svm.SVC(**settings).fit(features[rows], labels[rows])


def _predict(machine: svm.SVC, features: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Return what a machine predicts; a linear one by its weights, instead of a product with each of its support vectors."""
    if machine.kernel != "linear":
        return np.asarray(machine.predict(features))
    second = features @ machine.coef_[0] + machine.intercept_ >= 0
    return np.asarray(machine.classes_[second.astype(int)])
