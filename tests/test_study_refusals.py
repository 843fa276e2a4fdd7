"""params.yaml: everything that is not sound is one line that begins with its key."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mnist_transfer import errors, study, yaml
from mnist_transfer.errors import LONGEST, InputError, shortened
from tests.studies import SMALL, below, changed, loaded, refusal

#: Every mapping of it whose keys the study knows; `arguments` are the estimator's to know.
MAPPINGS = [
    *("", "study", "datasets.toys", "networks.net", "networks.net.preparation", "networks.net.layers.deep", "networks.none"),
    *("classifiers.svm", "replay", "replay.search"),
    *("difficulty", "difficulty.depth", "comparisons", "comparisons.clusters"),
]
KEYS = [f"{mapping}.{key}".lstrip(".") for mapping in MAPPINGS for key in below(SMALL, mapping)]

# Keys

printable = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20)


@given(st.sampled_from(MAPPINGS), st.data())
def test_an_unknown_key_anywhere_is_refused_and_named(tmp_path: Path, mapping: str, data: st.DataObject) -> None:
    known = list(below(SMALL, mapping))
    typo = st.sampled_from(known).flatmap(lambda key: st.sampled_from([key[:-1], key + "s", key.upper(), f" {key}"]))
    key = data.draw((printable | typo).filter(lambda key: key not in known))
    name = f"{mapping}.{key}" if mapping else key
    content = changed({})
    below(content, mapping)[key] = 1  # which may have a dot
    assert refusal(content, tmp_path) == f"{errors.printable(name)}: unknown key; correct or remove it"


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    for key in (
        *("seed", "study", "study.features", "datasets", "datasets.toys.title", "networks.net.weights", "networks.net.layers"),
        *("classifiers.svm.class", "replay.search.test", "replay.full", "difficulty.network", "difficulty.depth.networks"),
    ):
        assert refusal(changed({key: ...}), tmp_path) == f"{key}: missing; add it"


@pytest.mark.parametrize("mapping", ["datasets", "networks", "networks.net.layers", "classifiers", "titles"])
def test_a_name_that_a_shell_or_a_path_would_obey_is_refused(tmp_path: Path, mapping: str) -> None:
    for name in ("$(touch X)", "two\nlines", "../pixels", "-rf", "A", ""):
        content = changed({})
        below(content, mapping)[name] = next(iter(below(SMALL, mapping).values()))
        assert refusal(content, tmp_path).startswith(f"{mapping}.{errors.printable(name)}: string should match pattern")


# Values

#: A key, values that it cannot have, and words of the message.
WRONG = """
seed: [x, "4432", true, 0.5, 1000.0, null] → valid integer
seed: [-1] → greater than or equal to 0
seed: [4294967296] → less than 4294967296
study.datasets: [[]] → at least 1 item
networks.net.layers: [{}] → at least 1 item
networks.net: [5, null] → valid dictionary
datasets.toys.train: [19] → greater than or equal to 20
networks.net.architecture: [VGG 16, none/x] → match pattern
networks.net.preparation.size: [513] → less than or equal to 512
networks.net.preparation.scaling: [vgg] → 'caffe', 'tf', 'torch', 'unit' or 'none'
classifiers.svm.class: [SVC, sklearn.svm.SVC()] → match pattern
classifiers.svm.scale: ["yes", 1] → valid boolean
difficulty.one_pixel: [5, null] → valid dictionary
comparisons: [5, null, [mcnemar]] → valid dictionary
comparisons.clusters.seeds: [1] → greater than or equal to 2
""".strip().splitlines()


@pytest.mark.parametrize("row", WRONG)
def test_a_wrong_value_is_refused_with_its_key(tmp_path: Path, row: str) -> None:
    before, words = row.split(" → ")
    ((key, values),) = yaml.load(before).items()
    for value in values:
        message = refusal(changed({key: value}), tmp_path)
        assert message.startswith(f"{key}: ")
        assert words in message
        assert message.endswith(f", not {shortened(repr(value), study.LONGEST_VALUE)}")


TITLES = {
    "": "a title has 1 to 100 characters, not 0",
    "x" * 101: "a title has 1 to 100 characters, not 101",
    "two\nlines": r"not 'two\nlines'",
    " a": "not ' a'",
    "_a": "Matplotlib's legends",
}


def test_a_title_that_cannot_be_shown_in_a_line_is_refused(tmp_path: Path) -> None:
    for title, complaint in TITLES.items():
        changes = {"datasets.toys.title": title, "titles.svm": title, "datasets.toys.classes": [title, "b"]}
        for key, value in changes.items():
            message = refusal(changed({key: value}), tmp_path)
            assert message.startswith((f"{key}: a title ", f"{key}.0: a title "))
            assert complaint in message


def test_a_list_must_ascend_in_whole_numbers(tmp_path: Path) -> None:
    for values in ([], [50, 25], [25, 25], [0, 25], [2.5], ["25"], [True]):
        message = refusal(changed({"classifiers.forest.arguments.n_estimators": values}), tmp_path)
        complaint = f"a list must be whole numbers above 0 that ascend, not {values}"
        assert message == f"classifiers.forest.arguments.n_estimators: {complaint}"


# What does not go together

#: What is changed, and the message or how it begins: with the key that has to change.
TOGETHER = """
study.datasets: [toys, nowhere] → study.datasets: unknown dataset 'nowhere'; datasets has toys, more
study.datasets: [toys, toys] → study.datasets: 'toys' stands there twice
study.datasets: [toys, more] → datasets: the title 'Toys' stands there twice
study.networks: [none] → study.features: net/deep needs net in study.networks
study.features: [none/deep] → study.features: unknown layer 'deep'; networks.none.layers has all
study.features: [net/deep, net/deep] → study.features: 'net/deep' stands there twice
datasets.toys.classes: [a, b, a] → datasets.toys.classes: 'a' stands there twice
networks.none.weights: random → networks.none.weights: unknown key
classifiers.forest.arguments.n_neighbors: [1] → classifiers.forest.arguments: only one of n_estimators and n_neighbors can be
classifiers.svm.arguments: {C: [1, .inf]} → classifiers.svm.arguments.C: inf is neither text
classifiers.svm.arguments: {a: {b: 2024-01-01}} → classifiers.svm.arguments.a.b: datetime.date(2024, 1, 1) is neither text
classifiers.svm.arguments: {a: {true: 2}} → classifiers.svm.arguments.a: the key True must be text or a whole number
networks.net.weights: places365 → networks.net.weights: must be imagenet or random, not places365
networks.net.architecture: a.keras → networks.net.weights: must be the sha256 of a.keras, which holds its own, not imagenet
{networks.net.architecture: EfficientNetB0} → networks.net.preparation.scaling: EfficientNetB0 scales images itself; remove
titles.forest: F → titles.forest: a list for arguments.n_estimators has its value in the title, as {n_estimators}; one
titles.nowhere: N → titles: unknown classifier 'nowhere'; classifiers has svm, forest
{classifiers.forest-50: {class: a.B}, study.classifiers: [forest, forest-50]} → classifiers: the row 'forest-50' stands there
titles.svm: Forest (50 trees) → classifiers: the title 'Forest (50 trees)' stands there twice
replay.datasets: [more] → replay.datasets: unknown dataset 'more'; study.datasets has toys
replay.network: none → replay.network: none is no network; name the paper's
replay.layer: deepest → replay.layer: unknown layer 'deepest'; networks.net.layers has deep, deeper
replay.search.preparations: [study, study] → replay.search.preparations: 'study' stands there twice
replay.search.preparations: [a-nearest-none] → replay.search.preparations.0: unknown channels 'a' in 'a-nearest-none'; it is one
datasets.toys.image_shape: [28, 0] → datasets.toys.image_shape.1: input should be greater than or equal to 1, not 0
study.features: [net/deep, net] → study.features.1: string should match pattern
replay.full: [study/none/kaggle, study/none/kaggle] → replay.full: 'study/none/kaggle' stands there twice
replay.full: [study/none] → replay.full.0: 'study/none' has 2 of the parts preparation, z_score, split
study.measures: [nothing] → study.measures: unknown name 'nothing'; difficulty has learning_curves, one_pixel, seed_noise
difficulty: null → study.measures: unknown name 'learning_curves'; difficulty has none
difficulty.one_pixel.features: [no/all] → difficulty.one_pixel.features: unknown name 'no'; difficulty.network, control and
difficulty.one_pixel.features: [net/deep] → difficulty.one_pixel.features: net/deep are no pixels
difficulty.geometry.features: [net/no] → difficulty.geometry.features: unknown layer 'no'; networks.net.layers has deep, deeper
difficulty.geometry.features: [none/all, none/all] → difficulty.geometry.features: 'none/all' stands there twice
comparisons.mcnemar.features: [net/deeper] → comparisons.mcnemar.features: unknown feature 'net/deeper'; study.features has
difficulty.depth.classifiers: [svm] → difficulty.depth.classifiers: unknown classifier 'svm'; difficulty.shared.classifiers
comparisons.merged.look_alikes: {toys: [[0, 1], [1]]} → comparisons.merged.look_alikes.toys: the label 1 stands there twice
difficulty.dropped.look_alikes: {toys: [[0, 3]]} → difficulty.dropped.look_alikes.toys: the label 3, where 0 to 2 can be
difficulty.learning_curves.sizes: [40, 20] → difficulty.learning_curves.sizes: they must ascend, not [40, 20]
difficulty.learning_curves.draws: [2] → difficulty.learning_curves.draws: 1 numbers for 2 sizes; give one for each
comparisons.merged.look_alikes: {nowhere: [[0]]} → comparisons.merged.look_alikes: unknown dataset 'nowhere'; datasets has
comparisons.merged.look_alikes: {toys: [[]]} → comparisons.merged.look_alikes.toys.0: tuple should have at least 1 item
difficulty.frozen.layers: [[deep], [deep]] → difficulty.frozen.layers: ('deep',) stands there twice
difficulty.frozen.layers: [[no]] → difficulty.frozen.layers: unknown layer 'no'; networks.net.layers has deep, deeper
""".strip().splitlines()


@pytest.mark.parametrize("row", TOGETHER)
def test_what_does_not_go_together_is_refused_with_its_key(tmp_path: Path, row: str) -> None:
    changes, message = row.split(" → ")
    assert refusal(changed(yaml.load(changes)), tmp_path).startswith(message)


# Files


def test_a_file_beyond_all_measure_is_refused_at_once_and_in_a_line_that_can_be_read(tmp_path: Path) -> None:
    many = [f"name{number}" for number in range(8000)]
    for text, complaint in (
        ("seed: 1\n" + "".join(f"{name}: 1\n" for name in many), "study: missing; add it"),
        (yaml.dump(changed({"study.datasets": many})), "study.datasets: unknown dataset 'name0'; datasets has toys, more"),
        ("seed: " + "[" * 100_000, "is not valid YAML: line 1: nested more than 40 deep"),
        (yaml.dump(changed({"seed": "x" * 100_000})), "seed: input should be a valid integer, not 'xxx"),
        (f"{'k' * 500}: 1\n" + yaml.dump(SMALL), "kkk"),
    ):
        start = time.process_time()
        message = refusal(text, tmp_path)
        assert time.process_time() - start < 3  # a quadratic or an exponential one takes minutes
        assert complaint in message
        assert len(message) <= LONGEST


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"seed: 1\ntitle: caf\xe9\n")
    with pytest.raises(InputError, match=r"params.yaml is not UTF-8: line 2 has the byte 0xe9; save it as UTF-8$"):
        study.load(tmp_path / "params.yaml")
    with pytest.raises(InputError, match=r"nowhere\.yaml is missing; run this in the folder that holds dvc\.yaml"):
        study.load(tmp_path / "nowhere.yaml")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        study.load(tmp_path)


@given(st.text() | st.binary() | st.from_regex(r"([a-c]: ?|- |\[|\]|\{|\}|\n|  |[&*!|>'\"#%1e]){0,20}", fullmatch=True))
@example("1: 2")
@example("{[]: 1}")
@example("&a {seed: *a}")
@example("seed: 2024-01-01")
@example("!!python/object/apply:os.getcwd []")
def test_any_other_file_is_bad_input_and_nothing_else(tmp_path: Path, content: str | bytes) -> None:
    (tmp_path / "x").write_bytes(content.encode(errors="replace") if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        study.load(tmp_path / "x")
    assert "\n" not in str(caught.value)


scalars = (
    st.none() | st.booleans() | st.integers(-9, 99) | st.floats() | st.text(st.characters(categories=["L", "N"]), max_size=5)
)
anything = st.recursive(scalars, lambda kinds: st.lists(kinds) | st.dictionaries(st.text("abc1 \n"), kinds), max_leaves=6)


@given(st.sampled_from(KEYS), anything)
def test_any_value_in_any_place_is_read_or_refused_in_one_line(tmp_path: Path, key: str, value: Any) -> None:
    try:
        loaded(changed({key: value}), tmp_path)
    except InputError as error:
        message = str(error)
        assert message.startswith(f"{tmp_path / 'params.yaml'}: ")
        assert "\n" not in message
