"""The best candidate is chosen on held-out training images, and the test images are met once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

from mnist_transfer.difficulty import frozen
from mnist_transfer.errors import InputError
from tests.difficulty import toys
from tests.difficulty.toys import BAYES, TREE


def rows(
    layers: Any = (("one",), ("two",)), classifiers: Mapping[str, Any] | None = None, **changes: Any
) -> list[dict[str, Any]]:
    changes |= {"layers": layers, "classifiers": classifiers or {"bayes": BAYES}}
    study = toys.study({f"difficulty.frozen.{key}": value for key, value in changes.items()})
    return list(frozen.rows(study, "toys", "net"))


# The hold-out


@given(st.integers(20, 60), st.integers(20, 56), st.integers(0, 1000))
def test_fitted_and_held_out_images_are_disjoint_and_as_many_as_asked(train: int, validation: int, seed: int) -> None:
    fitted, held_out = frozen.hold_out(toys.labels("train"), train, validation, seed)
    assert (len(set(fitted)), len(set(held_out))) == (len(fitted), len(held_out)) == (train, validation)
    assert not set(fitted) & set(held_out)
    assert set(fitted) | set(held_out) <= set(range(toys.TRAIN))


def test_both_keep_each_class_share() -> None:
    labels = np.repeat(np.arange(3, dtype=np.uint8), [60, 36, 24])
    fitted, held_out = frozen.hold_out(labels, 40, 20, seed=1)
    assert np.bincount(labels[fitted]).tolist() == [20, 12, 8]
    assert np.bincount(labels[held_out]).tolist() == [10, 6, 4]


def test_all_images_can_be_used_and_another_seed_divides_them_otherwise() -> None:
    first, second = (frozen.hold_out(toys.labels("train"), 80, 40, seed) for seed in (1, 2))
    assert set(first[0]) | set(first[1]) == set(second[0]) | set(second[1]) == set(range(toys.TRAIN))
    assert set(first[0]) != set(second[0])


def test_held_out_images_are_not_fitted_to(folder: Path) -> None:
    """One nearest neighbour is always right on what it was fitted to, even on noise."""
    toys.write_features("net/one", toys.noise("train"), toys.noise("test"))
    neighbour = {
        "title": "1",
        "class": "sklearn.neighbors.KNeighborsClassifier",
        "scale": False,
        "arguments": {"n_neighbors": 1},
    }
    first, _ = rows([["one"]], {"neighbour": neighbour})
    assert first["accuracy"] < 0.6


# The candidates


def test_layers_are_joined_side_by_side(folder: Path) -> None:
    train, test = frozen.join(toys.study(), "toys", "net", ["two", "one"])
    np.testing.assert_array_equal(train, np.hstack([toys.blobs("train", 6.0), toys.blobs("train", 1.5)]))
    np.testing.assert_array_equal(test, np.hstack([toys.blobs("test", 6.0), toys.blobs("test", 1.5)]))


def test_every_set_of_layers_is_tried_with_every_classifier_and_one_is_tested(folder: Path) -> None:
    found = rows([["one"], ["one", "two"]], {"bayes": BAYES, "tree": TREE})
    assert [(row["features"], row["classifier"], row["on"], row["train"], row["test"]) for row in found] == [
        ("net/one", "bayes", "validation", 60, 40),
        ("net/one", "tree", "validation", 60, 40),
        ("net/one+two", "bayes", "validation", 60, 40),
        ("net/one+two", "tree", "validation", 60, 40),
        ("net/one+two", "bayes", "test", 120, 60),
    ]


def test_the_tested_candidate_is_the_best_on_held_out_images(folder: Path) -> None:
    found = rows([["one"], ["two"], ["one", "two"]], {"tree": TREE, "bayes": BAYES})
    tested = toys.one(found, on="test")
    validated = toys.only(found, on="validation")
    best = max(validated, key=lambda row: float(row["accuracy"]))
    assert (tested["features"], tested["classifier"]) == (best["features"], best["classifier"])


def test_of_equally_good_candidates_the_first_is_tested(folder: Path) -> None:
    toys.write_blobs("net/one", 6.0)
    found = rows([["two"], ["one"]], {"again": BAYES, "bayes": BAYES})
    assert len({row["accuracy"] for row in toys.only(found, on="validation")}) == 1
    tested = toys.one(found, on="test")
    assert (tested["features"], tested["classifier"]) == ("net/two", "again")


def test_no_test_image_is_used_for_choosing(folder: Path) -> None:
    """Layer two is the better one on test images only; whatever these are, layer one is chosen and its scores are the same."""
    toys.write_features("net/one", toys.blobs("train", 2.0), toys.noise("test"))
    toys.write_features("net/two", toys.noise("train"), toys.blobs("test", 6.0))
    before = rows()
    assert toys.one(before, on="test")["features"] == "net/one"
    toys.write_labels(toys.labels("train"), toys.labels("test")[::-1].copy())
    toys.write_features("net/one", toys.blobs("train", 2.0), toys.noise("test", seed=9) * 100)
    after = rows()
    assert toys.only(after, on="validation") == toys.only(before, on="validation")
    assert toys.one(after, on="test")["features"] == "net/one"
    assert toys.one(after, on="test")["accuracy"] != toys.one(before, on="test")["accuracy"]


def test_accuracies_by_hand(folder: Path) -> None:
    toys.write_blobs("net/one", 1.0, seed=4)
    (train, labels), (test, test_labels) = ((toys.blobs(split, 1.0, seed=4), toys.labels(split)) for split in toys.SIZES)
    fitted, held_out = frozen.hold_out(labels, 60, 40, toys.study().seed)
    on_part, on_all = GaussianNB().fit(train[fitted], labels[fitted]), GaussianNB().fit(train, labels)
    validated, tested = rows([["one"]])
    assert validated["accuracy"] == on_part.score(train[held_out], labels[held_out])
    assert tested["accuracy"] == on_all.score(test, test_labels) != on_part.score(test, test_labels)


# What cannot be done


def test_more_images_than_the_dataset_has_are_refused(folder: Path) -> None:
    with pytest.raises(InputError):
        rows(train=toys.TRAIN, validation=20)
