"""What the committed replays say: where the paper's numbers come out, and which suspects do not explain them."""

import pandas as pd
import pytest

from mnist_transfer import paths, study
from mnist_transfer import tables as schema
from mnist_transfer.claims import distance
from mnist_transfer.results.published import published
from tests.expected import ROOT

RECIPES = schema.RECIPES.read(ROOT / paths.RECIPES)
STUDY = study.load(ROOT / "params.yaml")
DATASETS = list(STUDY.selection.datasets)
OFFICIAL, OVERLAP = (f"repeat-nearest-unit-caffe/none/{split}/sklearn-2018" for split in ("official", "overlap"))
#: Rows whose classifiers remember their training images.
REMEMBERING = ("forest-", "knn-")


def compared(stage: str) -> pd.DataFrame:
    return distance.compared(RECIPES[RECIPES["stage"] == stage], published())


def differences(recipe: str, dataset: str) -> "pd.Series[float]":
    """Return the replayed accuracies less the paper's, by row, in points."""
    rows = compared("replay").query("recipe == @recipe and dataset == @dataset").set_index("classifier")
    return 100 * (rows["accuracy"] - rows["paper"])


def test_every_recipe_that_was_asked_for_was_tried_on_every_dataset() -> None:
    assert STUDY.replay is not None
    assert set(RECIPES["stage"]) == {"search", "replay", "ladder"}
    tried = RECIPES.groupby(["stage", "dataset"])["recipe"].nunique().unstack("stage")
    assert (tried["replay"] == len(STUDY.replay.recipes)).all()
    assert (tried["ladder"] == len(STUDY.replay.ladder.recipes)).all()
    assert tried["search"].nunique() == 1


def test_two_of_three_of_the_papers_numbers_come_out_within_two_points() -> None:
    """On Fashion-MNIST with the official splits, on MNIST with a training set that holds some of the test images."""
    both = pd.concat([differences(OFFICIAL, "fashion_mnist"), differences(OVERLAP, "mnist")])
    assert len(both) == 28
    assert (both.abs() <= 2).sum() >= 20


@pytest.mark.parametrize(("recipe", "dataset"), [(OFFICIAL, "fashion_mnist"), (OVERLAP, "mnist")])
def test_every_forest_and_neighbour_comes_out(recipe: str, dataset: str) -> None:
    rows = differences(recipe, dataset)
    assert rows[rows.index.str.startswith(REMEMBERING)].abs().max() < 1.5


@pytest.mark.parametrize(("recipe", "dataset"), [(OVERLAP, "fashion_mnist"), (OFFICIAL, "mnist")])
def test_the_other_split_leaves_the_forests_far_off(recipe: str, dataset: str) -> None:
    rows = differences(recipe, dataset)
    assert rows[rows.index.str.startswith("forest-")].abs().min() > 5


def test_an_overlap_lifts_only_classifiers_that_remember() -> None:
    lifted = differences(OVERLAP, "mnist") - differences(OFFICIAL, "mnist")
    assert lifted[lifted.index.str.startswith("forest-")].min() > 5
    assert abs(lifted["logistic-regression"]) < 0.5


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_ladder_leads_up(dataset: str) -> None:
    assert STUDY.replay is not None
    recipes = STUDY.replay.ladder.recipes
    rows = (
        compared("ladder").query("dataset == @dataset and classifier == 'logistic-regression'").set_index("recipe")["accuracy"]
    )
    assert rows[recipes[-1]] > rows[recipes[0]]
