"""McNemar's test against SciPy and by hand, Holm's correction by its definition, and the pairs of a study's rows."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import binomtest

from mnist_transfer.difficulty import mcnemar
from mnist_transfer.difficulty.mcnemar import Counts, Values
from tests.difficulty import toys


def p_value(first_only: int, second_only: int) -> float:
    return float(mcnemar.p_values(np.array([first_only]), np.array([second_only]))[0])


# The p-value


@pytest.mark.parametrize(
    ("first_only", "second_only", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (3, 3, 1.0),
        (0, 5, 2 / 2**5),
        (0, 6, 2 / 2**6),
        (1, 9, 2 * (1 + 10) / 2**10),
        (8, 2, 2 * (1 + 10 + 45) / 2**10),
    ],
)
def test_p_values_by_hand(first_only: int, second_only: int, p: float) -> None:
    assert p_value(first_only, second_only) == pytest.approx(p)


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_p_is_the_exact_two_sided_binomial_tests_and_has_no_side(first_only: int, second_only: int) -> None:
    images = first_only + second_only
    expected = binomtest(first_only, images).pvalue if images else 1.0
    assert p_value(first_only, second_only) == pytest.approx(expected)
    assert p_value(second_only, first_only) == p_value(first_only, second_only)


# Holm's correction

p_lists = arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1))


def test_holms_worked_example() -> None:
    """Times 4 for the least, 3 for the next and so on, and never below one before: .03 × 2 = .06 is more than .04 × 1."""
    np.testing.assert_allclose(mcnemar.holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


def test_a_correction_stops_at_one() -> None:
    assert mcnemar.holm(np.array([0.5, 0.9, 0.6])).tolist() == [1, 1, 1]


def test_each_row_is_corrected_by_itself() -> None:
    p = np.array([[0.01, 0.04], [0.9, 0.02]])
    np.testing.assert_allclose(mcnemar.holm(p), [[0.02, 0.04], [0.9, 0.04]])


@given(p_lists)
def test_a_corrected_p_is_never_below_the_raw_one_nor_above_one_nor_above_bonferronis(p: Values) -> None:
    corrected = mcnemar.holm(p)
    assert (corrected >= p).all()
    assert (corrected <= np.minimum(1, p * len(p))).all()


@given(p_lists)
def test_the_correction_keeps_the_order_and_ties(p: Values) -> None:
    corrected = mcnemar.holm(p)
    order = np.argsort(p, kind="stable")
    assert (np.diff(corrected[order]) >= 0).all()
    for value in np.unique(p):
        assert len(set(corrected[p == value])) == 1


@given(p_lists, st.integers(0, 100))
def test_the_order_of_the_tests_does_not_matter(p: Values, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(len(p))
    np.testing.assert_array_equal(mcnemar.holm(p[shuffled]), mcnemar.holm(p)[shuffled])


# Discordant images


def test_discordant_images_by_hand() -> None:
    correct = np.array([[1, 1, 1, 0, 0], [1, 0, 0, 1, 0], [1, 1, 1, 0, 0]], bool)
    assert mcnemar.discordant(correct).tolist() == [[0, 2, 0], [1, 0, 1], [0, 2, 0]]


@given(arrays.arrays(np.bool_, (3, 12)), arrays.arrays(np.int64, 12, elements=st.integers(0, 4)))
def test_weights_count_images_as_often_as_repeats_would(correct: npt.NDArray[np.bool_], weights: Counts) -> None:
    repeated = mcnemar.discordant(np.repeat(correct, weights, axis=1))
    np.testing.assert_array_equal(mcnemar.discordant(correct, weights), repeated)


# Its table


def test_rows_are_all_pairs_of_rows_with_their_images_and_the_correction_for_their_number(folder: Path) -> None:
    labels = toys.labels("test")
    worse = np.where(np.arange(toys.TEST) < 10, (labels + 1) % 4, labels).astype(np.uint8)
    other = np.where((np.arange(toys.TEST) >= 8) & (np.arange(toys.TEST) < 12), (labels + 2) % 4, labels).astype(np.uint8)
    toys.write_predictions("net/one", labels, worse, other)
    rows = list(mcnemar.rows(toys.study(), "toys", "net/one"))
    found = [tuple(row[name] for name in ("first", "second", "first_only", "second_only")) for row in rows]
    assert found == [("bayes", "knn-1", 10, 0), ("bayes", "knn-3", 4, 0), ("knn-1", "knn-3", 2, 8)]
    p = [2 / 2**10, 2 / 2**4, 2 * (1 + 10 + 45) / 2**10]
    assert [row["p"] for row in rows] == pytest.approx(p)
    assert [row["p_holm"] for row in rows] == pytest.approx([p[0] * 3, 2 * p[2], 2 * p[2]])


def test_both_being_wrong_in_different_ways_tells_nothing_apart(folder: Path) -> None:
    labels = toys.labels("test")
    shifted = [((labels + step) % 4).astype(np.uint8) for step in (1, 2, 3)]
    toys.write_predictions("net/one", *shifted)
    rows = list(mcnemar.rows(toys.study(), "toys", "net/one"))
    assert {(row["first_only"], row["second_only"], row["p"], row["p_holm"]) for row in rows} == {(0, 0, 1.0, 1.0)}


def test_one_row_alone_has_no_pairs(folder: Path) -> None:
    assert list(mcnemar.rows(toys.study({"study.classifiers": ["bayes"]}), "toys", "net/one")) == []
