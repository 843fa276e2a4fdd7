"""What `dvc metrics diff` compares: every accuracy, and one number a measure, dataset and kind of features."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mnist_transfer.results import metrics
from mnist_transfer.results.read import read
from mnist_transfer.study import measure_module
from tests.results import tiny_study

#: For both datasets: garments, on which every classifier does worse, and digits.
NUMBERS = {
    "learning_curves": ("pixels/all", 0.8, 0.95),  # of 40 images, not of 20
    "one_pixel": ("pixels/all", 0, 0),
    "mcnemar": ("pixels/all", 1, 0),
    "resolution": ("pixels/all", 0.5, 0),
    "seed_noise": ("pixels/all", 0.0007, 0.0007),
    "merged": ("pixels/all", 0.9, 0.975),
    "dropped": ("pixels/all", 0.83, 0.98),
    "shared_errors": ("pixels/all", 1, 1),
    "geometry": ("pixels/all", 12.6, 12.6),
    "clusters": ("pixels/all", 0.3, 0.3),
    "frozen": ("vgg16-random/block3+block5", 0.82, 0.97),
    "depth": ("vgg16-random/block3", 0.8 - 0.03, 0.95 - 0.03),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny_study.write(tmp_path, measured=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written() -> dict[str, Any]:
    metrics.run(read().study)
    content: dict[str, Any] = json.loads(Path("results/metrics.json").read_text())
    return content


@pytest.mark.usefixtures("folder")
def test_every_accuracy_and_one_number_a_measure_stand_under_their_dataset_and_features() -> None:
    content = written()
    assert list(content) == ["garments", "digits", "difficulty"]
    assert content["garments"]["pixels/all"] == {"knn-3": 0.61, "knn-5": 0.61 - 0.05}
    assert set(content["difficulty"]) == set(NUMBERS)
    for name, (features, garments, digits) in NUMBERS.items():
        ((headline, found),) = content["difficulty"][name].items()
        assert headline == measure_module(name).HEADLINE
        assert list(found) == ["garments", "digits"]
        assert (found["garments"][features], found["digits"][features]) == pytest.approx((garments, digits))


def test_what_is_not_taken_or_has_no_pairs_has_no_number(folder: Path) -> None:
    assert metrics.headlines({"one_pixel": pd.DataFrame(columns=["dataset", "features", "accuracy"])}) == {}
    for path in folder.glob("results/difficulty/resolution/*.csv"):  # as in a study of one classifier
        pd.read_csv(path).assign(pairs=0, apart=0, apart_low=0, apart_high=0).to_csv(path, index=False)
    assert set(written()["difficulty"]) == set(NUMBERS) - {"resolution"}
