"""Agreement of clusters with classes: whole where there are as many clouds as classes, none where there is one cluster."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_transfer import files, paths
from mnist_transfer.difficulty import clusters
from tests.difficulty import toys


def rows(features: str = "net/one", seed: int = 7, **changes: Any) -> list[dict[str, Any]]:
    settings = {f"difficulty.clusters.{key}": value for key, value in changes.items()}
    return list(clusters.rows(toys.study({"seed": seed, **settings}), "toys", features))


def write_points(points: Any) -> None:
    """Write training points beside test points that are none."""
    files.write_npz(paths.projection("toys", "net/one"), train_xyz=points, test_xyz=np.full((toys.TEST, 3), np.nan))


def clouds(distance: float) -> Any:
    """Return a cloud for each class, at the corners of a tetrahedron."""
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    return corners[toys.labels("train")] * distance + np.random.default_rng(0).normal(size=(toys.TRAIN, 3))


def test_every_number_of_clusters_has_every_seed_from_the_studys_own(folder: Path) -> None:
    found = [(row["clusters"], row["seed"], row["images"]) for row in rows(seed=40, clusters=[2, 5], seeds=3)]
    assert found == [(number, seed, toys.TRAIN) for number in (2, 5) for seed in (40, 41, 42)]


def test_clouds_that_are_the_classes_agree_wholly_from_some_start(folder: Path) -> None:
    write_points(clouds(50))
    found = toys.column(rows(clusters=[4], seeds=6), "adjusted_rand_index")
    assert max(found) == 1


def test_two_clusters_of_two_pairs_of_near_classes_by_hand(folder: Path) -> None:
    """Of 7,140 pairs of images 1,740 share a class, 3,540 a cluster and 1,740 both."""
    centre = np.where(toys.labels("train") < 2, -50, 50)[:, None]
    write_points(centre + np.random.default_rng(0).normal(size=(toys.TRAIN, 3)))
    expected = 1740 * 3540 / 7140
    index = (1740 - expected) / ((1740 + 3540) / 2 - expected)
    assert toys.column(rows(clusters=[2]), "adjusted_rand_index") == pytest.approx([index] * 3)


def test_one_cluster_says_nothing_of_the_classes(folder: Path) -> None:
    assert set(toys.column(rows(clusters=[1]), "adjusted_rand_index")) == {0}


def test_noise_agrees_no_better_than_chance(folder: Path) -> None:
    write_points(clouds(0))
    assert toys.column(rows(clusters=[4], seeds=10), "adjusted_rand_index") == pytest.approx([0] * 10, abs=0.1)


def test_each_start_is_a_single_run(folder: Path) -> None:
    """A single run may miss one of twelve clouds; the best of ten runs hardly does."""
    rng, cloud = np.random.default_rng(3), np.arange(toys.TRAIN) % 12
    write_points(rng.uniform(-30, 30, (12, 3))[cloud] + rng.normal(size=(toys.TRAIN, 3)))
    assert len(set(toys.column(rows(seed=0, clusters=[12], seeds=10), "adjusted_rand_index"))) > 1


def test_more_clusters_than_images_are_left_out(folder: Path) -> None:
    assert {row["clusters"] for row in rows(clusters=[2, 500])} == {2}
