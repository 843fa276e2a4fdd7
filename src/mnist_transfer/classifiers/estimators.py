"""Build a classifier from its entry in ``params.yaml``: z-score, principal components, estimator."""

import importlib
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklearn.base import BaseEstimator, is_classifier
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline

from mnist_transfer import paths
from mnist_transfer.classifiers.scaling import Scaler
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
#: Estimators that make no copy of float32 features in memory, so that these may be larger.
FROM_DISK = {
    "sklearn.ensemble.ExtraTreesClassifier",
    "sklearn.ensemble.RandomForestClassifier",
    "sklearn.linear_model.LogisticRegression",
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
        steps.append(("scale", Scaler()))
    if classifier.components is not None:
        steps.append(("components", PCA(classifier.components, random_state=seed)))
    steps.append(("estimator", _make_estimator(classifier, seed)))
    return Pipeline(steps)


def _make_estimator(classifier: Classifier, seed: int) -> Any:
    arguments = dict(classifier.arguments)
    if classifier.path is not None:
        name, values = classifier.path
        arguments[name] = values[-1]
    estimator = _construct(classifier.class_name, arguments, seed)
    try:
        classifies = is_classifier(estimator)
    except AttributeError:  # it does not say what it is, which a pipeline insists on
        classifies = False
    if not classifies:
        raise InputError(
            f"{classifier.class_name} is no classifier by scikit-learn's tags; correct the class in {paths.PARAMS}"
        )
    return estimator


def _construct(class_name: str, entry: Mapping[str, Any], seed: int) -> Any:
    """Build an estimator, and those that are its arguments, with the seed and the cores where it takes them."""
    estimator_class = _find_class(class_name)
    arguments = {name: _value(value, seed) for name, value in entry.items()}
    known = _defaults(estimator_class, class_name, arguments)
    for name in arguments:
        if name not in known or name in _OURS:
            raise InputError(
                f"{class_name} takes no argument {name!r} here; correct its entry in {paths.PARAMS}: it takes "
                f"{', '.join(key for key in known if key not in _OURS)}"
            )
    if class_name == "sklearn.svm.SVC":
        arguments.setdefault("cache_size", CACHE)
    if "random_state" in known:
        arguments["random_state"] = seed
    if class_name in PARALLEL:
        arguments["n_jobs"] = cores()
    return estimator_class(**arguments)


def _value(value: Any, seed: int) -> Any:
    """Return what stands for a value of params.yaml: an estimator for a mapping with a class, a tuple for a list."""
    if isinstance(value, Mapping) and "class" in value:
        if unknown := [key for key in value if key not in ("class", "arguments")]:
            raise InputError(f"{value['class']}: an inner estimator has a class and arguments, not {unknown[0]!r}")
        return _construct(str(value["class"]), value.get("arguments", {}), seed)
    if isinstance(value, list | tuple):
        items = [_value(item, seed) for item in value]
        # scikit-learn insists on a list where it holds names with their estimators.
        return items if any(isinstance(item, tuple) and hasattr(item[-1], "fit") for item in items) else tuple(items)
    return value


def _find_class(path: str) -> Any:
    """Import a class by its dotted path, or the one that is faster."""
    module, _, name = FASTER.get(path, path).rpartition(".")
    _check_home(path, module)
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
    if not isinstance(found, type) or not all(hasattr(found, method) for method in ("fit", "get_params")):
        raise InputError(f"{module} has no estimator {name!r} with fit and get_params; correct it in {paths.PARAMS}")
    return found


def _check_home(path: str, module: str) -> None:
    """Refuse a module of this folder that no stage depends on: DVC would not see an edit, and keep what the old code gave."""
    home, place = "mnist_transfer.classifiers", Path(*module.split("."))
    found = [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
    if not found:
        return
    raise InputError(
        f"{path}: classify does not depend on {found[0]}, so an edit would rerun nothing; move the module into "
        f"src/{home.replace('.', '/')}/ and write class: {home}.{'.'.join(path.split('.')[-2:])}"
    )


def _defaults(estimator_class: Any, path: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a class with their defaults; a class that needs one which is not there is refused."""
    needed = [
        name
        for name, parameter in inspect.signature(estimator_class).parameters.items()
        if parameter.default is parameter.empty and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if missing := [name for name in needed if name not in arguments]:
        raise InputError(f"{path} needs the argument {' and '.join(missing)}; add it to its entry in {paths.PARAMS}")
    return dict(estimator_class(**{name: arguments[name] for name in needed}).get_params(deep=False))
