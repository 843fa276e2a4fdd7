"""Accuracy without the classes that look alike, and with only these: which images each is fitted to and tested on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_transfer.difficulty import dropped
from tests.difficulty import toys


def rows(look_alikes: list[list[str]], features: str = "net/two", **changes: Any) -> list[dict[str, Any]]:
    settings = {f"difficulty.dropped.{key}": value for key, value in changes.items()}
    return list(dropped.rows(toys.study({"difficulty.look_alikes.toys": look_alikes, **settings}), "toys", features))


def test_classes_that_cannot_be_told_apart_cost_what_the_others_do_not(folder: Path) -> None:
    one_cloud = []
    for split in toys.SIZES:
        cloud = toys.blobs(split, 8.0)
        alike = toys.labels(split) < 2
        cloud[alike] = toys.noise(split, seed=5)[alike]
        one_cloud.append(cloud)
    toys.write_features("net/two", *one_cloud)
    accuracy = {row["kept"]: row["accuracy"] for row in rows([["a", "b"]], classifiers=["bayes"])}
    assert list(accuracy) == ["all", "look-alikes", "others"]
    assert accuracy["others"] == 1
    assert accuracy["look-alikes"] < 0.75
    assert accuracy["all"] == pytest.approx((accuracy["look-alikes"] + accuracy["others"]) / 2, abs=0.1)


@pytest.mark.parametrize(
    ("look_alikes", "alike", "train"), [([["a", "b"]], 2, 40), ([["d", "a"]], 2, 40), ([["a"], ["c"]], 2, 40)]
)
def test_kept_images_are_those_of_the_kept_classes(folder: Path, look_alikes: list[list[str]], alike: int, train: int) -> None:
    found = [(row["classifier"], row["kept"], row["classes"], row["train"], row["test"]) for row in rows(look_alikes, train=80)]
    assert found == [
        *((name, "all", 4, 80, 60) for name in ("bayes", "tree")),
        *((name, "look-alikes", alike, train, 15 * alike) for name in ("bayes", "tree")),
        *((name, "others", 4 - alike, 80 - train, 60 - 15 * alike) for name in ("bayes", "tree")),
    ]


def test_groups_are_kept_together_as_one_set(folder: Path) -> None:
    toys.write_labels(np.arange(toys.TRAIN).astype(np.uint8) % 6, np.arange(toys.TEST).astype(np.uint8) % 6)
    study = toys.study({"datasets.toys.classes": list("abcdef"), "difficulty.look_alikes.toys": [["a", "f"], ["c", "d"]]})
    found = {row["kept"]: (row["classes"], row["test"]) for row in dropped.rows(study, "toys", "net/one")}
    assert found == {"all": (6, 60), "look-alikes": (4, 40), "others": (2, 20)}


@pytest.mark.parametrize("look_alikes", [[], [["a"]], [["a", "b", "c"]], [["a", "b"], ["c", "d"]]])
def test_where_fewer_than_two_classes_would_be_left_all_are_kept(folder: Path, look_alikes: list[list[str]]) -> None:
    assert {(row["kept"], row["classes"]) for row in rows(look_alikes)} == {("all", 4)}


def test_each_set_is_fitted_anew_so_nobody_answers_with_a_class_that_is_left_out(folder: Path) -> None:
    far = [np.zeros((size, 6), np.float32) for size in toys.SIZES.values()]
    toys.write_features("net/two", *far)
    for row in rows([["c", "d"]], classifiers=["tree"]):
        assert row["accuracy"] == 1 / row["classes"], "the same features for all: one class is said of all that are kept"


@pytest.mark.parametrize(("asked", "used"), [(80, 80), (5000, 120)])
def test_no_more_images_than_there_are_are_asked_for(folder: Path, asked: int, used: int) -> None:
    assert {row["train"] for row in rows([["a", "b"]], train=asked) if row["kept"] == "all"} == {used}
