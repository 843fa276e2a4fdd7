"""The results as a whole: every file that is missing, cut or short of a part of the study is named."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mnist_transfer import files, paths
from mnist_transfer.errors import InputError
from mnist_transfer.results import sheets
from mnist_transfer.results.read import read
from mnist_transfer.tables import REMEDY
from tests.results import tiny_study

DATASETS = ("garments", "digits")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tiny_study.write(tmp_path, replicated=True, measured=True)
    monkeypatch.chdir(tmp_path)
    return Path("results")


@pytest.mark.usefixtures("tiny")
def test_everything_that_was_written_is_read() -> None:
    results = read()
    assert set(results.points) == {(name, kind) for name in DATASETS for kind in ("vgg16-random/block5", "pixels/all")}
    assert set(results.replayed_points) == {(name, recipe) for name in DATASETS for recipe in (OFFICIAL, KAGGLE)}
    tried = results.tables["recipes"].groupby("stage")["recipe"].nunique()
    assert tried.to_dict() == {"search": 3 * 2, "full": 2 * 2 * 2}
    for name in DATASETS:
        assert results.point_images[name].images().shape == (30, 28, 28)
        assert results.confused_images[name].number == 8
        assert results.samples[name].shape == (10, 8, 28, 28)
    assert len(results.tables["accuracy"]) == 8


def test_a_study_without_any_network_or_recipe_or_mistake_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_study.write(tmp_path, features=("pixels/all",))
    monkeypatch.chdir(tmp_path)
    table = paths.table("confused")
    table.write_text(table.read_text().splitlines()[0] + "\n")
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


def refused(name: str, complaint: str) -> None:
    with pytest.raises(InputError, match=rf"^results/{name} is damaged \({complaint}\); {REMEDY}$"):
        read()


Table = pd.DataFrame
POINTS = "points/digits/pixels/all.csv"
FROZEN = "difficulty/frozen/digits.csv"
#: By a table, what is done to it, and what is then said of it.
TABLES: list[tuple[str, Callable[[Table], Table], str]] = [
    *(
        (f"tables/{name}.csv", lambda table: table[table["dataset"] != "digits"], "no row for digits, .*")
        for name in ("accuracy", "confusion", "projection")
    ),
    ("replay/recipes.csv", lambda table: table[table["recipe"] != KAGGLE], f"no row for full, {KAGGLE}, .*"),
    ("tables/features.csv", lambda table: table[table["features"] != "pixels/all"], "no row for pixels/all"),
    ("tables/confusion.csv", lambda table: table.replace({"predicted": 9}, 10), "the label 10 of digits, which has 10 .*"),
    ("tables/confused.csv", lambda table: table.assign(actual=-1), "the label -1 of digits, which has 10 .*"),
    (POINTS, lambda table: table.assign(**{"class": 10}), "the label 10 of digits, which has 10 classes"),
    (FROZEN, lambda table: table.assign(mistaken="3:10:0"), "the label 10 of digits, which has 10 classes"),
    (FROZEN, lambda table: table.assign(mistaken="3:some:0"), ".*some.*"),
    (POINTS, lambda table: table[:-1], "29 rows, those of other features of digits are 30"),
]


@pytest.mark.parametrize(("name", "change", "complaint"), TABLES, ids=[f"{at} {case[0]}" for at, case in enumerate(TABLES)])
def test_a_damaged_table_is_named(tiny: Path, name: str, change: Callable[[Table], Table], complaint: str) -> None:
    change(pd.read_csv(tiny / name)).to_csv(tiny / name, index=False)
    refused(name, complaint)


@pytest.mark.usefixtures("tiny")
def test_pictures_and_samples_of_other_images_are_named() -> None:
    right = {name: np.zeros((10, 8, 28, 28), np.uint8) for name in DATASETS}
    files.write_npz(paths.SAMPLES, digits=right["digits"])
    refused("images/samples.npz", "no images of garments")
    files.write_npz(paths.SAMPLES, **right | {"garments": right["garments"][:, 0]})
    refused("images/samples.npz", "10 × 28 × 28 of type uint8, not 10 × n × 28 × 28 whole numbers")
    sheets.write(paths.sheet("points", "digits"), np.zeros((200, 28, 28), np.uint8))
    refused("images/points-digits.webp", r"2688 × 84 pixels, not the 2688 × 28 of 30 images")


@pytest.mark.usefixtures("tiny")
def test_a_record_without_a_part_or_of_another_study_is_named() -> None:
    whole = json.loads(paths.PROVENANCE.read_text())
    for key in ("params", "versions", "platform", "data", "weights"):
        paths.PROVENANCE.write_text(json.dumps({name: part for name, part in whole.items() if name != key}))
        refused("provenance.json", f"no {key}")
    whole["params"]["study"]["datasets"] = ["letters"]
    paths.PROVENANCE.write_text(json.dumps(whole))
    refused("provenance.json", "not the record of a study: .*")
