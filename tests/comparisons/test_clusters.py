"""Agreement of clusters with classes: complete where there are as many clouds as classes, none where there is one cluster."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer.comparisons import clusters
from tests.difficulty import toys

LABELS = toys.LABELS["train"]
NOISE = np.random.default_rng(0).normal(size=(toys.TRAIN, 3))
CORNERS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])


def agreement(points: npt.NDArray[np.float64], number: int, seeds: int = 3, seed: int = 7) -> list[float]:
    toys.write_projection("net/one", points)
    return toys.column(toys.rows(clusters, "net/one", seed, clusters=[number], seeds=seeds), "adjusted_rand_index")


def test_every_number_of_clusters_up_to_that_of_images_has_every_seed_from_the_studys_own(folder: Path) -> None:
    rows = toys.rows(clusters, "net/one", 40, clusters=[2, 5, 500], seeds=3)
    found = [(row["clusters"], row["seed"], row["images"]) for row in rows]
    assert found == [(number, seed, toys.TRAIN) for number in (2, 5) for seed in (40, 41, 42)]


def test_agreement_by_hand(folder: Path) -> None:
    """Two clusters of two pairs of near classes: of 7,140 pairs of images 1,740 share a class, 3,540 a cluster, 1,740 both."""
    expected = 1740 * 3540 / 7140
    index = (1740 - expected) / ((1740 + 3540) / 2 - expected)
    assert agreement(np.where(LABELS < 2, -50, 50)[:, None] + NOISE, 2) == pytest.approx([index] * 3)
    assert max(agreement(50 * CORNERS[LABELS] + NOISE, 4, seeds=6)) == 1, "clouds that are the classes, from some start"
    assert agreement(50 * CORNERS[LABELS] + NOISE, 1) == [0, 0, 0], "one cluster says nothing of the classes"
    assert agreement(NOISE, 4, seeds=10) == pytest.approx([0] * 10, abs=0.1), "noise agrees no better than chance"


def test_each_start_is_a_single_run(folder: Path) -> None:
    """A single run may miss one of twelve clouds; the best of ten runs hardly does."""
    rng, cloud = np.random.default_rng(3), np.arange(toys.TRAIN) % 12
    points = rng.uniform(-30, 30, (12, 3))[cloud] + rng.normal(size=(toys.TRAIN, 3))
    assert len(set(agreement(points, 12, seeds=10, seed=0))) > 1
