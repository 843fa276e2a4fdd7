"""Accuracy under several seeds: the study's own and those after it, all on the same images."""

from pathlib import Path
from typing import Any

from mnist_transfer.classifiers import classify
from mnist_transfer.difficulty import seed_noise
from tests.difficulty import toys


def rows(seed: int = 7, **changes: Any) -> list[dict[str, Any]]:
    settings = {f"difficulty.seed_noise.{key}": value for key, value in changes.items()}
    return list(seed_noise.rows(toys.study({"seed": seed, **settings}), "toys", "net/one"))


def test_seeds_count_upwards_from_the_studys_own(folder: Path) -> None:
    found = [(row["classifier"], row["seed"]) for row in rows()]
    assert found == [(name, seed) for name in ("bayes", "tree") for seed in (7, 8, 9, 10, 11)]


def test_a_classifier_that_draws_nothing_has_no_noise_and_one_that_draws_has(folder: Path) -> None:
    found = rows()
    assert len(set(toys.column(found, "accuracy", classifier="bayes"))) == 1
    assert len(set(toys.column(found, "accuracy", classifier="tree"))) > 1


def test_a_seed_gives_the_same_accuracy_whichever_study_it_is_counted_from(folder: Path) -> None:
    first, second = ({(row["classifier"], row["seed"]): row for row in rows(seed)} for seed in (7, 9))
    shared = first.keys() & second.keys()
    assert {seed for _, seed in shared} == {9, 10, 11}
    assert all(first[key] == second[key] for key in shared)


def test_every_fit_is_to_all_training_images(folder: Path) -> None:
    outcome = classify.fit_and_predict(
        toys.entry(toys.TREE), toys.blobs("train", 1.5), toys.labels("train"), toys.blobs("test", 1.5), 8
    )
    correct = float((outcome.predictions[None] == toys.labels("test")).mean())
    row = toys.one(rows(), classifier="tree", seed=8)
    assert (row["accuracy"], row["test"]) == (correct, toys.TEST)


def test_of_a_path_the_largest_value_counts(folder: Path) -> None:
    path, whole = (
        {
            "title": title,
            "class": "sklearn.ensemble.RandomForestClassifier",
            "scale": False,
            "arguments": {"n_estimators": trees},
        }
        for title, trees in (("{n_estimators}", [1, 15]), ("15", 15))
    )
    study = toys.study({"difficulty.classifiers.bayes": path, "difficulty.classifiers.tree": whole})
    found = list(seed_noise.rows(study, "toys", "net/one"))
    accuracies = toys.column(found, "accuracy", classifier="bayes")
    assert accuracies == toys.column(found, "accuracy", classifier="tree")
    assert len(set(accuracies)) > 1
