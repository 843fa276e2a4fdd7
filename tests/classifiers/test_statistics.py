"""Scores as the textbooks define them, and intervals as published."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from mnist_transfer.classifiers import statistics


def test_wilson_intervals_are_those_of_newcombes_table() -> None:
    """Newcombe 1998, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3."""
    known = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for counts, interval in known.items():
        assert statistics.wilson_interval(*counts) == pytest.approx(interval, abs=0.00005)


@given(st.integers(1, 100_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_wilson_interval_contains_its_proportion_and_stays_between_0_and_1(counts: tuple[int, int]) -> None:
    successes, trials = counts
    low, high = statistics.wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    assert low < high


def test_scores_by_hand() -> None:
    """A class that is never predicted counts, and one that is never there does not."""
    labels, predictions = np.array([0, 0, 1, 3, 3, 3], np.uint8), np.array([0, 3, 7, 3, 3, 0], np.uint8)
    scores = statistics.score(labels, predictions)
    assert scores["accuracy"] == 3 / 6
    assert scores["recall"] == pytest.approx({"0": 1 / 2, "1": 0, "3": 2 / 3})
    assert scores["macro_f1"] == pytest.approx((1 / 2 + 0 + 2 / 3) / 3)  # 2 TP / (2 TP + FP + FN) of each class
    assert (scores["accuracy_low"], scores["accuracy_high"]) == statistics.wilson_interval(3, 6)
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=200))
def test_confusion_is_scikit_learns_for_as_many_classes_as_bytes_have(pairs: list[tuple[int, int]]) -> None:
    labels, predictions = np.array(pairs, np.uint8).T
    expected = confusion_matrix(labels, predictions, labels=np.arange(256))
    np.testing.assert_array_equal(statistics.confusion(labels, predictions, 256), expected)
