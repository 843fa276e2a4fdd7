"""params.yaml: everything that is not sound is one line that begins with its key."""

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
from tests.studies import RECIPE, SMALL, below, changed, loaded, refusal

#: Every mapping of it whose keys the study knows; `arguments` are the estimator's to know.
MAPPINGS = [
    *("", "study", "datasets.toys", "networks.net", "networks.net.preparation", "networks.net.layers.deep", "networks.none"),
    *("classifiers.svm", "replay", "replay.search", "replay.ladder"),
    *("difficulty", "difficulty.clusters", "difficulty.depth"),
]
OPTIONAL = {
    *("titles", "replay", "difficulty", "study.measures", "study.comparisons", "datasets.toys.image_shape"),
    *("networks.net.preparation.resize", "networks.net.preparation.scaling", "difficulty.depth.classifiers"),
    *("classifiers.svm.scale", "classifiers.svm.components", "classifiers.svm.arguments"),
}
KEYS = [f"{mapping}.{key}".lstrip(".") for mapping in MAPPINGS for key in below(SMALL, mapping)]
REQUIRED = [key for key in KEYS if key not in OPTIONAL and key.removeprefix("difficulty.") not in study.MEASURES]

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


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    assert refusal(changed({key: ...}), tmp_path) == f"{key}: missing; add it"


@pytest.mark.parametrize("mapping", ["datasets", "networks", "networks.net.layers", "classifiers", "titles"])
@pytest.mark.parametrize("name", ["pixels; touch X", "$(touch X)", "`touch X`", "two\nlines", "../pixels", "-rf", "A", ""])
def test_a_name_that_a_shell_or_a_path_would_obey_is_refused(tmp_path: Path, mapping: str, name: str) -> None:
    content = changed({})
    below(content, mapping)[name] = next(iter(below(SMALL, mapping).values()))
    message = refusal(content, tmp_path)
    assert message.startswith(f"{mapping}.{errors.printable(name)}: string should match pattern")


# Values

WRONG: dict[str, dict[Any, str]] = {
    "seed": {
        **dict.fromkeys(("x", "4432", True, 0.5, 1000.0, None), "valid integer"),
        -1: "greater than or equal to 0",
        2**32: "less than 4294967296",
    },
    "study": {("toys",): "valid dictionary"},
    "study.datasets": {(): "at least 1 item", "toys": "valid tuple"},
    "study.features": {(): "at least 1 item"},
    "datasets.toys": {5: "valid dictionary"},
    "datasets.toys.train": {19: "greater than or equal to 20", "60": "valid integer", True: "valid integer"},
    "datasets.toys.classes": {("a",): "at least 2 items", tuple(map(str, range(257))): "at most 256 items"},
    "networks.net": {5: "valid dictionary"},
    "networks.none": {None: "valid dictionary"},
    "networks.net.architecture": {"VGG 16": "match pattern", 16: "valid string"},
    "networks.net.weights": {"places365": "'imagenet' or 'random'"},
    "networks.net.preparation.size": {15: "greater than or equal to 16", 513: "less than or equal to 512"},
    "networks.net.preparation.resize": {"area": "'nearest', 'bilinear' or 'bicubic'"},
    "networks.net.preparation.scaling": {"vgg": "'caffe', 'tf', 'torch', 'unit' or 'none'"},
    "networks.net.layers.deep": {"block4_pool": "valid dictionary"},
    "networks.net.layers.deep.pooling": {"mean": "'flatten' or 'mean-max'"},
    "classifiers.svm.class": {"SVC": "match pattern", "sklearn.svm.SVC()": "match pattern"},
    "classifiers.svm.scale": {"yes": "valid boolean", 1: "valid boolean"},
    "classifiers.svm.components": {0: "greater than or equal to 1", True: "valid integer"},
    "classifiers.svm.arguments": {("kernel",): "valid dictionary"},
    "replay": {("repeat",): "valid dictionary"},
    "replay.search.train": {19: "greater than or equal to 20"},
    "replay.search.channels": {(): "at least 1 item"},
    "replay.recipes": {(): "at least 1 item"},
    "replay.ladder.recipes": {(RECIPE,): "at least 2 items"},
    "difficulty": {5: "valid dictionary"},
    "difficulty.one_pixel": {5: "valid dictionary"},
    "difficulty.clusters.seeds": {1: "greater than or equal to 2"},
    "difficulty.resolution.images": {(): "at least 1 item"},
    "difficulty.depth.classifiers": {(): "at least 1 item"},
}


@pytest.mark.parametrize(
    ("key", "value", "words"), [(key, value, words) for key in WRONG for value, words in WRONG[key].items()]
)
def test_a_wrong_value_is_refused_with_its_key(tmp_path: Path, key: str, value: Any, words: str) -> None:
    value = list(value) if isinstance(value, tuple) else value
    message = refusal(changed({key: value}), tmp_path)
    assert message.startswith(f"{key}: ")
    assert words in message
    assert message.endswith(f", not {shortened(repr(value), study.LONGEST_VALUE)}")


@pytest.mark.parametrize(
    ("key", "values", "wrong"),
    [
        ("datasets.toys.image_shape", [28, 0], 1),
        ("datasets.toys.classes", ["a", 1], 1),
        ("study.features", ["net/deep", "net"], 1),
        ("study.features", ["net/deep/er"], 0),
        ("study.networks", ["Net"], 0),
        ("replay.search.channels", ["repeat", "stack"], 1),
        ("replay.search.z_score", ["test"], 0),
        ("replay.recipes", [RECIPE, "repeat-nearest-caffe/none/official"], 1),
        ("replay.ladder.recipes", [RECIPE, f"{RECIPE}/older"], 1),
    ],
)
def test_a_wrong_item_of_a_list_is_named_by_its_position(tmp_path: Path, key: str, values: list[Any], wrong: int) -> None:
    message = refusal(changed({key: values}), tmp_path)
    assert message.startswith(f"{key}.{wrong}: ")
    assert message.endswith(f", not {values[wrong]!r}")


PATH = "a list must be whole numbers above 0 that ascend, not"
TWICE = "stands there twice"
PLACE = "a list for arguments.{} has its value in the title, as {{{}}}; one value has none, not {!r}"
TITLES = {
    "": "a title has 1 to 100 characters, not 0",
    "x" * 10_000: "a title has 1 to 100 characters, not 10,000",
    "two\nlines": r"not 'two\nlines'",
    "\x1b[31mred": r"not '\x1b[31mred'",
    "a\u202eb": r"not 'a\u202eb'",
    " a": "not ' a'",
    "_a": "Matplotlib's legends",
}
TODAY, BILINEAR = RECIPE.replace("sklearn-2018", "today"), RECIPE.replace("nearest", "bilinear")
#: What is changed, what the message begins with (the key that has to change), and what else it says.
TOGETHER: list[tuple[dict[str, Any], str, str]] = [
    *(
        ({"classifiers.forest.arguments": {name: values}}, f"classifiers.forest.arguments.{name}: {PATH} {values}", "")
        for name in ("n_estimators", "n_neighbors")
        for values in ([], [50, 25], [25, 25], [0, 25], [2.5], ["25"], [True], [None], [[25]])
    ),
    (
        {"classifiers.forest.arguments.n_neighbors": [1, 2]},
        "classifiers.forest.arguments: only one of n_estimators and n_neighbors can be a list",
        "",
    ),
    ({"classifiers.svm.arguments": {"C": float("nan")}}, "classifiers.svm.arguments.C: nan is neither text, a finite", ""),
    ({"classifiers.svm.arguments": {"C": [1, float("inf")]}}, "classifiers.svm.arguments.C: inf is neither", ""),
    ({"classifiers.svm.arguments": {"a": {"b": datetime.date(2024, 1, 1)}}}, "classifiers.svm.arguments.a.b: datetime.", ""),
    ({"classifiers.svm.arguments": {"class_weight": {1: 2}}}, "classifiers.svm.arguments.class_weight: the key 1 must be", ""),
    # Titles
    *(({key: title}, f"{key}: ", words) for key in ("datasets.toys.title", "titles.svm") for title, words in TITLES.items()),
    ({"datasets.toys.classes": ["a", " b"]}, "datasets.toys.classes.1: ", "not ' b'"),
    ({"titles.forest": "Forest"}, "titles.forest: ", PLACE.format("n_estimators", "n_estimators", "Forest")),
    ({"titles.svm": "S ({n_neighbors})"}, "titles.svm: ", PLACE.format("n_neighbors", "n_neighbors", "S ({n_neighbors})")),
    ({"titles.nowhere": "N"}, "titles: unknown classifier 'nowhere'; classifiers has svm, forest", ""),
    ({"titles.svm": "Forest (50 trees)"}, "classifiers: the title 'Forest (50 trees)'", TWICE),
    ({"study.datasets": ["toys", "more"]}, "datasets: the title 'Toys'", TWICE),
    ({"datasets.toys.classes": ["a", "b", "a"]}, "datasets.toys.classes: 'a'", TWICE),
    # Names
    *(
        case
        for kind, names in (("dataset", "toys, more"), ("network", "net, none"), ("classifier", "svm, forest"))
        for chosen in [SMALL["study"][f"{kind}s"]]
        for case in [
            ({f"study.{kind}s": [*chosen, "nowhere"]}, f"study.{kind}s: unknown {kind} 'nowhere'; {kind}s has {names}", ""),
            ({f"study.{kind}s": [*chosen, chosen[0]]}, f"study.{kind}s: {chosen[0]!r}", TWICE),
        ]
    ),
    (
        {"classifiers.forest-50": SMALL["classifiers"]["svm"], "study.classifiers": ["forest", "forest-50"]},
        "classifiers: the row 'forest-50'",
        TWICE,
    ),
    ({"study.features": ["nowhere/deep"]}, "study.features: nowhere/deep needs nowhere in study.networks", ""),
    ({"study.features": ["none/deep"]}, "study.features: unknown layer 'deep'; networks.none.layers has all", ""),
    ({"study.features": ["net/deep", "none/all", "net/deep"]}, "study.features: 'net/deep'", TWICE),
    ({"study.networks": ["none"]}, "study.features: net/deep needs net in study.networks", ""),
    # Pixels take no weights and no layers.
    ({"networks.none.weights": "random"}, "networks.none.weights: unknown key", ""),
    ({"networks.none.layers": SMALL["networks"]["net"]["layers"]}, "networks.none.layers: unknown key", ""),
    ({"networks.net.layers": {}}, "networks.net.layers: ", "at least 1 item"),
    # The replay
    ({"replay.datasets": ["more"]}, "replay.datasets: unknown dataset 'more'; study.datasets has toys", ""),
    ({"replay.network": "nowhere"}, "replay.network: unknown network 'nowhere'; networks has net, none", ""),
    ({"replay.network": "none", "replay.layer": "all"}, "replay.network: none is no network; name the paper's", ""),
    ({"replay.layer": "deepest"}, "replay.layer: unknown layer 'deepest'; networks.net.layers has deep, deeper", ""),
    ({"replay.recipes": [TODAY]}, f"replay.recipes: {TODAY}: the settings today belong to the ladder", ""),
    ({"replay.recipes": [RECIPE, RECIPE]}, f"replay.recipes: {RECIPE!r}", TWICE),
    ({"replay.search.channels": ["repeat", "repeat"]}, "replay.search.channels: 'repeat'", TWICE),
    ({"replay.ladder.recipes": [RECIPE, BILINEAR, RECIPE]}, f"replay.ladder.recipes: {RECIPE!r}", TWICE),
    (
        {"replay.ladder.recipes": [RECIPE, BILINEAR.replace("none", "train")]},
        f"replay.ladder.recipes: from {RECIPE} to ",
        "2 parts change; change one at a time",
    ),
    ({"replay.recipes": ["repeat-nearest-vgg/none/official/today"]}, "replay.recipes.0: unknown scaling 'vgg' in ", ""),
    # Measures
    ({"study.measures": ["nothing"]}, "study.measures: unknown name 'nothing'; difficulty has learning_curves, one_pixel", ""),
    ({"difficulty": ...}, "study.measures: unknown name 'learning_curves'; difficulty has none", ""),
    ({"study.measures": ["mcnemar"]}, "study.measures: mcnemar is none that looks at features", ""),
    ({"study.comparisons": ["depth"]}, "study.comparisons: depth is none that reads predictions", ""),
    ({"difficulty.control": "nowhere"}, "difficulty.control: unknown network 'nowhere'; study.networks has net, none", ""),
    (
        {"difficulty.one_pixel.features": ["nowhere/all"]},
        "difficulty.one_pixel.features: unknown name 'nowhere'; ",
        "net, none",
    ),
    ({"difficulty.one_pixel.features": ["net/deep"]}, "difficulty.one_pixel.features: net/deep are no pixels", ""),
    (
        {"difficulty.geometry.features": ["net/shallow"]},
        "difficulty.geometry.features: unknown layer 'shallow'; ",
        "deep, deeper",
    ),
    (
        {"difficulty.mcnemar.features": ["net/deeper"]},
        "difficulty.mcnemar.features: unknown feature 'net/deeper'; study.fea",
        "",
    ),
    ({"difficulty.geometry.features": ["none/all"] * 2}, "difficulty.geometry.features: 'none/all'", TWICE),
    ({"difficulty.depth.networks": ["nowhere"]}, "difficulty.depth.networks: unknown name 'nowhere'; ", "net, none"),
    (
        {"difficulty.depth.classifiers": ["svm"]},
        "difficulty.depth.classifiers: unknown name 'svm'; ",
        "logistic-regression, knn",
    ),
    ({"difficulty.merged.look_alikes": {"toys": [[0, 1], [1, 2]]}}, "difficulty.merged.look_alikes.toys: the label 1", TWICE),
    (
        {"difficulty.dropped.look_alikes": {"toys": [[0, 3]]}},
        "difficulty.dropped.look_alikes.toys: the label 3, where 0 to 2",
        "",
    ),
    (
        {"difficulty.dropped.look_alikes": {"no": [[0]]}},
        "difficulty.dropped.look_alikes: unknown dataset 'no'; datasets has",
        "",
    ),
    ({"difficulty.learning_curves.sizes": [40, 20]}, "difficulty.learning_curves.sizes: they must ascend, not [40, 20]", ""),
    ({"difficulty.learning_curves.draws.knn": [2]}, "difficulty.learning_curves.draws.knn: 1 numbers for 2 sizes", ""),
    (
        {"difficulty.frozen.layers": [["deep", "shallow"]]},
        "difficulty.frozen.layers: unknown layer 'shallow'; ",
        "deep, deeper",
    ),
]


@pytest.mark.parametrize(("changes", "start", "words"), TOGETHER, ids=[str(at) for at in range(len(TOGETHER))])
def test_what_does_not_go_together_is_refused_with_its_key(
    tmp_path: Path, changes: dict[str, Any], start: str, words: str
) -> None:
    message = refusal(changed(changes), tmp_path)
    assert message.startswith(start)
    assert words in message


# Files

WIDE = "seed: 1\n" + "".join(f"key{number}: 1\n" for number in range(8000))
MANY = [f"name{number}" for number in range(8000)]
NO_STUDY = [
    *("", "a", "[1]", "1: 2", "seed: [", "\tseed: 1", "a: 1\0", "{[]: 1}", "*a", "&a {seed: *a}", "seed: 2024-01-01"),
    *("!!python/object/apply:os.getcwd []", "seed: 2024-13-45", "seed: !!int x", f"seed: {'9' * 5000}", "[" * 500),
]


@pytest.mark.parametrize("text", NO_STUDY, ids=lambda text: text[:20].strip().replace("\0", "NUL"))
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str) -> None:
    assert refusal(text, tmp_path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (WIDE, "study: missing; add it"),
        (yaml.dump(changed({"study.datasets": MANY})), "study.datasets: unknown dataset 'name0'; datasets has toys, more"),
        ("seed: " + "[" * 100_000, "is not valid YAML: line 1: nested more than 40 deep"),
        (yaml.dump(SMALL) + "seed: 2\n", 'found duplicate key "seed"'),
        (yaml.dump(changed({"seed": "x" * 100_000})), "seed: input should be a valid integer, not 'xxx"),
        (f"{'k' * 500}: 1\n" + yaml.dump(SMALL), "kkk"),
    ],
    ids=["wide", "names", "nested", "twice", "value", "key"],
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
    many = MANY[:5000]
    datasets = {name: SMALL["datasets"]["toys"] | {"title": name} for name in many}
    changes = {"study.datasets": many, "datasets": datasets, "replay": ..., "difficulty": ...}
    text = json.dumps(changed({**changes, "study.measures": [], "study.comparisons": []}))  # is YAML too
    start = time.process_time()
    assert loaded(text, tmp_path).selection.datasets == tuple(many)
    assert time.process_time() - start < 20  # a quadratic one takes minutes


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_bytes(b"seed: 1\ntitle: caf\xe9\n")
    with pytest.raises(InputError, match=r"params.yaml is not UTF-8: line 2 has the byte 0xe9; save it as UTF-8$"):
        study.load(tmp_path / "params.yaml")
    with pytest.raises(InputError, match=r"nowhere\.yaml is missing; run this in the folder that holds dvc\.yaml"):
        study.load(tmp_path / "nowhere.yaml")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        study.load(tmp_path)


@given(st.text() | st.binary())
def test_any_other_file_is_bad_input_and_nothing_else(tmp_path: Path, content: str | bytes) -> None:
    (tmp_path / "x").write_bytes(content.encode(errors="replace") if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        study.load(tmp_path / "x")
    assert "\n" not in str(caught.value)


scalars = st.none() | st.booleans() | st.integers(-9, 99) | st.floats() | st.text(st.characters(categories="LNZ"), max_size=5)
anything = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text("abc1 \n", max_size=3), children, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(KEYS), anything)
def test_any_value_in_any_place_is_read_or_refused_in_one_line(tmp_path: Path, key: str, value: Any) -> None:
    try:
        loaded(changed({key: value}), tmp_path)
    except InputError as error:
        message = str(error)
        assert message.startswith(f"{tmp_path / 'params.yaml'}: ")
        assert "\n" not in message
