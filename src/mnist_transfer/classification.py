"""Train one classifier on one feature cache, and say how well it does on the test split."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import time
import warnings
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import sklearn
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import f1_score, recall_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from mnist_transfer.errors import InputError
from mnist_transfer.study import Classifier

#: Where each estimator lives.
MODULES = {
    "KNeighborsClassifier": "neighbors",
    "LinearDiscriminantAnalysis": "discriminant_analysis",
    "LogisticRegression": "linear_model",
    "MLPClassifier": "neural_network",
    "Perceptron": "linear_model",
    "QuadraticDiscriminantAnalysis": "discriminant_analysis",
    "RandomForestClassifier": "ensemble",
    "SVC": "svm",
}
#: Estimators taken from scikit-learn-intelex where it is installed: the same model, several times faster. It ends elsewhere
#: within the estimator's `tol`, so that a few test images in ten thousand may be classified otherwise.
ACCELERATED = {"SVC"}
#: Iterations after which scikit-learn-intelex gives up where `max_iter` sets no limit (its ``onedal/svm/svm.py``).
ACCELERATED_LIMIT = 10_000
#: Estimators that use several cores when `n_jobs` says so; the result is the same with any number.
PARALLEL = {"KNeighborsClassifier", "Perceptron", "RandomForestClassifier"}
#: 97.5th percentile of the standard normal distribution, for two-sided 95% intervals.
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Outcome:
    """What fitting and testing one classifier gave.

    Attributes
    ----------
    predictions : ndarray of uint8, shape (n_test,)
    iterations
        Iterations until convergence; None for an estimator that does not iterate.
    fit_seconds, predict_seconds
        Wall-clock time.
    engine
        The library that computed it, with its version.
    """

    predictions: npt.NDArray[np.uint8]
    iterations: int | None
    fit_seconds: float
    predict_seconds: float
    engine: str


def make_pipeline(classifier: Classifier, seed: int) -> Pipeline:
    """Build the steps of a classifier: z-score, principal components, estimator, as its entry asks.

    Raises
    ------
    InputError
        The estimator does not take one of the entry's arguments.
    """
    steps: list[tuple[str, BaseEstimator]] = []
    if classifier.scale:
        steps.append(("scale", StandardScaler()))
    if classifier.components is not None:
        steps.append(("components", PCA(classifier.components, random_state=seed)))
    steps.append(("estimator", _make_estimator(classifier, seed)))
    return Pipeline(steps)


def fit_and_predict(
    pipeline: Pipeline,
    train_features: npt.NDArray[np.float32],
    train_labels: npt.NDArray[np.uint8],
    test_features: npt.NDArray[np.float32],
) -> Outcome:
    """Fit on the training split, predict the test split, time both.

    Parameters
    ----------
    pipeline
        See :func:`make_pipeline`.
    train_features : ndarray of float32, shape (n_train, width)
    train_labels : ndarray of uint8, shape (n_train,)
    test_features : ndarray of float32, shape (n_test, width)

    Raises
    ------
    InputError
        The estimator refused its arguments, or stopped before it converged: a result like that is not written.
    """
    start = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            pipeline.fit(train_features, train_labels)
            _check_convergence(pipeline[-1])
        fitted = time.perf_counter()
        predictions = pipeline.predict(test_features).astype(np.uint8)
    except ConvergenceWarning as warning:
        raise InputError(f"not converged ({str(warning).splitlines()[0]}); raise its max_iter in params.yaml") from None
    except (ValueError, TypeError, NotImplementedError) as error:
        raise InputError(
            f"scikit-learn refused it ({' '.join(str(error).split())}); correct its entry in params.yaml"
        ) from None
    end = time.perf_counter()
    return Outcome(predictions, _iterations(pipeline[-1]), fitted - start, end - fitted, _engine(pipeline[-1]))


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95% score interval of a proportion: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953."""
    proportion = successes / trials
    centre = proportion + Z_95**2 / (2 * trials)
    spread = Z_95 * sqrt(proportion * (1 - proportion) / trials + Z_95**2 / (4 * trials**2))
    scale = 1 + Z_95**2 / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def score(labels: npt.NDArray[np.uint8], predictions: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """Return accuracy with its 95% Wilson interval, macro F1 and the recall of each class, by label."""
    correct = int((labels == predictions).sum())
    low, high = wilson_interval(correct, len(labels))
    classes = np.unique(labels)
    recall = recall_score(labels, predictions, labels=classes, average=None)
    return {
        "accuracy": correct / len(labels),
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_f1": float(f1_score(labels, predictions, labels=classes, average="macro")),
        "recall": {str(label): float(value) for label, value in zip(classes, recall, strict=True)},
    }


def timing(outcome: Outcome) -> dict[str, Any]:
    """Return what a run cost, in wall-clock seconds, and on what: cores, processor, engine and versions."""
    return {
        "fit_seconds": round(outcome.fit_seconds, 3),
        "predict_seconds": round(outcome.predict_seconds, 3),
        "cores": cores(),
        "processor": _processor(),
        "engine": outcome.engine,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__},
    }


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    """Return the processor's name where the system tells it (Linux), else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def _make_estimator(classifier: Classifier, seed: int) -> BaseEstimator:
    class_name = classifier.class_name
    package = "sklearnex" if class_name in ACCELERATED and importlib.util.find_spec("sklearnex") else "sklearn"
    estimator_class = getattr(importlib.import_module(f"{package}.{MODULES[class_name]}"), class_name)
    known = estimator_class().get_params()
    arguments = {name: tuple(value) if isinstance(value, list) else value for name, value in classifier.arguments.items()}
    for name in arguments:
        if name not in known or name in ("random_state", "n_jobs"):
            raise InputError(
                f"{class_name} takes no argument {name!r} here; correct its entry in params.yaml: it takes "
                f"{', '.join(key for key in known if key not in ('random_state', 'n_jobs'))}"
            )
    if "random_state" in known:
        arguments["random_state"] = seed
    if class_name in PARALLEL:
        arguments["n_jobs"] = cores()
    return estimator_class(**arguments)


def _accelerated(estimator: BaseEstimator) -> bool:
    # scikit-learn-intelex hands what it cannot do to scikit-learn; only what it did itself leaves this attribute.
    return hasattr(estimator, "_onedal_estimator")


def _check_convergence(estimator: BaseEstimator) -> None:
    """Give the warning that scikit-learn gives and scikit-learn-intelex does not."""
    if _accelerated(estimator):
        limit = ACCELERATED_LIMIT if estimator.max_iter == -1 else estimator.max_iter
        if np.max(estimator.n_iter_) >= limit:
            warnings.warn(f"stopped after {limit} iterations", ConvergenceWarning, stacklevel=2)


def _engine(estimator: BaseEstimator) -> str:
    if _accelerated(estimator):
        return f"scikit-learn-intelex {importlib.metadata.version('scikit-learn-intelex')}"
    return f"scikit-learn {sklearn.__version__}"


def _iterations(estimator: BaseEstimator) -> int | None:
    counted = getattr(estimator, "n_iter_", None)
    return None if counted is None else int(np.max(counted))
