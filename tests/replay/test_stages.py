"""The stages of the replay: the files that they promise, and a wrong name in one line that leaves nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_transfer import files, paths, projection, yaml
from mnist_transfer.recipes import Preprocessing
from mnist_transfer.replay import passes, replay
from tests.commands import assert_refused, files_in, run_here
from tests.extraction import runs
from tests.replay import toys
from tests.replay.toys import NEAREST, RECIPE, TODAY

ROWS = [
    *("logistic-regression", "forest-gini-25", "forest-gini-50", "forest-gini-100", "forest-entropy-25", "forest-entropy-50"),
    *("forest-entropy-100", "knn-3", "knn-5", "neural-network", "perceptron", "svm-linear", "svm-poly", "svm-linear-pca15"),
]


def run(*arguments: str) -> tuple[str, set[str]]:
    """Run a command; return the last line that it printed and the files that it made, but for passes."""
    before = files_in(Path())
    result = run_here(*arguments)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    made = files_in(Path()).keys() - before.keys()
    return result.stderr.splitlines()[-1], {name for name in made if not name.startswith("build/")}


def assert_sound(record: dict[str, Any], recipe: str, train: int, test: int, rows: list[str] = ROWS) -> None:
    assert (record["recipe"], record["train"], record["test"]) == (recipe, train, test)
    assert list(record) == ["recipe", "train", "test", "accuracies"]
    assert list(record["accuracies"]) == rows
    assert all(0 <= accuracy <= 1 for accuracy in record["accuracies"].values())


@pytest.mark.usefixtures("folder")
def test_a_search_tries_every_recipe_of_the_grid_with_one_pass_for_each_preprocessing(built: list[str]) -> None:
    printed, made = run("search", "toys")
    assert (printed, made) == ("toys: 4 recipes", {"replay/search/toys.json"})
    assert built == [NEAREST, "repeat-bilinear-unit-caffe"]
    recipes = [f"{preprocessing}/{z_score}/official/sklearn-2018" for preprocessing in built for z_score in ("none", "train")]
    for recipe, record in zip(recipes, json.loads(paths.search("toys").read_text())["recipes"], strict=True):
        assert_sound(record, recipe, 30, 20)


@pytest.mark.usefixtures("folder")
def test_a_ladder_replays_all_its_recipes_on_fewer_images_from_the_pass_that_was_kept(built: list[str]) -> None:
    _, made = run("ladder", "toys")
    before = paths.ladder("toys").read_bytes()
    first, second, third = json.loads(before)["recipes"]
    assert made == {"replay/ladder/toys.json"}
    assert_sound(first, RECIPE, 40, 20)
    assert_sound(second, f"{NEAREST}/train/official/sklearn-2018", 40, 20)
    assert_sound(third, TODAY, 40, 20, ["svm"])
    paths.ladder("toys").unlink()
    assert run("ladder", "toys")[1] == made
    assert paths.ladder("toys").read_bytes() == before
    assert built == [NEAREST]


@pytest.mark.usefixtures("folder", "built")
@pytest.mark.parametrize(
    ("split", "train", "test"), [("official", 60, runs.TEST), ("holdout", 48, 12), ("overlap", 60 + 12, runs.TEST)]
)
def test_a_replay_takes_all_images_and_projects_those_of_its_splits(split: str, train: int, test: int) -> None:
    recipe = f"{NEAREST}/each/{split}/sklearn-2018"
    printed, made = run("replay", "toys", recipe)
    target = paths.replay("toys", recipe)
    assert made == {f"{target}/accuracies.json", f"{target}/projection.npz"}
    record = json.loads((target / "accuracies.json").read_text())
    assert_sound(record, recipe, train, test)
    assert printed.startswith(f"toys {recipe}: logistic-regression {record['accuracies']['logistic-regression']:.4f}, forest-")
    labelled = replay.resplit(passes.read(toys.study(), "toys", Preprocessing.parse(NEAREST)), split, seed=1)
    (train_features, train_labels), (test_features, test_labels) = labelled["train"], labelled["test"]
    expected = vars(projection.project(train_features, test_features, 5, seed=1))
    expected |= {"train_labels": train_labels, "test_labels": test_labels}
    with np.load(target / "projection.npz", allow_pickle=False) as projected:
        assert set(projected) == set(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(projected[name], array)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("search", "letters"), "params.yaml: unknown dataset 'letters'; datasets has toys"),
        (("ladder", "letters"), "params.yaml: unknown dataset 'letters'; datasets has toys"),
        (("replay", "letters", RECIPE), "params.yaml: unknown dataset 'letters'; datasets has toys"),
        (("replay", "toys", NEAREST), f"'{NEAREST}' has 1 of the parts preprocessing, z_score, split, settings"),
        (("replay", "toys", f"repeat-nearest/{RECIPE}"), "'repeat-nearest"),
        (("replay", "toys", f"{NEAREST}/some/official/today"), "unknown z_score 'some'"),
        (("replay", "toys", "stack-nearest-caffe/none/official/today"), "unknown channels 'stack' in 'stack-nearest-caffe'"),
        (("replay", "toys", f"{NEAREST}/none/official/older"), "unknown settings 'older'"),
        (("replay", "toys", f"{NEAREST}/none/official/../today"), "unknown settings '../today'"),
        (("replay", "toys", f"{NEAREST}/none/official/"), "unknown settings ''"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_name_is_one_line_and_no_pass_is_made(
    folder: Path, built: list[str], arguments: tuple[str, ...], words: str
) -> None:
    before = files_in(folder)
    assert_refused(run_here(*arguments), "params.yaml: ", words)
    assert files_in(folder) == before
    assert built == []


@pytest.mark.parametrize(("command", "split", "has"), [("search", "train", 60), ("ladder", "test", 25)])
def test_too_many_images_and_no_replay_at_all_are_one_line_too(
    folder: Path, built: list[str], command: str, split: str, has: int
) -> None:
    content = toys.parameters(**{command: toys.REPLAY[command] | {split: 100}})
    files.write_text(paths.PARAMS, yaml.dump(content))
    assert_refused(run_here(command, "toys"), f"params.yaml: replay: 100 {split} images of toys, which has {has}")
    del content["replay"]
    files.write_text(paths.PARAMS, yaml.dump(content))
    assert_refused(run_here(command, "toys"), "params.yaml: replay is missing; add it, or leave this stage out of dvc.yaml")
