"""Replay a recipe: the paper's fourteen classifiers under its conditions, and the 3-D view of its features."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from mnist_transfer import files, paths, projection
from mnist_transfer.classifiers import classify, estimators
from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.cores import cores, end_with_parent
from mnist_transfer.entries import Classifier
from mnist_transfer.errors import InputError
from mnist_transfer.paths import Split
from mnist_transfer.progress import console
from mnist_transfer.recipes import Recipe, ZScore
from mnist_transfer.replay import passes, sklearn_2018
from mnist_transfer.replay.passes import Labelled
from mnist_transfer.study import Study

#: The share of the training images that a holdout tests on, as in the recipes of 2018.
HOLDOUT = 0.2
#: The share of the official test images that the training images include where these come from Kaggle's "Digit Recognizer"
#: (https://www.kaggle.com/c/digit-recognizer), whose 42,000 labelled digits are drawn from all 70,000 of MNIST, and four fifths
#: of them train.
OVERLAP = 42_000 / 70_000 * (1 - HOLDOUT)


def classifiers(study: Study, recipe: Recipe) -> Mapping[str, Classifier]:
    """Return the classifiers of a recipe by name: those of 2018, or the study's own."""
    if recipe.settings == "sklearn-2018":
        return sklearn_2018.CLASSIFIERS
    return {name: study.classifier(name) for name in study.selection.classifiers}


def resplit(labelled: Mapping[Split, Labelled], split: str, seed: int) -> dict[Split, Labelled]:
    """Return both splits as a recipe wants them; see :class:`mnist_transfer.recipes.Recipe`."""
    (vectors, labels), (test, test_labels) = labelled["train"], labelled["test"]
    if split == "holdout":
        train, test, train_labels, test_labels = train_test_split(vectors, labels, test_size=HOLDOUT, random_state=seed)
        return {"train": (train, train_labels), "test": (test, test_labels)}
    if split == "overlap":
        shared = stratified_subset(test_labels, round(OVERLAP * len(test_labels)), seed)
        return {
            "train": (np.concatenate([vectors, test[shared]]), np.concatenate([labels, test_labels[shared]])),
            "test": (test, test_labels),
        }
    return dict(labelled)


def z_score(labelled: Mapping[Split, Labelled], how: ZScore) -> dict[Split, Labelled]:
    """Standardise features not at all, with the training split's means and deviations, or each split with its own."""
    if how == "none":
        return dict(labelled)
    fitted = StandardScaler().fit(labelled["train"][0])
    scalers = {split: StandardScaler().fit(vectors) if how == "each" else fitted for split, (vectors, _) in labelled.items()}
    return {split: (scalers[split].transform(vectors), labels) for split, (vectors, labels) in labelled.items()}


def accuracies(entries: Mapping[str, Classifier], labelled: Mapping[Split, Labelled], seed: int) -> dict[str, float]:
    """Fit and test classifiers, on as many cores as there are.

    One that stops before it converges counts as it is: the paper may well have stopped there.

    Returns
    -------
    dict
        Test accuracy by the row's name, several for a path.

    Raises
    ------
    InputError
        An entry is wrong, or an estimator refuses its arguments.
    """
    jobs = [delayed(_fit_and_score)(name, entry, labelled, seed) for name, entry in entries.items()]
    scores: dict[str, float] = {}
    for found in Parallel(n_jobs=cores(), initializer=end_with_parent)(jobs):
        scores |= found
    return scores


def _fit_and_score(name: str, entry: Classifier, labelled: Mapping[Split, Labelled], seed: int) -> dict[str, float]:
    (train, train_labels), (test, test_labels) = labelled["train"], labelled["test"]
    pipeline = estimators.make_pipeline(entry, seed)
    try:
        with classify.computing(pipeline[-1], threads=1), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            pipeline.fit(train, train_labels)
            predictions = classify.predict(pipeline, entry, train_labels, test)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    scores = {value: float((labels == test_labels).mean()) for value, labels in predictions.items()}
    return {name if value is None else f"{name}-{value}": score for value, score in scores.items()}


def replay(study: Study, recipe: Recipe, labelled: Mapping[Split, Labelled]) -> dict[str, Any]:
    """Return what is kept of a recipe: its name, the sizes of its splits, and its accuracies by the row's name.

    Parameters
    ----------
    study, recipe
        What to replay.
    labelled
        Features of images prepared in the recipe's way, split as the study splits them.
    """
    return _record(study, recipe, resplit(labelled, recipe.split, study.seed))


def _record(study: Study, recipe: Recipe, resplitted: Mapping[Split, Labelled]) -> dict[str, Any]:
    """Try a recipe on features that are split in its way.

    Classifiers of another time compute in double precision, as scikit-learn's did: single precision loses the small differences
    between features of large mean, which some recipes make.
    """
    sizes: dict[str, int] = {split: len(labels) for split, (_, labels) in resplitted.items()}
    if recipe.settings != "today":
        resplitted = {split: (vectors.astype(np.float64), labels) for split, (vectors, labels) in resplitted.items()}
    scores = accuracies(classifiers(study, recipe), z_score(resplitted, recipe.z_score), study.seed)
    return {"recipe": str(recipe), **sizes, "accuracies": scores}


def announce(dataset: str, record: Mapping[str, Any]) -> None:
    """Print a recipe's accuracies."""
    scores = ", ".join(f"{name} {score:.4f}" for name, score in record["accuracies"].items())
    console.print(f"{dataset} {record['recipe']}: {scores}")


def parse(name: str) -> Recipe:
    """Read a recipe's name; see :meth:`mnist_transfer.recipes.Recipe.parse`. A wrong one is an `InputError`."""
    try:
        return Recipe.parse(name)
    except ValueError as error:
        raise InputError(f"{paths.PARAMS}: replay: {error}") from None


def run(study: Study, dataset: str, recipe: str) -> None:
    """Replay a recipe on all images and write accuracies and projection to ``replay/recipes/<dataset>/<recipe>/``."""
    named = parse(recipe)
    labelled = passes.read(study, dataset, named.preprocessing)
    resplitted = resplit(labelled, named.split, study.seed)
    (train, train_labels), (test, test_labels) = resplitted["train"], resplitted["test"]
    projected = projection.project(train, test, len(study.dataset(dataset).classes), study.seed)
    record = _record(study, named, resplitted)
    folder = paths.replay(dataset, recipe)
    files.write_npz(folder / "projection.npz", **vars(projected), train_labels=train_labels, test_labels=test_labels)
    files.write_json(folder / "accuracies.json", record)
    announce(dataset, record)
