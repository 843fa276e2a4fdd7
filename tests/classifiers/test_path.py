"""Several rows of one fit: the same predictions as of a fit each, to the last image."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer.classifiers import classify
from tests.classifiers.digits import FOREST, KNN, SVC, TEST, TRAIN, TRAIN_LABELS, Labels, accuracy, entry, fit, refusal

TREES = [1, 2, 7, 30]
NEIGHBOURS = [1, 2, 3, 4, 5, 9]
FORESTS = {FOREST: RandomForestClassifier, "sklearn.ensemble.ExtraTreesClassifier": ExtraTreesClassifier}
#: No two are equally far from anything.
MOVED = (TRAIN + np.random.default_rng(0).normal(0, 0.01, TRAIN.shape)).astype(np.float32)


@pytest.mark.parametrize("criterion", ["gini", "entropy"])
@pytest.mark.parametrize("forest", FORESTS)
def test_smaller_forests_are_those_that_would_have_grown_alone(forest: str, criterion: str) -> None:
    found = fit(entry(forest, scale=False, n_estimators=TREES, criterion=criterion), seed=5).predictions
    assert list(found) == TREES
    for trees, predictions in found.items():
        alone = FORESTS[forest](n_estimators=trees, criterion=criterion, random_state=5).fit(TRAIN, TRAIN_LABELS)
        np.testing.assert_array_equal(predictions, alone.predict(TEST))
    assert not np.array_equal(found[1], found[30])


@pytest.mark.parametrize("steps", [{"scale": False}, {"components": 20}], ids=["as they are", "components"])
def test_whoever_computes_the_neighbours_a_path_gives_what_each_number_gives_alone(steps: dict[str, Any]) -> None:
    def predictions(neighbours: Any) -> dict[int | None, Labels]:
        asked = entry(KNN, n_neighbors=neighbours, **steps)
        return classify.fit_and_predict(asked, MOVED, TRAIN_LABELS, TEST, seed=1).predictions

    found = predictions(NEIGHBOURS)
    assert list(found) == NEIGHBOURS
    for number in NEIGHBOURS:
        np.testing.assert_array_equal(found[number], predictions(number)[None])
        assert accuracy(found[number]) > 0.85
    assert (found[2] <= found[1]).all(), "one against one is level: the smaller label, not the nearer image's"
    assert (found[2] < found[1]).any()
    if "scale" in steps:
        alone = KNeighborsClassifier(4).fit(MOVED, TRAIN_LABELS).predict(TEST)
        np.testing.assert_array_equal(found[4], alone)


@pytest.mark.parametrize(
    ("class_name", "arguments"),
    [
        ("sklearn.ensemble.BaggingClassifier", {"n_estimators": [1, 2]}),
        (KNN, {"n_neighbors": [1, 2], "weights": "distance"}),
    ],
    ids=["bagging", "weighted neighbours"],
)
def test_a_list_for_what_is_no_path_is_refused(class_name: str, arguments: dict[str, Any]) -> None:
    message = refusal(entry(class_name, **arguments))
    assert message.startswith(f"a list for {next(iter(arguments))} needs a forest of scikit-learn or its nearest neighbours")
    assert message.endswith(f"not {class_name.split('.')[-1]}; give one value in params.yaml")
    assert refusal(entry(SVC, n_estimators=[1, 2])).startswith(f"{SVC} takes no argument 'n_estimators' here")
