"""Accuracy at every layer of a network: all layers, all fitted to the same images."""

from pathlib import Path

import pytest
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.difficulty import depth
from mnist_transfer.errors import InputError
from tests.difficulty import toys


@pytest.mark.parametrize(("network", "features"), [("net", ["net/one", "net/two"]), ("none", ["none/all"])])
def test_every_layer_has_every_classifier(folder: Path, network: str, features: list[str]) -> None:
    found = [(row["features"], row["classifier"]) for row in toys.rows(depth, network)]
    assert found == [(name, classifier) for name in features for classifier in ("knn", "forest")]


def test_a_layer_that_says_the_class_beats_one_that_says_nothing(folder: Path) -> None:
    toys.write_blobs("net/one", 0)
    found = toys.rows(depth, "net", classifiers=["knn"])
    assert toys.one(found, features="net/two")["accuracy"] > 0.95
    assert toys.one(found, features="net/one")["accuracy"] < 0.5


def test_an_accuracy_is_that_of_one_stratified_draw_for_all_layers_on_the_whole_test_split(folder: Path) -> None:
    toys.write_blobs("net/two", 1.5)
    found = toys.rows(depth, "net", train=40)
    train, labels, test = toys.blobs("train", 1.5), toys.LABELS["train"], toys.blobs("test", 1.5)
    chosen = stratified_subset(labels, 40, toys.study().seed)
    mean, deviation = train[chosen].mean(axis=0), train[chosen].std(axis=0)
    neighbours = KNeighborsClassifier(5).fit((train[chosen] - mean) / deviation, labels[chosen])
    expected = neighbours.score((test - mean) / deviation, toys.LABELS["test"])
    assert toys.column(found, "accuracy", classifier="knn") == [expected, expected]
    first, second = toys.column(found, "accuracy", classifier="forest")
    assert first == second < 1


@pytest.mark.parametrize(("asked", "used"), [(80, 80), (118, 118), (120, 120), (5000, 120)])
def test_no_more_images_than_there_are_are_asked_for(folder: Path, asked: int, used: int) -> None:
    rows = toys.rows(depth, "net", train=asked, classifiers=["knn"])
    assert {(row["train"], row["test"]) for row in rows} == {(used, toys.TEST)}


def test_an_unknown_network_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="unknown network 'nothing'; networks has net, none"):
        toys.rows(depth, "nothing")
