"""The committed results: whole, within their tolerances, and saying what the study says they say."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mnist_transfer import collecting, study, tables
from tests.expected import EXPECTED, ROOT

METRICS: dict[str, dict[str, dict[str, Any]]] = json.loads((ROOT / "results/metrics.json").read_text(encoding="utf-8"))
STUDY = study.load(ROOT / "params.yaml")
ROWS = [(dataset, extractor, name) for dataset, found in METRICS.items() for extractor in found for name in found[extractor]]
PUBLISHED = tables.published().query("source == 'paper'").set_index(["classifier", "dataset"])["accuracy"]
#: Accuracy of guessing one of ten balanced classes.
CHANCE = 0.1


def expected() -> dict[tuple[str, str, str], tuple[float, float]]:
    with EXPECTED.open(newline="") as stream:
        return {
            (row["dataset"], row["extractor"], row["classifier"]): (float(row["accuracy"]), float(row["tolerance"]))
            for row in csv.DictReader(stream)
        }


def accuracy(dataset: str, extractor: str, classifier: str) -> float:
    return float(METRICS[dataset][extractor][classifier]["accuracy"])


def test_results_are_the_whole_study_in_its_order() -> None:
    assert list(METRICS) == list(STUDY.study.datasets)
    for found in METRICS.values():
        assert list(found) == list(STUDY.study.extractors)
        assert all(list(classifiers) == list(STUDY.study.classifiers) for classifiers in found.values())


def test_every_row_has_an_expectation() -> None:
    assert list(expected()) == ROWS


@pytest.mark.parametrize(("dataset", "extractor", "classifier"), ROWS)
def test_accuracy_is_within_its_tolerance(dataset: str, extractor: str, classifier: str) -> None:
    value, tolerance = expected()[dataset, extractor, classifier]
    assert accuracy(dataset, extractor, classifier) == pytest.approx(value, abs=tolerance)


@pytest.mark.parametrize(("dataset", "extractor", "classifier"), ROWS)
def test_every_row_is_above_twice_chance_and_inside_its_interval(dataset: str, extractor: str, classifier: str) -> None:
    scores = METRICS[dataset][extractor][classifier]
    assert scores["accuracy"] > 2 * CHANCE
    assert scores["accuracy_low"] < scores["accuracy"] < scores["accuracy_high"]
    assert np.mean(list(scores["recall"].values())) == pytest.approx(scores["accuracy"], abs=0.02)


@pytest.mark.parametrize("extractor", [name for name in ("vgg16-block3", "pixels") if name in STUDY.study.extractors])
@pytest.mark.parametrize("classifier", STUDY.study.classifiers)
def test_mnist_is_easier_for_every_classifier(extractor: str, classifier: str) -> None:
    assert accuracy("mnist", extractor, classifier) > accuracy("fashion_mnist", extractor, classifier)


@pytest.mark.parametrize(("classifier", "dataset"), list(PUBLISHED.index))
def test_block3_is_above_the_paper_for_every_row(classifier: str, dataset: str) -> None:
    assert accuracy(dataset, "vgg16-block3", classifier) > PUBLISHED[classifier, dataset]


@pytest.mark.skipif("vgg16-random" not in STUDY.study.extractors, reason="the control vgg16-random is not in the study")
@pytest.mark.parametrize("dataset", STUDY.study.datasets)
@pytest.mark.parametrize("classifier", STUDY.study.classifiers)
def test_pretraining_is_worth_something_for_every_classifier(dataset: str, classifier: str) -> None:
    assert accuracy(dataset, "vgg16-block3", classifier) > accuracy(dataset, "vgg16-random", classifier)


def test_tables_agree_with_the_metrics() -> None:
    table = pd.read_csv(ROOT / "results/tables/accuracy.csv")
    assert list(zip(table["dataset"], table["extractor"], table["classifier"], strict=True)) == ROWS
    assert list(table["accuracy"]) == [accuracy(*row) for row in ROWS]
    confusion = pd.read_csv(ROOT / "results/tables/confusion.csv")
    counts = confusion[[f"predicted_{label}" for label in range(10)]].to_numpy().reshape(len(ROWS), 10, 10)
    assert [np.trace(matrix) / matrix.sum() for matrix in counts] == pytest.approx([accuracy(*row) for row in ROWS])


def test_points_are_few_balanced_and_from_the_data() -> None:
    for dataset in STUDY.study.datasets:
        for extractor in STUDY.study.extractors:
            points = pd.read_csv(ROOT / f"results/points/{dataset}-{extractor}.csv")
            for _, split in points.groupby("split"):
                assert len(split) <= 5_000
                assert split["index"].is_unique
                shares = split["class"].value_counts(normalize=True)
                assert len(shares) == 10
                assert shares.between(0.08, 0.12).all()


def test_samples_show_every_class() -> None:
    with np.load(ROOT / "results/images/samples.npz", allow_pickle=False) as samples:
        for dataset in STUDY.study.datasets:
            assert samples[dataset].shape == (10, collecting.SAMPLES, 28, 28)
            assert (samples[dataset].reshape(10, collecting.SAMPLES, -1).max(axis=2) > 0).all()


def test_provenance_names_the_data_and_weights_but_no_machine_paths() -> None:
    text = (ROOT / "results/provenance.json").read_text(encoding="utf-8")
    provenance = json.loads(text)
    assert len(provenance["data"]) == 4 * len(STUDY.study.datasets)
    assert set(provenance["weights"]) == set(STUDY.study.extractors)
    assert str(Path.home()) not in text
