"""How near recipes come, on tables whose distances are plain to see."""

import pandas as pd
import pytest

from mnist_transfer.claims import distance

PAPER = {
    "hard": {"forest-25": 0.80, "svm-linear": 0.60, "knn-3": 0.70},
    "easy": {"forest-25": 0.90, "svm-linear": 0.80, "knn-3": 0.85},
}


def compared(**differences: dict[str, list[float]]) -> pd.DataFrame:
    """Return recipes that miss the paper's three numbers of each dataset by so much, beside what was published."""
    figures = [(name, dataset, value) for dataset, values in PAPER.items() for name, value in values.items()]
    published = pd.DataFrame(
        [(source, *figure) for source in ("raw-pixels", "paper") for figure in figures],
        columns=["source", "classifier", "dataset", "accuracy"],
    )
    published.loc[published["source"] != "paper", "accuracy"] = 0.1
    recipes = [
        (recipe, dataset, name, round(value + missed, 4))
        for recipe, by_dataset in differences.items()
        for dataset, misses in by_dataset.items()
        for (name, value), missed in zip(PAPER[dataset].items(), misses, strict=True)
    ]
    recipes += [("x", "hard", "lda", 0.5), ("x", "other", "knn-3", 0.5)]  # of which the paper has no figure
    return distance.compared(pd.DataFrame(recipes, columns=["recipe", "dataset", "classifier", "accuracy"]), published)


def measure(**differences: dict[str, list[float]]) -> pd.DataFrame:
    return distance.distances(compared(**differences))


def test_a_distance_is_the_mean_of_what_the_numbers_differ_by_whichever_way() -> None:
    found = measure(x={"hard": [0.03, -0.06, 0.0], "easy": [0.15, 0.0, -0.06]}).iloc[0]
    assert (found["recipe"], found["of"]) == ("x", 6)
    assert (found["hard"], found["easy"], found["distance"]) == pytest.approx((0.03, 0.07, 0.05))
    assert distance.distances(compared()).empty


@pytest.mark.parametrize("paper", [0.7302, 0.8031, 0.9117])
def test_rows_within_one_and_two_points_are_counted_just_one_point_among_them(paper: float) -> None:
    misses = (0.005, -0.015, 0.025, -0.009, 0.01, -0.01, 0.011, 0.02, -0.02, -0.3)
    rows = [{"recipe": "x", "dataset": "a", "accuracy": round(paper + miss, 4), "paper": paper} for miss in misses]
    found = distance.distances(pd.DataFrame(rows)).iloc[0]
    assert (found["within_1"], found["within_2"], found["of"]) == (4, 8, 10)


def test_the_nearest_comes_first_on_all_and_on_a_dataset() -> None:
    found = measure(
        far={"hard": [0.1, 0.1, 0.1], "easy": [0.1, 0.1, 0.1]},
        middle={"hard": [0.0, 0.01, 0.0], "easy": [0.0, 0.0, 0.1]},
        near={"hard": [0.0, 0.0, -0.01], "easy": [0.0, 0.01, 0.0]},
    )
    assert list(found["recipe"]) == ["near", "middle", "far"]
    assert list(found.index) == [0, 1, 2]
    assert distance.nearest(found, "hard") == "near", "of two that are equally near there, the nearest on all"
    assert distance.nearest(found.assign(hard=[0.2, 0.3, 0.1]), "hard") == "far"


def test_the_order_of_the_classifiers_is_the_mean_over_the_datasets() -> None:
    found = measure(
        same={"hard": [0.1, 0.1, 0.1], "easy": [0.0, 0.0, 0.0]},
        turned={"hard": [-0.3, 0.3, 0.0], "easy": [0.0, 0.0, 0.0]},  # .5, .9, .7 for .8, .6, .7
        level={"hard": [0.0, 0.2, 0.1], "easy": [0.0, 0.0, 0.0]},  # .8 throughout, which is no order
    ).set_index("recipe")
    assert [found["order"][name] for name in ("same", "turned", "level")] == pytest.approx([1, 0, 0.5])
