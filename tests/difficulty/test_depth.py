"""Accuracy at every layer of a network: all layers, all fitted to the same images."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from mnist_transfer.data import splits
from mnist_transfer.difficulty import depth
from mnist_transfer.errors import InputError
from tests.difficulty import toys


def rows(network: str = "net", **changes: Any) -> list[dict[str, Any]]:
    changes = {f"difficulty.depth.{key}": value for key, value in changes.items()}
    return list(depth.rows(toys.study(changes), "toys", network))


@pytest.mark.parametrize(("network", "features"), [("net", ["net/one", "net/two"]), ("none", ["none/all"])])
def test_every_layer_has_every_classifier(folder: Path, network: str, features: list[str]) -> None:
    found = [(row["features"], row["classifier"]) for row in rows(network)]
    assert found == [(name, classifier) for name in features for classifier in ("bayes", "tree")]


def test_a_layer_that_says_the_class_beats_one_that_says_nothing(folder: Path) -> None:
    toys.write_features("net/one", toys.noise("train"), toys.noise("test"))
    found = rows(classifiers=["bayes"])
    assert toys.one(found, features="net/two")["accuracy"] > 0.95
    assert toys.one(found, features="net/one")["accuracy"] < 0.5


def test_layers_with_the_same_features_score_the_same_because_all_see_the_same_images(folder: Path) -> None:
    toys.write_blobs("net/two", 1.5)
    found = rows(train=40)
    for classifier in ("bayes", "tree"):
        first, second = toys.column(found, "accuracy", classifier=classifier)
        assert first == second < 1


def test_an_accuracy_is_that_of_a_stratified_draw_on_the_whole_test_split(folder: Path) -> None:
    train, labels = toys.blobs("train", 1.5), toys.labels("train")
    chosen = splits.stratified_subset(labels, 40, toys.study().seed)
    assert np.bincount(labels[chosen]).tolist() == [10, 10, 10, 10]
    predicted = GaussianNB().fit(train[chosen], labels[chosen]).predict(toys.blobs("test", 1.5))
    row = toys.one(rows(train=40), features="net/one", classifier="bayes")
    assert row["accuracy"] == float((predicted == toys.labels("test")).mean())


@pytest.mark.parametrize(("asked", "used"), [(80, 80), (120, 120), (5000, 120)])
def test_no_more_images_than_there_are_are_asked_for(folder: Path, asked: int, used: int) -> None:
    assert {(row["train"], row["test"]) for row in rows(train=asked)} == {(used, toys.TEST)}


def test_an_unknown_network_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="unknown network 'nothing'; networks has net, none"):
        rows("nothing")


def test_a_dataset_a_little_larger_than_the_draw_is_drawn_from_too(folder: Path) -> None:
    assert {row["train"] for row in rows(train=toys.TRAIN - 2)} == {toys.TRAIN - 2}
