"""The results as a whole: every file that is missing, cut or short of a part of the study is named."""

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mnist_transfer import files, paths
from mnist_transfer.errors import InputError
from mnist_transfer.results import sheets
from mnist_transfer.results.read import read, read_accuracy
from mnist_transfer.tables import REMEDY
from tests.results import tiny_study

DATASETS = ("garments", "digits")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny_study.write(tmp_path, replicated=True)
    monkeypatch.chdir(tmp_path)
    return Path("results")


@pytest.mark.usefixtures("tiny")
def test_everything_that_was_written_is_read() -> None:
    results = read()
    assert [row.name for row in results.study.rows] == ["knn-3", "knn-5"]
    assert set(results.points) == {(name, kind) for name in DATASETS for kind in ("vgg16-random/block5", "pixels/all")}
    assert set(results.replayed_points) == {(name, recipe) for name in DATASETS for recipe in (OFFICIAL, KAGGLE)}
    tried = results.tables["recipes"].groupby("stage")["recipe"].nunique()
    assert tried.to_dict() == {"search": 3 * 2, "full": 2 * 2 * 2}
    assert {name: sheet.images().shape for name, sheet in results.point_images.items()} == dict.fromkeys(DATASETS, (30, 28, 28))
    assert {name: sheet.number for name, sheet in results.confused_images.items()} == dict.fromkeys(DATASETS, 8)
    assert {name: images.shape for name, images in results.samples.items()} == dict.fromkeys(DATASETS, (10, 8, 28, 28))
    assert len(results.tables["accuracy"]) == len(read_accuracy()) == 8


def test_a_study_without_any_network_or_recipe_or_mistake_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_study.write(tmp_path, features=("pixels/all",))
    monkeypatch.chdir(tmp_path)
    empty("tables/confused.csv")
    for name in DATASETS:
        sheets.write(paths.sheet("confused", name), np.zeros((0, 28, 28), np.uint8))
    found = read()
    assert [name for name, table in found.tables.items() if table.empty] == ["layers", "confused", "recipes"]
    assert found.replayed_points == {}
    assert found.confused_images["digits"].images().shape == (0, 28, 28)


OFFICIAL, KAGGLE = (f"repeat-nearest-unit-caffe/none/{split}" for split in ("official", "kaggle"))


@pytest.mark.parametrize("name", [*tiny_study.FILES, "replay/recipes.csv", f"replay/points/digits/{KAGGLE}.csv"])
def test_a_file_that_is_cut_or_missing_is_named_with_the_remedy(tiny: Path, name: str) -> None:
    path = tiny / name
    path.write_bytes(path.read_bytes()[:13])
    with pytest.raises(InputError, match=rf"^results/{re.escape(name)} is damaged \(.*\); {REMEDY}$"):
        read()
    path.unlink()
    with pytest.raises(InputError, match=rf"^results/{re.escape(name)} is missing; {REMEDY}$"):
        read()


def empty(name: str) -> None:
    """Leave a table without rows."""
    path = paths.RESULTS / name
    path.write_text(path.read_text().splitlines()[0] + "\n")


def without(name: str, **values: Any) -> None:
    """Take the rows with these values out of a table."""
    table = pd.read_csv(paths.RESULTS / name)
    gone = np.logical_and.reduce([table[column] == value for column, value in values.items()])
    assert gone.any()
    table[~gone].to_csv(paths.RESULTS / name, index=False)


def put(name: str, column: str, value: Any) -> None:
    """Put a value into a row of digits."""
    table = pd.read_csv(paths.RESULTS / name)
    row = table.index[table["dataset"] == "digits"][0] if "dataset" in table else 0
    changed = table[column].astype(object)
    changed[int(row)] = value
    table.assign(**{column: changed}).to_csv(paths.RESULTS / name, index=False)


def cut(name: str, end: float) -> None:
    content = (paths.RESULTS / name).read_bytes()
    (paths.RESULTS / name).write_bytes(content[: int(len(content) * end)])


def record(*keys: str, value: Any = None) -> None:
    """Change a value of the record, or take it away."""
    content = below = json.loads(paths.PROVENANCE.read_text())
    for key in keys[:-1]:
        below = below[key]
    below[keys[-1]] = value
    if value is None:
        del below[keys[-1]]
    paths.PROVENANCE.write_text(json.dumps(content))


def show(content: paths.Content, number: int) -> None:
    sheets.write(paths.sheet(content, "digits"), np.zeros((number, 28, 28), np.uint8))


POINTS = "points/digits/pixels/all.csv"
PICTURE = r"2688 × 84 pixels, not the 2688 × 28 of \d+ images"
DAMAGES: list[tuple[Callable[[], None], str, str]] = [
    *(
        (partial(without, f"tables/{name}.csv", dataset="digits"), f"tables/{name}.csv", "no row for digits, .*")
        for name in ("accuracy", "confusion", "projection")
    ),
    *(
        (
            partial(without, "replay/recipes.csv", stage=stage, recipe=recipe, dataset="digits"),
            "replay/recipes.csv",
            f"no row for {stage}, {recipe}, digits",
        )
        for stage, recipe in (("search", "study/train/official"), ("full", KAGGLE))
    ),
    (partial(without, "tables/features.csv", features="pixels/all"), "tables/features.csv", "no row for pixels/all"),
    (partial(put, "tables/confusion.csv", "predicted", 10), "tables/confusion.csv", "the label 10 of digits, which has 10 .*"),
    (partial(put, "tables/confused.csv", "actual", -1), "tables/confused.csv", "the label -1 of digits, which has 10 .*"),
    (partial(put, "tables/accuracy.csv", "accuracy", "inf"), "tables/accuracy.csv", "accuracy holds something else than .*"),
    (partial(put, POINTS, "class", 10), POINTS, "the label 10 of digits, which has 10 classes"),
    (partial(put, POINTS, "x", "inf"), POINTS, "x holds something else than numbers"),
    (partial(without, POINTS, index=29), POINTS, "29 rows, those of other features of digits are 30"),
    (partial(cut, "images/points-digits.webp", 0.5), "images/points-digits.webp", ".*"),
    (partial(show, "points", 200), "images/points-digits.webp", PICTURE),
    (partial(show, "confused", 200), "images/confused-digits.webp", PICTURE),
    (
        partial(files.write_npz, paths.SAMPLES, digits=np.zeros((10, 8, 28, 28), np.uint8)),
        "images/samples.npz",
        "no images of garments",
    ),
    (
        partial(files.write_npz, paths.SAMPLES, **dict.fromkeys(DATASETS, np.zeros((10, 28, 28), np.uint8))),
        "images/samples.npz",
        "10 × 28 × 28 of type uint8, not 10 × n × 28 × 28 whole numbers",
    ),
    *((partial(record, key), "provenance.json", f"no {key}") for key in ("params", "versions", "platform", "data", "weights")),
    (partial(record, "params", "study", "datasets", value=["letters"]), "provenance.json", "not the record of a study: .*"),
]


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize(("damage", "name", "complaint"), DAMAGES, ids=[f"{at} {case[1]}" for at, case in enumerate(DAMAGES)])
def test_a_damaged_file_is_named_with_what_is_wrong(damage: Callable[[], None], name: str, complaint: str) -> None:
    damage()
    with pytest.raises(InputError, match=rf"^results/{name} is damaged \({complaint}\); {REMEDY}$"):
        read()


@pytest.mark.usefixtures("tiny")
def test_the_accuracies_alone_must_have_rows() -> None:
    empty("tables/accuracy.csv")
    with pytest.raises(InputError, match=rf"^results/tables/accuracy.csv is damaged \(no rows\); {REMEDY}$"):
        read_accuracy()
