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

CONFUSION = np.array([[5, 2, 1], [3, 6, 0], [4, 7, 8]])


def different(classes: int, sizes: list[int]) -> set[frozenset[frozenset[int]]]:
    return {frozenset(map(frozenset, grouping)) for grouping in merged.groupings(range(classes), sizes)}


@pytest.mark.parametrize(
    ("classes", "sizes", "number"),
    [
        (10, [4], comb(10, 4)),
        (10, [2, 3], comb(10, 2) * comb(8, 3)),
        (10, [3, 2], comb(10, 3) * comb(7, 2)),
        (6, [2, 2], comb(6, 2) * comb(4, 2) // 2),
        (7, [2, 2, 2], comb(7, 2) * comb(5, 2) * comb(3, 2) // factorial(3)),
        (8, [2, 2, 3], comb(8, 2) * comb(6, 2) // 2 * comb(4, 3)),
        (7, [2, 3, 2], comb(7, 2) * comb(5, 2) // 2),
        (4, [4], 1),
        (4, [], 1),
        (3, [4], 0),
        (3, [2, 2], 0),
    ],
)
def test_groupings_are_as_many_as_the_binomials_say_and_all_different(classes: int, sizes: list[int], number: int) -> None:
    assert len(list(merged.groupings(range(classes), sizes))) == len(different(classes, sizes)) == number


@given(st.integers(2, 7), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_groups_are_disjoint_and_of_the_sizes_asked_for(classes: int, sizes: list[int]) -> None:
    for grouping in merged.groupings(range(classes), sizes):
        assert [len(group) for group in grouping] == sizes
        labels = [label for group in grouping for label in group]
        assert len(labels) == len(set(labels))
        assert set(labels) <= set(range(classes))


def test_gains_by_hand() -> None:
    known = {((0, 1),): 5, ((0, 2),): 5, ((1, 2),): 7, ((0, 1, 2),): 17, ((0,), (1, 2)): 7, ((0,),): 0, (): 0}
    assert {grouped: merged.gain(CONFUSION, grouped) for grouped in known} == known


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
