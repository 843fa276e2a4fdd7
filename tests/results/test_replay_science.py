"""What the committed replays say: where the paper's numbers come out, and with which split."""

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
OFFICIAL, KAGGLE = (f"repeat-nearest-unit-caffe/none/{split}" for split in ("official", "kaggle"))
#: Rows whose classifiers remember their training images.
REMEMBERING = ("forest-", "knn-")


def compared(stage: str) -> pd.DataFrame:
    return distance.compared(RECIPES[RECIPES["stage"] == stage], published())


def differences(recipe: str, dataset: str) -> "pd.Series[float]":
    """Return the replayed accuracies less the paper's, by row, in points."""
    rows = compared("full").query("recipe == @recipe and dataset == @dataset").set_index("classifier")
    return 100 * (rows["accuracy"] - rows["paper"])


def test_every_recipe_that_was_asked_for_was_tried_on_every_dataset() -> None:
    assert STUDY.replay is not None
    replay = STUDY.replay
    tried = {stage: set(found["recipe"]) for stage, found in RECIPES.groupby("stage")}
    assert tried == {"search": set(replay.search.recipes), "full": set(replay.full)}
    cells = RECIPES.groupby(["stage", "recipe", "dataset", "train"]).size()
    assert set(cells) == {14}
    assert len(cells) == len(DATASETS) * (len(replay.search.recipes) * len(replay.search.train) + len(replay.full))


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_forest_and_neighbour_comes_out(dataset: str) -> None:
    rows = differences(KAGGLE, dataset)
    assert rows[rows.index.str.startswith(REMEMBERING)].abs().max() < 1.5


def test_kaggles_fashion_mnist_has_the_official_splits() -> None:
    assert differences(KAGGLE, "fashion_mnist").equals(differences(OFFICIAL, "fashion_mnist"))


def test_without_test_images_in_training_the_forests_stay_far_off_on_mnist() -> None:
    rows = differences(OFFICIAL, "mnist")
    assert rows[rows.index.str.startswith("forest-")].abs().min() > 5


def test_an_overlap_lifts_only_classifiers_that_remember() -> None:
    lifted = differences(KAGGLE, "mnist") - differences(OFFICIAL, "mnist")
    assert lifted[lifted.index.str.startswith("forest-")].min() > 5
    assert abs(lifted["logistic-regression"]) < 0.5


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("stage", ["search", "full"])
def test_the_networks_own_scaling_beats_the_papers(stage: str, dataset: str) -> None:
    rows = compared(stage).query("dataset == @dataset and classifier == 'logistic-regression' and train > 2000")
    accuracy = rows.set_index("recipe")["accuracy"]
    assert accuracy["study/train/official"] > accuracy[OFFICIAL] + 0.02
