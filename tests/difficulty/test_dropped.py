"""Accuracy without the classes that look alike, and with only these: which images each is fitted to and tested on."""

from pathlib import Path

import numpy as np
import pytest

from mnist_transfer.difficulty import dropped
from mnist_transfer.paths import SPLITS
from tests.difficulty import toys

Groups = list[list[int]]


def rows(look_alikes: Groups, train: int = 80, classifier: str = "knn") -> toys.Rows:
    return toys.rows(dropped, "net/two", look_alikes={"toys": look_alikes}, train=train, classifiers=[classifier])


def test_classes_that_cannot_be_told_apart_cost_what_the_others_do_not(folder: Path) -> None:
    clouds = [np.where(toys.LABELS[split][:, None] < 2, toys.blobs(split, 0, 5), toys.blobs(split, 8.0)) for split in SPLITS]
    toys.write_features("net/two", *clouds)
    accuracy = {row["kept"]: row["accuracy"] for row in rows([[0, 1]])}
    assert list(accuracy) == ["all", "look-alikes", "others"]
    assert accuracy["others"] == 1
    assert accuracy["look-alikes"] < 0.75
    assert accuracy["all"] == pytest.approx((accuracy["look-alikes"] + accuracy["others"]) / 2, abs=0.1)


@pytest.mark.parametrize("look_alikes", [[[3, 0]], [[0], [2]]])
def test_kept_images_are_those_of_the_kept_classes(folder: Path, look_alikes: Groups) -> None:
    for asked, used in ((80, 80), (5000, 120)):
        found = [(row["kept"], row["classes"], row["train"], row["test"]) for row in rows(look_alikes, asked)]
        assert found == [("all", 4, used, 60), ("look-alikes", 2, used // 2, 30), ("others", 2, used // 2, 30)]


def test_where_fewer_than_two_classes_would_be_left_all_are_kept(folder: Path) -> None:
    for look_alikes in ([[0]], [[0, 1, 2]]):
        assert {(row["kept"], row["classes"]) for row in rows(look_alikes)} == {("all", 4)}


def test_each_set_is_fitted_anew_so_nobody_answers_with_a_class_that_is_left_out(folder: Path) -> None:
    toys.write_features("net/two", *[np.zeros((size, 6), np.float32) for size in toys.SIZES.values()])
    for row in rows([[2, 3]], classifier="forest"):
        assert row["accuracy"] == 1 / row["classes"], "the same features for all: one class is said of all that are kept"
