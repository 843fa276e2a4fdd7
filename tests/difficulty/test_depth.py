"""Accuracy at every layer of a network: all layers, all fitted to the same images."""

from pathlib import Path

import pytest
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.difficulty import depth
from mnist_transfer.errors import InputError
from tests.difficulty import toys


def test_an_accuracy_is_that_of_one_stratified_draw_for_all_layers_on_the_whole_test_split(folder: Path) -> None:
    toys.write_blobs("net/two", 1.5)
    found = toys.rows(depth, "net", train=40)
    fitted = [(row["features"], row["classifier"], row["train"], row["test"]) for row in found]
    names, classifiers = ("net/one", "net/two"), ("knn", "forest")
    assert fitted == [(name, classifier, 40, toys.TEST) for name in names for classifier in classifiers]
    train, labels, test = toys.blobs("train", 1.5), toys.LABELS["train"], toys.blobs("test", 1.5)
    chosen = stratified_subset(labels, 40, toys.study().seed)
    mean, deviation = train[chosen].mean(axis=0), train[chosen].std(axis=0)
    neighbours = KNeighborsClassifier(5).fit((train[chosen] - mean) / deviation, labels[chosen])
    expected = neighbours.score((test - mean) / deviation, toys.LABELS["test"])
    assert toys.column(found, "accuracy", classifier="knn") == [expected, expected]
    first, second = toys.column(found, "accuracy", classifier="forest")
    assert first == second < 1


def test_pixels_have_a_single_layer_and_an_unknown_network_is_refused(folder: Path) -> None:
    assert {row["features"] for row in toys.rows(depth, "none")} == {"none/all"}
    with pytest.raises(InputError, match="unknown network 'nothing'; networks has net, none"):
        toys.rows(depth, "nothing")
