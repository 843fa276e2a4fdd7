"""Replaying a recipe: who trains, what is standardised with what, and what the classifiers of 2018 make of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
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
from mnist_transfer.replay import replay
from mnist_transfer.replay.passes import Labelled
from mnist_transfer.replay.sklearn_2018 import OneVsRestLogisticRegression
from tests.classifiers.digits import FOREST, KNN, MLP, SVC, TEST, TEST_LABELS, TRAIN, TRAIN_LABELS, entry, predict
from tests.commands import ROOT
from tests.replay import toys

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


def test_the_official_splits_stay_as_they_are() -> None:
    found = replay.resplit(NUMBERED, "official", seed=1)
    assert numbers(found["train"]) == list(range(50))
    assert numbers(found["test"]) == list(range(1000, 1030))


def test_a_holdout_is_a_fifth_of_the_training_images_and_trains_nobody() -> None:
    found = replay.resplit(NUMBERED, "holdout", seed=1)
    train, test = numbers(found["train"]), numbers(found["test"])
    assert (len(train), len(test)) == (40, 10)
    assert sorted(train + test) == list(range(50)), "every training image once, and no official test image"


def test_an_overlap_trains_on_almost_half_of_the_test_images_too() -> None:
    found = replay.resplit(NUMBERED, "overlap", seed=1)
    train, test = numbers(found["train"]), numbers(found["test"])
    assert test == list(range(1000, 1030)), "all of them are tested"
    shared = set(train) & set(test)
    assert len(shared) == round(0.48 * 30)
    assert sorted(train) == [*range(50), *sorted(shared)], "beside every training image, once"
    assert {sum(number % 5 == label for number in shared) for label in range(5)} == {2, 3}, "of each class its share"


@pytest.mark.parametrize(("how", "split"), [("holdout", "test"), ("overlap", "train")])
def test_which_images_a_split_takes_is_the_seeds(how: str, split: Split) -> None:
    first, again, other = (numbers(replay.resplit(NUMBERED, how, seed)[split]) for seed in (1, 1, 2))
    assert first == again
    assert set(first) != set(other)


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


def share(predictions: npt.NDArray[Any]) -> float:
    return float(np.mean(predictions == TEST_LABELS))


@pytest.mark.usefixtures("one_core")
def test_a_path_gives_a_row_each_as_fits_of_their_own_would() -> None:
    found = replay.accuracies({"knn": entry(KNN, scale=False, n_neighbors=[3, 9])}, DIGITS, seed=1)
    by_hand = {f"knn-{number}": share(KNeighborsClassifier(number).fit(TRAIN, TRAIN_LABELS).predict(TEST)) for number in (3, 9)}
    assert found == pytest.approx(by_hand, abs=0.005)  # of neighbours equally far either may count
    scaled = replay.accuracies({"knn": entry(KNN, components=15, n_neighbors=[3, 9])}, DIGITS, seed=1)
    assert scaled["knn-9"] == share(predict(entry(KNN, components=15, n_neighbors=9))), "the path sees what the fit saw"


@pytest.mark.usefixtures("one_core")
@pytest.mark.filterwarnings("error")
def test_one_that_has_not_converged_counts_as_it_is() -> None:
    found = replay.accuracies({"mlp": entry(MLP, scale=False, hidden_layer_sizes=[8], max_iter=3)}, DIGITS, seed=7)
    stopped = MLPClassifier(hidden_layer_sizes=(8,), max_iter=3, random_state=7)
    with pytest.warns(UserWarning, match="hasn't converged"):
        stopped.fit(TRAIN, TRAIN_LABELS)
    assert found == {"mlp": share(stopped.predict(TEST))}


@pytest.mark.slow
def test_on_every_core_the_numbers_are_the_same(have_cores: Callable[[int], None]) -> None:
    entries = {"forest": entry(FOREST, scale=False, n_estimators=[2, 9]), "svm": entry(SVC, max_iter=5), "lr": entry(OVR)}
    have_cores(2)
    found = replay.accuracies(entries, DIGITS, seed=1)
    assert list(found) == ["forest-2", "forest-9", "svm", "lr"]
    have_cores(1)
    assert replay.accuracies(entries, DIGITS, seed=1) == found


@pytest.mark.usefixtures("one_core")
@pytest.mark.parametrize(
    ("classifier", "message"),
    [
        (
            entry(KNN, n_neighbors="three"),
            r"^wrong: the estimator refused it \(.*n_neighbors.*\); correct its entry in params.yaml$",
        ),
        (
            entry(KNN, n_neighbors=[3, 1001]),
            r"^wrong: the estimator refused it \(.*n_neighbors.*\); correct its entry in params.yaml$",
        ),
        (entry(components=65), r"^wrong: the estimator refused it \(.*n_components.*\); correct its entry in params.yaml$"),
        (entry(KNN, neighbours=3), rf"^{KNN} takes no argument 'neighbours' here; correct its entry in params.yaml: it takes "),
        (entry(MLP, n_estimators=[1, 2]), rf"^{MLP} takes no argument 'n_estimators' here"),
        (entry("sklearn.nowhere.SVC"), "^sklearn.nowhere.SVC: there is no sklearn.nowhere here"),
    ],
    ids=["value", "too many", "components", "name", "no path", "class"],
)
def test_a_wrong_entry_is_one_line_that_names_it(classifier: Classifier, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        replay.accuracies({"right": entry(KNN), "wrong": classifier}, DIGITS, seed=1)
    assert "\n" not in str(caught.value)


def test_from_another_core_it_is_the_same_line(have_cores: Callable[[int], None]) -> None:
    have_cores(2)
    with pytest.raises(InputError, match=r"^wrong: the estimator refused it \(.*\); correct its entry in params.yaml$"):
        replay.accuracies({"right": entry(KNN), "wrong": entry(KNN, n_neighbors=0)}, DIGITS, seed=1)


# Recipes


@pytest.mark.usefixtures("one_core")
def test_a_recipe_has_its_own_split_and_standardises_what_that_leaves() -> None:
    found = replay.replay(toys.study(), Recipe.parse("repeat-nearest-none/each/holdout/old"), DIGITS)["accuracies"]
    assert list(found) == toys.ROWS
    train, test = (replay.resplit(DIGITS, "holdout", seed=1)[split] for split in paths.SPLITS)
    (train_features, test_features) = (
        (vectors - vectors.mean(0)) / np.maximum(vectors.std(0), 1e-9) for vectors, _ in (train, test)
    )
    neighbour = KNeighborsClassifier(1).fit(train_features, train[1])
    assert found["knn-1"] == pytest.approx(np.mean(neighbour.predict(test_features) == test[1]), abs=0.005)


def test_todays_settings_are_the_studys_own_classifiers() -> None:
    ours = study.load(ROOT / paths.PARAMS)
    found = replay.classifiers(ours, "today")
    assert found == {name: ours.classifier(name) for name in ours.selection.classifiers}
    assert replay.classifiers(toys.study(), "old").keys() == {"logistic", "knn"}


def test_settings_that_are_not_defined_are_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"^params.yaml: .*unknown settings 'older'; replication.settings has old, today$"):
        replay.classifiers(toys.study(), "older")


@pytest.mark.usefixtures("one_core")
def test_every_classifier_of_2018_learns_digits_and_has_the_row_of_one_of_the_studys() -> None:
    ours = study.load(ROOT / paths.PARAMS)
    found = replay.accuracies(replay.classifiers(ours, "sklearn-2018"), DIGITS, ours.seed)
    assert set(found) <= {row.name for row in ours.rows}
    assert {name for name, accuracy in found.items() if accuracy < 0.8} == set()


# Logistic regression


def test_logistic_regression_of_2018_is_one_class_against_the_rest_by_liblinear() -> None:
    expected = OneVsRestClassifier(LogisticRegression(solver="liblinear", random_state=3)).fit(TRAIN, TRAIN_LABELS)
    pipeline = estimators.make_pipeline(entry(OVR, scale=False), seed=3).fit(TRAIN, TRAIN_LABELS)
    assert pipeline[-1].random_state == 3
    np.testing.assert_array_equal(pipeline.predict(TEST), expected.predict(TEST))
    assert share(pipeline.predict(TEST)) > 0.9
    np.testing.assert_array_equal(pipeline[-1].classes_, np.arange(10))


def test_it_stops_where_it_is_told_to() -> None:
    assert estimators.make_pipeline(entry(OVR, max_iter=7), seed=1)[-1].max_iter == 7
    with pytest.warns(UserWarning, match="failed to converge"):
        early = OneVsRestLogisticRegression(max_iter=1, random_state=1).fit(TRAIN, TRAIN_LABELS)
    late = OneVsRestLogisticRegression(random_state=1).fit(TRAIN, TRAIN_LABELS)
    assert share(early.predict(TEST)) != share(late.predict(TEST))


def test_the_studys_own_stage_can_run_it_too() -> None:
    outcome = classify.fit_and_predict(entry(OVR, scale=False), TRAIN, TRAIN_LABELS, TEST, seed=1)
    assert share(outcome.predictions[None]) > 0.9
