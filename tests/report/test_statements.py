"""The paper's statements are checked on the numbers, not on what one would like them to say."""

import pandas as pd
import pytest

from mnist_transfer.report import statements


def view(*clusters: str) -> pd.DataFrame:
    """Return points of clusters, each written as its points' classes."""
    rows = [(number, int(label)) for number, labels in enumerate(clusters) for label in labels]
    return pd.DataFrame(rows, columns=["cluster", "class"])


@pytest.mark.parametrize(
    ("clusters", "count"),
    [
        (("000", "111"), 2),
        (("001", "112"), 2),
        (("0011", "22"), 1),  # half of a cluster is not more than half
        (("000", "00"), 1),  # one class in two clusters is one class
    ],
)
def test_a_class_stands_apart_that_makes_up_more_than_half_of_a_cluster(clusters: tuple[str, ...], count: int) -> None:
    assert statements.separated(view(*clusters)) == count


def test_purity_by_hand() -> None:
    assert statements.purity(view("0001", "11")) == pytest.approx(5 / 6)


def test_the_best_classifier_is_the_first_of_those_on_top() -> None:
    assert statements.best({"knn-3": 0.5, "forest-gini-25": 0.7, "forest-gini-50": 0.7}) == "forest-gini-25"
