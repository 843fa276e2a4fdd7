"""Train one classifier on one kind of features, and say how well it does on the test split."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from mnist_transfer import artifacts, files, paths
from mnist_transfer.artifacts import Labels
from mnist_transfer.classifiers import estimators, path, statistics
from mnist_transfer.classifiers.svc import SVC
from mnist_transfer.cores import cores, processor
from mnist_transfer.entries import Classifier
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.study import Study


@dataclass(frozen=True)
class Outcome:
    """What fitting and testing one classifier gave.

    Attributes
    ----------
    predictions : dict of ndarray of unsigned int, shape (n_test,)
        By value of the path; under None without one.
    iterations
        Iterations until convergence; None for an estimator that does not iterate.
    fit_seconds, predict_seconds
        Wall-clock time for all values together.
    """

    predictions: dict[int | None, Labels]
    iterations: int | None
    fit_seconds: float
    predict_seconds: float


@contextmanager
def computing(estimator: Any, threads: int | None = None) -> Iterator[None]:
    """Compute the same numbers on any number of cores, and make what an estimator refuses one clear line.

    A matrix product has one thread: many small ones lose more by sharing than they gain, and one order of sums is one number.
    Estimators that use several cores do so at a coarser grain.

    Parameters
    ----------
    estimator
        What is to be fitted or to predict.
    threads
        Of a support vector machine: 1 where a fit shares the cores with others; else one a core.

    Raises
    ------
    InputError
        The estimator refused its arguments, or warned that it did not converge where that is an error.
    """
    if isinstance(estimator, SVC):
        estimator.n_jobs = threads
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    except ConvergenceWarning as warning:
        raise InputError(
            f"not converged ({str(warning).splitlines()[0]}); in {paths.PARAMS} raise its max_iter, z-score the features "
            "(scale: true) or regularise more (a smaller C)"
        ) from None
    except (InputError, MemoryError):
        raise
    except Exception as error:  # the class may be anybody's
        kind = "" if isinstance(error, ValueError | TypeError | NotImplementedError) else f"{type(error).__name__}: "
        reason = kind + " ".join(str(error).split())
        raise InputError(f"the estimator refused it ({reason}); correct its entry in {paths.PARAMS}") from None


def fit_and_predict(
    classifier: Classifier,
    train_features: npt.NDArray[np.float32],
    train_labels: Labels,
    test_features: npt.NDArray[np.float32],
    seed: int,
    threads: int | None = None,
) -> Outcome:
    """Fit on the training split, predict the test split, time both.

    Parameters
    ----------
    classifier
        The classifier's entry.
    train_features : ndarray of float32, shape (n_train, width)
    train_labels : ndarray of unsigned int, shape (n_train,)
    test_features : ndarray of float32, shape (n_test, width)
    seed
        Of estimators that draw random numbers.
    threads
        See :func:`computing`.

    Raises
    ------
    InputError
        The entry is wrong, the estimator refused its arguments, or it stopped before it converged: a result like that is not
        written.
    """
    pipeline = estimators.make_pipeline(classifier, seed)
    classes = np.unique(train_labels)
    labels = np.searchsorted(classes, train_labels).astype(train_labels.dtype)  # some, as XGBoost, insist on 0, 1, 2 and so on
    _renumber_weights(pipeline[-1], classes)
    start = time.perf_counter()
    with computing(pipeline[-1], threads):
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            pipeline.fit(train_features, labels)
            _check_neighbours(pipeline[-1], len(train_labels))
        fitted = time.perf_counter()
        predictions = {value: classes[chosen] for value, chosen in predict(pipeline, classifier, labels, test_features).items()}
    end = time.perf_counter()
    return Outcome(predictions, _iterations(pipeline[-1]), fitted - start, end - fitted)


def predict(
    pipeline: Pipeline, classifier: Classifier, train_labels: Labels, test_features: npt.NDArray[np.floating[Any]]
) -> dict[int | None, Labels]:
    """Predict with a fitted pipeline, by the value of the classifier's path; under None without one.

    Raises
    ------
    ValueError
        What comes are not labels of the training images, one for each test image.
    """
    if classifier.path is None:
        predictions = np.asarray(pipeline.predict(test_features))
        if predictions.shape != (len(test_features),) or not np.isin(predictions, train_labels).all():
            raise ValueError(f"it does not predict one of the training images' labels for each of {len(test_features)} images")
        return {None: predictions.astype(train_labels.dtype)}
    transformed = pipeline[:-1].transform(test_features) if len(pipeline) > 1 else test_features
    return dict(path.read_off(pipeline[-1], *classifier.path, train_labels, transformed).items())


def _renumber_weights(estimator: Any, classes: Labels) -> None:
    """Let weights that stand by label, ``class_weight`` in any depth, follow labels to their places among the classes."""
    for name, weights in estimator.get_params().items():
        if name.endswith("class_weight") and isinstance(weights, dict):
            places = {int(label): place for place, label in enumerate(classes)}
            estimator.set_params(**{name: {places.get(label, label): weight for label, weight in weights.items()}})


def _check_neighbours(estimator: Any, images: int) -> None:
    """Refuse what scikit-learn does not always notice, and then reads beyond its memory."""
    asked = getattr(estimator, "n_neighbors", 0)
    if asked > images:
        raise ValueError(f"n_neighbors is {asked}, of {images} training images")


def _iterations(estimator: Any) -> int | None:
    counted = getattr(estimator, "n_iter_", None)
    return None if counted is None else int(np.max(counted))


def timing(outcome: Outcome) -> dict[str, Any]:
    """Return what a fit cost in wall-clock seconds, how many rows share it, and on what it ran."""
    return {
        "fit_seconds": round(outcome.fit_seconds, 3),
        "predict_seconds": round(outcome.predict_seconds, 3),
        "shared_by": len(outcome.predictions),
        "cores": cores(),
        "processor": processor(),
    }


def run(study: Study, dataset: str, features: str, classifier: str) -> None:
    """Train and test one classifier; write metrics and predictions of each of its rows, and apart from these what it cost."""
    entry = study.classifier(classifier)
    from_disk = entry.class_name in estimators.FROM_DISK and entry.components is None
    content = artifacts.read_features(study, dataset, features, copied=not from_disk)
    try:
        outcome = fit_and_predict(entry, content.train, content.train_labels, content.test, study.seed)
    except InputError as error:
        raise InputError(f"{classifier} on {dataset}, {features}: {error}") from None
    for row in study.rows_of(classifier):
        target = paths.classifier(dataset, features, classifier, row.value)
        metrics = statistics.score(content.test_labels, outcome.predictions[row.value])
        if outcome.iterations is not None:
            metrics["n_iter"] = outcome.iterations
        files.write_npy(target / "predictions.npy", outcome.predictions[row.value])
        files.write_json(target / "metrics.json", metrics)
        console.print(f"{dataset} {features} {row.name}: accuracy {metrics['accuracy']:.4f}")
    files.write_json(paths.timing(dataset, features, classifier), timing(outcome))
    console.print(f"{outcome.fit_seconds + outcome.predict_seconds:,.1f} s")
