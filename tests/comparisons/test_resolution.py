"""How many pairs of classifiers test sets tell apart: never equal ones, always very different ones, and odds known exactly."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binom

from mnist_transfer.comparisons import resolution
from mnist_transfer.difficulty import shared
from tests.difficulty import toys

RESAMPLES = 2000

Correct = npt.NDArray[np.bool_]


def right(*images: int, of: int) -> Correct:
    """Return classifiers of which each gets the first so many images right."""
    return np.arange(of) < np.array(images)[:, None]


def test_known_pairs_are_told_apart_or_not() -> None:
    for images in (20, 59, 60):
        assert resolution.apart(right(40, 40, 40, of=60), images, 50, seed=1).tolist() == [0] * 50, "equal ones never"
        assert resolution.apart(right(60, 0, 0, of=60), images, 50, seed=1).tolist() == [2] * 50, "right from wrong always"
    # Six images that only one of two gets right are p = 1/32: enough for one pair, too little for one of three.
    assert resolution.apart(right(6, 0, of=6), 6, 1, seed=1).tolist() == [1]
    assert resolution.apart(right(6, 0, 0, of=6), 6, 1, seed=1).tolist() == [0]


def test_images_are_drawn_without_replacement_but_as_many_as_there_are_with_it() -> None:
    """Six of eight images tell the two apart, and six are needed.

    A draw of seven has them if it leaves out one of the other two; of eight with replacement, as often as a binomial says.
    """
    for images, share in ((7, 2 / 8), (8, float(binom.sf(5, 8, 6 / 8)))):
        found = resolution.apart(right(8, 2, of=8), images, RESAMPLES, seed=1)
        assert found.mean() == pytest.approx(share, abs=4 * (share * (1 - share) / RESAMPLES) ** 0.5)


def test_a_test_set_is_its_seeds_and_judged_as_mcnemars_rows_are() -> None:
    correct = np.random.default_rng(0).uniform(size=(5, 300)) < np.linspace(0.6, 0.9, 5)[:, None]
    drawn = np.random.default_rng(4).choice(300, 150, replace=False)
    only, upper = shared.discordant(correct[:, drawn]), np.triu_indices(5, 1)
    told = int((shared.holm(shared.p_values(only[upper], only.T[upper])) < 0.05).sum())
    assert 0 < told < 10
    assert resolution.apart(correct, 150, 1, seed=4).tolist() == [told]


def test_more_images_tell_more_apart_up_to_the_test_split(folder: Path) -> None:
    labels, random = toys.LABELS["test"], np.random.default_rng(0).uniform(size=toys.TEST)
    mediocre, poor = (np.where(random < share, (labels + 1) % 4, labels).astype(np.uint8) for share in (0.6, 0.12))
    toys.write_predictions("net/one", labels, mediocre, poor)
    rows = toys.rows(resolution, "net/one", resamples=200)
    assert [(row["images"], row["pairs"]) for row in rows] == [(20, 1), (40, 1), (60, 1)]
    medians = toys.column(rows, "apart")
    assert medians == sorted(medians)
    assert medians[0] < medians[-1] == 1


def test_median_and_middle_95_percent_are_those_of_the_test_sets(folder: Path) -> None:
    labels = toys.LABELS["test"]
    poor = np.where(np.arange(toys.TEST) < 10, (labels + 1) % 4, labels).astype(np.uint8)
    toys.write_predictions("net/one", labels, poor, poor)
    row = toys.one(toys.rows(resolution, "net/one", resamples=100, images=[40]))
    found = np.sort(resolution.apart(np.stack([labels == labels, poor == labels]), 40, 100, seed=7))
    assert (row["apart_low"], row["apart_high"]) == (found[2], found[97]) == (0, 1)
    assert row["apart"] == (found[49] + found[50]) / 2
