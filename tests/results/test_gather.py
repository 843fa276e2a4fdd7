"""Gathering from the artifacts of a made-up study: all of it, readable again, and refused where an artifact is damaged."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.metrics import confusion_matrix

from mnist_transfer import artifacts, files, paths, splits, study, tables
from mnist_transfer.classifiers import statistics
from mnist_transfer.demo import sample
from mnist_transfer.errors import InputError
from mnist_transfer.results import gather, recipes
from mnist_transfer.results.read import Results, read
from tests.commands import files_in
from tests.results import tiny_study

PIXELS = "pixels/all"
SIZES = {"train": 200, "test": 100}
#: A dataset with few classes, and one with more than the palette has colours: the sample's labels, kept or split.
CLASSES = {"few": 3, "many": 12}
CONTENT: dict[str, Any] = {
    "seed": 1,
    "study": {
        "datasets": list(CLASSES),
        "networks": ["vgg16-random", "pixels"],
        "features": [PIXELS],
        "classifiers": ["knn", "svm-linear"],
    },
    "datasets": {
        name: {"title": name.capitalize(), **SIZES, "classes": [f"class {label}" for label in range(number)]}
        for name, number in CLASSES.items()
    },
    "networks": tiny_study.NETWORKS,
    "classifiers": tiny_study.CLASSIFIERS,
    "titles": tiny_study.TITLES,
    "replay": {"datasets": list(CLASSES)} | tiny_study.REPLICATION,
    "comparisons": {"shared_errors": {"features": [PIXELS], "train": 40}},
}
STUDY = study.Study.model_validate(CONTENT)
RECIPE = "repeat-nearest-unit-caffe/none/official"
LAYERS = {"layers": [{"layer": "block5_pool", "kind": "MaxPooling2D", "shape": [1, 1, 512], "parameters": 0}]}


def write_raw(name: str, classes: int) -> None:
    """Write the sample's digits with fewer classes, or with some classes split in two."""
    digits, arrays = sample.digits(1), []
    for images, labels in (digits[:2], digits[2:]):
        kept = labels < classes
        halves = labels[kept] + 10 * (np.arange(kept.sum()) % 2 == 1)
        arrays += [images[kept], np.where(halves < classes, halves, labels[kept]).astype(np.uint8)]
    sample.write(paths.DATA / name, sample.Sample(*arrays))


def write_projection(path: Path, classes: int, **more: npt.NDArray[Any]) -> None:
    rng = np.random.default_rng(classes)
    fields: dict[str, npt.NDArray[Any]] = {"variance": np.array([0.3, 0.2, 0.1])}
    for split, size in SIZES.items():
        fields[f"{split}_xyz"] = rng.normal(size=(size, 3)).astype(np.float32)
        fields[f"{split}_cluster"] = np.arange(size) % classes
    files.write_npz(path, **fields, **more)


def write_artifacts() -> None:
    """Write what all stages before would, for a study whose predictions are right for two images in three."""
    for name, classes in CLASSES.items():
        write_raw(name, classes)
        splits.run(STUDY, name)
        labels = {f"{split}_labels": chosen.labels for split, chosen in artifacts.read_splits(name).items()}
        files.write_json(paths.layers(name, "vgg16-random"), LAYERS | {"widths": {"block5": 512}})
        files.write_json(paths.layers(name, "pixels"), {"layers": [], "widths": {"all": 784}})
        write_projection(paths.projection(name, PIXELS), classes)
        for at, row in enumerate(STUDY.rows):
            predictions = (labels["test_labels"] + (np.arange(100) % 3 == 0) * (at % 2 + 1)) % classes
            write_predictions(name, row, predictions.astype(np.uint8))
        cost = {"fit_seconds": 1.5, "predict_seconds": 0.5, "cores": 1, "processor": "P"}
        for classifier, shared in (("knn", 2), ("svm-linear", 1)):
            files.write_json(paths.timing(name, PIXELS, classifier), cost | {"shared_by": shared})
        replay = STUDY.replay
        assert replay
        few = [record(str(recipe), train, 20) for recipe in replay.search.recipes for train in replay.search.train]
        full = [record(str(recipe), 200, 100) for recipe in replay.full]
        files.write_json(paths.replay(name), {"search": few, "full": full})
        for recipe in replay.full:
            write_projection(paths.replay_projection(name, str(recipe)), classes, **labels)
        found = {"voted": 0, "votes": 2, "quality": 0.01, "likely": 0, "verdict": "hard", "label": 1}
        rows = [{"dataset": name, "features": PIXELS, "index": at, "place": at, **found} for at in range(30)]
        study.measure_module("shared_errors").TABLE.write(paths.comparison("shared_errors", name), rows)


def write_predictions(name: str, row: study.Row, predictions: npt.NDArray[np.uint8]) -> None:
    folder = paths.classifier(name, PIXELS, row.classifier, row.value)
    files.write_npy(folder / "predictions.npy", predictions)
    files.write_json(folder / "metrics.json", statistics.score(artifacts.read_splits(name)["test"].labels, predictions))


def record(recipe: str, train: int, test: int) -> dict[str, Any]:
    return {"recipe": recipe, "train": train, "test": test, "accuracies": {"knn-3": train / 1000, "knn-5": 0.5}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with every artifact and the results; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_artifacts()
        gather.run(STUDY)
        yield folder


@pytest.fixture
def results(made: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.chdir(made)
    return read()


@pytest.fixture
def copy(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shutil.copytree(made, tmp_path / "copy"))


def test_what_was_gathered_reads_back_as_the_study_that_ran(results: Results) -> None:
    expected = STUDY.model_dump()
    for entry in expected["datasets"].values():
        entry["image_shape"] = (28, 28)  # which the data say
    assert results.study.model_dump() == expected
    assert list(results.points) == [(name, PIXELS) for name in CLASSES]
    assert results.provenance["weights"] == {}
    assert len(results.provenance["data"]) == 4 * len(CLASSES)
    assert results.provenance["versions"]["scikit-learn"]
    assert results.tables["layers"]["features"].to_list() == ["vgg16-random/block5"]
    assert (results.width(PIXELS), results.width("vgg16-random/block5")) == (784, 512)
    for path in (paths.CLAIMS, paths.EVIDENCE, paths.plot("accuracy"), paths.plot("confusion-many")):
        assert path.is_file()


def test_accuracies_and_confusions_are_those_of_the_predictions(results: Results) -> None:
    written = json.loads(paths.METRICS.read_text())
    assert written.pop("difficulty") == {"shared_errors": {"images": {name: {PIXELS: 30} for name in CLASSES}}}
    table = results.tables["accuracy"].set_index(["dataset", "classifier"])
    assert list(table.index) == list(product(CLASSES, ["knn-3", "knn-5", "svm-linear"]))
    for name, row in product(CLASSES, STUDY.rows):
        predictions = np.load(paths.classifier(name, PIXELS, row.classifier, row.value) / "predictions.npy")
        labels, found = artifacts.read_splits(name)["test"].labels, table.xs((name, row.name))
        expected = statistics.score(labels, predictions)
        for score in ("accuracy", "accuracy_low", "accuracy_high", "macro_f1"):
            assert found[score] == expected[score]
        assert written[name][PIXELS][row.name] == found["accuracy"]
        counts = results.tables["confusion"].query("dataset == @name and classifier == @row.name")
        assert (counts["count"] > 0).all()
        every = counts.pivot(index="actual", columns="predicted", values="count").fillna(0)
        np.testing.assert_array_equal(every, confusion_matrix(labels, predictions))


@pytest.mark.usefixtures("copy")
def test_a_fit_that_dvc_took_from_its_cache_keeps_the_times_that_are_known() -> None:
    written, before = files_in(paths.RESULTS), tables.TIMING.read(paths.TIMING)
    gather.run(STUDY)
    assert files_in(paths.RESULTS) == written, "the same bytes again"
    shutil.rmtree("build/timing/few")
    knn, svm = (paths.timing("many", PIXELS, name) for name in ("knn", "svm-linear"))
    svm.unlink()
    files.write_json(knn, files.read_json(knn, "") | {"fit_seconds": 0.5})
    gather.run(STUDY)
    expected = before.assign(fit_seconds=[1.5, 1.5, 1.5, 0.5, 0.5, 1.5])
    pd.testing.assert_frame_equal(tables.TIMING.read(paths.TIMING), expected)
    paths.TIMING.unlink()
    gather.run(STUDY)
    assert len(tables.TIMING.read(paths.TIMING)) == 2, "of those whose fit ran here"


@pytest.mark.usefixtures("copy")
def test_what_stages_cost_is_in_the_order_of_the_pipeline_and_kept_likewise() -> None:
    cost = {"seconds": 2.5, "cores": 1, "processor": "P"}
    commands = ["split few", f"classify few {PIXELS} knn", "replay many"]
    for command in reversed(commands):
        files.write_json(paths.stage_time(command), cost)
    gather.run(STUDY)
    assert tables.STAGES.read(paths.STAGES)["stage"].to_list() == commands
    paths.stage_time(commands[0]).unlink()
    files.write_json(paths.stage_time(commands[1]), cost | {"seconds": 9.0})
    gather.run(STUDY)
    assert tables.STAGES.read(paths.STAGES)["seconds"].to_list() == [2.5, 9.0, 2.5]


def alike(kept: npt.NDArray[np.uint8], raw: npt.NDArray[np.uint8]) -> bool:
    """Say whether images are the raw file's, give or take what WebP loses: each is nearest to its own."""
    ours, theirs = (images.reshape(len(images), -1).astype(float) for images in (kept, raw))
    nearest = ((theirs**2).sum(axis=1) - 2 * ours @ theirs.T).argmin(axis=1)
    return bool((nearest == np.arange(len(raw))).all() and np.abs(ours - theirs).mean(axis=1).max() < 12)


def test_points_are_the_projected_images_with_their_classes_and_pictures(results: Results) -> None:
    for name, number in CLASSES.items():
        raw = []
        for content, path in (
            (results.points[name, PIXELS], paths.projection(name, PIXELS)),
            (results.replayed_points[name, RECIPE], paths.replay_projection(name, RECIPE)),
        ):
            assert set(content["class"]) == set(content["cluster"]) == set(range(number))
            projected = np.load(path)
            for split, size in SIZES.items():
                shown = content[content["split"] == split]
                assert len(shown) == size
                np.testing.assert_allclose(shown[["x", "y", "z"]], projected[f"{split}_xyz"], atol=0.00051)
                np.testing.assert_array_equal(shown["cluster"], projected[f"{split}_cluster"])
                if "replay" in path.parts:
                    assert list(shown["index"]) == list(range(size))
                else:
                    images, labels = artifacts.read_raw(STUDY, name, split)  # type: ignore[arg-type]
                    np.testing.assert_array_equal(labels[shown["index"]], shown["class"])
                    raw.append(images[shown["index"]])
        assert alike(results.point_images[name].images(), np.concatenate(raw))


def test_of_many_points_a_share_of_each_class_is_kept(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made)
    projected, labels = np.load(paths.projection("few", PIXELS)), artifacts.read_splits("few")["test"].labels
    drawn = pd.DataFrame(recipes.draw(projected, "test", labels, np.arange(1000, 1100), 3, seed=1, number=30))
    rows = drawn["index"] - 1000
    np.testing.assert_array_equal(drawn["class"], labels[rows])
    np.testing.assert_allclose(np.bincount(drawn["class"]), 30 * np.bincount(labels) / 100, atol=1)
    np.testing.assert_allclose(drawn[["x", "y", "z"]], projected["test_xyz"][rows], atol=0.00051)
    assert len(drawn) == 30


def test_recipes_are_told_apart_by_where_they_were_tried(results: Results) -> None:
    table = results.tables["recipes"].set_index(["stage", "recipe", "dataset", "classifier", "train"])
    for name in CLASSES:
        for stage, train, test in (("search", 20, 20), ("search", 30, 20), ("full", 200, 100)):
            assert list(table.xs((stage, RECIPE, name, "knn-3", train))) == [test, train / 1000]
    assert table.groupby("stage").size().to_dict() == {"search": 2 * 6 * 2 * 2, "full": 2 * 8 * 2}


def test_pictures_are_kept_of_what_differs_in_them(results: Results) -> None:
    """Every picture is of z-scores, and that of the study's own features is there already."""
    kept = [(name, f"repeat-nearest-unit-caffe/none/{split}") for name in CLASSES for split in ("official", "kaggle")]
    assert list(results.replayed_points) == kept
    assert set((paths.RESULTS / "replay/points").rglob("*.csv")) == {paths.replay_points(*pair) for pair in kept}


def test_samples_and_shared_errors_are_images_of_the_raw_file(results: Results) -> None:
    for name, number in CLASSES.items():
        assert results.samples[name].shape == (number, gather.SAMPLES, 28, 28)
        images, labels = artifacts.read_images(STUDY, name, "train"), artifacts.read_splits(name)["train"].labels
        np.testing.assert_array_equal(results.samples[name][2], images[labels == 2][: gather.SAMPLES])
        raw, _ = artifacts.read_raw(STUDY, name, "test")
        np.testing.assert_array_equal(results.shared_errors[f"{name}/{PIXELS}"], raw[: gather.SHOWN])


@pytest.mark.usefixtures("copy")
def test_mistaken_images_are_those_that_the_table_names() -> None:
    frozen = study.measure_module("frozen")
    row = {"dataset": "few", "features": PIXELS, "classifier": "svm-rbf", "on": "test", "train": 200, "test": 100}
    row |= {"accuracy": 0.98, "accuracy_low": 0.9, "accuracy_high": 1.0, "mistaken": "7:1:2 31:0:1"}
    frozen.TABLE.write(paths.measure("frozen", "few"), [row])
    np.testing.assert_array_equal(gather.mistaken_images(STUDY, "few"), artifacts.read_images(STUDY, "few", "test")[[7, 31]])


def test_confused_pairs_are_real_and_shown_by_their_own_images(results: Results) -> None:
    for name in CLASSES:
        rows = results.tables["confused"].query("dataset == @name")
        best = results.best(name)["classifier"]
        wrong = results.tables["confusion"].query("dataset == @name and classifier == @best and actual != predicted")
        assert set(rows["classifier"]) == {best}
        assert list(rows["count"]) == sorted(wrong["count"], reverse=True)
        raw, labels = artifacts.read_raw(STUDY, name, "test")
        images = results.confused_images[name].images().reshape(len(rows), tables.CONFUSED_IMAGES, 28, 28)
        for shown, row in zip(images, rows.to_dict("records"), strict=True):
            index = [int(number) for number in row["images"].split()]
            assert len(index) == min(row["count"], tables.CONFUSED_IMAGES)
            assert alike(shown[: len(index)], raw[index])
            assert (labels[index] == row["actual"]).all()


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("wrong", [0, 1, 3])
def test_fewer_pairs_than_shown_are_only_the_real_ones(wrong: int) -> None:
    chosen = {name: artifacts.read_splits(name) for name in CLASSES}
    labels = chosen["few"]["test"].labels
    predictions = labels.copy()
    for mistake in range(wrong):  # 0 for 1, 1 for 2, 2 for 0
        predictions[np.flatnonzero(labels == (mistake + 1) % 3)[: mistake + 1]] = mistake
    for row in STUDY.rows:
        write_predictions("few", row, predictions)
    rows, images = gather.confused_pairs(STUDY, gather.read_cells(STUDY, chosen), chosen)
    found = [(row["actual"], row["predicted"], row["count"]) for row in rows if row["dataset"] == "few"]
    assert found == [((mistake + 1) % 3, mistake, mistake + 1) for mistake in reversed(range(wrong))]
    assert images["few"].shape == (wrong * tables.CONFUSED_IMAGES, 28, 28)


ROW = paths.classifier("many", PIXELS, "knn", 5)
PREDICTIONS, PROJECTION = ROW / "predictions.npy", paths.projection("many", PIXELS)
LAYERS_OF_FEW = paths.layers("few", "vgg16-random")
NEEDED = [ROW / "metrics.json", PREDICTIONS, PROJECTION, LAYERS_OF_FEW]
NEEDED += [paths.replay("many"), paths.replay_projection("many", RECIPE)]


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("path", NEEDED, ids=str)
def test_an_artifact_that_is_cut_or_missing_is_named(path: Path) -> None:
    run = recipes.run if path.parts[0] == "replay" else gather.run
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(InputError, match=rf"^{path} is damaged .*run `dvc repro"):
        run(STUDY)
    path.unlink()
    with pytest.raises(InputError, match=rf"^{path} is missing; run `dvc repro"):
        run(STUDY)


OTHER_ARRAYS: dict[str, tuple[Path, str, Callable[[Any], Any], str]] = {
    "too few predictions": (PREDICTIONS, "", lambda found: found[:-1], "99 of type uint8, not 100 whole numbers"),
    "probabilities": (PREDICTIONS, "", lambda found: np.eye(20)[found], "100 × 20 of type float64, not 100 whole numbers"),
    "below all classes": (PREDICTIONS, "", lambda found: found.astype(int) - 9, "the label -9, where 0 to 11 can be"),
    "no variance": (PROJECTION, "variance", lambda found: None, "no variance"),
    "not a number": (PROJECTION, "test_xyz", lambda found: found * np.nan, "a value is not a finite number"),
    "a cluster that is none": (PROJECTION, "test_cluster", lambda found: found + 100, "where 0 to 11 can be"),
    "rows that fall": (paths.splits("many"), "test_index", lambda found: found[::-1], "rows that do not ascend"),
}


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("name", OTHER_ARRAYS)
def test_an_artifact_that_is_something_else_is_named_with_what_is_wrong(name: str) -> None:
    path, field, change, complaint = OTHER_ARRAYS[name]
    if field:
        with np.load(path) as archive:
            fields = dict(archive)
        fields[field] = change(fields[field])
        files.write_npz(path, **{name: array for name, array in fields.items() if array is not None})
    else:
        files.write_npy(path, change(np.load(path)))
    with pytest.raises(InputError, match=rf"^{path} is damaged \(.*{re.escape(complaint)}.*\); run `dvc repro"):
        gather.run(STUDY)


@pytest.mark.usefixtures("copy")
def test_a_record_without_a_key_is_named_with_the_key() -> None:
    records = {ROW / "metrics.json": "macro_f1", paths.timing("many", PIXELS, "knn"): "processor", LAYERS_OF_FEW: "layers"}
    for path, key in records.items():
        whole = path.read_text()
        path.write_text(json.dumps({name: value for name, value in json.loads(whole).items() if name != key}))
        with pytest.raises(InputError, match=rf"^{path} is damaged \(no {key}\); {tables.REMEDY}$"):
            gather.run(STUDY)
        path.write_text(whole)


@pytest.mark.usefixtures("copy")
def test_json_of_another_kind_in_the_place_of_a_replay_is_named() -> None:
    path = paths.replay("many")
    shutil.copy(ROW / "metrics.json", path)
    with pytest.raises(InputError, match=rf"^{path} is damaged \('float' object is not iterable\); {tables.REMEDY}$"):
        gather.run(STUDY)
