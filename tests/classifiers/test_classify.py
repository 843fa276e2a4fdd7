"""Classifiers: fitted on the training split alone, the same each time, and not written unless they have converged."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer import study
from mnist_transfer.classifiers import classify
from tests.classifiers.digits import (
    FOREST,
    KNN,
    LOGISTIC,
    MLP,
    SVC,
    TEST,
    TEST_LABELS,
    TRAIN,
    TRAIN_LABELS,
    entry,
    fit,
    predict,
    refusal,
)
from tests.commands import ROOT

STUDY = study.load(ROOT / "params.yaml")
#: Estimators that count their iterations, as scikit-learn documents them.
ITERATING = {LOGISTIC, MLP, SVC, "sklearn.linear_model.Perceptron"}


# Every classifier of the study


@pytest.mark.parametrize("name", STUDY.classifiers)
def test_every_classifier_learns_digits_and_repeats_itself(name: str) -> None:
    outcomes = []
    for disturbance in (1, 2):
        np.random.seed(disturbance)  # noqa: NPY002  the global state that a classifier without its seed would draw from
        outcomes.append(fit(STUDY.classifier(name), STUDY.seed))
    assert list(outcomes[0].predictions) == [row.value for row in STUDY.rows_of(name)]
    for value, predictions in outcomes[0].predictions.items():
        assert predictions.dtype == np.uint8
        assert np.mean(predictions == TEST_LABELS) > 0.8
        np.testing.assert_array_equal(outcomes[1].predictions[value], predictions)
    assert outcomes[1].iterations == outcomes[0].iterations
    assert (outcomes[0].iterations is not None) == (STUDY.classifier(name).class_name in ITERATING)


def test_iterations_are_those_until_convergence() -> None:
    iterations = fit(entry(LOGISTIC, max_iter=5000)).iterations
    assert iterations is not None
    assert 1 < iterations < 5000
    assert fit(entry(LOGISTIC, max_iter=iterations + 1)).iterations == iterations


# The steps before the estimator


def test_features_are_scaled_with_the_training_splits_statistics_only() -> None:
    moved = TEST * 3 + 100
    mean, deviation = TRAIN.mean(axis=0, dtype=np.float64), TRAIN.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1
    by_hand = KNeighborsClassifier(3).fit((TRAIN - mean) / deviation, TRAIN_LABELS)
    expected = by_hand.predict((moved - mean) / deviation)
    assert np.mean(predict(entry(KNN, n_neighbors=3), test=moved) == expected) > 0.99  # all but ties
    assert np.mean(expected == TEST_LABELS) < 0.5, "scaled with its own statistics, the moved split would be as easy as before"


def test_unscaled_features_reach_the_estimator_as_they_are() -> None:
    expected = KNeighborsClassifier(3).fit(TRAIN, TRAIN_LABELS).predict(TEST)
    np.testing.assert_array_equal(predict(entry(KNN, scale=False, n_neighbors=3)), expected)


def test_components_come_between_scaling_and_estimator() -> None:
    mean, deviation = TRAIN.mean(axis=0, dtype=np.float64), TRAIN.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1
    _, _, axes = np.linalg.svd((TRAIN - mean) / deviation, full_matrices=False)
    train, test = ((split - mean) / deviation @ axes[:15].T for split in (TRAIN, TEST))
    expected = KNeighborsClassifier(3).fit(train, TRAIN_LABELS).predict(test)
    assert np.mean(predict(entry(KNN, components=15, n_neighbors=3)) == expected) > 0.98  # rounding moves a few neighbours


# Refusals


@pytest.mark.parametrize("name", sorted(ITERATING))
def test_a_classifier_that_has_not_converged_is_refused(name: str) -> None:
    message = refusal(entry(name, max_iter=2))
    assert message.startswith("not converged (")
    assert message.endswith("raise its max_iter in params.yaml")


# Timing


@pytest.mark.parametrize(("trees", "shared_by"), [(25, 1), ([5, 10, 25], 3)], ids=["one row", "a path"])
def test_timing_says_what_a_run_cost_and_on_what(trees: Any, shared_by: int, have_cores: Callable[[int], None]) -> None:
    outcome = fit(entry(FOREST, n_estimators=trees))
    have_cores(3)
    found = classify.timing(outcome)
    expected = ["fit_seconds", "predict_seconds", "shared_by", "cores", "processor", "engine", "versions"]
    assert list(found) == expected
    assert 0 < found["fit_seconds"] < 60
    assert 0 <= found["predict_seconds"] < 60
    assert found["shared_by"] == shared_by
    assert found["cores"] == 3
    assert found["processor"]
    assert found["engine"] == f"scikit-learn {found['versions']['scikit-learn']}"
    assert json.loads(json.dumps(found)) == found
