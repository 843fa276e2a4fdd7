"""How many pairs of classifiers test sets tell apart: never equal ones, always very different ones, and odds known exactly."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binom

from mnist_transfer.difficulty import resolution, shared
from tests.difficulty import toys

RESAMPLES = 2000

Correct = npt.NDArray[np.bool_]


def right(*images: int, of: int) -> Correct:
    """Return classifiers of which each gets the first so many images right."""
    return np.arange(of) < np.array(images)[:, None]


# Test sets


@pytest.mark.parametrize("images", [20, 59, 60])
def test_equal_classifiers_are_never_told_apart_and_always_right_from_never_right_always(images: int) -> None:
    assert resolution.apart(right(40, 40, 40, of=60), images, 50, seed=1).tolist() == [0] * 50
    assert resolution.apart(right(60, 0, 0, of=60), images, 50, seed=1).tolist() == [2] * 50


def test_holms_correction_is_for_all_pairs_of_a_test_set() -> None:
    """Six images that only one of two gets right are p = 1/32: enough for one pair, too little for one of three."""
    assert resolution.apart(right(6, 0, of=6), 6, 1, seed=1).tolist() == [1]
    assert resolution.apart(right(6, 0, 0, of=6), 6, 1, seed=1).tolist() == [0]


def test_fewer_images_than_there_are_are_drawn_without_replacement() -> None:
    """Six of eight images tell the two apart and all six are needed: a draw of seven has them if it leaves out one of two."""
    found = resolution.apart(right(8, 2, of=8), 7, RESAMPLES, seed=1)
    assert found.mean() == pytest.approx(2 / 8, abs=4 * (2 / 8 * 6 / 8 / RESAMPLES) ** 0.5)


def test_as_many_images_as_there_are_are_drawn_with_replacement() -> None:
    """A draw of eight has six or more of those that tell the two apart, three in four, as often as a binomial says."""
    share = float(binom.sf(5, 8, 6 / 8))
    found = resolution.apart(right(8, 2, of=8), 8, RESAMPLES, seed=1)
    assert found.mean() == pytest.approx(share, abs=4 * (share * (1 - share) / RESAMPLES) ** 0.5)


def test_the_same_seed_draws_the_same_test_sets_and_another_draws_others() -> None:
    correct = np.random.default_rng(0).uniform(size=(6, 200)) < np.linspace(0.5, 0.9, 6)[:, None]
    first = resolution.apart(correct, 100, 30, seed=1)
    np.testing.assert_array_equal(resolution.apart(correct, 100, 30, seed=1), first)
    assert (resolution.apart(correct, 100, 30, seed=2) != first).any()
    assert len(first) == 30


def test_a_test_set_is_judged_as_mcnemars_rows_are() -> None:
    correct = np.random.default_rng(0).uniform(size=(5, 300)) < np.linspace(0.6, 0.9, 5)[:, None]
    drawn = np.random.default_rng(4).choice(300, 150, replace=False)
    only, upper = shared.discordant(correct[:, drawn]), np.triu_indices(5, 1)
    told = int((shared.holm(shared.p_values(only[upper], only.T[upper])) < 0.05).sum())
    assert 0 < told < 10
    assert resolution.apart(correct, 150, 1, seed=4).tolist() == [told]


# Its table


def test_more_images_tell_more_apart_up_to_the_test_split(folder: Path) -> None:
    labels, random = toys.LABELS["test"], np.random.default_rng(0).uniform(size=toys.TEST)
    mediocre, poor = (np.where(random < share, (labels + 1) % 4, labels).astype(np.uint8) for share in (0.3, 0.6))
    toys.write_predictions("net/one", labels, mediocre, poor)
    rows = toys.rows(resolution, "net/one", resamples=200)
    assert [(row["images"], row["pairs"]) for row in rows] == [(20, 3), (40, 3), (60, 3)]
    medians = toys.column(rows, "apart")
    assert medians == sorted(medians)
    assert medians[0] < medians[-1] == 3


def test_median_and_middle_95_percent_are_those_of_the_test_sets(folder: Path) -> None:
    labels = toys.LABELS["test"]
    poor = np.where(np.arange(toys.TEST) < 10, (labels + 1) % 4, labels).astype(np.uint8)
    toys.write_predictions("net/one", labels, poor, poor)
    row = toys.one(toys.rows(resolution, "net/one", resamples=100, images=[40]))
    found = np.sort(resolution.apart(np.stack([labels == labels, poor == labels, poor == labels]), 40, 100, seed=7))
    assert (row["apart_low"], row["apart_high"]) == (found[2], found[97]) == (0, 2)
    assert row["apart"] == (found[49] + found[50]) / 2
