"""Shapes whose dimension, error and bound are known: lines, cubes and clouds."""

from pathlib import Path

import numpy as np
import pytest

from mnist_transfer.difficulty import geometry
from tests.difficulty import toys
from tests.difficulty.toys import Floats

QUANTITIES = ["participation_ratio", "intrinsic_dimension", "nearest_neighbour_error", "bayes_error_bound", "silhouette"]


def cube(dimension: int, width: int = 20, images: int = 1500) -> Floats:
    """Return images spread evenly in a cube that lies askew in a wider space."""
    rng = np.random.default_rng(dimension)
    axes, _ = np.linalg.qr(rng.normal(size=(width, dimension)))
    spread: Floats = (rng.uniform(size=(images, dimension)) @ axes.T).astype(np.float32)
    return spread


def corners(*sides: float) -> Floats:
    """Return the corners of a box around the origin: independent features of known variance."""
    return np.array(np.meshgrid(*[[-side, side] for side in sides])).reshape(len(sides), -1).T.astype(np.float32)


def test_participation_ratios_by_hand() -> None:
    line = np.linspace(-1, 1, 50)[:, None] * np.array([3, -2, 0, 0.5, 9]) + np.array([100, 7, 7, 0, -50])
    assert geometry.participation_ratio(corners(1, 1, 1, 1)) == pytest.approx(4), "independent equal features count fully"
    assert geometry.participation_ratio(corners(2, 1, 1)) == pytest.approx(36 / 18), "variances 4, 1 and 1"
    assert geometry.participation_ratio(line.astype(np.float32)) == pytest.approx(1, abs=1e-4), "a line wherever it lies"
    assert geometry.participation_ratio(np.ones((20, 5), np.float32)) == 0, "a point"


def test_twonn_finds_known_dimensions() -> None:
    u, v = np.random.default_rng(0).uniform(size=(2, 1500))
    roll = np.stack([u * np.cos(6 * u), u * np.sin(6 * u), v, u**2], axis=1).astype(np.float32)
    far = np.random.default_rng(1).normal(size=(20, 20)).astype(np.float32) * 1000
    known = [(cube(1), 1, 0.1), (cube(2), 2, 0.2), (cube(5), 5, 0.6)]
    known += [(roll, 2, 0.2), (roll * np.float32(64), 2, 0.2)]  # a bent surface, whatever its size
    known += [(np.concatenate([cube(2), far]), 2, 0.25)]  # a few far images hardly count
    known += [(np.ones((20, 5), np.float32), 0, 0)]  # images that do not differ
    for images, dimension, tolerance in known:
        assert geometry.intrinsic_dimension(images) == pytest.approx(dimension, abs=tolerance)


@pytest.mark.parametrize("width", [2, 512])
def test_of_twins_one_counts(width: int) -> None:
    images = cube(2, width, 300)
    twins = np.concatenate([images, images[:100], images[:100]])
    assert geometry.intrinsic_dimension(twins) == pytest.approx(geometry.intrinsic_dimension(images), rel=1e-3)


def test_the_nearest_neighbours_error_by_hand() -> None:
    train, test = np.array([[0], [10], [20]], np.float32), np.array([[1], [4], [6], [16], [100]], np.float32)
    error = geometry.nearest_neighbour_error(train, np.arange(3, dtype=np.uint8), test, np.array([0, 0, 0, 1, 2], np.uint8))
    assert error == pytest.approx(2 / 5)  # 6 is nearest to 10, and 16 to 20


def test_cover_and_harts_bound_by_hand() -> None:
    """For two classes R = 2 R* (1 - R*): 0.18 = 2 × 0.1 × 0.9; for ten R = R* (2 - 10 / 9 R*): 0.171 = 0.09 × 1.9."""
    known = {(0, 2): 0, (0, 10): 0, (0.18, 2): 0.1, (0.5, 2): 0.5, (0.9, 10): 0.9, (0.171, 10): 0.09, (0.675, 10): 0.45}
    assert [geometry.bayes_error_bound(*given) for given in known] == pytest.approx(list(known.values()))


# All together


def measured(train: Floats, test: Floats) -> dict[str, float]:
    return geometry.measure(train, toys.LABELS["train"], test, toys.LABELS["test"], toys.CLASSES)


def test_far_clouds_have_no_error_and_a_silhouette_near_one_and_noise_has_neither() -> None:
    far, noise = (measured(toys.blobs("train", distance)[:, :4], toys.blobs("test", distance)[:, :4]) for distance in (50, 0))
    assert list(far) == list(noise) == QUANTITIES
    assert far["nearest_neighbour_error"] == far["bayes_error_bound"] == 0
    assert far["silhouette"] > 0.7 > 0.1 > noise["silhouette"]
    assert noise["nearest_neighbour_error"] > 0.5
    assert noise["participation_ratio"] > far["participation_ratio"]


def test_features_are_z_scored_with_the_training_images_statistics() -> None:
    train, test = toys.blobs("train", 8.0), toys.blobs("test", 8.0)
    units = np.array([0.001, 1000, 1, 4, 50, 0.25], np.float32)
    assert measured(train * units, test * units) == pytest.approx(measured(train, test), rel=1e-3), "a unit changes nothing"
    one_place, moved = test * 0 + train.mean(axis=0), test + np.float32(100)
    errors = [measured(train, images)["nearest_neighbour_error"] for images in (test, one_place, moved)]
    assert errors[:2] == [0, 0.75], "all at one place have one neighbour, right for one class of four"
    assert errors[2] > 0.5


def test_every_draw_has_every_quantity_of_other_images(folder: Path) -> None:
    rows = toys.rows(geometry, "net/one", draws=3)
    assert [(row["draw"], row["quantity"]) for row in rows] == [(draw, name) for draw in range(3) for name in QUANTITIES]
    for quantity in ("participation_ratio", "intrinsic_dimension", "silhouette"):
        assert len(set(toys.column(rows, "value", quantity=quantity))) == 3
    everything = toys.rows(geometry, "net/one", images=5000)
    assert set(toys.column(everything, "images")) == {toys.TRAIN}
    found = {row["quantity"]: row["value"] for row in everything if row["draw"] == 0}
    assert found == measured(toys.blobs("train", 1.5), toys.blobs("test", 1.5))
