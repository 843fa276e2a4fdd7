"""Build a classifier from its entry in ``params.yaml``: z-score, principal components, estimator."""

import importlib
from typing import Any

from sklearn.base import BaseEstimator, is_classifier
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from mnist_transfer import paths
from mnist_transfer.cores import cores
from mnist_transfer.entries import Classifier
from mnist_transfer.errors import InputError

#: Estimators that have a faster one with the same predictions here.
FASTER = {"sklearn.svm.SVC": "mnist_transfer.classifiers.svc.SVC"}
#: Estimators that use several cores when `n_jobs` says so; the result is the same with any number.
PARALLEL = {
    "sklearn.ensemble.ExtraTreesClassifier",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.linear_model.Perceptron",
    "sklearn.neighbors.KNeighborsClassifier",
}
#: Arguments that the study sets itself.
_OURS = ("random_state", "n_jobs")
#: Megabytes in which a support vector machine of two classes keeps its kernel: for speed, they change no result.
CACHE = 500


def make_pipeline(classifier: Classifier, seed: int) -> Pipeline:
    """Build the steps of a classifier; of a path, the one with its largest value.

    Raises
    ------
    InputError
        The class is not to be had, is no classifier, or does not take one of the entry's arguments.
    """
    steps: list[tuple[str, BaseEstimator]] = []
    if classifier.scale:
        steps.append(("scale", StandardScaler()))
    if classifier.components is not None:
        steps.append(("components", PCA(classifier.components, random_state=seed)))
    steps.append(("estimator", _make_estimator(classifier, seed)))
    return Pipeline(steps)


def _make_estimator(classifier: Classifier, seed: int) -> Any:
    estimator_class = _find_class(classifier.class_name)
    known = _defaults(estimator_class, classifier.class_name)
    arguments = {name: tuple(value) if isinstance(value, list) else value for name, value in classifier.arguments.items()}
    if classifier.path is not None:
        name, values = classifier.path
        arguments[name] = values[-1]
    for name in arguments:
        if name not in known or name in _OURS:
            raise InputError(
                f"{classifier.class_name} takes no argument {name!r} here; correct its entry in {paths.PARAMS}: it takes "
                f"{', '.join(key for key in known if key not in _OURS)}"
            )
    if classifier.class_name == "sklearn.svm.SVC":
        arguments.setdefault("cache_size", CACHE)
    if "random_state" in known:
        arguments["random_state"] = seed
    if classifier.class_name in PARALLEL:
        arguments["n_jobs"] = cores()
    return estimator_class(**arguments)


def _find_class(path: str) -> Any:
    """Import a class by its dotted path, or the one that is faster."""
    module, _, name = FASTER.get(path, path).rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        if error.name and module.startswith(error.name):
            raise InputError(
                f"{path}: there is no {error.name} here; install it, or correct the class in {paths.PARAMS}"
            ) from None
        raise InputError(f"{path} needs {error.name}, which is not here; install it") from None
    except Exception as error:  # the module may be anybody's
        raise InputError(f"{path} cannot be imported ({' '.join(str(error).split())}); correct it in {paths.PARAMS}") from None
    if not isinstance(found, type) or not all(hasattr(found, method) for method in ("fit", "predict", "get_params")):
        raise InputError(f"{module} has no classifier {name!r} with fit, predict and get_params; correct it in {paths.PARAMS}")
    return found


def _defaults(estimator_class: Any, path: str) -> dict[str, Any]:
    """Return the arguments of a class with their defaults; one that needs others, or is no classifier, is refused."""
    try:
        plain = estimator_class()
    except TypeError as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path} does not do with arguments of {paths.PARAMS} alone ({reason}); choose another class"
        ) from None
    try:
        classifies = is_classifier(plain)
    except AttributeError:  # it does not say what it is, which a pipeline insists on
        classifies = False
    if not classifies:
        raise InputError(f"{path} is no classifier by scikit-learn's tags; correct the class in {paths.PARAMS}")
    arguments: dict[str, Any] = plain.get_params()
    return arguments
