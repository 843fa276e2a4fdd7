"""How near recipes come, on tables whose distances are plain to see, and whether a choice on one dataset holds on another."""

from typing import Any

import pandas as pd
import pytest

from mnist_transfer.claims import distance

PAPER = {
    "hard": {"forest-25": 0.80, "svm-linear": 0.60, "knn-3": 0.70},
    "easy": {"forest-25": 0.90, "svm-linear": 0.80, "knn-3": 0.85},
}


def published() -> pd.DataFrame:
    rows = [("paper", name, dataset, value) for dataset, values in PAPER.items() for name, value in values.items()]
    others = [("raw-pixels", name, dataset, 0.1) for _, name, dataset, _ in rows]
    return pd.DataFrame([*others, *rows], columns=["source", "classifier", "dataset", "accuracy"])


def recipes(**differences: dict[str, list[float]]) -> pd.DataFrame:
    """Return a table of recipes that miss the paper's three numbers of each dataset by so much."""
    rows = [
        {"recipe": recipe, "dataset": dataset, "classifier": name, "accuracy": round(value + missed, 4)}
        for recipe, by_dataset in differences.items()
        for dataset, misses in by_dataset.items()
        for (name, value), missed in zip(PAPER[dataset].items(), misses, strict=True)
    ]
    return pd.DataFrame(rows)


def measure(**differences: dict[str, list[float]]) -> pd.DataFrame:
    return distance.distances(distance.compared(recipes(**differences), published()))


def test_each_accuracy_stands_beside_the_papers_own_and_rows_without_one_are_left_out() -> None:
    ours = recipes(x={"hard": [0.01, 0.0, 0.0], "easy": [0.0, 0.0, 0.0]})
    more = [
        {"recipe": "x", "dataset": "hard", "classifier": "lda", "accuracy": 0.5},
        {"recipe": "x", "dataset": "other", "classifier": "knn-3", "accuracy": 0.5},
    ]
    found = distance.compared(pd.concat([ours, pd.DataFrame(more)]), published())
    assert {(row["dataset"], row["classifier"]): row["paper"] for _, row in found.iterrows()} == {
        (dataset, name): value for dataset, values in PAPER.items() for name, value in values.items()
    }
    assert len(found) == 6


def test_a_distance_is_the_mean_of_what_the_numbers_differ_by_whichever_way() -> None:
    found = measure(x={"hard": [0.03, -0.06, 0.0], "easy": [0.15, 0.0, -0.06]}).iloc[0]
    assert found["recipe"] == "x"
    assert found["hard"] == pytest.approx(0.03)
    assert found["easy"] == pytest.approx(0.07)
    assert found["distance"] == pytest.approx(0.05)
    assert found["of"] == 6


def test_the_nearest_recipe_comes_first() -> None:
    found = measure(
        far={"hard": [0.1, 0.1, 0.1], "easy": [0.1, 0.1, 0.1]},
        near={"hard": [0.0, 0.0, 0.01], "easy": [0.0, 0.0, 0.0]},
        middle={"hard": [-0.1, 0.0, 0.0], "easy": [0.0, 0.0, 0.1]},
    )
    assert list(found["recipe"]) == ["near", "middle", "far"]
    assert list(found.index) == [0, 1, 2]


def test_rows_within_one_and_two_points_are_counted() -> None:
    found = measure(x={"hard": [0.005, -0.015, 0.025], "easy": [-0.009, 0.011, 0.3]}).iloc[0]
    assert (found["within_1"], found["within_2"], found["of"]) == (2, 4, 6)


@pytest.mark.parametrize(("ours", "paper"), [(0.7402, 0.7302), (0.7202, 0.7302), (0.8131, 0.8031), (0.9217, 0.9117)])
def test_a_number_just_one_point_off_is_within_one_point(ours: float, paper: float) -> None:
    row: dict[str, Any] = {"recipe": "x", "dataset": "a", "classifier": "knn-3", "accuracy": ours, "paper": paper}
    found = distance.distances(pd.DataFrame([row, row | {"classifier": "knn-5", "accuracy": 0.1, "paper": 0.9}])).iloc[0]
    assert found["within_1"] == 1


def test_the_order_of_the_classifiers_is_the_mean_over_the_datasets() -> None:
    found = measure(
        same={"hard": [0.1, 0.1, 0.1], "easy": [0.0, 0.0, 0.0]},
        turned={"hard": [-0.3, 0.3, 0.0], "easy": [0.0, 0.0, 0.0]},  # .5, .9, .7 for .8, .6, .7
        level={"hard": [0.0, 0.2, 0.1], "easy": [0.0, 0.0, 0.0]},  # .8 throughout, which is no order
    ).set_index("recipe")
    assert found["order"]["same"] == pytest.approx(1)
    assert found["order"]["turned"] == pytest.approx(0)
    assert found["order"]["level"] == pytest.approx(0.5)


def test_a_recipe_that_fits_one_dataset_by_chance_does_not_hold_on_the_other() -> None:
    misses = {
        "chance": {"hard": [0.0, 0.001, 0.002], "easy": [0.2, 0.2, 0.2]},
        "sound": {"hard": [0.01, 0.01, 0.01], "easy": [0.01, 0.02, 0.03]},
        "poor": {"hard": [0.1, 0.1, 0.1], "easy": [0.1, 0.1, 0.1]},
    }
    on_hard, on_easy = distance.transfers(measure(**misses), ["hard", "easy"])
    assert (on_hard.chosen_on, on_hard.judged_on, on_hard.recipe) == ("hard", "easy", "chance")
    assert (on_hard.judged, on_hard.margin) == pytest.approx((0.2, 0.02 - 0.2))
    assert (on_easy.chosen_on, on_easy.judged_on, on_easy.recipe) == ("easy", "hard", "sound")
    assert (on_easy.judged, on_easy.margin) == pytest.approx((0.01, 0.001 - 0.01))


def test_a_winner_on_both_has_its_lead_over_the_next_as_margin() -> None:
    misses = {
        "far": {"hard": [0.2, 0.2, 0.2], "easy": [0.2, 0.2, 0.2]},
        "best": {"hard": [0.01, 0.01, 0.01], "easy": [0.02, 0.02, 0.02]},
        "next": {"hard": [0.05, 0.05, 0.05], "easy": [-0.03, -0.03, -0.03]},
    }
    found = distance.transfers(measure(**misses), ["hard", "easy"])
    assert [each.recipe for each in found] == ["best", "best"]
    assert [each.margin for each in found] == pytest.approx([0.01, 0.04])


def test_of_recipes_that_are_equally_near_on_a_dataset_the_nearest_on_all_counts_and_leads_by_nothing() -> None:
    misses = {
        "first": {"hard": [0.01, 0.01, 0.01], "easy": [0.03, 0.03, 0.03]},
        "second": {"hard": [-0.01, 0.01, 0.01], "easy": [0.02, 0.02, 0.02]},
    }
    measured = measure(**misses)
    assert distance.nearest(measured, "hard") == "second"
    on_hard, on_easy = distance.transfers(measured, ["hard", "easy"])
    assert (on_hard.margin, on_easy.margin) == pytest.approx((0.01, 0))


def test_no_rows_are_no_recipes() -> None:
    assert distance.distances(distance.compared(recipes(x={"hard": [0, 0, 0]}), published().iloc[:0])).empty
