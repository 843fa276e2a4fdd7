"""The committed results: whole, within their tolerances, and saying what the study says they say."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mnist_transfer import study
from mnist_transfer import tables as schema
from mnist_transfer.results import gather as collect
from mnist_transfer.results.published import published
from tests.expected import EXPECTED, KEYS, ROOT

METRICS: dict[str, dict[str, dict[str, float]]] = {
    name: found
    for name, found in json.loads((ROOT / "results/metrics.json").read_text(encoding="utf-8")).items()
    if name != "difficulty"
}
STUDY = study.load(ROOT / "params.yaml")
ROWS = [(dataset, features, name) for dataset, found in METRICS.items() for features in found for name in found[features]]
PUBLISHED = published().query("source == 'paper'").set_index(["classifier", "dataset"])["accuracy"]
RAN = STUDY.selection.features
#: Where every classifier finds MNIST easier.
EASIER = ("vgg16/block5", "vgg16/block3", "pixels/all")
#: Accuracy of guessing one of ten balanced classes.
CHANCE = 0.1
ACCURACY = schema.ACCURACY.read(ROOT / "results/tables/accuracy.csv").set_index(KEYS)


def expected() -> pd.DataFrame:
    return pd.read_csv(EXPECTED).set_index(KEYS)


def accuracy(dataset: str, features: str, classifier: str) -> float:
    return METRICS[dataset][features][classifier]


def test_results_are_the_whole_study_in_its_order() -> None:
    assert list(METRICS) == list(STUDY.selection.datasets)
    for found in METRICS.values():
        assert list(found) == list(STUDY.selection.features)
        assert all(list(rows) == [row.name for row in STUDY.rows] for rows in found.values())


def test_every_row_has_an_expectation() -> None:
    assert list(expected().index) == ROWS


@pytest.mark.parametrize(("dataset", "features", "classifier"), ROWS)
def test_accuracy_is_within_its_tolerance(dataset: str, features: str, classifier: str) -> None:
    value, tolerance = expected().loc[[(dataset, features, classifier)]].to_numpy(float)[0]
    assert accuracy(dataset, features, classifier) == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize(("dataset", "features", "classifier"), ROWS)
def test_every_row_is_above_twice_chance_and_inside_its_interval(dataset: str, features: str, classifier: str) -> None:
    row = ACCURACY.xs((dataset, features, classifier))
    assert row["accuracy"] == accuracy(dataset, features, classifier) > 2 * CHANCE
    assert row["accuracy_low"] < row["accuracy"] < row["accuracy_high"]
    assert row["macro_f1"] == pytest.approx(row["accuracy"], abs=0.03)


@pytest.mark.parametrize(("features", "row"), list(product([name for name in EASIER if name in RAN], STUDY.rows)))
def test_mnist_is_easier_for_every_classifier(features: str, row: study.Row) -> None:
    assert accuracy("mnist", features, row.name) > accuracy("fashion_mnist", features, row.name)


@pytest.mark.parametrize(("classifier", "dataset"), list(PUBLISHED.index))
def test_block3_is_above_the_paper_for_every_row(classifier: str, dataset: str) -> None:
    assert accuracy(dataset, "vgg16/block3", classifier) > PUBLISHED[classifier, dataset]


@pytest.mark.skipif("vgg16-random/block3" not in RAN, reason="the control vgg16-random/block3 is not in the study")
@pytest.mark.parametrize(("dataset", "row"), list(product(STUDY.selection.datasets, STUDY.rows)))
def test_pretraining_is_worth_something_at_block3_for_every_classifier(dataset: str, row: study.Row) -> None:
    assert accuracy(dataset, "vgg16/block3", row.name) > accuracy(dataset, "vgg16-random/block3", row.name)


def test_confusions_agree_with_the_accuracies() -> None:
    confusion = schema.CONFUSION.read(ROOT / "results/tables/confusion.csv")
    total = confusion.groupby(KEYS)["count"].sum()
    correct = confusion[confusion["actual"] == confusion["predicted"]].groupby(KEYS)["count"].sum()
    assert set(total) == {STUDY.dataset(name).test for name in STUDY.selection.datasets}
    shares = (correct / total).to_dict()
    assert {row: shares[row] for row in ROWS} == pytest.approx({row: accuracy(*row) for row in ROWS})


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
            assert samples[dataset].shape == (10, collect.SAMPLES, 28, 28)
            assert (samples[dataset].reshape(10, collect.SAMPLES, -1).max(axis=2) > 0).all()


def test_provenance_names_the_data_and_weights_but_no_machine_paths() -> None:
    text = (ROOT / "results/provenance.json").read_text(encoding="utf-8")
    provenance = json.loads(text)
    assert len(provenance["data"]) == 4 * len(STUDY.selection.datasets)
    assert set(provenance["weights"]) == {"vgg16", "vgg16-random"}
    assert str(Path.home()) not in text
