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


def test_rules_by_hand() -> None:
    pair = named(0, 1)
    known = [
        (best(pictures([99], [100]), pair), Rule(0, 100, 0, 1, 1.0)),  # a value at the threshold is above it
        # Of equally good pixels, of both directions too, the first in reading order with its lowest threshold.
        (best(pictures([7, 0, 0], [7, 200, 200]), pair), Rule(1, 1, 0, 1, 1.0)),
        (best(pictures([255, 0], [90, 255]), pair), Rule(0, 91, 1, 0, 1.0)),
        # The larger class counts for more, as every image does.
        (best(pictures([0], [100], [100], [100], [200], [50]), named(0, 0, 0, 0, 1, 1)), Rule(0, 101, 0, 1, 5 / 6)),
    ]
    assert [found for found, _ in known] == [expected for _, expected in known]
    assert Rule(0, 100, 0, 1, 1.0).predict(pictures([0], [99], [100], [255])).tolist() == [0, 0, 1, 1]


levels = st.sampled_from([0, 1, 2, 127, 254, 255])


@given(st.integers(2, 8).flatmap(lambda images: arrays.arrays(np.uint8, (images, 3), elements=levels)), st.data())
def test_no_pixel_threshold_and_direction_does_better(images: Images, data: st.DataObject) -> None:
    labels = named(0, 1, *data.draw(st.lists(st.integers(0, 1), min_size=len(images) - 2, max_size=len(images) - 2)))
    right = ((images[:, :, None] >= np.arange(1, 256)) == labels[:, None, None]).mean(axis=0)
    rule = best(images, labels)
    assert rule.train_accuracy == pytest.approx(max(right.max(), 1 - right.min()))
    assert float((rule.predict(images) == labels).mean()) == pytest.approx(rule.train_accuracy)
    assert 1 <= rule.threshold <= 255


def test_only_training_images_choose_only_the_two_classes_are_tested_and_one_without_images_is_left_out() -> None:
    train, labels = pictures([0], [100], [200]), named(0, 1, 3)
    test, tested = pictures([0], [0], [100], [200], [200], [200]), named(0, 0, 1, 3, 3, 3)

    def measured(train_labels: Labels, test_labels: Labels) -> dict[tuple[int, int], tuple[int, int, int]]:
        found = one_pixel.measure(train, train_labels, test, test_labels, 4)
        return {(rule.below, rule.above): (rule.threshold, correct, images) for rule, correct, images in found}

    assert measured(labels, tested) == {(0, 1): (1, 3, 3), (0, 3): (1, 5, 5), (1, 3): (101, 4, 4)}
    assert measured(labels, 3 - tested) == {(0, 3): (1, 0, 5)}, "the same rule on other test images"
    assert measured(named(0, 0, 3), tested) == {(0, 3): (101, 5, 5)}


def test_rows_are_all_pairs_with_the_bytes_that_pixels_were_and_the_darker_class(folder: Path) -> None:
    values = np.array([255, 12, 11, 10], np.float32) / np.float32(255)
    pixels = np.zeros((toys.TRAIN, 6), np.float32)
    pixels[:, 2] = values[toys.LABELS["train"]]
    toys.write_features("none/all", pixels, pixels[: toys.TEST])
    rows = toys.rows(one_pixel, "none/all")
    found = [tuple(row[name] for name in ("first", "second", "pixel", "below", "threshold")) for row in rows]
    thresholds = {1: 13, 2: 12, 3: 11}
    assert found == [(first, second, 2, second, thresholds[second]) for first, second in combinations(range(4), 2)]
    assert {row["train_accuracy"] for row in rows} == {row["accuracy"] for row in rows} == {1.0}
    low, high = statistics.wilson_interval(30, 30)
    assert {(row["test"], row["accuracy_low"], row["accuracy_high"]) for row in rows} == {(30, low, high)}
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(one_pixel._bytes(every.astype(np.float32) / np.float32(255)), every)
