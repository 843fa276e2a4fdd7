"""The results as a whole: every file that is missing, cut or short of a part of the study is named."""

import json
import re
from pathlib import Path

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
    tiny_study.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


@pytest.mark.usefixtures("tiny")
def test_everything_that_was_written_is_read() -> None:
    results = read()
    assert [row.name for row in results.study.rows] == ["knn-3", "knn-5"]
    pairs = {(dataset, kind) for dataset in DATASETS for kind in ("vgg16-random/block5", "pixels/all")}
    assert set(results.points) == pairs
    assert {name: sheet.images().shape for name, sheet in results.point_images.items()} == dict.fromkeys(DATASETS, (30, 28, 28))
    assert {name: sheet.number for name, sheet in results.confused_images.items()} == dict.fromkeys(DATASETS, 8)
    assert {name: images.shape for name, images in results.samples.items()} == dict.fromkeys(DATASETS, (10, 8, 28, 28))
    assert len(results.tables["accuracy"]) == len(read_accuracy()) == 8


@pytest.mark.parametrize("name", tiny_study.FILES)
def test_a_file_that_is_cut_or_missing_is_named_with_the_remedy(tiny: Path, name: str) -> None:
    path = tiny / name
    path.write_bytes(path.read_bytes()[:13])
    with pytest.raises(InputError, match=rf"^results/{re.escape(name)} is damaged \(.*\); {REMEDY}$"):
        read()
    path.unlink()
    with pytest.raises(InputError, match=rf"^results/{re.escape(name)} is missing; {REMEDY}$"):
        read()


@pytest.mark.parametrize("name", ["accuracy", "confusion", "projection"])
def test_a_table_without_a_row_of_the_study_is_damaged(tiny: Path, name: str) -> None:
    path = tiny / f"tables/{name}.csv"
    table = pd.read_csv(path)
    table[table["dataset"] != "digits"].to_csv(path, index=False)
    with pytest.raises(InputError, match=rf"results/tables/{name}.csv is damaged \(no row for digits, .*dvc repro"):
        read()


@pytest.fixture
def replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The results of a study with recipes."""
    tiny_study.write(tmp_path, replicated=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results/replay"


def test_recipes_are_read_with_the_points_of_those_on_all_images(replayed: Path) -> None:
    results, recipes = read(), tiny_study.REPLICATION["recipes"]
    assert set(results.replayed_points) == {(dataset, recipe) for dataset in DATASETS for recipe in recipes}
    tried = results.tables["recipes"].groupby("stage")["recipe"].nunique()
    assert tried.to_dict() == {"search": 2 * 2 * 2, "replay": 2, "ladder": 2}
    (replayed / f"points/digits/{recipes[1]}.csv").unlink()
    with pytest.raises(InputError, match=rf"results/replay/points/digits/{recipes[1]}.csv is missing; {REMEDY}"):
        read()


def test_without_recipes_there_are_no_rows_and_no_points_of_them(tiny: Path) -> None:
    results = read()
    assert results.tables["recipes"].empty
    assert results.replayed_points == {}
    assert not list(tiny.glob("replay/points/*"))


@pytest.mark.parametrize("stage", ["search", "replay", "ladder"])
def test_a_recipe_of_the_study_without_rows_is_damage(replayed: Path, stage: str) -> None:
    table = pd.read_csv(replayed / "recipes.csv")
    recipe = table[table["stage"] == stage]["recipe"].iloc[-1]
    gone = (table["stage"] == stage) & (table["recipe"] == recipe) & (table["dataset"] == "digits")
    table[~gone].to_csv(replayed / "recipes.csv", index=False)
    with pytest.raises(InputError, match=rf"results/replay/recipes.csv is damaged \(no row for .*{recipe}.*dvc repro"):
        read()


def test_a_table_of_widths_without_one_of_the_studys_features_is_damaged(tiny: Path) -> None:
    path = tiny / "tables/features.csv"
    path.write_text(path.read_text().replace("pixels/all", "pixels/some"))
    with pytest.raises(InputError, match=r"features.csv is damaged \(no row for pixels/all\)"):
        read()


def test_nothing_mistaken_at_all_is_no_damage(tiny: Path) -> None:
    path = tiny / "tables/confused.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    for name in DATASETS:
        sheets.write(tiny.parent / paths.sheet("confused", name), np.zeros((0, 28, 28), np.uint8))
    found = read()
    assert found.tables["confused"].empty
    assert found.confused_images["digits"].images().shape == (0, 28, 28)


def test_a_study_without_any_network_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_study.write(tmp_path, features=("pixels/all",))
    monkeypatch.chdir(tmp_path)
    assert read().tables["layers"].empty


def test_images_that_are_not_there_are_named(tiny: Path) -> None:
    np.savez(tiny / "images/samples.npz", digits=np.zeros((10, 8, 28, 28), np.uint8))
    with pytest.raises(InputError, match=r"samples.npz is damaged \(no images of garments"):
        read()


@pytest.mark.parametrize("content", paths.SHEETS)
def test_a_picture_of_another_number_of_images_is_damage(tiny: Path, content: paths.Content) -> None:
    path = paths.sheet(content, "digits")
    sheets.write(tiny.parent / path, np.zeros((200, 28, 28), np.uint8))
    with pytest.raises(InputError, match=rf"^{path} is damaged \(2688 × 84 pixels, not the 2688 × 28 of \d+ images\); run"):
        read()


def test_a_picture_that_breaks_off_is_damage(tiny: Path) -> None:
    path = tiny / "images/points-digits.webp"
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"^results/images/points-digits.webp is damaged \("):
        read()


def test_points_of_another_number_than_those_of_other_features_are_damage(tiny: Path) -> None:
    path = tiny / "points/digits/pixels/all.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(
        InputError, match=r"digits/pixels/all.csv is damaged \(29 rows, those of other features of digits are 30\)"
    ):
        read()


@pytest.mark.parametrize("key", ["params", "versions", "platform", "data", "weights"])
def test_a_record_that_lacks_a_part_is_damaged(tiny: Path, key: str) -> None:
    content = json.loads((tiny / "provenance.json").read_text())
    del content[key]
    (tiny / "provenance.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"^results/provenance.json is damaged \(no {key}\); {REMEDY}$"):
        read()


def test_a_record_of_a_study_that_is_none_is_damaged_in_one_line(tiny: Path) -> None:
    content = json.loads((tiny / "provenance.json").read_text())
    content["params"]["study"]["datasets"] = ["letters"]
    (tiny / "provenance.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"^results/provenance.json is damaged \(not the record of a study: [^\n]*$"):
        read()


def test_the_accuracies_alone_must_have_rows(tiny: Path) -> None:
    path = tiny / "tables/accuracy.csv"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match=rf"^results/tables/accuracy.csv is damaged \(no rows\); {REMEDY}$"):
        read_accuracy()


@pytest.mark.parametrize(
    ("name", "column", "value", "complaint"),
    [
        ("tables/confusion.csv", "predicted", 10, "the label 10 of digits, which has 10 classes"),
        ("tables/confused.csv", "actual", -1, "the label -1 of digits, which has 10 classes"),
        ("points/digits/pixels/all.csv", "class", 10, "the label 10 of digits, which has 10 classes"),
        ("points/digits/pixels/all.csv", "x", "inf", "x holds something else than numbers"),
        ("tables/accuracy.csv", "accuracy", "inf", "accuracy holds something else than numbers"),
    ],
)
def test_a_value_beyond_all_that_can_be_is_named(tiny: Path, name: str, column: str, value: object, complaint: str) -> None:
    table = pd.read_csv(tiny / name)
    row = table.index[table["dataset"] == "digits"][0] if "dataset" in table else 0
    column_of_it = table[column].astype(object)
    column_of_it[int(row)] = value
    table.assign(**{column: column_of_it}).to_csv(tiny / name, index=False)
    with pytest.raises(InputError, match=rf"^results/{name} is damaged \({complaint}\); {REMEDY}$"):
        read()


@pytest.mark.usefixtures("tiny")
def test_images_of_another_shape_are_named() -> None:
    files.write_npz(paths.SAMPLES, **{name: np.zeros((10, 28, 28), np.uint8) for name in DATASETS})
    with pytest.raises(InputError, match=r"samples.npz is damaged \(10 × 28 × 28 of type uint8, not 10 × n × 28 × 28 whole"):
        read()
