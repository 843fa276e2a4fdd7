"""The commands of the replication: the files that they promise, and a wrong name in one line that leaves nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_transfer import paths, yaml
from mnist_transfer import projection as project
from mnist_transfer.recipes import Look
from mnist_transfer.replay import passes as features
from mnist_transfer.replay import replay
from tests.commands import assert_refused, files_in, run_here
from tests.extraction import runs
from tests.replay import toys
from tests.replay.toys import LOOK, RECIPE, ROWS

pytestmark = pytest.mark.usefixtures("one_core")


def run(*arguments: str) -> str:
    result = run_here(*arguments)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    return result.stderr


def assert_sound(record: dict[str, Any], recipe: str, train: int, test: int, rows: list[str] = ROWS) -> None:
    assert record.keys() == {"recipe", "train", "test", "accuracies"}
    assert (record["recipe"], record["train"], record["test"]) == (recipe, train, test)
    assert list(record["accuracies"]) == rows
    assert all(0 <= accuracy <= 1 for accuracy in record["accuracies"].values())


def written(folder: Path) -> dict[str, int]:
    """Return when each file of the folder was written."""
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def made(folder: Path) -> set[str]:
    return {name for name in written(folder) if not name.startswith(("build/", "data/", "splits/", "weights/"))}


def test_a_search_tries_every_recipe_with_one_look(folder: Path) -> None:
    printed = run("search", "toys", LOOK)
    assert printed.splitlines()[-1] == f"toys {LOOK}: 4 recipes"
    assert made(folder) == {"params.yaml", f"replication/search/toys/{LOOK}.json"}
    content = json.loads(paths.search("toys", LOOK).read_text())
    assert list(content) == ["recipes"]
    found = {record["recipe"]: record for record in content["recipes"]}
    assert len(found) == len(content["recipes"]) == 4
    for z_score in ("none", "train"):
        assert_sound(found[f"{LOOK}/{z_score}/official/old"], f"{LOOK}/{z_score}/official/old", 30, 20, ROWS)
        assert_sound(found[f"{LOOK}/{z_score}/holdout/old"], f"{LOOK}/{z_score}/holdout/old", 24, 6, ROWS)


def test_a_replay_takes_all_images_and_projects_them(folder: Path) -> None:
    printed = run("replay", "toys", RECIPE)
    target = paths.replay("toys", RECIPE)
    assert made(folder) == {"params.yaml", *(f"{target}/{name}" for name in ("accuracies.json", "projection.npz"))}
    record = json.loads((target / "accuracies.json").read_text())
    assert_sound(record, RECIPE, 60, runs.TEST)
    assert printed.splitlines()[-1].startswith(f"toys {RECIPE}: logistic {record['accuracies']['logistic']:.4f}, knn-1 ")
    (train, train_labels), (test, test_labels) = features.read(toys.study(), "toys", Look.parse(LOOK)).values()
    expected = vars(project.project(train, test, 5, seed=1)) | {"train_labels": train_labels, "test_labels": test_labels}
    with np.load(target / "projection.npz", allow_pickle=False) as projected:
        assert set(projected) == set(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(projected[name], array)


def test_a_replay_on_held_out_images_projects_those(folder: Path) -> None:
    recipe = f"{LOOK}/each/holdout/old"
    run("replay", "toys", recipe)
    record = json.loads((paths.replay("toys", recipe) / "accuracies.json").read_text())
    assert_sound(record, recipe, 48, 12)
    labelled = replay.resplit(features.read(toys.study(), "toys", Look.parse(LOOK)), "holdout", seed=1)
    with np.load(folder / paths.replay("toys", recipe) / "projection.npz", allow_pickle=False) as projected:
        assert projected["test_xyz"].shape == (12, 3)
        np.testing.assert_array_equal(projected["test_labels"], labelled["test"][1])


def test_a_rung_of_the_ladder_is_a_replay_on_fewer_images(folder: Path) -> None:
    recipe = f"{LOOK}/train/official/today"
    run("ladder", "toys", recipe)
    assert made(folder) == {"params.yaml", f"replication/ladder/toys/{recipe}.json"}
    assert_sound(json.loads(paths.ladder("toys", recipe).read_text()), recipe, 40, 20, ["svm"])


def test_the_same_recipe_gives_the_same_bytes_from_the_pass_that_was_kept(folder: Path) -> None:
    run("ladder", "toys", RECIPE)
    before = files_in(folder / "replication")
    paths.ladder("toys", RECIPE).unlink()
    assert "found finished" in run("ladder", "toys", RECIPE)
    assert files_in(folder / "replication") == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("search", "letters", LOOK), "params.yaml: unknown dataset 'letters'; datasets has toys"),
        (("replay", "letters", RECIPE), "params.yaml: unknown dataset 'letters'; datasets has toys"),
        (("ladder", "letters", RECIPE), "params.yaml: unknown dataset 'letters'; datasets has toys"),
        (("search", "toys", "repeat-nearest"), "'repeat-nearest' has 2 of the parts channels, resize, scaling"),
        (("search", "toys", "repeat-nearest-vgg"), "unknown scaling 'vgg' in 'repeat-nearest-vgg'; it is one of caffe, none"),
        (("search", "toys", RECIPE), "unknown scaling 'unit-caffe/none/official/old'"),
        (("replay", "toys", LOOK), f"'{LOOK}' has 1 of the parts look, z_score, split, settings"),
        (("replay", "toys", f"{LOOK}/some/official/old"), "unknown z_score 'some'"),
        (("ladder", "toys", "stack-nearest-caffe/none/official/old"), "unknown channels 'stack' in 'stack-nearest-caffe'"),
        (("replay", "toys", f"{LOOK}/none/official/older"), "unknown settings 'older'; replication.settings has old, today"),
        (("ladder", "toys", f"{LOOK}/none/official/older"), "unknown settings 'older'; replication.settings has old, today"),
        (("replay", "toys", f"{LOOK}/none/official/../old"), "unknown settings '../old'"),
        (("ladder", "toys", f"{LOOK}/none/official/"), "unknown settings ''"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_name_is_one_line_and_no_pass_is_made(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    before = written(folder)
    assert_refused(run_here(*arguments), "params.yaml: ", words)
    assert written(folder) == before


@pytest.mark.parametrize(
    ("command", "part"),
    [(("search", "toys", LOOK), "search"), (("ladder", "toys", RECIPE), "ladder")],
    ids=["search", "ladder"],
)
@pytest.mark.parametrize(("split", "has"), [("train", 60), ("test", 25)])
def test_too_many_images_are_one_line_too(folder: Path, command: tuple[str, ...], part: str, split: str, has: int) -> None:
    changed = toys.REPLICATION[part] | {split: 100}
    (folder / paths.PARAMS).write_text(yaml.dump(toys.parameters(**{part: changed})), encoding="utf-8")
    assert_refused(run_here(*command), f"params.yaml: replication: 100 {split} images of toys, which has {has}")


def test_without_replication_no_command_runs(folder: Path) -> None:
    content = {key: value for key, value in toys.parameters().items() if key != "replication"}
    (folder / paths.PARAMS).write_text(yaml.dump(content), encoding="utf-8")
    for command in (("search", "toys", LOOK), ("replay", "toys", RECIPE), ("ladder", "toys", RECIPE)):
        assert_refused(run_here(*command), "params.yaml: replication is missing; add it, or leave this stage out of dvc.yaml")
