"""The stage of the replay: the files that it promises, and a wrong name in one line that leaves nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_transfer import files, paths, projection, yaml
from mnist_transfer.recipes import Preprocessing, Recipe
from mnist_transfer.replay import passes, replay
from tests.commands import assert_refused, files_in, run_here
from tests.extraction import runs
from tests.replay import toys
from tests.replay.toys import NEAREST


def said_of(record: dict[str, Any]) -> tuple[str, int, int]:
    return record["recipe"], record["train"], record["test"]


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
def test_a_replay_writes_what_every_recipe_gave_and_a_picture_of_those_on_all_images(built: list[str]) -> None:
    before = files_in(Path())
    result = run_here("replay", "toys")
    assert (result.returncode, result.stdout) == (0, ""), result.stderr
    made = {name for name in files_in(Path()).keys() - before.keys() if not name.startswith("build/")}
    recipe = f"{NEAREST}/none/official"
    assert made == {"replay/toys/accuracies.json", f"replay/toys/{recipe}.npz"}
    records = json.loads(paths.replay("toys").read_text())
    assert list(records) == ["search", "full"]
    assert [said_of(record) for record in records["search"]] == [
        (f"{preparation}/{z_score}/official", number, 20)
        for preparation in (NEAREST, "repeat-bilinear-unit-caffe")
        for z_score in ("none", "train")
        for number in (20, 30)
    ]
    (record,) = records["full"]
    assert said_of(record) == (recipe, 60, runs.TEST)
    said = f"toys {recipe}, 60 training images: logistic-regression {record['accuracies']['logistic-regression']:.4f}, forest-"
    assert said in " ".join(result.stderr.split())
    assert set(built) == {NEAREST, "repeat-bilinear-unit-caffe"}
    labelled = passes.read(toys.study(), "toys", Preprocessing.parse(NEAREST))
    (train, train_labels), (test, test_labels) = labelled["train"], labelled["test"]
    expected = vars(projection.project(train, test, 5, seed=1)) | {"train_labels": train_labels, "test_labels": test_labels}
    with np.load(paths.replay_projection("toys", recipe), allow_pickle=False) as projected:
        assert set(projected) == set(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(projected[name], array)
    assert record == replay.replay(Recipe.parse(recipe), "toys", labelled, seed=1)


@pytest.mark.usefixtures("folder", "built")
def test_kaggles_split_is_fitted_where_it_differs_and_copied_where_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    search = toys.REPLAY["search"] | {"preparations": [NEAREST], "z_score": ["none"], "train": [20]}
    names = [f"{NEAREST}/each/{split}" for split in ("official", "kaggle")]
    study = toys.study(full=names, search=search)
    fitted: list[str] = []
    real = replay.replay

    def counting(recipe: Recipe, *rest: Any) -> dict[str, Any]:
        fitted.append(str(recipe))
        return real(recipe, *rest)

    monkeypatch.setattr(replay, "replay", counting)
    replay.run(study, "toys")
    official, kaggle = json.loads(paths.replay("toys").read_text())["full"]
    assert fitted[1:] == names[:1]
    assert kaggle == official | {"recipe": names[1]}
    monkeypatch.setitem(replay.OVERLAP, "toys", 0.48)
    replay.run(study, "toys")
    official, kaggle = json.loads(paths.replay("toys").read_text())["full"]
    assert [said_of(record) for record in (official, kaggle)] == [(names[0], 60, runs.TEST), (names[1], 60 + 12, runs.TEST)]
    with np.load(paths.replay_projection("toys", names[1]), allow_pickle=False) as projected:
        assert len(projected["train_xyz"]) == len(projected["train_labels"]) == 72


def test_too_many_images_and_no_replay_at_all_are_one_line_too(folder: Path, built: list[str]) -> None:
    for few, message in (({"train": [20, 100]}, "100 train images of toys, which has 60"), ({"test": 26}, "26 test images of")):
        content = toys.parameters(search=toys.REPLAY["search"] | few)
        files.write_text(paths.PARAMS, yaml.dump(content))
        assert_refused(run_here("replay", "toys"), f"params.yaml: replay: {message}")
    del content["replay"]
    files.write_text(paths.PARAMS, yaml.dump(content))
    assert_refused(run_here("replay", "toys"), "params.yaml: replay is missing; add it, or leave this stage out of dvc.yaml")
    assert built == []
