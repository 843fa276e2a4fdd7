"""What `dvc metrics diff` compares: every accuracy, and one number a measure, dataset and kind of features."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mnist_transfer.errors import InputError
from mnist_transfer.measures import MEASURES
from mnist_transfer.results import metrics
from mnist_transfer.results.read import read, read_measures
from mnist_transfer.tables import REMEDY
from tests.results import tiny_study


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Not to be changed."""
    folder = tmp_path_factory.mktemp("study")
    tiny_study.write(folder, measured=True)
    with contextlib.chdir(folder):
        metrics.run(read().study)
    content: dict[str, Any] = json.loads((folder / "results/metrics.json").read_text())
    return content


def test_every_accuracy_stands_under_its_dataset_features_and_row(written: dict[str, Any]) -> None:
    assert list(written) == ["garments", "digits", "difficulty"]
    assert written["garments"]["pixels/all"] == {"knn-3": 0.61, "knn-5": 0.61 - 0.05}


def test_every_measure_has_one_number_a_dataset(written: dict[str, Any]) -> None:
    assert tuple(written["difficulty"]) == MEASURES == tuple(metrics.HEADLINES)
    for name, content in written["difficulty"].items():
        assert list(content) == [metrics.HEADLINES[name][0]]
        ((_, datasets),) = content.items()
        assert list(datasets) == ["garments", "digits"]


@pytest.mark.parametrize(
    ("name", "features", "garments", "digits"),
    [
        ("learning_curves", "pixels/all", 0.8, 0.95),  # of 40 images, not of 20
        ("one_pixel", "pixels/all", 0, 0),
        ("mcnemar", "pixels/all", 1, 0),
        ("resolution", "pixels/all", 0.5, 0),
        ("seed_noise", "pixels/all", 0.0007, 0.0007),
        ("merged", "pixels/all", 0.9, 0.975),
        ("dropped", "pixels/all", 0.83, 0.98),
        ("shared_errors", "pixels/all", 1, 1),
        ("geometry", "pixels/all", 12.6, 12.6),
        ("clusters", "pixels/all", 0.3, 0.3),
        ("frozen", "vgg16-random/block3+block5", 0.82, 0.97),
    ],
)
def test_the_number_is_the_one_that_its_name_promises(
    written: dict[str, Any], name: str, features: str, garments: float, digits: float
) -> None:
    ((_, found),) = written["difficulty"][name].items()
    assert found == {"garments": {features: garments}, "digits": {features: digits}}


def test_a_measure_that_is_not_taken_has_no_number() -> None:
    assert metrics.headlines({"one_pixel": pd.DataFrame(columns=["dataset", "features", "accuracy"])}) == {}


def test_a_study_of_one_classifier_has_no_share_of_its_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_study.write(tmp_path, measured=True)
    for path in (tmp_path / "results/difficulty").glob("resolution/*/*/*.csv"):
        pd.read_csv(path).assign(pairs=0, apart=0, apart_low=0, apart_high=0).to_csv(path, index=False)
    metrics.run(read().study)
    written = json.loads((tmp_path / "results/metrics.json").read_text())["difficulty"]
    assert tuple(written) == tuple(name for name in MEASURES if name != "resolution")


def test_a_missing_table_is_one_line_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_study.write(tmp_path, measured=True)
    study = read().study
    (tmp_path / "results/difficulty/merged/digits/pixels/all.csv").unlink()
    with pytest.raises(InputError, match=rf"^results/difficulty/merged/digits/pixels/all.csv is missing; {REMEDY}$"):
        read_measures(study)
