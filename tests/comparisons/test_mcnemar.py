"""McNemar's test of all pairs of a study's rows; test_shared.py has its numbers."""

from pathlib import Path

import numpy as np
import pytest

from mnist_transfer.comparisons import mcnemar
from tests.difficulty import toys

LABELS = toys.LABELS["test"]


def test_rows_are_all_pairs_of_rows_with_their_images_and_the_correction_for_their_number(folder: Path) -> None:
    worse, other = LABELS.copy(), LABELS.copy()
    worse[:10] += 1  # 4 is no class, and so surely wrong
    worse %= 4
    other[8:12] = (other[8:12] + 2) % 4
    toys.write_predictions("net/one", LABELS, worse, other)
    rows = toys.rows(mcnemar, "net/one")
    found = [tuple(row[name] for name in ("first", "second", "first_only", "second_only")) for row in rows]
    assert found == [("bayes", "knn-1", 10, 0), ("bayes", "knn-3", 4, 0), ("knn-1", "knn-3", 2, 8)]
    p = [2 / 2**10, 2 / 2**4, 2 * (1 + 10 + 45) / 2**10]
    assert toys.column(rows, "p") == pytest.approx(p)
    assert toys.column(rows, "p_holm") == pytest.approx([p[0] * 3, 2 * p[2], 2 * p[2]])


def test_both_being_wrong_in_different_ways_tells_nothing_apart_and_one_row_has_no_pairs(folder: Path) -> None:
    toys.write_predictions("net/one", *[((LABELS + step) % 4).astype(np.uint8) for step in (1, 2, 3)])
    rows = toys.rows(mcnemar, "net/one")
    assert {(row["first_only"], row["second_only"], row["p"], row["p_holm"]) for row in rows} == {(0, 0, 1.0, 1.0)}
    assert list(mcnemar.rows(toys.study({"study.classifiers": ["bayes"]}), "toys", "net/one")) == []
