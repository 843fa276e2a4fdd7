"""What the report says of the replay: its numbers are those of the recipes' table, and it copes with studies that have none."""

from itertools import product
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.figures import replay as figures
from mnist_transfer.figures.style import STYLES
from mnist_transfer.report.replayed import Replayed, purity, separated
from mnist_transfer.results.published import published
from mnist_transfer.results.read import Results
from tests.report.conftest import Made, cells

UNIT, UNIT_TRAIN = (f"repeat-nearest-unit-caffe/{z_score}/official" for z_score in ("none", "train"))
STUDY_TRAIN = "study/train/official"
KAGGLE = UNIT.replace("official", "kaggle")
LIGHT: Any = STYLES["light"]
PAPER = published().query("source == 'paper'").set_index(["dataset", "classifier"])["accuracy"]


@pytest.fixture
def results(made: Made) -> Results:
    """Replay knn-3 and knn-5: .70 on every dataset with the first recipe of all images, a point less with each that follows."""
    return made(datasets=("fashion_mnist", "mnist"), features=("vgg16/block5", "pixels/all"), published=True, replicated=True)


@pytest.fixture
def replayed(results: Results) -> Replayed:
    return Replayed(results)


def nearer(results: Results, recipe: str, dataset: str) -> Replayed:
    """Let a recipe on all images be the nearest on a dataset."""
    table = results.tables["recipes"]
    row = (table["stage"] == "full") & (table["recipe"] == recipe) & (table["dataset"] == dataset)
    table.loc[row, "accuracy"] = [PAPER[dataset, name] for name in table[row]["classifier"]]
    return Replayed(results)


def test_each_dataset_has_a_nearest_recipe_of_its_own(results: Results) -> None:
    replayed = nearer(results, UNIT_TRAIN, "mnist")
    assert (replayed.nearest("fashion_mnist"), replayed.nearest("mnist")) == (UNIT, UNIT_TRAIN)
    chosen = replayed.nearest_rows().groupby("dataset")["recipe"].unique()
    assert (list(chosen["fashion_mnist"]), list(chosen["mnist"])) == ([UNIT], [UNIT_TRAIN])


def test_the_picture_of_a_recipe_is_that_of_its_images_whatever_its_z_score_and_split(results: Results) -> None:
    for recipe, expected in (
        (UNIT_TRAIN, results.replayed_points["mnist", UNIT]),
        (KAGGLE, results.replayed_points["mnist", KAGGLE]),
        ("study/none/official", results.points["mnist", "vgg16/block5"]),
    ):
        assert nearer(results, recipe, "mnist").nearest("mnist") == recipe
        assert Replayed(results).points("mnist") is expected
        results.tables["recipes"].loc[results.tables["recipes"]["recipe"] == recipe, "accuracy"] = 0.1


def test_the_studys_own_conditions_stand_beside_the_replays(replayed: Replayed) -> None:
    rows = cells(replayed.nearest_table())[1:]
    assert len(rows) == 2 * 2 * 2 + 1
    assert [float(row[1]) for row in rows] == sorted(float(row[1]) for row in rows)
    assert {UNIT, KAGGLE, STUDY_TRAIN, replayed.results.main} < {row[0].strip("`") for row in rows}


def test_the_steps_lead_from_the_nearest_recipe_to_this_study_by_one_change_each(results: Results) -> None:
    for dataset in results.datasets:
        nearer(results, KAGGLE, dataset)
    steps = Replayed(results).steps()
    expected = {"the official split": UNIT, "z-scores": UNIT_TRAIN, "our preparation": STUDY_TRAIN}
    assert list(steps["step"].drop_duplicates()) == ["replayed, Kaggle's split", *expected, "this study"]
    full = results.tables["recipes"].query("stage == 'full'").groupby("recipe")["accuracy"].mean()
    means = steps.groupby("step")["accuracy"].mean()
    assert [means[step] for step in expected] == pytest.approx([full[recipe] for recipe in expected.values()])
    assert means["this study"] == pytest.approx(results.rows(features="vgg16/block5")["accuracy"].mean())


def test_a_step_that_was_not_tried_is_left_out(results: Results) -> None:
    table = results.tables["recipes"]
    results.tables["recipes"] = table[table["recipe"] != UNIT_TRAIN]
    steps = Replayed(results).steps()
    assert list(steps["step"].drop_duplicates()) == ["replayed, the official split", "our preparation", "this study"]


def test_a_curve_has_the_recipes_distance_on_every_number_of_images_with_the_official_split(replayed: Replayed) -> None:
    curves = replayed.curves().set_index(["recipe", "dataset", "train"])["distance"]
    searched = [f"repeat-nearest-none/{z_score}/official" for z_score in ("none", "train")]
    full = [f"{way}/{z}/official" for way in ("repeat-nearest-unit-caffe", "study") for z in ("none", "train")]
    tried = {(recipe, train) for recipe, _, train in curves.index}
    assert tried == {*product(searched, (20, 30)), *product(full, (20, 30, 40))}
    for train, accuracy in ((20, 0.65), (30, 0.675), (40, 0.7)):
        by_hand = np.mean([abs(accuracy - PAPER["mnist", name]) for name in ("knn-3", "knn-5")])
        assert curves[UNIT, "Mnist", train] == pytest.approx(by_hand)


def test_a_study_without_the_papers_datasets_has_nothing_to_compare_and_one_without_replay_says_so(made: Made) -> None:
    replayed = Replayed(made(replicated=True))
    assert not replayed.compares
    assert "No recipe" in replayed.nearest_table()
    assert "nothing to check" in replayed.statements()
    for draw in (replayed.steps, replayed.curves, replayed.views):
        with pytest.raises(NotMeasuredError):
            draw()
    assert "No recipe" in Replayed(made()).replay_table()


def test_curves_are_drawn_where_the_table_says(replayed: Replayed) -> None:
    curves = replayed.curves()
    with mpl.rc_context(LIGHT):
        panels = figures.curves(curves).axes
    assert [axes.get_title(loc="left") for axes in panels] == ["Fashion_mnist", "Mnist"]
    for axes, (_, expected) in zip(panels, curves.groupby("dataset", sort=False), strict=True):
        drawn = [(x, y) for line in axes.lines for x, y in np.asarray(line.get_xydata())]
        there = expected.assign(distance=100 * expected["distance"])[["train", "distance"]]
        np.testing.assert_allclose(sorted(drawn), sorted(there.itertuples(index=False, name=None)))
        kinds = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
        assert len(kinds) == len(axes.lines) == 6, "each line is told from all others"


def test_the_steps_start_at_the_papers_figure(replayed: Replayed) -> None:
    with mpl.rc_context(LIGHT):
        panels = figures.steps(replayed.steps()).axes
    heights, paper = (np.asarray(line.get_ydata(), float) for line in panels[1].lines[:2])
    assert list(heights[:3]) == pytest.approx([70.0, 68.0, 64.0])
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
