"""Accuracy against the number of training images: which sizes and draws there are, and what each is fitted to."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.naive_bayes import GaussianNB

from mnist_transfer.classifiers import statistics
from mnist_transfer.data import splits
from mnist_transfer.difficulty import learning_curves
from tests.difficulty import toys


def curves(sizes: list[int], draws: dict[str, list[int]], **more: Any) -> list[dict[str, Any]]:
    changes = {"difficulty.learning_curves.sizes": sizes, "difficulty.learning_curves.draws": draws, **more}
    return list(learning_curves.rows(toys.study(changes), "toys", "net/one"))


def test_every_size_that_the_dataset_has_is_drawn_as_often_as_asked(folder: Path) -> None:
    rows = curves([20, 60, 120, 500], {"bayes": [3, 2, 1, 1], "tree": [2, 1, 1, 1]})
    assert Counter((row["classifier"], row["train"]) for row in rows) == {
        ("bayes", 20): 3,
        ("bayes", 60): 2,
        ("bayes", 120): 1,
        ("tree", 20): 2,
        ("tree", 60): 1,
        ("tree", 120): 1,
    }
    assert toys.column(rows, "draw", classifier="bayes", train=20) == [0, 1, 2]


def test_a_dataset_smaller_than_every_size_has_no_curve(folder: Path) -> None:
    assert curves([121, 500], {"bayes": [3, 3]}) == []


def test_accuracy_rises_with_the_number_of_images(folder: Path) -> None:
    toys.write_blobs("net/one", 2.0)
    rows = curves([20, 40, 120], {"bayes": [10, 10, 1]})
    means = [float(np.mean(toys.column(rows, "accuracy", train=size))) for size in (20, 40, 120)]
    assert means[0] + 0.05 < means[1] < means[2]


def test_draws_are_different_images_and_the_same_for_all_classifiers(folder: Path) -> None:
    rows = curves([20, 40], {"bayes": [8, 8], "again": [8, 8]}, **{"difficulty.classifiers.again": toys.BAYES})
    for size in (20, 40):
        accuracies = toys.column(rows, "accuracy", classifier="bayes", train=size)
        assert len(set(accuracies)) > 1
        assert toys.column(rows, "accuracy", classifier="again", train=size) == accuracies


def test_an_accuracy_is_that_of_a_stratified_draw_on_the_whole_test_split(folder: Path) -> None:
    draw = 2
    row = toys.one(curves([40, 500], {"bayes": [3, 1]}), draw=draw)
    train, labels = toys.blobs("train", 1.5), toys.labels("train")
    chosen = splits.stratified_subset(labels, 40, toys.study().seed + draw)
    assert np.bincount(labels[chosen]).tolist() == [10, 10, 10, 10]
    predicted = GaussianNB().fit(train[chosen], labels[chosen]).predict(toys.blobs("test", 1.5))
    correct = int((predicted == toys.labels("test")).sum())
    assert (row["test"], row["accuracy"]) == (toys.TEST, correct / toys.TEST)
    assert (row["accuracy_low"], row["accuracy_high"]) == statistics.wilson_interval(correct, toys.TEST)


def test_the_classifiers_own_seed_goes_with_the_draw(folder: Path) -> None:
    rows = curves([toys.TRAIN, 500], {"tree": [6, 1], "bayes": [6, 1]})
    assert len(set(toys.column(rows, "accuracy", classifier="bayes"))) == 1, "all images are one draw only"
    assert len(set(toys.column(rows, "accuracy", classifier="tree"))) > 1


def test_a_size_just_below_the_datasets_is_drawn_too(folder: Path) -> None:
    assert len(curves([20, toys.TRAIN - 1], {"bayes": [1, 1]})) == 2
