"""Classes that count as one: what that gains by hand, and beside all groupings of the same sizes."""

from math import comb, factorial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mnist_transfer.comparisons import merged
from tests.difficulty import toys


@pytest.mark.parametrize(
    ("classes", "sizes", "number"),
    [
        (10, [4], comb(10, 4)),
        (10, [2, 3], comb(10, 2) * comb(8, 3)),
        (6, [2, 2], comb(6, 2) * comb(4, 2) // 2),
        (7, [2, 2, 2], comb(7, 2) * comb(5, 2) * comb(3, 2) // factorial(3)),
        (8, [2, 2, 3], comb(8, 2) * comb(6, 2) // 2 * comb(4, 3)),
        (4, [4], 1),
        (3, [4], 0),
        (3, [2, 2], 0),
    ],
)
def test_groupings_are_all_that_the_binomials_say_each_once(classes: int, sizes: list[int], number: int) -> None:
    found = list(merged.groupings(range(classes), sizes))
    assert len(found) == len({frozenset(map(frozenset, grouping)) for grouping in found}) == number
    for grouping in found:
        assert [len(group) for group in grouping] == sizes
        assert len(set().union(*grouping)) == sum(sizes), "groups are disjoint"


@given(arrays.arrays(np.int64, (5, 5), elements=st.integers(0, 50)), st.sampled_from([[2], [3], [2, 2], [2, 3], [5]]))
def test_a_gain_is_what_becomes_right_when_labels_are_really_merged(confusion: npt.NDArray[np.int64], sizes: list[int]) -> None:
    for grouping in merged.groupings(range(5), sizes):
        name = np.arange(5)
        for group in grouping:
            name[list(group)] = group[0]
        right = int(confusion[name[:, None] == name].sum())
        assert int(np.trace(confusion)) + merged.gain(confusion, grouping) == right


# Its table


@pytest.mark.parametrize(
    ("look_alikes", "wrong", "merged_accuracy", "others", "as_good"),
    [
        ([[0, 1]], {0: 1, 4: 1, 1: 0}, 1, (57 + 3 / 6) / 60, 1 / 6),  # errors among look-alikes alone vanish
        ([[0, 1]], {0: 2, 4: 2, 3: 0}, 57 / 60, (57 + 3 / 6) / 60, 1),  # those beside them stay, and any pair gains as much
        ([[3, 1], [0, 2]], {0: 2, 1: 3, 2: 3}, 59 / 60, (57 + (2 + 1 + 0) / 3) / 60, 1 / 3),  # pairs of groups
    ],
)
def test_rows_by_hand(
    folder: Path,
    look_alikes: list[list[int]],
    wrong: dict[int, int],
    merged_accuracy: float,
    others: float,
    as_good: float,
) -> None:
    toys.write_predictions("net/one", toys.mistaken({}), toys.mistaken(wrong), toys.mistaken({}))
    rows = toys.rows(merged, "net/one", look_alikes={"toys": look_alikes})
    assert [row["classifier"] for row in rows] == list(toys.ROWS)
    row = toys.one(rows, classifier="knn-1")
    assert [row[name] for name in ("test", "accuracy", "merged", "others", "as_good")] == pytest.approx(
        [60, 57 / 60, merged_accuracy, others, as_good]
    )
    assert toys.one(rows, classifier="bayes")["accuracy"] == toys.one(rows, classifier="bayes")["merged"] == 1


@pytest.mark.parametrize("look_alikes", [{"toys": []}, {}])
def test_a_dataset_without_look_alikes_has_no_rows(folder: Path, look_alikes: dict[str, list[list[int]]]) -> None:
    assert toys.rows(merged, "net/one", look_alikes=look_alikes) == []
