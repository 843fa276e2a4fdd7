"""What the linked 3-D viewer is given: points, clusters and images, packed so that they come out as they went in."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mnist_transfer.figures.style import PALETTE
from mnist_transfer.report import viewer
from mnist_transfer.results import sheets
from mnist_transfer.results.read import Results
from tests.commands import ROOT
from tests.report.conftest import Made
from tests.results import tiny_study


def decode(text: str, dtype: str) -> npt.NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype)


def test_all_axes_have_one_scale() -> None:
    steps, scale = viewer.quantise(np.array([[1.0, 0, -4], [0.5, 2, 4]]))
    assert steps.tolist() == [[8192, 0, -32767], [4096, 16384, 32767]]
    assert scale == pytest.approx(4 / 32767)


@given(st.lists(st.tuples(*[st.floats(-1e4, 1e4)] * 3), min_size=1))
def test_coordinates_come_back_within_half_a_step(points: list[tuple[float, float, float]]) -> None:
    xyz = np.array(points)
    steps, scale = viewer.quantise(xyz)
    assert steps.dtype == np.int16
    assert np.abs(steps * scale - xyz).max() <= 0.5001 * scale


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


def test_every_image_is_in_its_place_of_the_picture(tmp_path: Path) -> None:
    levels = 17 * np.random.default_rng(0).integers(0, 16, sheets.COLUMNS + 3, np.uint8)
    images = np.broadcast_to(levels[:, None, None], (len(levels), 28, 28))  # plain ones, which WebP hardly changes
    sheets.write(tmp_path / "some.webp", images)
    made = viewer.picture(sheets.read(tmp_path / "some.webp", len(images), (28, 28)))
    assert (made["height"], made["width"], made["columns"]) == (28, 28, sheets.COLUMNS)
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(made["webp"]))).convert("L")).astype(int)
    for number, level in enumerate(levels):
        top, left = number // sheets.COLUMNS * 28, number % sheets.COLUMNS * 28
        assert abs(sheet[top : top + 28, left : left + 28].mean() - level) < 8


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
            np.testing.assert_array_equal(decode(dataset["class"], "u1"), points["class"])
            np.testing.assert_array_equal(decode(dataset["index"], "<i4"), points["index"])
            np.testing.assert_array_equal(decode(view["cluster"], "u1"), points["cluster"])
            xyz = points[["x", "y", "z"]].to_numpy()
            scale = np.abs(xyz).max() / 32767
            np.testing.assert_allclose(decode(view["xyz"], "<i2").reshape(-1, 3) * scale, xyz, atol=scale)
            assert view["train"] == (points["split"] == "train").sum()
            assert view["variance"] == [0.2, 0.1, 0.05]
            number = len(dataset["classes"])
            expected = [{"class": (cluster - 1) % number, "train": [2, 0], "test": [1, 0]} for cluster in range(number)]
            assert view["clusters"] == expected


def test_a_recipe_on_other_images_brings_its_own_labels(made: Made) -> None:
    for dataset in viewer.payload(made(replicated=True))["datasets"]:
        official, kaggle = dataset["views"][-2:]
        assert official["title"] == "Paper replayed (official split)"
        assert kaggle["title"] == "Paper replayed (kaggle split)"
        assert "class" not in official
        assert decode(kaggle["class"], "u1").size == decode(kaggle["index"], "<i4").size == kaggle["train"] * 3 / 2
        assert official["variance"] is kaggle["variance"] is None


def test_recipes_of_one_split_are_told_apart(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    other = [name.replace("study", "repeat-nearest-none") for name in tiny_study.REPLICATION["full"]]
    monkeypatch.setitem(tiny_study.REPLICATION, "full", other)
    (dataset, _) = viewer.payload(made(replicated=True))["datasets"]
    titles = [view["title"] for view in dataset["views"]]
    assert len(set(titles)) == len(titles)
    assert titles[-1] == "Paper replayed (repeat-nearest-none, kaggle split)"


def test_no_name_can_end_the_data(made: Made) -> None:
    content = viewer.payload(made())
    content["datasets"][0]["classes"][0] = "</script><b>x</b>"
    page = viewer.html(content, ROOT / "report/assets")
    data = page.split('id="viewer-data">')[1].split("</script>")[0]
    assert json.loads(data) == json.loads(json.dumps(content))
    assert "<" not in data
    assert "`" * 20 not in page  # what fences it in the notebook


@pytest.mark.slow
def test_the_study_fits_into_the_page(committed: Results) -> None:
    assert len(viewer.html(viewer.payload(committed), ROOT / "report/assets").encode()) < 2_400_000
