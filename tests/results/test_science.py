"""The committed results: whole, within their tolerances, and saying what the study says they say."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mnist_transfer import study
from mnist_transfer import tables as schema
from mnist_transfer.results import gather
from mnist_transfer.results.published import published
from tests.expected import EXPECTED, KEYS, ROOT

METRICS: dict[str, dict[str, dict[str, float]]] = {
    name: found
    for name, found in json.loads((ROOT / "results/metrics.json").read_text(encoding="utf-8")).items()
    if name != "difficulty"
}
STUDY = study.load(ROOT / "params.yaml")
#: Where every classifier finds MNIST easier.
EASIER = ("vgg16/block5", "vgg16/block3", "pixels/all")
#: Accuracy of guessing one of ten balanced classes.
CHANCE = 0.1
ACCURACY = schema.ACCURACY.read(ROOT / "results/tables/accuracy.csv").set_index(KEYS)


def accuracy(features: str) -> pd.DataFrame:
    """Return the accuracies on one kind of features: a row a classifier, a column a dataset."""
    return ACCURACY["accuracy"].xs(features, level="features").unstack("dataset")


def test_results_are_the_whole_study_in_its_order() -> None:
    places = product(STUDY.selection.datasets, STUDY.selection.features, [row.name for row in STUDY.rows])
    assert list(ACCURACY.index) == list(places)
    found = list(ACCURACY["accuracy"].reset_index().itertuples(index=False, name=None))
    assert [(a, b, c, METRICS[a][b][c]) for a in METRICS for b in METRICS[a] for c in METRICS[a][b]] == found


def test_every_accuracy_is_within_its_tolerance_above_twice_chance_and_inside_its_interval() -> None:
    expected = pd.read_csv(EXPECTED).set_index(KEYS)
    assert list(expected.index) == list(ACCURACY.index), "every row has an expectation"
    apart = (ACCURACY["accuracy"] - expected["accuracy"]).abs()
    assert apart[apart > expected["tolerance"]].empty
    assert (ACCURACY["accuracy"] > 2 * CHANCE).all()
    assert (ACCURACY["accuracy_low"] < ACCURACY["accuracy"]).all()
    assert (ACCURACY["accuracy"] < ACCURACY["accuracy_high"]).all()
    assert ((ACCURACY["macro_f1"] - ACCURACY["accuracy"]).abs() < 0.03).all()


@pytest.mark.parametrize("features", [name for name in EASIER if name in STUDY.selection.features])
def test_mnist_is_easier_for_every_classifier(features: str) -> None:
    found = accuracy(features)
    assert found[found["mnist"] <= found["fashion_mnist"]].empty


def test_block3_is_above_the_paper_for_every_row() -> None:
    paper = published().query("source == 'paper'").pivot_table(index="classifier", columns="dataset", values="accuracy")
    assert (accuracy("vgg16/block3").loc[paper.index, paper.columns] > paper).all(axis=None)


@pytest.mark.skipif("vgg16-random/block3" not in STUDY.selection.features, reason="the control is not in the study")
def test_pretraining_is_worth_something_at_block3_for_every_classifier() -> None:
    assert (accuracy("vgg16/block3") > accuracy("vgg16-random/block3")).all(axis=None)


def test_confusions_agree_with_the_accuracies() -> None:
    confusion = schema.CONFUSION.read(ROOT / "results/tables/confusion.csv")
    total = confusion.groupby(KEYS)["count"].sum()
    correct = confusion[confusion["actual"] == confusion["predicted"]].groupby(KEYS)["count"].sum()
    assert set(total) == {STUDY.dataset(name).test for name in STUDY.selection.datasets}
    pd.testing.assert_series_equal(correct / total, ACCURACY["accuracy"], check_names=False, check_like=True)


def test_layers_are_those_of_the_papers_figure_2() -> None:
    layers = schema.LAYERS.read(ROOT / "results/tables/layers.csv").query("network == 'vgg16'")
    assert len(layers) == 19
    assert layers["parameters"].sum() == 14_714_688
    assert layers["shape"].iloc[-1] == "1 × 1 × 512"


def test_points_are_few_balanced_and_from_the_data() -> None:
    for dataset, features in product(STUDY.selection.datasets, STUDY.selection.features):
        points = schema.POINTS.read(ROOT / f"results/points/{dataset}/{features}.csv")
        for _, split in points.groupby("split"):
            assert len(split) <= 5_000
            shares = split["class"].value_counts(normalize=True)
            assert len(shares) == 10
            assert shares.between(0.08, 0.12).all()


def test_samples_show_every_class() -> None:
    with np.load(ROOT / "results/images/samples.npz", allow_pickle=False) as samples:
        for dataset in STUDY.selection.datasets:
            assert samples[dataset].shape == (10, gather.SAMPLES, 28, 28)
            assert (samples[dataset].reshape(10, gather.SAMPLES, -1).max(axis=2) > 0).all()


def test_provenance_names_the_data_and_weights_but_no_machine_paths() -> None:
    text = (ROOT / "results/provenance.json").read_text(encoding="utf-8")
    provenance = json.loads(text)
    assert len(provenance["data"]) == 4 * len(STUDY.selection.datasets)
    assert set(provenance["weights"]) >= {"data/vgg16/weights.safetensors"}
    assert str(Path.home()) not in text
