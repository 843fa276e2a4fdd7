"""Classes that count as one: what that gains by hand, and beside all groupings of the same sizes."""

from math import comb, factorial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mnist_transfer import tables as schema
from mnist_transfer.difficulty import merged
from mnist_transfer.errors import InputError
from tests.difficulty import toys

CONFUSION = np.array([[5, 2, 1], [3, 6, 0], [4, 7, 8]])


def different(sizes: list[int], classes: int) -> set[frozenset[frozenset[int]]]:
    return {frozenset(map(frozenset, grouping)) for grouping in merged.groupings(range(classes), sizes)}


# Groupings


@pytest.mark.parametrize(
    ("classes", "sizes", "number"),
    [
        (10, [4], comb(10, 4)),
        (10, [2, 3], comb(10, 2) * comb(8, 3)),
        (10, [3, 2], comb(10, 3) * comb(7, 2)),
        (6, [2, 2], comb(6, 2) * comb(4, 2) // 2),
        (7, [2, 2, 2], comb(7, 2) * comb(5, 2) * comb(3, 2) // factorial(3)),
        (8, [2, 2, 3], comb(8, 2) * comb(6, 2) // 2 * comb(4, 3)),
        (4, [4], 1),
        (4, [], 1),
        (3, [4], 0),
        (3, [2, 2], 0),
    ],
)
def test_groupings_are_as_many_as_the_binomials_say_and_all_different(classes: int, sizes: list[int], number: int) -> None:
    assert len(list(merged.groupings(range(classes), sizes))) == len(different(sizes, classes)) == number


def test_groups_of_equal_size_with_another_between_them_come_in_one_order_too() -> None:
    assert len(list(merged.groupings(range(7), [2, 3, 2]))) == len(different([2, 3, 2], 7))


@given(st.integers(2, 7), st.lists(st.integers(1, 3), min_size=1, max_size=3))
def test_groups_are_disjoint_and_of_the_sizes_asked_for(classes: int, sizes: list[int]) -> None:
    for grouping in merged.groupings(range(classes), sizes):
        assert [len(group) for group in grouping] == sizes
        labels = [label for group in grouping for label in group]
        assert len(labels) == len(set(labels))
        assert set(labels) <= set(range(classes))


def test_groupings_of_pairs_by_hand() -> None:
    assert list(merged.groupings(range(4), [2, 2])) == [((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2))]


# What they gain


@pytest.mark.parametrize(
    ("grouped", "gained"),
    [
        ([(0, 1)], 2 + 3),
        ([(0, 2)], 1 + 4),
        ([(1, 2)], 0 + 7),
        ([(0, 1, 2)], 2 + 1 + 3 + 0 + 4 + 7),
        ([(0,), (1, 2)], 7),
        ([(0,)], 0),
        ([], 0),
    ],
)
def test_a_gain_by_hand(grouped: list[tuple[int, ...]], gained: int) -> None:
    assert merged.gain(CONFUSION, grouped) == gained


@given(arrays.arrays(np.int64, (5, 5), elements=st.integers(0, 50)), st.sampled_from([[2], [3], [2, 2], [2, 3], [5]]))
def test_a_gain_is_what_becomes_right_when_labels_are_really_merged(confusion: npt.NDArray[np.int64], sizes: list[int]) -> None:
    for grouping in merged.groupings(range(5), sizes):
        name = np.arange(5)
        for group in grouping:
            name[list(group)] = group[0]
        right = int(confusion[name[:, None] == name].sum())
        assert int(np.trace(confusion)) + merged.gain(confusion, grouping) == right


# Its table


def rows(look_alikes: list[list[str]], **predicted: dict[int, int]) -> list[dict[str, Any]]:
    toys.write_confusion({name: toys.mistaken(wrong) for name, wrong in predicted.items()})
    return list(merged.rows(toys.study({"difficulty.look_alikes.toys": look_alikes}), "toys", "net/one"))


def test_errors_among_look_alikes_alone_vanish_and_no_other_pair_gains_as_much(folder: Path) -> None:
    row = toys.one(rows([["a", "b"]], bayes={0: 1, 4: 1, 1: 0}))
    assert (row["classifier"], row["test"]) == ("bayes", 60)
    assert row["accuracy"] == pytest.approx(57 / 60)
    assert row["merged"] == 1
    assert row["others"] == pytest.approx((57 + 3 / comb(4, 2)) / 60)
    assert row["as_good"] == pytest.approx(1 / comb(4, 2))


def test_errors_beside_the_look_alikes_stay_and_every_pair_gains_as_much(folder: Path) -> None:
    row = toys.one(rows([["a", "b"]], bayes={0: 2, 4: 2, 3: 0}))
    assert row["accuracy"] == row["merged"] == pytest.approx(57 / 60)
    assert row["others"] == pytest.approx((57 + 3 / comb(4, 2)) / 60)
    assert row["as_good"] == 1


def test_two_groups_are_compared_with_all_pairs_of_groups(folder: Path) -> None:
    row = toys.one(rows([["d", "b"], ["a", "c"]], bayes={0: 2, 1: 3, 2: 3}))
    assert row["merged"] == pytest.approx(59 / 60)
    assert row["others"] == pytest.approx((57 + (2 + 1 + 0) / 3) / 60)
    assert row["as_good"] == pytest.approx(1 / 3)


def test_every_row_of_the_table_of_confusions_has_one_in_its_order(folder: Path) -> None:
    found = rows([["a", "b"]], zebra={0: 1}, ape={}, **{"knn-3": {1: 0, 2: 0}})
    assert [(row["classifier"], row["accuracy"], row["merged"]) for row in found] == [
        ("zebra", 59 / 60, 1),
        ("ape", 1, 1),
        ("knn-3", 58 / 60, 59 / 60),
    ]


def test_a_dataset_without_look_alikes_has_no_rows(folder: Path) -> None:
    assert rows([], bayes={0: 1}) == []
    assert list(merged.rows(toys.study({"difficulty.look_alikes": {}}), "toys", "net/one")) == []


def test_only_the_asked_datasets_and_features_errors_count(folder: Path) -> None:
    elsewhere = [
        {"dataset": dataset, "features": features, "classifier": "bayes", "actual": 0, "predicted": 1, "count": 9}
        for dataset, features in (("toys", "net/two"), ("more", "net/one"))
    ]
    here = {"dataset": "toys", "features": "net/one", "classifier": "bayes", "actual": 0, "predicted": 0, "count": 5}
    schema.write("confusion", [*elsewhere, here])
    row = toys.one(list(merged.rows(toys.study(), "toys", "net/one")))
    assert (row["test"], row["accuracy"]) == (5, 1)


def test_what_the_table_of_confusions_lacks_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="no row for toys, net/two"):
        list(merged.rows(toys.study(), "toys", "net/two"))
