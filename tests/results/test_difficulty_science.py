"""What the committed measures of difficulty say; a change of mind of the data would show here."""

import contextlib

import pandas as pd
import pytest

from mnist_transfer import study as studies
from mnist_transfer.difficulty.shared import LEVEL
from mnist_transfer.results.read import read_measures
from tests.commands import ROOT

EASY, HARD = "mnist", "fashion_mnist"


@pytest.fixture(scope="module")
def measured() -> dict[str, pd.DataFrame]:
    with contextlib.chdir(ROOT):
        return read_measures(studies.load())


def mean(table: pd.DataFrame, keys: list[str], column: str = "accuracy") -> pd.DataFrame:
    """Return the means of a column, a row for each value of `keys`, a column for each dataset."""
    return table.pivot_table(index=keys, columns="dataset", values=column, aggfunc="mean")


def test_every_measure_is_taken_on_both_datasets(measured: dict[str, pd.DataFrame]) -> None:
    assert sorted(measured) == sorted(studies.MEASURES + studies.COMPARISONS)
    for table in measured.values():
        assert set(table["dataset"]) == {EASY, HARD}


def test_more_images_are_better_and_mnist_is_easier_with_equally_many(measured: dict[str, pd.DataFrame]) -> None:
    curves = mean(measured["learning_curves"], ["features", "classifier", "train"])
    assert (curves[EASY] > curves[HARD]).all()
    for _, curve in curves.groupby(["features", "classifier"]):
        assert curve[EASY].is_monotonic_increasing
        assert curve[HARD].iloc[-1] > curve[HARD].iloc[0]


def test_one_pixel_tells_fewer_pairs_of_digits_apart_than_of_clothes(measured: dict[str, pd.DataFrame]) -> None:
    pairs = measured["one_pixel"]
    assert (pairs.groupby("dataset").size() == 45).all()
    for level in (0.90, 0.95):
        share = (pairs["accuracy"] > level).groupby(pairs["dataset"]).mean()
        assert share[EASY] < 0.5
        assert share[EASY] < share[HARD]


def test_the_middle_of_the_network_is_better_than_its_end_and_than_raw_pixels(measured: dict[str, pd.DataFrame]) -> None:
    depth = mean(measured["depth"], ["features"])
    for dataset in (EASY, HARD):
        for worse in ("vgg16/block1", "vgg16/block5", "pixels/all"):
            assert depth[dataset]["vgg16/block3"] > depth[dataset][worse] + 0.02


def test_look_alikes_are_most_of_the_gap(measured: dict[str, pd.DataFrame]) -> None:
    before, after = (mean(measured["merged"], ["features"], column) for column in ("accuracy", "merged"))
    assert ((after[EASY] - after[HARD]) < 0.5 * (before[EASY] - before[HARD])).all()
    rows = measured["merged"]
    assert (rows["others"] >= rows["accuracy"]).all()
    assert (rows["merged"] >= rows["others"]).all()


def test_dropping_the_look_alikes_brings_the_datasets_together(measured: dict[str, pd.DataFrame]) -> None:
    kept = measured["dropped"]
    whole, others = (mean(kept[kept["kept"] == name], ["features", "classifier"]) for name in ("all", "others"))
    assert ((others[EASY] - others[HARD]) < (whole[EASY] - whole[HARD])).all()


def test_corrected_p_values_are_never_below_the_raw_ones(measured: dict[str, pd.DataFrame]) -> None:
    pairs = measured["mcnemar"]
    assert (pairs["p_holm"] >= pairs["p"]).all()
    assert (pairs["p_holm"] < LEVEL).groupby(pairs["dataset"]).any().all()


def test_more_test_images_tell_more_classifiers_apart(measured: dict[str, pd.DataFrame]) -> None:
    for _, rows in measured["resolution"].groupby(["dataset", "features"]):
        assert rows["apart"].is_monotonic_increasing


def test_the_bound_on_every_classifiers_error_lies_below_one_neighbours(measured: dict[str, pd.DataFrame]) -> None:
    table = measured["geometry"].pivot_table(index=["dataset", "features", "draw"], columns="quantity", values="value")
    assert (table["bayes_error_bound"] < table["nearest_neighbour_error"]).all()
    assert (table["nearest_neighbour_error"] < 2 * table["bayes_error_bound"]).all()


def test_the_candidate_that_is_tested_is_the_one_that_was_best_on_held_out_images(measured: dict[str, pd.DataFrame]) -> None:
    for _, rows in measured["frozen"].groupby("dataset"):
        tried, tested = rows[rows["on"] == "validation"], rows[rows["on"] == "test"]
        best = tried.sort_values("accuracy", ascending=False, kind="stable").iloc[0]
        assert tested[["features", "classifier"]].to_numpy().tolist() == [[best["features"], best["classifier"]]]
