"""Replay a recipe: the paper's fourteen classifiers under its conditions, and the 3-D view of its features."""

import warnings
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from mnist_transfer import files, paths, projection
from mnist_transfer.classifiers import classify, estimators
from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.cores import cores, end_with_parent
from mnist_transfer.entries import Classifier
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.recipes import Recipe, ZScore
from mnist_transfer.replay import passes, sklearn_2018
from mnist_transfer.replay.passes import Splits
from mnist_transfer.study import Study

#: The share of the official test images that the training images include where these come from Kaggle's "Digit Recognizer"
#: (https://www.kaggle.com/c/digit-recognizer), whose 42,000 labelled digits are drawn from all 70,000 of MNIST, and four fifths
#: of them train, as in the recipes of 2018. Kaggle's Fashion-MNIST has the official splits
#: (https://www.kaggle.com/datasets/zalando-research/fashionmnist).
OVERLAP = {"mnist": 42_000 / 70_000 * 0.8}


def resplit(labelled: Splits, dataset: str, split: str, seed: int) -> Splits:
    """Return both splits of a dataset as a recipe wants them; see :class:`mnist_transfer.recipes.Recipe`."""
    if split == "official" or dataset not in OVERLAP:
        return dict(labelled)
    (vectors, labels), (test, test_labels) = labelled["train"], labelled["test"]
    shared = stratified_subset(test_labels, round(OVERLAP[dataset] * len(test_labels)), seed)
    train = np.concatenate([vectors, test[shared]]), np.concatenate([labels, test_labels[shared]])
    return {"train": train, "test": (test, test_labels)}


def z_score(labelled: Splits, how: ZScore) -> Splits:
    """Standardise features not at all, with the training split's means and deviations, or each split with its own."""
    if how == "none":
        return dict(labelled)
    fitted = StandardScaler().fit(labelled["train"][0])
    scalers = {split: StandardScaler().fit(vectors) if how == "each" else fitted for split, (vectors, _) in labelled.items()}
    return {split: (scalers[split].transform(vectors), labels) for split, (vectors, labels) in labelled.items()}


def accuracies(labelled: Splits, seed: int) -> dict[str, float]:
    """Fit and test the classifiers of 2018, on as many cores as there are.

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
    entries = sklearn_2018.CLASSIFIERS
    # A support vector machine takes longer than the others together, and has all cores to itself.
    alone = [name for name in entries if name.startswith("svm")]
    found = {name: _fit_and_score(name, entries[name], labelled, seed, cores()) for name in alone}
    others = [name for name in entries if name not in alone]
    jobs = [delayed(_fit_and_score)(name, entries[name], labelled, seed, 1) for name in others]
    found |= dict(zip(others, Parallel(n_jobs=cores(), initializer=end_with_parent)(jobs), strict=True))
    return {row: score for name in entries for row, score in found[name].items()}


def _fit_and_score(name: str, entry: Classifier, labelled: Splits, seed: int, threads: int) -> dict[str, float]:
    (train, train_labels), (test, test_labels) = labelled["train"], labelled["test"]
    pipeline = estimators.make_pipeline(entry, seed)
    try:
        with classify.computing(pipeline[-1], threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            pipeline.fit(train, train_labels)
            predictions = classify.predict(pipeline, entry, train_labels, test)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    scores = {value: float((labels == test_labels).mean()) for value, labels in predictions.items()}
    return {name if value is None else f"{name}-{value}": score for value, score in scores.items()}


def replay(recipe: Recipe, dataset: str, labelled: Splits, seed: int) -> dict[str, Any]:
    """Return what is kept of a recipe: its name, the sizes of its splits, and its accuracies by the row's name.

    Classifiers of 2018 compute in double precision, as scikit-learn's did: single precision loses the small differences between
    features of large mean, which some recipes make.

    Parameters
    ----------
    recipe, dataset
        What to replay, and on which images.
    labelled
        Features of images prepared in the recipe's way, split as the study splits them.
    seed
        Of all that is drawn.
    """
    splits = resplit(labelled, dataset, recipe.split, seed)
    sizes: dict[str, int] = {split: len(labels) for split, (_, labels) in splits.items()}
    double: Splits = {split: (vectors.astype(np.float64), labels) for split, (vectors, labels) in splits.items()}
    scores = accuracies(z_score(double, recipe.z_score), seed)
    said = ", ".join(f"{name} {score:.4f}" for name, score in scores.items())
    console.print(f"{dataset} {recipe}, {sizes['train']:,} training images: {said}")
    return {"recipe": str(recipe), **sizes, "accuracies": scores}


def search(study: Study, dataset: str) -> list[dict[str, Any]]:
    """Replay the recipes of the search on the first images, and return their records."""
    asked, records = passes.settings(study).search, []
    for recipe in map(Recipe.parse, asked.recipes):
        labelled = passes.read(study, dataset, recipe.preparation, {"train": asked.train[-1], "test": asked.test})
        vectors, labels = labelled["train"]
        for number in asked.train:
            records.append(replay(recipe, dataset, {**labelled, "train": (vectors[:number], labels[:number])}, study.seed))
    return records


def run(study: Study, dataset: str) -> None:
    """Replay all recipes on a dataset and write ``replay/<dataset>/``: accuracies, and projections of those on all images.

    A recipe with Kaggle's split of a dataset that Kaggle has as it is needs no fits of its own.
    """
    study.dataset(dataset)
    records = {"search": search(study, dataset), "full": []}
    for recipe in map(Recipe.parse, passes.settings(study).full):
        labelled = passes.read(study, dataset, recipe.preparation)
        official = recipe.model_copy(update={"split": "official"})
        known = [found for found in records["full"] if found["recipe"] == str(official) and dataset not in OVERLAP]
        records["full"] += [known[0] | {"recipe": str(recipe)}] if known else [replay(recipe, dataset, labelled, study.seed)]
        (train, train_labels), (test, test_labels) = resplit(labelled, dataset, recipe.split, study.seed).values()
        projected = projection.project(train, test, len(study.dataset(dataset).classes), study.seed)
        path = paths.replay_projection(dataset, str(recipe))
        files.write_npz(path, **vars(projected), train_labels=train_labels, test_labels=test_labels)
    files.write_json(paths.replay(dataset), records)
