"""The committed results: whole, within their tolerances, and sound; what they say is for claims, which tests/claims holds."""

import json
from itertools import product
from pathlib import Path

import pandas as pd

from mnist_transfer import study as studies
from mnist_transfer import tables as schema
from mnist_transfer.results.read import Results
from tests.expected import EXPECTED, KEYS, ROOT

DATASETS = ("fashion_mnist", "mnist")
STUDY = studies.load(ROOT / "params.yaml")
ACCURACY = schema.ACCURACY.read(ROOT / "results/tables/accuracy.csv").set_index(KEYS)


def test_results_are_the_whole_study_in_its_order(committed: Results) -> None:
    places = product(STUDY.selection.datasets, STUDY.selection.features, [row.name for row in STUDY.rows])
    assert list(ACCURACY.index) == list(places)
    metrics = json.loads((ROOT / "results/metrics.json").read_text(encoding="utf-8"))
    found = list(ACCURACY["accuracy"].reset_index().itertuples(index=False, name=None))
    assert [
        (a, b, c, metrics[a][b][c]) for a in metrics if a != "difficulty" for b in metrics[a] for c in metrics[a][b]
    ] == found
    assert sorted(committed.measures) == sorted(studies.MEASURES + studies.COMPARISONS)
    assert all(set(table["dataset"]) == set(DATASETS) for table in committed.measures.values())
    replay, recipes = STUDY.replay, committed.tables["recipes"]
    assert replay is not None
    tried = {stage: set(found["recipe"]) for stage, found in recipes.groupby("stage")}
    assert tried == {"search": set(replay.search.recipes), "full": set(replay.full)}
    cells = recipes.groupby(["stage", "recipe", "dataset", "train"]).size()
    assert set(cells) == {14}, "the rows of the paper"
    assert len(cells) == len(DATASETS) * (len(replay.search.recipes) * len(replay.search.train) + len(replay.full))


def test_every_accuracy_is_within_its_tolerance_above_twice_chance_and_inside_its_interval() -> None:
    expected = pd.read_csv(EXPECTED).set_index(KEYS)
    assert list(expected.index) == list(ACCURACY.index), "every row has an expectation"
    apart = (ACCURACY["accuracy"] - expected["accuracy"]).abs()
    assert apart[apart > expected["tolerance"]].empty
    assert (ACCURACY["accuracy"] > 0.2).all()  # of ten balanced classes
    assert (ACCURACY["accuracy_low"] < ACCURACY["accuracy"]).all()
    assert (ACCURACY["accuracy"] < ACCURACY["accuracy_high"]).all()
    assert ((ACCURACY["macro_f1"] - ACCURACY["accuracy"]).abs() < 0.03).all()


def test_confusions_agree_with_the_accuracies() -> None:
    confusion = schema.CONFUSION.read(ROOT / "results/tables/confusion.csv")
    total = confusion.groupby(KEYS)["count"].sum()
    correct = confusion[confusion["actual"] == confusion["predicted"]].groupby(KEYS)["count"].sum()
    assert set(total) == {STUDY.dataset(name).test for name in STUDY.selection.datasets}
    pd.testing.assert_series_equal(correct / total, ACCURACY["accuracy"], check_names=False, check_like=True)


def test_layers_are_those_of_the_papers_figure_2(committed: Results) -> None:
    layers = committed.tables["layers"].query("network == 'vgg16'")
    assert (len(layers), layers["parameters"].sum(), layers["shape"].iloc[-1]) == (19, 14_714_688, "1 × 1 × 512")


def test_provenance_names_the_data_and_weights_but_no_machine_paths(committed: Results) -> None:
    assert len(committed.provenance["data"]) == 4 * len(STUDY.selection.datasets)
    assert set(committed.provenance["weights"]) >= {"data/vgg16/weights.safetensors"}
    assert str(Path.home()) not in json.dumps(committed.provenance)


# What no claim says


def test_more_images_are_better_and_tell_more_classifiers_apart(committed: Results) -> None:
    curves = committed.measures["learning_curves"].groupby(["dataset", "features", "classifier", "train"])["accuracy"].mean()
    for (dataset, *_), curve in curves.groupby(["dataset", "features", "classifier"]):
        assert curve.iloc[-1] > curve.iloc[0]
        if dataset == "mnist":
            assert (curve.diff().dropna() > -0.002).all(), "but for the draws"
    for _, rows in committed.measures["resolution"].groupby(["dataset", "features"]):
        assert rows["apart"].is_monotonic_increasing
