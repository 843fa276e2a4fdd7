"""What the linked 3-D viewer is given: points, clusters and images, packed so that they come out as they went in."""

import base64
import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mnist_transfer.figures.style import PALETTE
from mnist_transfer.report import viewer
from tests.commands import ROOT
from tests.report.conftest import Made
from tests.report.test_escaping import HOSTILE
from tests.results import tiny_study


def decode(text: str, dtype: str) -> npt.NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype)


@given(st.lists(st.tuples(*[st.floats(-1e4, 1e4)] * 3), min_size=1))
@example([(1, 0, -4), (0.5, 2, 4)])
def test_coordinates_come_back_within_half_a_step_of_all_axes_one_scale(points: list[tuple[float, float, float]]) -> None:
    xyz = np.array(points)
    steps, scale = viewer.quantise(xyz), float(np.abs(xyz).max()) / 32767 or 1.0
    assert steps.dtype == np.int16
    assert np.abs(steps * scale - xyz).max() <= 0.5001 * scale
    assert np.abs(xyz).max() < 1e-300 or np.abs(steps).max() == 32767


def test_a_cluster_belongs_to_its_commonest_class_and_the_others_are_counted() -> None:
    columns = ("split", "class", "cluster", "times")
    rows = [("train", 1, 0, 2), ("train", 2, 0, 1), ("test", 2, 0, 2), ("test", 1, 0, 3), ("train", 3, 1, 1), ("test", 2, 1, 1)]
    table = pd.DataFrame(rows, columns=columns)
    points = table.loc[table.index.repeat(table["times"])]
    assert viewer.clusters(points, 4) == [
        {"class": 1, "train": [3, 1], "test": [5, 2]},
        {"class": 2, "train": [1, 1], "test": [1, 0]},  # a tie
        {"class": None, "train": [0, 0], "test": [0, 0]},
        {"class": None, "train": [0, 0], "test": [0, 0]},
    ]


def test_every_view_of_the_study_comes_out_as_it_went_in(made: Made) -> None:
    results = made(classes={"digits": 3})
    content = viewer.payload(results)
    assert tuple(content["palette"]) == PALETTE
    assert [dataset["title"] for dataset in content["datasets"]] == ["Garments", "Digits"]
    for name, dataset in zip(results.datasets, content["datasets"], strict=True):
        assert dataset["classes"] == list(results.study.dataset(name).classes)
        assert [view["title"] for view in dataset["views"]] == [results.heading(kind) for kind in results.features]
        for kind, view in zip(results.features, dataset["views"], strict=True):
            points = results.points[name, kind]
            np.testing.assert_array_equal(decode(dataset["class"], "<u2"), points["class"])
            np.testing.assert_array_equal(decode(dataset["index"], "<i4"), points["index"])
            np.testing.assert_array_equal(decode(view["cluster"], "<u2"), points["cluster"])
            xyz = points[["x", "y", "z"]].to_numpy()
            scale = float(np.abs(xyz).max()) / 32767 or 1.0
            np.testing.assert_allclose(decode(view["xyz"], "<i2").reshape(-1, 3) * scale, xyz, atol=scale)
            assert view["train"] == (points["split"] == "train").sum()
            assert view["variance"] == [0.2, 0.1, 0.05]
            number = len(dataset["classes"])
            expected = [{"class": (cluster - 1) % number, "train": [2, 0], "test": [1, 0]} for cluster in range(number)]
            assert view["clusters"] == expected


def test_a_recipe_on_other_images_brings_its_own_labels(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    for dataset in viewer.payload(made(replicated=True))["datasets"]:
        official, kaggle = dataset["views"][-2:]
        assert [view["title"] for view in (official, kaggle)] == [f"Paper replayed ({n} split)" for n in ("official", "kaggle")]
        assert "class" not in official
        assert decode(kaggle["class"], "<u2").size == decode(kaggle["index"], "<i4").size == kaggle["train"] * 3 / 2
        assert official["variance"] is kaggle["variance"] is None
    other = [name.replace("study", "repeat-nearest-none") for name in tiny_study.REPLICATION["full"]]
    monkeypatch.setitem(tiny_study.REPLICATION, "full", other)
    (dataset, _) = viewer.payload(made(replicated=True))["datasets"]
    titles = [view["title"] for view in dataset["views"]]
    assert len(set(titles)) == len(titles), "recipes of one split are told apart"
    assert titles[-1] == "Paper replayed (repeat-nearest-none, kaggle split)"


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_can_end_the_data(name: str) -> None:
    page = viewer.html({"name": name}, ROOT / "report/assets")
    data = page.split('<script type="application/json" id="viewer-data">')[1].split("</script>")[0]
    assert json.loads(data) == {"name": name}
    assert "<" not in data
    assert "`" * 20 not in page  # what fences it in the notebook
