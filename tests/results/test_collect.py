"""Collecting from artifacts that the stages themselves made, of a shrunk sample and its pixels: whole, and readable again.

Recipes are replayed on the pixels too: what a network makes of images is tested where it is done.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import confusion_matrix

from mnist_transfer import artifacts, files, paths, study
from mnist_transfer import projection as project
from mnist_transfer import tables as schema
from mnist_transfer.classifiers import classify, statistics
from mnist_transfer.data import idx, splits
from mnist_transfer.demo import sample, workspace
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features, weights
from mnist_transfer.paths import Split
from mnist_transfer.recipes import Look
from mnist_transfer.replay import ladder, replay, search
from mnist_transfer.replay import passes as replication_features
from mnist_transfer.replay.passes import Labelled
from mnist_transfer.results import gather as collect
from mnist_transfer.results import metrics
from mnist_transfer.results import recipes as replication
from mnist_transfer.results.read import Results, read
from mnist_transfer.study import Study
from tests.commands import ROOT, files_in, show_cores
from tests.extraction.runs import NET

PIXELS = "pixels/all"
SIZES = {"train": 200, "test": 100}
#: Datasets with few classes, with ten, and with more than the palette has colours: labels of the sample, kept or split.
CLASSES = {"few": 3, "digits": 10, "many": 12}
CLASSIFIERS = ("knn", "lda", "forest-gini")
RECIPE, LADDER = "repeat-nearest-caffe/none/official/old", "repeat-nearest-caffe/none/official/today"


def shrunk() -> Study:
    content = workspace.parameters(study.load(ROOT / paths.PARAMS))
    content["datasets"] = {
        name: {"title": name.capitalize(), **SIZES, "classes": [f"class {label}" for label in range(number)]}
        for name, number in CLASSES.items()
    }
    content["networks"]["net"] = NET
    content["study"] = {
        "datasets": list(CLASSES),
        "networks": ["net", "pixels"],
        "features": [PIXELS],
        "classifiers": list(CLASSIFIERS),
    }
    del content["difficulty"]
    replicated = content["replication"]
    content["replication"] = replicated | {
        "network": "net",
        "layer": "one",
        "settings": {"old": {"knn": content["classifiers"]["knn"]}},
        "search": replicated["search"] | {"train": 60, "test": 40, "settings": ["old"]},
        "replay": [RECIPE],
        "ladder": {"train": 80, "test": 100, "rungs": [RECIPE, LADDER]},
    }
    return Study.model_validate(content)


STUDY = shrunk()


def images_of(classes: int) -> sample.Sample:
    """Return the digits with fewer classes, or with some classes split in two."""
    digits = sample.digits(1)
    arrays = []
    for images, labels in ((digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)):
        kept = labels < classes
        halves = labels[kept] + 10 * (np.arange(kept.sum()) % 2 == 1)
        arrays += [images[kept], np.where(halves < classes, halves, labels[kept]).astype(np.uint8)]
    return sample.Sample(*arrays)


def read_pixels(study: Study, dataset: str, look: Look, sizes: Mapping[Split, int] | None = None) -> dict[Split, Labelled]:
    """Stand for a pass of a network."""
    found: dict[Split, Labelled] = {}
    for split in paths.SPLITS:
        labels = artifacts.read_split(dataset, split, "labels")
        rows = splits.stratified_subset(labels, sizes[split] if sizes else len(labels), study.seed)
        found[split] = features.pixels(splits.images(study, dataset, split)[rows])["all"], labels[rows]
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with every artifact and the results, made by the stages themselves; not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(replication_features, "read", read_pixels)
        show_cores(patch, 1)
        weights.run(STUDY, "net")
        for name, number in CLASSES.items():
            sample.write(paths.DATA / name, images_of(number))
            splits.run(STUDY, name)
            features.run(STUDY, name, "pixels")
            project.run(STUDY, name, PIXELS)
            for classifier in CLASSIFIERS:
                classify.run(STUDY, name, PIXELS, classifier)
            for look in ("repeat-nearest-caffe", "interleave-nearest-caffe"):
                search.run(STUDY, name, look)
            replay.run(STUDY, name, RECIPE)
            for recipe in (RECIPE, LADDER):
                ladder.run(STUDY, name, recipe)
        collect.run(STUDY)
        replication.run(STUDY)
        metrics.run(STUDY)
        yield folder


@pytest.fixture
def results(made: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.chdir(made)
    return read()


def cells() -> list[tuple[str, str]]:
    return list(product(CLASSES, [row.name for row in STUDY.rows]))


def test_what_was_collected_reads_back_as_the_study_that_ran(results: Results) -> None:
    assert results.study == STUDY
    assert list(results.points) == [(name, PIXELS) for name in CLASSES]
    assert list(results.provenance["weights"]) == ["net"]
    assert len(results.provenance["data"]) == 4 * len(CLASSES)
    assert results.provenance["versions"]["scikit-learn"]


def test_the_metrics_are_one_number_a_row_and_nothing_else(results: Results) -> None:
    metrics.run(results.study)
    written = json.loads(paths.METRICS.read_text())
    found = {(one, row): value for one, kinds in written.items() for _, rows in kinds.items() for row, value in rows.items()}
    assert list(found) == cells()
    assert all(type(value) is float for value in found.values())
    table = results.tables["accuracy"]
    assert list(table["accuracy"]) == list(found.values())
    assert all(list(kinds) == [PIXELS] for kinds in written.values())


def test_accuracies_are_those_of_the_predictions(results: Results) -> None:
    table = {(row["dataset"], row["classifier"]): row for row in results.tables["accuracy"].to_dict("records")}
    for name, row in product(CLASSES, STUDY.rows):
        predictions = np.load(paths.classifier(name, PIXELS, row.classifier, row.value) / "predictions.npy")
        expected = statistics.score(artifacts.read_split(name, "test", "labels"), predictions)
        found = table[name, row.name]
        assert found["title"] == row.title
        assert {key: found[key] for key in ("accuracy", "accuracy_low", "accuracy_high", "macro_f1")} == {
            key: expected[key] for key in ("accuracy", "accuracy_low", "accuracy_high", "macro_f1")
        }


def test_rows_of_one_fit_state_its_time_and_how_many_they_are(results: Results) -> None:
    timing = results.tables["timing"].set_index(["dataset", "classifier"])
    assert set(timing.loc["few"]["shared_by"].items()) == {
        *((f"knn-{number}", 2) for number in (3, 5)),
        *((f"forest-gini-{trees}", 3) for trees in (25, 50, 100)),
        ("lda", 1),
    }
    for column in ("fit_seconds", "predict_seconds"):
        assert timing[column]["few", "knn-3"] == timing[column]["few", "knn-5"]
    assert timing["iterations"].isna().all()


def test_the_confusions_count_every_test_image_once(results: Results) -> None:
    table = results.tables["confusion"]
    for name, row in product(CLASSES, STUDY.rows):
        chosen = table[(table["dataset"] == name) & (table["classifier"] == row.name)]
        counts = np.zeros((CLASSES[name], CLASSES[name]), np.int64)
        counts[chosen["actual"], chosen["predicted"]] = chosen["count"]
        predictions = np.load(paths.classifier(name, PIXELS, row.classifier, row.value) / "predictions.npy")
        np.testing.assert_array_equal(counts, confusion_matrix(artifacts.read_split(name, "test", "labels"), predictions))
        assert (chosen["count"] > 0).all()


def test_points_are_the_projected_images_with_their_classes(results: Results) -> None:
    for name, number in CLASSES.items():
        points = results.points[name, PIXELS]
        with np.load(paths.projection(name, PIXELS)) as projected:
            for split, size in SIZES.items():
                shown = points[points["split"] == split]
                assert len(shown) == size
                np.testing.assert_allclose(shown[["x", "y", "z"]], projected[f"{split}_xyz"], atol=0.00051)
                np.testing.assert_array_equal(shown["cluster"], projected[f"{split}_cluster"])
        assert set(points["class"]) == set(points["cluster"]) == set(range(number))
        raw = idx.read(paths.labels(name, "train"))
        train = points[points["split"] == "train"]
        np.testing.assert_array_equal(raw[train["index"]], train["class"])


def alike(kept: npt.NDArray[np.uint8], raw: npt.NDArray[np.uint8]) -> bool:
    """Say whether images are the raw file's, give or take what WebP loses: each is nearest to its own."""
    apart = np.abs(kept[:, None].astype(float) - raw[None]).mean(axis=(2, 3))
    return kept.shape == raw.shape and bool((apart.argmin(axis=1) == np.arange(len(raw))).all() and apart.diagonal().max() < 12)


def test_the_image_of_every_point_is_its_row_of_the_raw_file(results: Results) -> None:
    for name in CLASSES:
        points, kept = results.points[name, PIXELS], results.point_images[name].images()
        raw = [idx.read(paths.images(name, split))[points[points["split"] == split]["index"]] for split in paths.SPLITS]
        assert alike(kept, np.concatenate(raw))


def test_recipes_are_told_apart_by_where_they_were_tried(results: Results) -> None:
    table = results.tables["recipes"]
    on = table.set_index(["stage", "recipe", "dataset", "classifier"])
    for name in CLASSES:
        for stage, train, test in (("search", 60, 40), ("replay", 200, 100), ("ladder", 80, 100)):
            key = (stage, RECIPE, name, "knn-3")
            assert (on["train"][key], on["test"][key]) == (train, test)
        record = json.loads((paths.replay(name, RECIPE) / "accuracies.json").read_text())
        assert record["accuracies"] == {row: on["accuracy"]["replay", RECIPE, name, row] for row in ("knn-3", "knn-5")}
        rows = table[(table["dataset"] == name) & (table["recipe"] == LADDER)]
        assert list(rows["classifier"]) == [row.name for row in STUDY.rows]
        rows = table[(table["dataset"] == name) & (table["stage"] == "search")]
        looks = [f"{channels}-nearest-caffe" for channels in ("repeat", "interleave")]
        assert set(rows["recipe"]) == {f"{look}/{how}/official/old" for look in looks for how in ("none", "train")}


def test_points_of_a_recipe_are_its_own_projection(results: Results) -> None:
    assert list(results.replayed_points) == [(name, RECIPE) for name in CLASSES]
    for name in CLASSES:
        points = results.replayed_points[name, RECIPE]
        with np.load(paths.replay(name, RECIPE) / "projection.npz") as projected:
            for split, size in SIZES.items():
                shown = points[points["split"] == split]
                assert list(shown["index"]) == list(range(size))
                np.testing.assert_allclose(shown[["x", "y", "z"]], projected[f"{split}_xyz"], atol=0.00051)
                np.testing.assert_array_equal(shown["cluster"], projected[f"{split}_cluster"])
                np.testing.assert_array_equal(shown["class"], projected[f"{split}_labels"])


def test_of_many_points_a_share_of_each_class_is_kept(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made)
    points = list(replication.points(STUDY, "digits", RECIPE, number=40))
    with np.load(paths.replay("digits", RECIPE) / "projection.npz") as projected:
        for split in paths.SPLITS:
            shown = [point for point in points if point["split"] == split]
            assert len(shown) == 40
            assert {sum(point["class"] == label for point in shown) for label in range(10)} <= {3, 4, 5}
            for point in shown:
                np.testing.assert_allclose(
                    [point[axis] for axis in "xyz"], projected[f"{split}_xyz"][point["index"]], atol=0.00051
                )
                assert point["class"] == projected[f"{split}_labels"][point["index"]]


def test_samples_are_training_images_of_every_class(results: Results) -> None:
    for name, number in CLASSES.items():
        assert results.samples[name].shape == (number, collect.SAMPLES, 28, 28)
        images, labels = splits.images(STUDY, name, "train"), artifacts.read_split(name, "train", "labels")
        np.testing.assert_array_equal(results.samples[name][2], images[labels == 2][: collect.SAMPLES])


def test_confused_pairs_are_real_and_shown_by_their_own_images(results: Results) -> None:
    table = results.tables["confused"]
    for name in CLASSES:
        rows = table[table["dataset"] == name]
        best = results.tables["accuracy"].query("dataset == @name").set_index("classifier")["accuracy"].idxmax()
        assert set(rows["classifier"]) <= {best}
        wrong = results.tables["confusion"].query("dataset == @name and classifier == @best and actual != predicted")
        assert sorted(rows["count"]) == sorted(wrong["count"])
        assert list(rows["count"]) == sorted(rows["count"], reverse=True)
        assert (rows["actual"] != rows["predicted"]).all()
        raw = idx.read(paths.images(name, "test"))
        images = results.confused_images[name].images().reshape(len(rows), schema.CONFUSED_IMAGES, 28, 28)
        for shown, (_, row) in zip(images, rows.iterrows(), strict=True):
            index = [int(number) for number in row["images"].split()]
            assert len(index) == min(row["count"], schema.CONFUSED_IMAGES)
            assert alike(shown[: len(index)], raw[index])
            assert (idx.read(paths.labels(name, "test"))[index] == row["actual"]).all()


@pytest.fixture
def copy(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(shutil.copytree(made, tmp_path / "copy"))
    return Path()


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("wrong", [0, 1, 3])
def test_fewer_pairs_than_shown_are_only_the_real_ones(wrong: int) -> None:
    labels = artifacts.read_split("few", "test", "labels")
    predictions = labels.copy()
    for mistake in range(wrong):  # 0 for 1, 1 for 2, 2 for 0
        predictions[np.flatnonzero(labels == (mistake + 1) % 3)[: mistake + 1]] = mistake
    for row in STUDY.rows:
        folder = paths.classifier("few", PIXELS, row.classifier, row.value)
        files.write_npy(folder / "predictions.npy", predictions)
        files.write_json(folder / "metrics.json", statistics.score(labels, predictions))
    collect.run(STUDY)
    metrics.run(STUDY)
    found = read()
    rows = found.tables["confused"].query("dataset == 'few'")
    assert list(rows["count"]) == sorted(range(1, wrong + 1), reverse=True)
    assert {(row["actual"], row["predicted"]) for _, row in rows.iterrows()} == {((m + 1) % 3, m) for m in range(wrong)}
    assert found.confused_images["few"].images().shape == (wrong * schema.CONFUSED_IMAGES, 28, 28)


@pytest.mark.usefixtures("copy")
def test_collecting_again_gives_the_same_bytes_and_removes_what_an_earlier_study_left() -> None:
    before = files_in(paths.RESULTS)
    left = [paths.points("gone", "pixels/all"), paths.table("gone"), paths.replay_points("few", LADDER)]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    collect.run(STUDY)
    replication.run(STUDY)
    metrics.run(STUDY)
    assert files_in(paths.RESULTS) == before


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("name", ["metrics.json", "timing.json", "predictions.npy"])
def test_an_artifact_that_is_missing_or_cut_is_named(name: str) -> None:
    path = paths.classifier("many", PIXELS, "forest-gini", 50) / name
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(InputError, match=rf"^classifiers/many/pixels/all/forest-gini/50/{name} is damaged .*{schema.REMEDY}$"):
        collect.run(STUDY)
    path.unlink()
    with pytest.raises(InputError, match=rf"^classifiers/many/pixels/all/forest-gini/50/{name} is missing; {schema.REMEDY}$"):
        collect.run(STUDY)


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize(
    "path",
    [
        paths.search("many", "interleave-nearest-caffe"),
        paths.replay("many", RECIPE) / "accuracies.json",
        paths.replay("many", RECIPE) / "projection.npz",
        paths.ladder("many", LADDER),
    ],
    ids=lambda path: path.parts[1] + path.suffix,
)
def test_what_a_recipe_lacks_is_named(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(InputError, match=rf"^{path} is damaged .*{schema.REMEDY}$"):
        replication.run(STUDY)
    path.unlink()
    with pytest.raises(InputError, match=rf"^{path} is missing; {schema.REMEDY}$"):
        replication.run(STUDY)


def reshape(path: Path, change: Callable[[Any], Any], field: str = "") -> None:
    """Put another array in the place of one that a stage wrote, or of a field of it."""
    if not field:
        files.write_npy(path, change(np.load(path)))
        return
    with np.load(path) as archive:
        fields = dict(archive)
    fields[field] = change(fields[field])
    files.write_npz(path, **{name: array for name, array in fields.items() if array is not None})


PREDICTIONS = paths.classifier("many", PIXELS, "lda") / "predictions.npy"
PROJECTION = paths.projection("many", PIXELS)
LABELS = paths.split("many", "test", "labels")
OTHER_ARRAYS: dict[str, tuple[Path, str, Callable[[Any], Any], str]] = {
    "too few predictions": (PREDICTIONS, "", lambda found: found[:-1], "99 of type uint8, not 100 whole numbers"),
    "probabilities": (PREDICTIONS, "", lambda found: np.eye(20)[found], "100 × 20 of type float64, not 100 whole numbers"),
    "a single value": (PREDICTIONS, "", lambda found: found[0], "a single value of type uint8"),
    "a class that is none": (PREDICTIONS, "", lambda found: found + 250, "the label"),
    "below all classes": (PREDICTIONS, "", lambda found: found.astype(int) - 9, "the label -9, where 0 to 11 can be"),
    "no variance": (PROJECTION, "variance", lambda found: None, "no variance"),
    "two axes": (PROJECTION, "train_xyz", lambda found: found[:, :2], "200 × 2 of type float32, not 200 × 3 floats"),
    "not a number": (PROJECTION, "test_xyz", lambda found: found * np.nan, "a value is not a finite number"),
    "a cluster that is none": (PROJECTION, "test_cluster", lambda found: found + 100, "where 0 to 11 can be"),
    "labels as text": (LABELS, "", lambda found: found.astype(str), "not n whole numbers"),
}


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("name", OTHER_ARRAYS)
def test_an_artifact_that_is_something_else_is_named_with_what_is_wrong(name: str) -> None:
    path, field, change, complaint = OTHER_ARRAYS[name]
    reshape(path, change, field)
    with pytest.raises(InputError, match=rf"^{path} is damaged \(.*{re.escape(complaint)}.*\); run `dvc repro"):
        collect.run(STUDY)


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize(
    ("path", "key"),
    [
        (paths.classifier("many", PIXELS, "lda") / "metrics.json", "macro_f1"),
        (paths.classifier("many", PIXELS, "lda") / "timing.json", "engine"),
        (paths.layers("net"), "layers"),
    ],
    ids=["metrics", "timing", "layers"],
)
def test_a_record_without_a_key_is_named_with_the_key(path: Path, key: str) -> None:
    content = json.loads(path.read_text())
    del content[key]
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"^{path} is damaged \(no {key}\); {schema.REMEDY}$"):
        collect.run(STUDY)


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize("path", [PREDICTIONS, PROJECTION, LABELS, paths.layers("net")], ids=lambda path: path.name)
def test_a_folder_in_the_place_of_an_artifact_is_named(path: Path) -> None:
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match=rf"^{path} is damaged \(.*Is a directory.*\); run `dvc repro"):
        collect.run(STUDY)


@pytest.mark.usefixtures("copy")
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda found: found[:, :-1], "100 × 783 of type float32, not n × 784 floats"),
        (lambda found: found * np.float32("nan"), "a value is not a finite number"),
        (lambda found: np.where(found > 0, np.float32("inf"), found), "a value is not a finite number"),
        (lambda found: found.astype(np.uint8), "100 × 784 of type uint8, not n × 784 floats"),
        (lambda found: found[0], "784 of type float32, not n × 784 floats"),
    ],
    ids=["narrow", "nan", "inf", "bytes", "one image"],
)
def test_features_that_are_something_else_are_named_with_what_is_wrong(change: Callable[[Any], Any], complaint: str) -> None:
    path = paths.features("many", PIXELS, "test")
    reshape(path, change)
    message = rf"^{path} is damaged \({re.escape(complaint)}\); run `dvc repro features@many-pixels`, or"
    with pytest.raises(InputError, match=message):
        project.run(STUDY, "many", PIXELS)
    with pytest.raises(InputError, match=message):
        classify.run(STUDY, "many", PIXELS, "lda")


@pytest.mark.usefixtures("copy")
def test_labels_of_other_images_than_the_features_are_refused() -> None:
    reshape(LABELS, lambda found: found[:-1])
    with pytest.raises(InputError, match=rf"^{LABELS} is damaged \(99 of type uint8, not 100 "):
        classify.run(STUDY, "many", PIXELS, "lda")
