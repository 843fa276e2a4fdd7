"""params.yaml: everything that is not sound is one line that names the key."""

import copy
import datetime
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import errors, study, yaml
from mnist_transfer.errors import LONGEST, InputError, shortened
from tests.studies import SMALL, below, changed, loaded, refusal

#: Every mapping of it whose keys the study knows; `arguments` are the estimator's to know.
MAPPINGS = [
    *("", "study", "datasets", "datasets.toys", "networks", "networks.net", "networks.net.preparation"),
    *("networks.net.layers", "networks.net.layers.deep", "networks.none", "classifiers", "classifiers.svm"),
    *("replication", "replication.search", "replication.ladder"),
    *("replication.settings", "replication.settings.old", "replication.settings.old.svm"),
]
REQUIRED = [
    *("seed", "study", "datasets", "networks", "classifiers"),
    *("study.datasets", "study.networks", "study.features", "study.classifiers"),
    *("datasets.toys.title", "datasets.toys.train", "datasets.toys.test", "datasets.toys.classes"),
    *("networks.net.weights", "networks.net.preparation", "networks.net.preparation.size", "networks.net.layers"),
    *("networks.net.layers.deep.layer", "networks.net.layers.deep.pooling"),
    *("networks.net.architecture", "networks.none.architecture"),
    *("classifiers.svm.title", "classifiers.svm.class", "classifiers.svm.scale"),
    *(f"replication.{key}" for key in SMALL["replication"]),
    *(f"replication.{part}.{key}" for part in ("search", "ladder") for key in SMALL["replication"][part]),
]

# Keys

printable = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=20)


@given(st.sampled_from(MAPPINGS), st.data())
def test_an_unknown_key_anywhere_is_refused_and_named(tmp_path: Path, mapping: str, data: st.DataObject) -> None:
    known = list(below(SMALL, mapping))
    typo = st.sampled_from(known).flatmap(lambda key: st.sampled_from([key[:-1], key + "s", key.upper(), f" {key}"]))
    key = data.draw((printable | typo).filter(lambda key: key not in known))
    content = copy.deepcopy(SMALL)
    below(content, mapping)[key] = 1
    name = f"{mapping}.{key}" if mapping else key
    assert refusal(content, tmp_path).startswith(f"{errors.printable(name)}: ")


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    content = copy.deepcopy(SMALL)
    mapping, _, last = key.rpartition(".")
    del below(content, mapping)[last]
    assert refusal(content, tmp_path) == f"{key}: missing; add it"


def test_a_key_of_two_lines_is_named_in_one(tmp_path: Path) -> None:
    assert refusal(SMALL | {"two\nlines": 1}, tmp_path).startswith("two\\nlines: unknown key")


def test_a_key_that_stands_there_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    text = yaml.dump(SMALL)
    message = refusal(text + "seed: 2\n", tmp_path)
    assert message.startswith(f' is not valid YAML: line {text.count(chr(10)) + 1}: found duplicate key "seed"')


# Values


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("seed", "x", "valid integer"),
        ("seed", "4432", "valid integer"),
        ("seed", True, "valid integer"),
        ("seed", -1, "greater than or equal to 0"),
        ("seed", 2**32, "less than 4294967296"),
        ("seed", 0.5, "valid integer"),
        ("seed", 1000.0, "valid integer"),
        ("seed", None, "valid integer"),
        ("study", ["toys"], "valid dictionary"),
        ("study.datasets", [], "at least 1 item"),
        ("study.datasets", "toys", "valid tuple"),
        ("study.features", [], "at least 1 item"),
        ("datasets.toys", 5, "valid dictionary"),
        ("datasets.toys.train", 19, "greater than or equal to 20"),
        ("datasets.toys.test", "all", "valid integer"),
        ("datasets.toys.classes", ["a"], "at least 2 items"),
        ("datasets.toys.classes", [str(label) for label in range(257)], "at most 256 items"),
        ("networks.net", 5, "valid dictionary"),
        ("networks.none", None, "valid dictionary"),
        ("networks.net.architecture", "VGG 16", "match pattern"),
        ("networks.net.architecture", 16, "valid string"),
        ("networks.net.weights", "places365", "'imagenet' or 'random'"),
        ("networks.net.preparation.size", 15, "greater than or equal to 16"),
        ("networks.net.preparation.size", 513, "less than or equal to 512"),
        ("networks.net.preparation.resize", "area", "'nearest', 'bilinear' or 'bicubic'"),
        ("networks.net.preparation.scaling", "vgg", "'caffe', 'tf', 'torch', 'unit' or 'none'"),
        ("networks.net.layers", {}, "at least 1 item"),
        ("networks.net.layers.deep", "block4_pool", "valid dictionary"),
        ("networks.net.layers.deep.pooling", "mean", "'flatten' or 'mean-max'"),
        ("classifiers.svm.class", "SVC", "match pattern"),
        ("classifiers.svm.class", "sklearn.svm.SVC()", "match pattern"),
        ("classifiers.svm.scale", "yes", "valid boolean"),
        ("classifiers.svm.scale", 1, "valid boolean"),
        ("classifiers.svm.components", 0, "greater than or equal to 1"),
        ("classifiers.svm.components", True, "valid integer"),
        ("datasets.toys.train", "60", "valid integer"),
        ("classifiers.svm.arguments", ["kernel"], "valid dictionary"),
        ("replication", ["repeat"], "valid dictionary"),
        ("replication.search.train", 19, "greater than or equal to 20"),
        ("replication.search.channels", [], "at least 1 item"),
        ("replication.search.settings", "old", "valid tuple"),
        ("replication.replay", [], "at least 1 item"),
        ("replication.ladder.test", "all", "valid integer"),
        ("replication.ladder.rungs", SMALL["replication"]["ladder"]["rungs"][:1], "at least 2 items"),
        ("replication.settings.old.svm.scale", "no", "valid boolean"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(tmp_path: Path, key: str, value: Any, complaint: str) -> None:
    message = refusal(changed(key, value), tmp_path)
    assert message.startswith(f"{key}: ")
    assert complaint in message
    assert message.endswith(f", not {shortened(repr(value), study.LONGEST_VALUE)}")


@pytest.mark.parametrize(
    ("key", "values", "wrong"),
    [
        ("datasets.toys.image_shape", [28, 0], 1),
        ("datasets.toys.classes", ["a", 1], 1),
        ("study.features", ["net/deep", "net"], 1),
        ("study.features", ["net/deep/er"], 0),
        ("study.networks", ["Net"], 0),
        ("replication.search.channels", ["repeat", "stack"], 1),
        ("replication.search.resize", ["area"], 0),
        ("replication.search.scaling", ["caffe", "vgg"], 1),
        ("replication.search.z_score", ["test"], 0),
        ("replication.search.split", ["official", "random"], 1),
    ],
)
def test_a_wrong_item_of_a_list_is_named_by_its_position(tmp_path: Path, key: str, values: list[Any], wrong: int) -> None:
    message = refusal(changed(key, values), tmp_path)
    assert message.startswith(f"{key}.{wrong}: ")
    assert message.endswith(f", not {values[wrong]!r}")


def test_pixels_take_no_weights_and_no_layers(tmp_path: Path) -> None:
    for key, value in (("weights", "random"), ("layers", SMALL["networks"]["net"]["layers"]), ("preparation", {"size": 48})):
        assert (
            refusal(changed(f"networks.none.{key}", value), tmp_path)
            == f"networks.none.{key}: unknown key; correct or remove it"
        )


@pytest.mark.parametrize("values", [[], [50, 25], [25, 25], [0, 25], [-1], [2.5], ["25"], [True], [None], [[25]]], ids=str)
@pytest.mark.parametrize("argument", ["n_estimators", "n_neighbors"])
def test_a_list_must_ascend_in_whole_numbers(tmp_path: Path, argument: str, values: list[Any]) -> None:
    message = refusal(changed("classifiers.forest.arguments", {argument: values}), tmp_path)
    complaint = "a list must be whole numbers above 0 that ascend"
    assert message == f"classifiers.forest: arguments.{argument}: {complaint}, not {values}"


@pytest.mark.parametrize("title", ["Forest", "Forest (n_estimators)", "Forest ({})"])
def test_the_title_of_a_list_must_have_a_place_for_its_value(tmp_path: Path, title: str) -> None:
    message = refusal(changed("classifiers.forest.title", title), tmp_path)
    assert message == "classifiers.forest: title: write {n_estimators} where the value of arguments.n_estimators belongs"


def test_a_title_has_no_place_for_a_value_that_is_no_list(tmp_path: Path) -> None:
    message = refusal(changed("classifiers.svm.title", "SVM ({n_neighbors})"), tmp_path)
    complaint = "{n_neighbors} stands for the values of a list, and arguments.n_neighbors is none"
    assert message == f"classifiers.svm: title: {complaint}"


def test_only_one_argument_can_be_a_list(tmp_path: Path) -> None:
    message = refusal(changed("classifiers.forest.arguments", {"n_estimators": [2, 3], "n_neighbors": [1, 2]}), tmp_path)
    assert message == "classifiers.forest: arguments: only one of n_estimators and n_neighbors can be a list"


TITLES = {
    "empty": ("", "1 to 100 characters, not 0"),
    "long": ("x" * 10_000, "1 to 100 characters, not 10,000"),
    "two lines": ("two\nlines", r"not 'two\nlines'"),
    "control": ("\x1b[31mred", r"not '\x1b[31mred'"),
    "turned": ("a\u202eb", r"not 'a\u202eb'"),
    "spaced": (" a", "not ' a'"),
    "hidden in legends": ("_a", "Matplotlib's legends"),
}


@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize("key", ["datasets.toys.title", "classifiers.svm.title", "datasets.toys.classes"])
def test_a_title_that_cannot_be_shown_in_a_line_is_refused(tmp_path: Path, key: str, name: str) -> None:
    title, complaint = TITLES[name]
    message = refusal(changed(key, ["a", title] if key.endswith("classes") else title), tmp_path)
    assert message.startswith(key)
    assert complaint in message


def test_two_classes_of_one_name_are_refused(tmp_path: Path) -> None:
    message = refusal(changed("datasets.toys.classes", ["a", "b", "a"]), tmp_path)
    assert message == "datasets.toys.classes: 'a' stands there twice"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"C": float("nan")}, "arguments.C: nan is neither text, a finite number"),
        ({"C": [1, float("inf")]}, "arguments.C: inf is neither"),
        ({"a": {"b": datetime.date(2024, 1, 1)}}, "arguments.a.b: datetime.date(2024, 1, 1) is neither"),
        ({"class_weight": {1: 2}}, "arguments.class_weight: the key 1 must be text"),
    ],
    ids=["nan", "inf", "date", "key"],
)
def test_an_argument_that_the_results_could_not_record_is_refused(
    tmp_path: Path, arguments: dict[str, Any], complaint: str
) -> None:
    assert refusal(changed("classifiers.svm.arguments", arguments), tmp_path).startswith(f"classifiers.svm: {complaint}")


# What does not go together


@pytest.mark.parametrize("kind", ["dataset", "network", "classifier"])
def test_a_selected_name_must_be_defined_and_stand_there_once(tmp_path: Path, kind: str) -> None:
    names = SMALL["study"][f"{kind}s"]
    message = refusal(changed(f"study.{kind}s", [*names, "nowhere"]), tmp_path)
    assert message == f"study.{kind}s: unknown {kind} 'nowhere'; {kind}s has {', '.join(SMALL[f'{kind}s'])}"
    message = refusal(changed(f"study.{kind}s", [*names, names[0]]), tmp_path)
    assert message == f"study.{kind}s: the name {names[0]!r} stands there twice"


@pytest.mark.parametrize(
    ("features", "complaint"),
    [
        (["nowhere/deep"], "nowhere/deep needs nowhere in study.networks"),
        (["net/deepest"], "unknown layer 'deepest'; networks.net.layers has deep, deeper"),
        (["none/deep"], "unknown layer 'deep'; networks.none.layers has all"),
        (["net/deep", "none/all", "net/deep"], "the name 'net/deep' stands there twice"),
    ],
)
def test_selected_features_must_be_of_a_selected_network_and_its_layers(
    tmp_path: Path, features: list[str], complaint: str
) -> None:
    assert refusal(changed("study.features", features), tmp_path) == f"study.features: {complaint}"


def test_features_of_a_network_that_is_not_selected_are_refused(tmp_path: Path) -> None:
    message = refusal(changed("study.networks", ["none"]), tmp_path)
    assert message == "study.features: net/deep needs net in study.networks"


def test_two_datasets_of_one_title_are_refused_where_both_are_selected(tmp_path: Path) -> None:
    assert refusal(changed("study.datasets", ["toys", "more"]), tmp_path) == "datasets: the title 'Toys' stands there twice"


def test_two_rows_of_one_title_are_refused(tmp_path: Path) -> None:
    message = refusal(changed("classifiers.svm.title", "Forest (50 trees)"), tmp_path)
    assert message == "classifiers: the title 'Forest (50 trees)' stands there twice"


def test_two_rows_of_one_name_are_refused(tmp_path: Path) -> None:
    content = changed("classifiers.forest-50", SMALL["classifiers"]["svm"])
    content["study"]["classifiers"].append("forest-50")
    assert refusal(content, tmp_path) == "classifiers: the row 'forest-50' stands there twice"


# Files


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "[1]", "1: 2", "seed: [", "\tseed: 1", "a: 1\0", "{[]: 1}", "*a", "&a {seed: *a}", "seed: 2024-01-01"),
        *("!!python/object/apply:os.getcwd []", "seed: 2024-13-45", "seed: !!int x", f"seed: {'9' * 5000}", "[" * 500),
    ],
    ids=lambda text: text[:20].strip().replace("\0", "NUL"),
)
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(text, tmp_path)


WIDE = "seed: 1\n" + "".join(f"key{number}: 1\n" for number in range(8000))
MANY = [f"name{number}" for number in range(8000)]
EXPANDING = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (WIDE, "study: missing; add it"),
        (yaml.dump(changed("study.datasets", MANY)), "study.datasets: unknown dataset 'name0'; datasets has toys, more"),
        ("seed: " + "[" * 100_000, "is not valid YAML: line 1: nested more than 40 deep"),
        ("- " * 100_000, "is not valid YAML: line 1: nested more than 40 deep"),
        (EXPANDING, "is not valid YAML: line 6: more than 100,000 values"),
        ("seed: &a [*a]", "is not valid YAML: line 1: *a stands within what it stands for"),
        ("seed: 1\nx: !!bool maybe", "is not valid YAML: line 2: write the value without !!bool"),
        ("seed: 1\nx: !!set {a, b}", "is not valid YAML: line 2: write the value without !!set"),
        (yaml.dump(changed("seed", "x" * 100_000)), "seed: input should be a valid integer, not 'xxx"),
        (f"{'k' * 500}: 1\n" + yaml.dump(SMALL), "kkk"),
    ],
    ids=["wide", "names", "nested", "nested blocks", "expanding", "recursive", "bool", "set", "value", "key"],
)
def test_a_file_beyond_all_measure_is_refused_at_once_and_in_a_line_that_can_be_read(
    tmp_path: Path, text: str, complaint: str
) -> None:
    start = time.process_time()
    message = refusal(text, tmp_path)
    assert time.process_time() - start < 3  # a quadratic or an exponential one takes minutes
    assert complaint in message
    assert len(message) <= LONGEST


def test_thousands_of_names_are_read_in_a_moment(tmp_path: Path) -> None:
    content = changed("study.datasets", MANY[:5000])
    content["datasets"] = {name: SMALL["datasets"]["toys"] | {"title": name} for name in MANY[:5000]}
    text = json.dumps(content)  # is YAML too
    start = time.process_time()
    assert loaded(text, tmp_path).selection.datasets == tuple(MANY[:5000])
    assert time.process_time() - start < 20  # a quadratic one takes minutes


def test_a_file_of_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"seed: 1\ntitle: caf\xe9\n")
    with pytest.raises(InputError, match=r"params.yaml is not UTF-8: line 2 has the byte 0xe9; save it as UTF-8$"):
        study.load(tmp_path / "params.yaml")


@given(st.text() | st.binary())
def test_any_other_file_is_bad_input_and_nothing_else(tmp_path: Path, content: str | bytes) -> None:
    (tmp_path / "x").write_bytes(content.encode(errors="replace") if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        study.load(tmp_path / "x")
    assert "\n" not in str(caught.value)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 99)
    | st.floats()
    | st.text(st.characters(categories=["L", "N", "Z"]), max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text("abc1 \n", max_size=3), children, max_size=3),
    max_leaves=6,
)
KEYS = [f"{mapping}.{key}".lstrip(".") for mapping in MAPPINGS for key in below(SMALL, mapping)]


@given(st.sampled_from(KEYS), anything)
def test_any_value_in_any_place_is_read_or_refused_in_one_line(tmp_path: Path, key: str, value: Any) -> None:
    message = ""
    (tmp_path / "params.yaml").write_text(yaml.dump(changed(key, value)), encoding="utf-8")
    try:
        study.load(tmp_path / "params.yaml")
    except InputError as error:
        message = str(error)
        assert message.startswith(f"{tmp_path / 'params.yaml'}: ")
    assert "\n" not in message


def test_a_missing_file_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml is missing; run this in the folder that holds dvc\.yaml"):
        study.load(tmp_path / "nowhere.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        study.load(tmp_path)
