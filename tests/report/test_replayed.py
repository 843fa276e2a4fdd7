"""What the report says of the replay: its numbers are those of the recipes' table, and it copes with studies that have none."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from mnist_transfer.figures import replay as figures
from mnist_transfer.figures.style import STYLES
from mnist_transfer.report.replayed import Replayed, purity, separated
from mnist_transfer.results.published import published
from tests.report.conftest import Made

UNIT, CAFFE = "repeat-nearest-unit-caffe/none/official/sklearn-2018", "repeat-nearest-caffe/train/official/sklearn-2018"
LIGHT: Any = STYLES["light"]
PAPER = published().query("source == 'paper'").set_index(["dataset", "classifier"])["accuracy"]


@pytest.fixture
def replayed(made: Made) -> Replayed:
    """Replay knn-3 and knn-5: .70 on every dataset with the first recipe of a stage, a point less with each that follows."""
    return Replayed(made(datasets=("fashion_mnist", "mnist"), published=True, replicated=True))


def test_each_dataset_has_a_nearest_recipe_of_its_own(replayed: Replayed) -> None:
    measured = replayed.distances["replay"].set_index("recipe")
    measured.loc[CAFFE, "mnist"] = 0.0
    replayed.distances["replay"] = measured.reset_index()
    assert (replayed.nearest("fashion_mnist"), replayed.nearest("mnist")) == (UNIT, CAFFE)
    chosen = replayed.nearest_rows().groupby("dataset")["recipe"].unique()
    assert (list(chosen["fashion_mnist"]), list(chosen["mnist"])) == ([UNIT], [CAFFE])


def cells(table: str) -> list[list[str]]:
    """Return the cells of a Markdown table's rows, without its heading."""
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


def test_the_studys_own_conditions_stand_beside_the_replays(replayed: Replayed) -> None:
    rows = cells(replayed.nearest_table())
    assert {row[0].strip("`") for row in rows if row[1] == "all"} == {UNIT, CAFFE, replayed.results.main}
    assert len([row for row in rows if row[1] == "30"]) == 6


def test_a_choice_is_judged_on_the_other_dataset(replayed: Replayed) -> None:
    rows = cells(replayed.transfer_table())
    assert [row[:2] for row in rows] == [[images, name] for images in ("all", "few") for name in (r"Fashion\_mnist", "Mnist")]
    assert rows[2][-1] == "1 of 8"


def test_every_suspect_is_listed_with_the_nearest_recipe_that_has_it(replayed: Replayed) -> None:
    rows = replayed.suspects().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == ["repeat", "interleave", "nearest", "caffe", "unit-caffe", "none", "train"]
    nearest = replayed.distances["search"].iloc[0]
    assert f"{100 * nearest['distance']:.1f}" in rows[0]
    assert nearest["recipe"] in rows[0]


def test_the_ladder_names_the_one_change_of_each_rung(replayed: Replayed) -> None:
    steps = replayed.steps()
    assert list(steps["step"].drop_duplicates()) == ["replayed, official", "train"]
    assert steps.groupby("step")["accuracy"].mean().to_dict() == pytest.approx({"replayed, official": 0.7, "train": 0.69})
    assert replayed.steps_table().splitlines()[2:] == ["| `train` | −1.0 | −1.0 |"]


def test_a_study_without_the_papers_datasets_has_a_ladder_and_no_verdict_and_one_without_replay_nothing(made: Made) -> None:
    replayed = Replayed(made(replicated=True))
    assert not replayed.compares
    assert "No recipe" in replayed.nearest_table()
    assert len(replayed.steps())
    assert "nothing to check" in replayed.statements()
    none = Replayed(made())
    assert none.steps_table() == none.nearest_table()
    assert "No recipe" in none.transfer_table()


def test_recipes_are_drawn_where_the_table_says(replayed: Replayed) -> None:
    measured = replayed.distances["search"]
    with mpl.rc_context(LIGHT):
        axes = figures.recipe_distances(measured, [("fashion_mnist", "F"), ("mnist", "M")]).axes[0]
    drawn = pd.concat([pd.DataFrame(np.asarray(line.get_xydata())) for line in axes.lines])
    assert sorted(drawn[0]) == pytest.approx(sorted(100 * measured["fashion_mnist"]))
    assert sorted(drawn[1]) == pytest.approx(sorted(100 * measured["mnist"]))


def test_the_ladder_starts_at_the_papers_figure(replayed: Replayed) -> None:
    with mpl.rc_context(LIGHT):
        panels = figures.ladder(replayed.steps()).axes
    heights, paper = (np.asarray(line.get_ydata(), float) for line in panels[1].lines[:2])
    assert list(heights) == pytest.approx([70.0, 69.0])
    assert list(paper) == pytest.approx([100 * (PAPER["mnist", "knn-3"] + PAPER["mnist", "knn-5"]) / 2, 70.0])


def view(*clusters: str) -> pd.DataFrame:
    """Return points of clusters, each written as its points' classes."""
    rows = [(number, int(label)) for number, labels in enumerate(clusters) for label in labels]
    return pd.DataFrame(rows, columns=["cluster", "class"])


def test_a_class_stands_apart_that_makes_up_more_than_half_of_a_cluster() -> None:
    assert separated(view("000", "111")) == separated(view("001", "112")) == 2
    assert separated(view("0011", "22")) == 1, "half of a cluster is not more than half"
    assert separated(view("000", "00")) == 1, "one class in two clusters is one class"
    assert purity(view("0001", "11")) == pytest.approx(5 / 6)
