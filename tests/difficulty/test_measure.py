"""What all measures have in common: the file that each promises, the same every time, and refusals in one line."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_transfer import files, paths, yaml
from mnist_transfer import tables as schema
from mnist_transfer.difficulty import measure
from mnist_transfer.errors import InputError
from mnist_transfer.measures import MEASURES
from tests.commands import assert_refused, files_in, run_here
from tests.difficulty import toys
from tests.studies import refusal

#: The part that each measure is taken on here.
PARTS = {name: toys.study().measures.parts(name)[0] for name in MEASURES}

_LABELS = [paths.split("toys", split, "labels") for split in paths.SPLITS]
_ONE = [paths.features("toys", "net/one", split) for split in paths.SPLITS]
_BOTH = [*_ONE, *(paths.features("toys", "net/two", split) for split in paths.SPLITS)]
_PREDICTIONS = [toys.prediction_file("net/one", row) for row in toys.ROWS]
_RAW = [paths.images("toys", "test"), paths.labels("toys", "test")]
#: Those that also write images.
SHOWING = ("shared_errors",)
#: The files that each measure reads.
INPUTS = {
    "learning_curves": [*_LABELS, *_ONE],
    "one_pixel": [*_LABELS, *(paths.features("toys", "none/all", split) for split in paths.SPLITS)],
    "mcnemar": [_LABELS[1], *_PREDICTIONS],
    "resolution": [_LABELS[1], *_PREDICTIONS],
    "seed_noise": [*_LABELS, *_ONE],
    "depth": [*_LABELS, *_BOTH],
    "merged": [paths.table("confusion")],
    "dropped": [*_LABELS, *_ONE],
    "shared_errors": [*_LABELS, *_ONE, *_PREDICTIONS, paths.split("toys", "test", "index"), *_RAW],
    "geometry": [*_LABELS, *_ONE],
    "clusters": [_LABELS[0], paths.projection("toys", "net/one")],
    "frozen": [*_LABELS, *_BOTH],
}


def take(name: str, **changes: Any) -> Path:
    measure.run(toys.study(changes), name, "toys", PARTS[name])
    return paths.measure(name, "toys", PARTS[name])


# Every measure


def test_every_measure_has_a_table_a_file_of_tests_and_inputs() -> None:
    assert set(MEASURES) == set(schema.MEASURES) == set(INPUTS)
    assert {f"test_{name}.py" for name in MEASURES} < {path.name for path in Path(__file__).parent.iterdir()}


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_writes_what_its_table_reads_back_and_nothing_else(folder: Path, name: str) -> None:
    before = files_in(folder)
    path = take(name)
    written = {path, path.with_suffix(".npz")} if name in SHOWING else {path}
    assert files_in(folder).keys() - before.keys() == {path.as_posix() for path in written}
    assert path == Path("results/difficulty", name, "toys", f"{PARTS[name]}.csv")
    table = schema.MEASURES[name].read(path)
    assert len(table) > 0
    assert not table.isna().any(axis=None)
    assert set(table["dataset"]) == {"toys"}
    assert {features.split("/")[0] for features in table["features"]} == {PARTS[name].split("/")[0]}
    if "/" in PARTS[name]:
        assert set(table["features"]) == {PARTS[name]}


@pytest.mark.parametrize("name", [name for name, table in schema.MEASURES.items() if "accuracy" in table.columns])
def test_an_accuracy_is_a_number_of_images_within_its_interval(folder: Path, name: str) -> None:
    table = schema.MEASURES[name].read(take(name))
    right = table["accuracy"] * table["test"]
    np.testing.assert_allclose(right, right.round(), atol=1e-9)
    assert table["accuracy"].between(0, 1).all()
    if "accuracy_low" in table:
        assert (table["accuracy_low"] <= table["accuracy"]).all()
        assert (table["accuracy"] <= table["accuracy_high"]).all()


@pytest.mark.parametrize("name", MEASURES)
def test_a_second_run_writes_the_same_bytes_whatever_the_global_random_state(folder: Path, name: str) -> None:
    written = []
    for disturbance in (1, 2):
        np.random.seed(disturbance)  # noqa: NPY002  the state that something without its seed would draw from
        take(name)
        written.append(files_in(Path("results/difficulty")))
    assert written[0] == written[1]


@pytest.mark.parametrize(("name", "path"), [(name, path) for name in MEASURES for path in INPUTS[name]], ids=str)
def test_a_missing_input_is_one_line_that_names_the_file(folder: Path, name: str, path: Path) -> None:
    path.unlink()
    with pytest.raises(InputError, match=f"^{path} is missing; run `") as caught:
        take(name)
    assert "\n" not in str(caught.value)
    assert not Path("results/difficulty").exists()


@pytest.mark.parametrize(("name", "path"), [(name, INPUTS[name][-1]) for name in MEASURES], ids=str)
def test_a_damaged_input_is_one_line_that_names_the_file(folder: Path, name: str, path: Path) -> None:
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(InputError, match=f"^{path}(: | is damaged)") as caught:
        take(name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", MEASURES)
def test_other_files_than_its_inputs_do_not_matter(folder: Path, name: str) -> None:
    for path in files_in(folder):
        if Path(path) not in INPUTS[name]:
            Path(path).unlink()
    assert len(schema.MEASURES[name].read(take(name))) > 0


@pytest.mark.slow
def test_several_cores_give_the_same_bytes_as_one(folder: Path, have_cores: Callable[[int], None]) -> None:
    alone = take("learning_curves").read_bytes()
    have_cores(2)
    assert take("learning_curves").read_bytes() == alone


def test_a_run_that_is_refused_leaves_the_file_of_the_one_before(folder: Path) -> None:
    before = take("depth").read_bytes()
    toys.write_blobs("net/one", 3.0)
    paths.features("toys", "net/two", "test").unlink()
    with pytest.raises(InputError):
        take("depth")
    assert paths.measure("depth", "toys", "net").read_bytes() == before


# The command


def test_the_command_says_what_it_wrote_and_nothing_on_standard_output(folder: Path) -> None:
    result = run_here("measure", "one_pixel", "toys", "none/all")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.splitlines()[-1] == "results/difficulty/one_pixel/toys/none/all.csv: 6 rows"
    assert len(schema.MEASURES["one_pixel"].read(paths.measure("one_pixel", "toys", "none/all"))) == 6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("two_pixels", "toys", "none/all"), "unknown measure 'two_pixels'; there are learning_curves, one_pixel, mcnemar"),
        (("look_alikes", "toys", "none/all"), "unknown measure 'look_alikes'; there are"),
        (("../merged", "toys", "none/all"), "unknown measure '../merged'; there are"),
        (("one_pixel", "letters", "none/all"), "params.yaml: unknown dataset 'letters'; datasets has toys, more"),
        (("one_pixel", "toys", "net/one"), "params.yaml: difficulty.one_pixel is not taken on 'net/one', but on none/all"),
        (("depth", "toys", "net/one"), "params.yaml: difficulty.depth is not taken on 'net/one', but on net, none"),
        (("geometry", "toys", "net"), "difficulty.geometry is not taken on 'net', but on net/one, net/two, none/all"),
        (("geometry", "toys", "../net/one"), "difficulty.geometry is not taken on '../net/one'"),
        (("geometry", "more", "net/one"), "features/more/net/one/train.npy is missing; run `dvc repro features@more-net`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_name_is_one_line_and_writes_nothing(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    before = files_in(folder)
    assert_refused(run_here("measure", *arguments), words)
    assert files_in(folder) == before


def test_a_study_that_measures_nothing_says_so(folder: Path) -> None:
    content = toys.parameters()
    del content["difficulty"]
    files.write_text(paths.PARAMS, yaml.dump(content))
    assert_refused(run_here("measure", "merged", "toys", "net/one"), "params.yaml: no difficulty; say there what to measure")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"arguments": {"max_iter": 1}}, ["not converged (", "raise its max_iter in params.yaml"]),
        ({"arguments": {"C": -1}}, ["the estimator refused it (", "correct its entry in params.yaml"]),
        ({"arguments": {"trees": 5}}, ["takes no argument 'trees' here"]),
        ({"class": "sklearn.linear_model.Logistic"}, ["has no classifier 'Logistic'"]),
    ],
)
def test_a_classifier_that_will_not_do_is_one_line_that_says_which(
    folder: Path, changes: dict[str, Any], words: list[str]
) -> None:
    key = "difficulty.classifiers.tree"
    files.write_text(paths.PARAMS, yaml.dump(toys.parameters({key: toys.LOGISTIC | changes})))
    assert_refused(run_here("measure", "seed_noise", "toys", "net/one"), "net/one", "'tree'", *words)
    assert not Path("results/difficulty").exists()


# What params.yaml may say


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("learning_curves.sizes", [20, 20, 40, 500], "sizes: they must ascend, not [20, 20, 40, 500]"),
        ("learning_curves.draws", {"forest": [1, 1, 1, 1]}, "learning_curves.draws: unknown classifier 'forest'"),
        (
            "seed_noise.classifiers",
            ["knn"],
            "seed_noise.classifiers: unknown classifier 'knn'; difficulty.classifiers has bayes",
        ),
        ("dropped.classifiers", ["knn"], "dropped.classifiers: unknown classifier 'knn'"),
        ("shared_errors.classifier", "knn", "shared_errors.classifier: unknown classifier 'knn'"),
        ("depth.networks", ["vgg"], "difficulty.depth: unknown network 'vgg'"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_measured(
    tmp_path: Path, key: str, value: Any, message: str
) -> None:
    assert message in refusal(toys.parameters({f"difficulty.{key}": value}), tmp_path)


@pytest.mark.parametrize("name", ["mcnemar", "resolution", "merged", "shared_errors", "clusters"])
def test_measures_of_the_studys_classifiers_need_features_that_it_classifies(tmp_path: Path, name: str) -> None:
    changes = {"study.features": ["net/one"], f"difficulty.{name}.features": ["net/two"]}
    changes |= {f"difficulty.{other}.features": ["net/one"] for other in PARTS if other not in (name, "depth", "frozen")}
    message = refusal(toys.parameters(changes), tmp_path)
    assert f"difficulty.{name}: unknown feature 'net/two'; study.features has net/one" in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *product(["seed_noise.classifiers", "depth.classifiers", "dropped.classifiers"], [["bayes", "bayes"]]),
        *[("clusters.clusters", [2, 2]), ("resolution.images", [20, 20]), ("resolution.images", [40, 20])],
        *product(["frozen.layers"], ([["one"], ["one"]], [[]])),
        *product(["look_alikes"], ({"toyz": [["a", "b"]]}, {"more": [["a", "z"]]})),
        ("look_alikes.toys", [[]]),
        ("one_pixel.features", ["net/one"]),
    ],
    ids=str,
)
def test_settings_that_no_measure_can_use_are_refused_too(tmp_path: Path, key: str, value: Any) -> None:
    assert refusal(toys.parameters({f"difficulty.{key}": value}), tmp_path)
