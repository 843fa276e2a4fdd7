"""Several rows of one fit: the same predictions as of a fit each, to the last image."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer.classifiers import classify, path
from tests.classifiers.digits import FOREST, KNN, SVC, TEST, TEST_LABELS, TRAIN, TRAIN_LABELS, Labels, entry, fit, refusal

TREES = [1, 2, 7, 30]
NEIGHBOURS = [1, 2, 3, 4, 5, 9]
FORESTS = {FOREST: RandomForestClassifier, "sklearn.ensemble.ExtraTreesClassifier": ExtraTreesClassifier}


def rows(found: dict[int | None, Labels], values: list[int]) -> list[Labels]:
    assert list(found) == values
    return [found[value] for value in values]


@pytest.mark.parametrize("criterion", ["gini", "entropy"])
@pytest.mark.parametrize("forest", FORESTS)
def test_smaller_forests_are_those_that_would_have_grown_alone(forest: str, criterion: str) -> None:
    path_of_rows = fit(entry(forest, scale=False, n_estimators=TREES, criterion=criterion), seed=5).predictions
    for trees, found in zip(TREES, rows(path_of_rows, TREES), strict=True):
        alone = FORESTS[forest](n_estimators=trees, criterion=criterion, random_state=5).fit(TRAIN, TRAIN_LABELS)
        np.testing.assert_array_equal(found, alone.predict(TEST))
    assert not np.array_equal(path_of_rows[1], path_of_rows[30])


def test_votes_of_a_forest_that_are_level_go_to_the_smaller_label() -> None:
    features = np.arange(40, dtype=np.float32)[:, np.newaxis]
    labels = (np.arange(40) % 4).astype(np.uint8)  # of two trees, each is often sure of another class
    forest = RandomForestClassifier(8, random_state=0).fit(features, labels)
    found = path.read_off(forest, "n_estimators", [2, 8], labels, features)
    votes = np.stack([tree.predict(features) for tree in forest.estimators_[:2]])
    level = votes[0] != votes[1]
    assert level.sum() > 5
    np.testing.assert_array_equal(found[2], RandomForestClassifier(2, random_state=0).fit(features, labels).predict(features))
    np.testing.assert_array_equal(found[2][level], votes.min(axis=0)[level])


@pytest.mark.parametrize("scale", [True, False], ids=["scaled", "as they are"])
def test_fewer_neighbours_are_those_that_would_have_been_asked_alone(scale: bool) -> None:
    rng = np.random.default_rng(0)
    moved = (TRAIN + rng.normal(0, 0.01, TRAIN.shape)).astype(np.float32)  # no two are equally far from anything
    mean, deviation = (moved.mean(axis=0), moved.std(axis=0)) if scale else (np.zeros(64), np.ones(64))
    train, test = (moved - mean) / deviation, (TEST - mean) / deviation
    estimator = KNeighborsClassifier(NEIGHBOURS[-1]).fit(train, TRAIN_LABELS)
    found = path.read_off(estimator, "n_neighbors", NEIGHBOURS, TRAIN_LABELS, test)
    for number in NEIGHBOURS:
        alone = KNeighborsClassifier(number).fit(train, TRAIN_LABELS).predict(test)
        np.testing.assert_array_equal(found[number], alone)
    assert (found[2] <= found[1]).all(), "one against one is level: the smaller label, not the nearer image's"
    assert (found[2] < found[1]).any()


def test_votes_of_neighbours_that_are_level_go_to_the_smallest_label() -> None:
    train = np.array([[0], [1.1], [2.3], [3.6], [5.2]], np.float32)
    labels = np.array([7, 2, 9, 9, 2], np.uint8)
    estimator = KNeighborsClassifier(5).fit(train, labels)
    found = path.read_off(estimator, "n_neighbors", [1, 2, 3, 4, 5], labels, np.zeros((1, 1), np.float32))
    assert {number: int(predicted[0]) for number, predicted in found.items()} == {1: 7, 2: 2, 3: 2, 4: 9, 5: 2}
    for number, predicted in found.items():
        assert KNeighborsClassifier(number).fit(train, labels).predict([[0]]) == predicted


@pytest.mark.parametrize("components", [None, 20], ids=["all features", "twenty components"])
def test_whoever_computes_the_neighbours_a_path_gives_what_each_number_gives_alone(components: int | None) -> None:
    moved = (TRAIN + np.random.default_rng(0).normal(0, 0.01, TRAIN.shape)).astype(np.float32)

    def predictions(neighbours: Any) -> dict[int | None, Labels]:
        asked = entry(KNN, components=components, n_neighbors=neighbours)
        return classify.fit_and_predict(asked, moved, TRAIN_LABELS, TEST, seed=1).predictions

    for number, found in zip(NEIGHBOURS, rows(predictions(NEIGHBOURS), NEIGHBOURS), strict=True):
        np.testing.assert_array_equal(found, predictions(number)[None])
        assert np.mean(found == TEST_LABELS) > 0.85


@pytest.mark.parametrize(
    ("class_name", "arguments"),
    [
        ("sklearn.ensemble.GradientBoostingClassifier", {"n_estimators": [1, 2]}),
        ("sklearn.ensemble.BaggingClassifier", {"n_estimators": [1, 2]}),
        (KNN, {"n_neighbors": [1, 2], "weights": "distance"}),
    ],
    ids=["boosting", "bagging", "weighted neighbours"],
)
def test_a_list_for_what_is_no_path_is_refused(class_name: str, arguments: dict[str, Any]) -> None:
    message = refusal(entry(class_name, **arguments))
    assert message.startswith(f"a list for {next(iter(arguments))} needs a forest of scikit-learn or its nearest neighbours")
    assert message.endswith(f"not {class_name.split('.')[-1]}; give one value in params.yaml")


def test_a_list_for_an_estimator_without_the_argument_is_refused() -> None:
    assert refusal(entry(SVC, n_estimators=[1, 2])).startswith("sklearn.svm.SVC takes no argument 'n_estimators' here")
