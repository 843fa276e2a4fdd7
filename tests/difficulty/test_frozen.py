"""The best candidate is chosen on held-out training images, and the test images are met once."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

from mnist_transfer.difficulty import frozen
from mnist_transfer.difficulty.shared import CLASSIFIERS, classifier
from mnist_transfer.errors import InputError
from mnist_transfer.paths import Split
from tests.difficulty import toys


def rows(*layers: Sequence[str], **changes: Any) -> toys.Rows:
    return toys.rows(frozen, "net", layers=layers or [["one"], ["two"]], **changes)


# The hold-out


@given(st.integers(20, 60), st.integers(20, 56), st.integers(0, 1000))
def test_fitted_and_held_out_images_are_disjoint_and_keep_each_class_share(train: int, validation: int, seed: int) -> None:
    labels = np.repeat(np.arange(4, dtype=np.uint8), [60, 36, 14, 10])
    for rows, number in zip(drawn := frozen.hold_out(labels, train, validation, seed), (train, validation), strict=True):
        assert len(set(rows)) == len(rows) == number
        assert (np.abs(np.bincount(labels[rows], minlength=4) - number * np.bincount(labels) / 120) < 2).all()
    assert not set(drawn[0]) & set(drawn[1])


# The candidates


def test_every_set_of_layers_is_tried_with_every_candidate_and_the_best_is_tested(folder: Path) -> None:
    found = rows(["one"], ["one", "two"], ["two"])
    *validated, tested = [(row["features"], row["classifier"], row["on"], row["train"], row["test"]) for row in found]
    names = ("net/one", "net/one+two", "net/two")
    assert validated == [(name, candidate, "validation", 60, 40) for name in names for candidate in ("knn", "forest")]
    best = max(range(6), key=lambda at: float(found[at]["accuracy"]))
    assert tested == (*validated[best][:2], "test", 120, 60)


def test_of_equally_good_candidates_the_first_is_tested(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toys.write_blobs("net/one", 6.0)
    monkeypatch.setattr(frozen, "CANDIDATES", {"again": CLASSIFIERS["knn"], "knn": CLASSIFIERS["knn"]})
    found = rows(["two"], ["one"])
    assert len(set(toys.column(found, "accuracy", on="validation"))) == 1
    tested = toys.one(found, on="test")
    assert (tested["features"], tested["classifier"]) == ("net/two", "again")


def test_no_test_image_is_used_for_choosing(folder: Path) -> None:
    """Layer two is the better one on test images only; whatever these are, layer one is chosen and its scores are the same."""
    toys.write_features("net/one", toys.blobs("train", 2.0), toys.blobs("test", 0))
    toys.write_features("net/two", toys.blobs("train", 0), toys.blobs("test", 6.0))
    before = rows()
    turned: dict[Split, toys.Labels] = {"train": toys.LABELS["train"], "test": toys.LABELS["test"][::-1].copy()}
    toys.write_features("net/one", toys.blobs("train", 2.0), toys.blobs("test", 0, seed=9) * 100, labels=turned)
    after = rows()
    assert after[:-1] == before[:-1]
    assert after[-1]["features"] == before[-1]["features"] == "net/one"
    assert after[-1]["accuracy"] != before[-1]["accuracy"]


def test_accuracies_by_hand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Layers are joined side by side."""
    toys.write_blobs("net/one", 1.0, seed=4)
    toys.write_blobs("net/two", 0.5)
    monkeypatch.setattr(frozen, "CANDIDATES", {"bayes": classifier("sklearn.naive_bayes.GaussianNB")})
    train, test = (np.hstack([toys.blobs(split, 1.0, seed=4), toys.blobs(split, 0.5)]) for split in toys.SIZES)
    labels, test_labels = toys.LABELS["train"], toys.LABELS["test"]
    fitted, held_out = frozen.hold_out(labels, 60, 40, toys.study().seed)
    on_part, on_all = GaussianNB().fit(train[fitted], labels[fitted]), GaussianNB().fit(train, labels)
    validated, tested = rows(["one", "two"])
    assert validated["accuracy"] == on_part.score(train[held_out], labels[held_out])
    assert tested["accuracy"] == on_all.score(test, test_labels) != on_part.score(test, test_labels)
    predicted = on_all.predict(test)
    wrong = np.flatnonzero(predicted != test_labels)
    mistakes = frozen.mistakes(pd.DataFrame([validated, tested]))
    np.testing.assert_array_equal(mistakes, np.stack([wrong, test_labels[wrong], predicted[wrong]], axis=1))


def test_more_images_than_the_dataset_has_are_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="120 and 20 images asked for, toys trains on 120; ask for fewer"):
        rows(train=toys.TRAIN, validation=20)
