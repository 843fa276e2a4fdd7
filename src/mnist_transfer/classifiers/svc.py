"""scikit-learn's support vector machine for several classes, fitted on all cores."""

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from sklearn import svm
from sklearn.metrics.pairwise import pairwise_kernels
from sklearn.utils import gen_batches
from sklearn.utils.class_weight import compute_class_weight

from mnist_transfer.cores import cores

#: Images that are predicted at a time, so that their kernel, a number for each with every support vector, fits in memory.
BATCH = 250


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
        elif self.gamma == "auto":
            settings["gamma"] = 1 / features.shape[1]
        if self.class_weight == "balanced":
            weights = compute_class_weight("balanced", classes=self.classes_, y=labels)
            settings["class_weight"] = dict(zip(self.classes_, weights, strict=True))
        pairs = combinations(self.classes_, 2)
        rows, machines = zip(*self._parallel(delayed(_fit)(settings, features, labels, pair) for pair in pairs), strict=True)
        # Most images that support one machine support others too: predict takes the kernel of each once, as libsvm does.
        support = np.unique(np.concatenate(rows))
        self.weights_ = np.zeros((len(support), len(machines)))
        for pair, machine in enumerate(machines):
            self.weights_[np.searchsorted(support, rows[pair]), pair] = machine.dual_coef_[0]
        self.intercept_ = np.concatenate([machine.intercept_ for machine in machines])
        self.n_iter_ = np.concatenate([machine.n_iter_ for machine in machines])
        self.support_vectors_ = features[support]
        if self.kernel == "linear":  # each machine has one weight a feature
            self.weights_ = self.support_vectors_.T @ self.weights_
        self._kernel = {name: settings[name] for name in ("gamma", "degree", "coef0")}
        return self

    def predict(self, features: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return for each image the class that most machines vote for, and of several such the first: shape (n,)."""
        features = np.asarray(features, np.float64, order="C")
        batches = gen_batches(len(features), BATCH)
        scores = np.concatenate(self._parallel(delayed(self._score)(features[batch]) for batch in batches))
        votes = np.zeros((len(features), len(self.classes_)), int)
        for pair, (first, second) in enumerate(combinations(range(len(self.classes_)), 2)):
            votes[:, first] += scores[:, pair] < 0
            votes[:, second] += scores[:, pair] >= 0
        return np.asarray(self.classes_[votes.argmax(axis=1)])

    def _score(self, features: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return what each machine decides by: below 0 it is for the first class of its pair. Shape (n, machines)."""
        if self.kernel != "linear":
            features = pairwise_kernels(features, self.support_vectors_, self.kernel, filter_params=True, **self._kernel)
        return np.asarray(features @ self.weights_ + self.intercept_)

    def _parallel(self, jobs: Any) -> list[Any]:
        return list(Parallel(n_jobs=self.n_jobs or cores(), prefer="threads")(jobs))  # libsvm holds no lock


def _fit(
    settings: dict[str, Any], features: npt.NDArray[np.float64], labels: npt.NDArray[Any], pair: tuple[Any, Any]
) -> tuple[npt.NDArray[np.intp], svm.SVC]:
    """Fit the machine of two classes; return it, and the rows of the images that support it."""
    rows = np.flatnonzero(np.isin(labels, pair))
    machine = svm.SVC(**settings).fit(features[rows], labels[rows])
    return rows[machine.support_], machine
