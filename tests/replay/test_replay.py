"""Replaying a recipe: who trains, what is standardised with what, and what the classifiers of 2018 make of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier

from mnist_transfer import paths, study
from mnist_transfer.classifiers import classify, estimators
from mnist_transfer.entries import Classifier
from mnist_transfer.errors import InputError
from mnist_transfer.paths import Split
from mnist_transfer.recipes import Recipe, ZScore
from mnist_transfer.replay import replay, sklearn_2018
from mnist_transfer.replay.passes import Labelled
from tests.classifiers.digits import FOREST, KNN, MLP, SVC, TEST, TEST_LABELS, TRAIN, TRAIN_LABELS, accuracy, entry
from tests.commands import ROOT

OVR = "mnist_transfer.replay.sklearn_2018.OneVsRestLogisticRegression"
DIGITS: dict[Split, Labelled] = {"train": (TRAIN, TRAIN_LABELS), "test": (TEST, TEST_LABELS)}


# Splits


def numbered(first: int, images: int) -> Labelled:
    """Return images whose one feature is their number."""
    numbers = np.arange(first, first + images)
    return numbers.astype(np.float32)[:, np.newaxis], (numbers % 5).astype(np.uint8)


NUMBERED: dict[Split, Labelled] = {"train": numbered(0, 50), "test": numbered(1000, 30)}


def numbers(labelled: Labelled) -> list[int]:
    vectors, labels = labelled
    assert vectors.shape == (len(labels), 1)
    np.testing.assert_array_equal(labels, vectors[:, 0] % 5, "each keeps its label")
    return [int(number) for number in vectors[:, 0]]


def test_splits_by_hand() -> None:
    """Kaggle's MNIST has test images among those for training; the other dataset is there as it was published."""
    train, test = list(range(50)), list(range(1000, 1030))
    for how, dataset in (("official", "mnist"), ("official", "fashion_mnist"), ("kaggle", "fashion_mnist")):
        found = replay.resplit(NUMBERED, dataset, how, seed=1)
        assert {split: numbers(part) for split, part in found.items()} == {"train": train, "test": test}
    kaggle = {split: numbers(part) for split, part in replay.resplit(NUMBERED, "mnist", "kaggle", seed=1).items()}
    shared = set(kaggle["train"]) & set(kaggle["test"])
    assert kaggle["test"] == test, "all of them are tested"
    assert len(shared) == round(0.48 * 30)
    assert sorted(kaggle["train"]) == [*train, *sorted(shared)], "beside every training image, once"
    assert {sum(number % 5 == label for number in shared) for label in range(5)} == {2, 3}, "of each class its share"
    again, other = (numbers(replay.resplit(NUMBERED, "mnist", "kaggle", seed)["train"]) for seed in (1, 2))
    assert again == kaggle["train"]
    assert set(other) != set(again)


# Z-scores

#: The last feature is the same in all training images.
FEATURES: dict[Split, Labelled] = {
    "train": (np.array([[0, 10, 5], [2, 30, 5], [4, 20, 5]], np.float32), np.zeros(3, np.uint8)),
    "test": (np.array([[2, 50, 7], [8, 20, 5]], np.float32), np.zeros(2, np.uint8)),
}
TRAIN_BY_HAND = [[-(1.5**0.5), -(1.5**0.5), 0], [0, 1.5**0.5, 0], [1.5**0.5, 0, 0]]


@pytest.mark.parametrize(
    ("how", "train", "test"),
    [
        ("none", FEATURES["train"][0], FEATURES["test"][0]),
        ("train", TRAIN_BY_HAND, [[0, 3 * 1.5**0.5, 2], [3 * 1.5**0.5, 0, 0]]),
        ("each", TRAIN_BY_HAND, [[-1, 1, 1], [1, -1, -1]]),
    ],
)
def test_features_are_standardised_with_the_splits_that_a_recipe_says(how: ZScore, train: Any, test: Any) -> None:
    found = replay.z_score(FEATURES, how)
    np.testing.assert_allclose(found["train"][0], train, atol=1e-5)
    np.testing.assert_allclose(found["test"][0], test, atol=1e-5)
    for split, (_, labels) in FEATURES.items():
        np.testing.assert_array_equal(found[split][1], labels)


# Accuracies


def have(monkeypatch: pytest.MonkeyPatch, **entries: Classifier) -> None:
    """Replay with these classifiers, few and quick ones."""
    monkeypatch.setattr(sklearn_2018, "CLASSIFIERS", entries)


@pytest.mark.usefixtures("one_core")
@pytest.mark.filterwarnings("error")
def test_one_that_has_not_converged_counts_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, mlp=entry(MLP, scale=False, hidden_layer_sizes=[8], max_iter=3))
    found = replay.accuracies(DIGITS, seed=7)
    stopped = MLPClassifier(hidden_layer_sizes=(8,), max_iter=3, random_state=7)
    with pytest.warns(UserWarning, match="hasn't converged"):
        stopped.fit(TRAIN, TRAIN_LABELS)
    assert found == {"mlp": accuracy(stopped.predict(TEST))}


@pytest.mark.slow
def test_on_every_core_numbers_and_refusals_are_the_same(
    have_cores: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = {"forest": entry(FOREST, scale=False, n_estimators=[2, 9]), "svm": entry(SVC, max_iter=5), "lr": entry(OVR)}
    have(monkeypatch, **entries)
    have_cores(2)
    found = replay.accuracies(DIGITS, seed=1)
    assert list(found) == ["forest-2", "forest-9", "svm", "lr"], "in their order, though the slowest are fitted first"
    have_cores(1)
    assert replay.accuracies(DIGITS, seed=1) == found
    have_cores(2)
    have(monkeypatch, right=entry(KNN), wrong=entry(KNN, n_neighbors=0))
    with pytest.raises(InputError, match=r"^wrong: the estimator refused it \(.*\); correct its entry in params.yaml$"):
        replay.accuracies(DIGITS, seed=1)


# Recipes

STUDY = study.load(ROOT / paths.PARAMS)


@pytest.mark.usefixtures("one_core")
def test_a_recipe_has_its_own_split_and_standardises_what_that_leaves() -> None:
    """The classifiers of 2018 learn digits, and have the rows of the study's."""
    record = replay.replay(Recipe.parse("repeat-nearest-none/each/kaggle"), "mnist", DIGITS, seed=1)
    assert record["recipe"] == "repeat-nearest-none/each/kaggle"
    assert (record["train"], record["test"]) == (len(TRAIN) + round(0.48 * len(TEST)), len(TEST))
    assert set(record["accuracies"]) <= {row.name for row in STUDY.rows}
    assert {name for name, accuracy in record["accuracies"].items() if accuracy < 0.8} == set()
    (train, labels), (test, test_labels) = replay.resplit(DIGITS, "mnist", "kaggle", seed=1).values()
    train, test = ((vectors - vectors.mean(0)) / np.maximum(vectors.std(0), 1e-9) for vectors in (train, test))
    expected = KNeighborsClassifier(3).fit(train, labels).score(test, test_labels)
    assert record["accuracies"]["knn-3"] == pytest.approx(expected, abs=0.005)


def test_logistic_regression_of_2018_is_one_class_against_the_rest_by_liblinear() -> None:
    expected = OneVsRestClassifier(LogisticRegression(solver="liblinear", random_state=3)).fit(TRAIN, TRAIN_LABELS)
    outcome = classify.fit_and_predict(entry(OVR, scale=False), TRAIN, TRAIN_LABELS, TEST, seed=3)
    np.testing.assert_array_equal(outcome.predictions[None], expected.predict(TEST))
    assert accuracy(outcome.predictions[None]) > 0.9
    assert estimators.make_pipeline(entry(OVR, max_iter=7), seed=1)[-1].max_iter == 7
    with pytest.warns(UserWarning, match="failed to converge"):
        early = sklearn_2018.OneVsRestLogisticRegression(max_iter=1, random_state=3).fit(TRAIN, TRAIN_LABELS)
    assert accuracy(early.predict(TEST)) != accuracy(expected.predict(TEST))
    np.testing.assert_array_equal(early.classes_, np.arange(10))
