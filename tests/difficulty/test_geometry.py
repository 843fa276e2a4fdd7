"""Shapes whose dimension, error and bound are known: lines, cubes and clouds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


# Participation ratio


@pytest.mark.parametrize("width", [1, 2, 7])
def test_independent_equal_features_count_fully(width: int) -> None:
    corners = np.array(np.meshgrid(*[[-1, 1]] * width)).reshape(width, -1).T.astype(np.float32)
    assert geometry.participation_ratio(corners) == pytest.approx(width)


def test_a_line_counts_as_one_wherever_it_lies() -> None:
    line = np.linspace(-1, 1, 50)[:, None] * np.array([3, -2, 0, 0.5, 9]) + np.array([100, 7, 7, 0, -50])
    assert geometry.participation_ratio(line.astype(np.float32)) == pytest.approx(1, abs=1e-4)


def test_unequal_variances_by_hand() -> None:
    """Variances 4, 1 and 1 along the axes: 36 / 18."""
    corners = np.array(np.meshgrid([-2, 2], [-1, 1], [-1, 1])).reshape(3, -1).T.astype(np.float32)
    assert geometry.participation_ratio(corners) == pytest.approx(2)


@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(-5, 5))
def test_turning_stretching_and_moving_all_changes_nothing(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    images = rng.normal(size=(40, 5)) * np.array([1, 2, 3, 4, 5])
    axes, _ = np.linalg.qr(rng.normal(size=(5, 5)))
    moved = (images @ axes + shift) * scale
    expected = geometry.participation_ratio(images.astype(np.float32))
    assert geometry.participation_ratio(moved.astype(np.float32)) == pytest.approx(expected, rel=1e-3)
    assert 1 <= expected <= 5


# Intrinsic dimension


@pytest.mark.parametrize(("dimension", "tolerance"), [(1, 0.1), (2, 0.2), (5, 0.6)])
def test_a_cube_has_its_own_dimension_in_a_wider_space(dimension: int, tolerance: float) -> None:
    assert geometry.intrinsic_dimension(cube(dimension)) == pytest.approx(dimension, abs=tolerance)


def test_a_bent_surface_has_two_dimensions_whatever_its_size() -> None:
    u, v = np.random.default_rng(0).uniform(size=(2, 1500))
    roll = np.stack([u * np.cos(6 * u), u * np.sin(6 * u), v, u**2], axis=1).astype(np.float32)
    assert geometry.participation_ratio(roll) > 2.2
    assert geometry.intrinsic_dimension(roll) == pytest.approx(2, abs=0.2)
    assert geometry.intrinsic_dimension(roll * np.float32(64)) == pytest.approx(geometry.intrinsic_dimension(roll), rel=1e-3)


def test_a_few_far_images_hardly_count() -> None:
    far = np.random.default_rng(1).normal(size=(20, 20)).astype(np.float32) * 1000
    alone = geometry.intrinsic_dimension(cube(2, images=800))
    assert geometry.intrinsic_dimension(np.concatenate([cube(2, images=800), far])) == pytest.approx(alone, abs=0.15)


@pytest.mark.parametrize("width", [2, 512])
def test_of_twins_one_counts(width: int) -> None:
    images = cube(2, width, 300)
    whole = np.concatenate([images, images[:100], images[:100]])
    assert geometry.intrinsic_dimension(whole) == pytest.approx(geometry.intrinsic_dimension(images), rel=1e-3)


def test_images_that_do_not_differ_have_no_dimension() -> None:
    alike = np.ones((20, 5), np.float32)
    assert geometry.intrinsic_dimension(alike) == 0
    assert geometry.participation_ratio(alike) == 0


# The nearest neighbour and the bound


def test_the_nearest_neighbours_error_by_hand() -> None:
    train, test = np.array([[0], [10], [20]], np.float32), np.array([[1], [4], [6], [16], [100]], np.float32)
    error = geometry.nearest_neighbour_error(train, np.arange(3, dtype=np.uint8), test, np.array([0, 0, 0, 1, 2], np.uint8))
    assert error == pytest.approx(2 / 5)  # 6 is nearest to 10, and 16 to 20


@pytest.mark.parametrize(
    ("error", "classes", "bound"),
    [(0, 2, 0), (0, 10, 0), (0.18, 2, 0.1), (0.5, 2, 0.5), (0.9, 10, 0.9), (0.171, 10, 0.09), (0.675, 10, 0.45)],
)
def test_cover_and_harts_bound_by_hand(error: float, classes: int, bound: float) -> None:
    """For two classes R = 2 R* (1 - R*): 0.18 = 2 × 0.1 × 0.9; for ten R = R* (2 - 10 / 9 R*): 0.171 = 0.09 × 1.9."""
    assert geometry.bayes_error_bound(error, classes) == pytest.approx(bound)


@given(st.floats(0, 1), st.integers(2, 256))
def test_the_bound_is_between_half_the_error_and_the_error_and_at_most_that_of_guessing(error: float, classes: int) -> None:
    bound = geometry.bayes_error_bound(error, classes)
    guessing = (classes - 1) / classes
    assert min(error, guessing) / 2 - 1e-9 <= bound <= min(error, guessing) + 1e-9


# All together


def measured(train: Floats, test: Floats) -> dict[str, float]:
    return geometry.measure(train, toys.labels("train"), test, toys.labels("test"), toys.CLASSES)


def test_far_clouds_have_no_error_and_a_silhouette_near_one_and_noise_has_neither() -> None:
    far, noise = (
        measured(toys.blobs("train", distance, width=4), toys.blobs("test", distance, width=4)) for distance in (50, 0)
    )
    assert list(far) == list(noise) == QUANTITIES
    assert far["nearest_neighbour_error"] == far["bayes_error_bound"] == 0
    assert far["silhouette"] > 0.7 > 0.1 > noise["silhouette"]
    assert noise["nearest_neighbour_error"] > 0.5
    assert noise["participation_ratio"] > far["participation_ratio"]


def test_a_features_unit_changes_nothing() -> None:
    train, test = toys.blobs("train", 1.5), toys.blobs("test", 1.5)
    units = np.array([0.001, 1000, 1, 4, 50, 0.25], np.float32)
    assert measured(train * units, test * units) == pytest.approx(measured(train, test), rel=1e-3)


def test_test_images_are_scaled_with_the_training_images_statistics() -> None:
    train, test = toys.blobs("train", 8.0), toys.blobs("test", 8.0)
    error = measured(train, test * 0 + train.mean(axis=0))["nearest_neighbour_error"]
    assert error == 0.75, "all at one place have one neighbour, right for one class of four"
    assert measured(train, test)["nearest_neighbour_error"] == 0
    assert measured(train, test + np.float32(100))["nearest_neighbour_error"] > 0.5


# Its table


def rows(**changes: Any) -> list[dict[str, Any]]:
    settings = {f"difficulty.geometry.{key}": value for key, value in changes.items()}
    return list(geometry.rows(toys.study(settings), "toys", "net/one"))


def test_every_draw_has_every_quantity(folder: Path) -> None:
    found = [(row["draw"], row["quantity"]) for row in rows(draws=3)]
    assert found == [(draw, quantity) for draw in range(3) for quantity in QUANTITIES]


def test_draws_are_of_different_images(folder: Path) -> None:
    for quantity in ("participation_ratio", "intrinsic_dimension", "silhouette"):
        assert len(set(toys.column(rows(draws=3), "value", quantity=quantity))) == 3


@pytest.mark.parametrize(("asked", "used"), [(80, 80), (5000, 120)])
def test_no_more_images_than_there_are_are_asked_for(folder: Path, asked: int, used: int) -> None:
    assert {row["images"] for row in rows(images=asked)} == {used}


def test_all_images_give_what_measuring_them_gives(folder: Path) -> None:
    found = {row["quantity"]: row["value"] for row in rows(images=toys.TRAIN) if row["draw"] == 0}
    assert found == measured(toys.blobs("train", 1.5), toys.blobs("test", 1.5))
