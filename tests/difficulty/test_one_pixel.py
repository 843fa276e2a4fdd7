"""One pixel and a threshold: chosen on training images, the best that there is, tested on others."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mnist_transfer.classifiers import statistics
from mnist_transfer.difficulty import one_pixel
from mnist_transfer.difficulty.one_pixel import Images, Rule
from tests.difficulty import toys
from tests.difficulty.toys import Labels


def best(images: Images, labels: Labels) -> Rule:
    return one_pixel.best_rule(one_pixel.histograms(images, labels, 2), 0, 1)


def pictures(*rows: list[int]) -> Images:
    return np.array(rows, np.uint8)


def named(*labels: int) -> Labels:
    return np.array(labels, np.uint8)


def separable(below: int, size: int = 20) -> tuple[Images, Labels]:
    """Images of noise, but for pixel 3: at most 90 in one class and at least 130 in the other."""
    rng = np.random.default_rng(below)
    images, labels = rng.integers(0, 256, (2 * size, 6)).astype(np.uint8), np.repeat(named(0, 1), size)
    images[labels == below, 3] = np.linspace(10, 90, size).astype(np.uint8)
    images[labels != below, 3] = np.linspace(130, 255, size).astype(np.uint8)
    return images, labels


# The rule


@pytest.mark.parametrize("below", [0, 1])
def test_a_pixel_that_separates_two_classes_is_found_with_its_lowest_threshold_and_direction(below: int) -> None:
    images, labels = separable(below)
    assert best(images, labels) == Rule(pixel=3, threshold=91, below=below, above=1 - below, train_accuracy=1.0)


def test_rules_by_hand() -> None:
    known = [
        (best(pictures([99], [100]), named(0, 1)), Rule(0, 100, 0, 1, 1.0)),  # a value at the threshold is above it
        (best(pictures([0], [1]), named(0, 1)), Rule(0, 1, 0, 1, 1.0)),  # the ends of the scale are thresholds too
        (best(pictures([254], [255]), named(0, 1)), Rule(0, 255, 0, 1, 1.0)),
        # Of equally good pixels, of both directions too, the first in reading order.
        (best(pictures([7, 0, 0], [7, 200, 200]), named(0, 1)), Rule(1, 1, 0, 1, 1.0)),
        (best(pictures([255, 0], [0, 255]), named(0, 1)), Rule(0, 1, 1, 0, 1.0)),
        # The larger class counts for more, as every image does.
        (best(pictures([0], [100], [100], [100], [200], [50]), named(0, 0, 0, 0, 1, 1)), Rule(0, 101, 0, 1, 5 / 6)),
    ]
    assert [found for found, _ in known] == [expected for _, expected in known]
    assert Rule(0, 100, 0, 1, 1.0).predict(pictures([0], [99], [100], [255])).tolist() == [0, 0, 1, 1]


levels = st.sampled_from([0, 1, 2, 127, 254, 255])


@given(st.integers(2, 8).flatmap(lambda images: arrays.arrays(np.uint8, (images, 3), elements=levels)), st.data())
def test_no_pixel_threshold_and_direction_does_better(images: Images, data: st.DataObject) -> None:
    labels = named(0, 1, *data.draw(st.lists(st.integers(0, 1), min_size=len(images) - 2, max_size=len(images) - 2)))
    light = images[:, :, None] >= np.arange(1, 256)
    right = (light == labels[:, None, None]).mean(axis=0)
    rule = best(images, labels)
    assert rule.train_accuracy == pytest.approx(max(right.max(), 1 - right.min()))
    assert float((rule.predict(images) == labels).mean()) == pytest.approx(rule.train_accuracy)
    assert 1 <= rule.threshold <= 255


def test_histograms_by_hand() -> None:
    counted = one_pixel.histograms(pictures([0, 255], [0, 7], [9, 7]), named(0, 0, 2), 3)
    assert counted.shape == (3, 2, 256)
    assert counted.sum() == 6
    assert (counted[0, 0, 0], counted[0, 1, 255], counted[0, 1, 7], counted[2, 0, 9], counted[2, 1, 7]) == (2, 1, 1, 1, 1)


# All pairs


def test_the_rule_is_chosen_without_the_test_images() -> None:
    images, labels = separable(0)
    ((rule, correct, tested),) = one_pixel.measure(images, labels, images, labels, 2)
    ((other, wrong, _),) = one_pixel.measure(images, labels, images, 1 - labels, 2)
    assert other == rule
    assert (correct, wrong, tested) == (40, 0, 40)


def test_only_images_of_the_two_classes_are_tested() -> None:
    images, labels = pictures([0], [100], [200]), named(0, 1, 2)
    found = list(one_pixel.measure(images, labels, pictures([0], [0], [100], [200], [200], [200]), named(0, 0, 1, 2, 2, 2), 3))
    assert [(rule.below, rule.above, correct, tested) for rule, correct, tested in found] == [
        (0, 1, 3, 3),
        (0, 2, 5, 5),
        (1, 2, 4, 4),
    ]


@pytest.mark.parametrize("lacking", ["train", "test"])
def test_a_class_without_images_is_left_out(lacking: str) -> None:
    whole, without = (pictures([0], [100], [200]), named(0, 1, 3)), (pictures([0], [200]), named(0, 3))
    train, test = (without, whole) if lacking == "train" else (whole, without)
    found = [(rule.below, rule.above) for rule, _, _ in one_pixel.measure(*train, *test, 4)]
    assert found == [(0, 3)]


# Its table


def test_rows_are_all_pairs_with_the_bytes_that_pixels_were(folder: Path) -> None:
    pixels = np.zeros((toys.TRAIN, 6), np.float32)
    pixels[:, 2] = np.array([10, 11, 12, 255], np.float32)[toys.LABELS["train"]] / np.float32(255)
    toys.write_features("none/all", pixels, pixels[: toys.TEST])
    rows = toys.rows(one_pixel, "none/all")
    found = [tuple(row[name] for name in ("first", "second", "pixel", "below", "threshold")) for row in rows]
    thresholds = {0: 11, 1: 12, 2: 13}
    assert found == [(first, second, 2, first, thresholds[first]) for first, second in combinations(range(4), 2)]
    assert {row["train_accuracy"] for row in rows} == {row["accuracy"] for row in rows} == {1.0}
    low, high = statistics.wilson_interval(30, 30)
    assert {(row["test"], row["accuracy_low"], row["accuracy_high"]) for row in rows} == {(30, low, high)}
    values = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(one_pixel._bytes(values.astype(np.float32) / np.float32(255)), values)


def test_below_names_the_darker_class_even_when_it_is_the_second(folder: Path) -> None:
    bright_first = [(3 - toys.LABELS[split])[:, None].astype(np.float32) / np.float32(3) for split in toys.SIZES]
    toys.write_features("none/all", *bright_first)
    assert all(row["below"] == row["second"] > row["first"] for row in toys.rows(one_pixel, "none/all"))
