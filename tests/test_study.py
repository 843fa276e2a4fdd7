"""params.yaml: what is sound is read whole, and everything else is one line that names the key."""

import copy
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import paths, study
from mnist_transfer.errors import InputError
from tests.commands import ROOT, assert_refused, run, run_here

#: A study with every kind of entry and every key.
SMALL: dict[str, Any] = {
    "seed": 1,
    "image_size": 48,
    "study": {"datasets": ["toys"], "extractors": ["net"], "classifiers": ["svm"]},
    "datasets": {"toys": {"title": "Toys", "train": 100, "test": 50, "classes": list("abcdefghij")}},
    "extractors": {
        "net": {
            "network": "vgg19",
            "weights": "imagenet",
            "quantized_blocks": [4],
            "layer": "block4_pool",
            "pooling": "mean-max",
            "scaling": "caffe",
        },
        "none": {"network": "none"},
    },
    "classifiers": {"svm": {"title": "SVM", "class": "SVC", "scale": True, "components": 5, "arguments": {"kernel": "poly"}}},
}
#: Every mapping of it whose keys the study knows; `arguments` are scikit-learn's to know.
MAPPINGS = ["", "study", "datasets", "extractors", "classifiers", "datasets.toys", "extractors.net", "classifiers.svm"]
REQUIRED = [
    *SMALL,
    *("study.datasets", "study.extractors", "study.classifiers"),
    *("datasets.toys.title", "datasets.toys.train", "datasets.toys.test", "datasets.toys.classes"),
    *("extractors.none.network", "classifiers.svm.title", "classifiers.svm.class", "classifiers.svm.scale"),
]


def refusal(content: Any, folder: Path) -> str:
    """Return the line with which a file of `content`, YAML text or what is to be written as YAML, is refused."""
    path = folder / "params.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        study.load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path)).removeprefix(": ")


def below(content: dict[str, Any], key: str) -> dict[str, Any]:
    for part in filter(None, key.split(".")):
        content = content[part]
    return content


def changed(key: str, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(SMALL)
    mapping, _, last = key.rpartition(".")
    below(content, mapping)[last] = value
    return content


# Sound


def test_the_repositorys_study_is_read_whole() -> None:
    loaded = study.load(ROOT / paths.PARAMS)
    assert loaded.model_dump(mode="json", by_alias=True, exclude_unset=True) == yaml.safe_load(
        (ROOT / paths.PARAMS).read_text(encoding="utf-8")
    )
    assert loaded.extractor("vgg16-block3").blocks == 3
    assert loaded.extractor("pixels").blocks == 0
    assert loaded.classifier("svm-linear-pca15").components == 15


def test_a_study_cannot_be_changed(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(SMALL))
    loaded = study.load(tmp_path / "params.yaml")
    with pytest.raises(ValueError, match="frozen"):
        loaded.seed = 2  # type: ignore[misc]


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
    assert refusal(content, tmp_path).startswith(f"{name}: ")


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    content = copy.deepcopy(SMALL)
    mapping, _, last = key.rpartition(".")
    del below(content, mapping)[last]
    assert refusal(content, tmp_path) == f"{key}: missing; add it"


# Values


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("seed", "x", "valid integer"),
        ("seed", -1, "greater than or equal to 0"),
        ("seed", 2**32, "less than 4294967296"),
        ("seed", 0.5, "valid integer"),
        ("seed", None, "valid integer"),
        ("image_size", 31, "greater than or equal to 32"),
        ("image_size", 225, "less than or equal to 224"),
        ("study", ["toys"], "valid dictionary"),
        ("study.datasets", [], "at least 1 item"),
        ("study.datasets", "toys", "valid tuple"),
        ("datasets.toys", 5, "valid dictionary"),
        ("datasets.toys.train", 19, "greater than or equal to 20"),
        ("datasets.toys.test", "all", "valid integer"),
        ("datasets.toys.classes", list("abcdefghi"), "at least 10 items"),
        ("datasets.toys.classes", list("abcdefghijk"), "at most 10 items"),
        ("extractors.net.network", "resnet50", "'vgg16', 'vgg19' or 'none'"),
        ("extractors.net.layer", "block6_pool", "'block5_pool'"),
        ("extractors.net.pooling", "mean", "'flatten' or 'mean-max'"),
        ("extractors.net.scaling", "tf", "'caffe' or 'unit'"),
        ("extractors.net.weights", "places365", "'imagenet', 'random' or 'none'"),
        ("classifiers.svm.class", "SVM", "'SVC'"),
        ("classifiers.svm.scale", "maybe", "valid boolean"),
        ("classifiers.svm.components", 0, "greater than or equal to 1"),
        ("classifiers.svm.arguments", ["kernel"], "valid dictionary"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(tmp_path: Path, key: str, value: Any, complaint: str) -> None:
    message = refusal(changed(key, value), tmp_path)
    assert message.startswith(f"{key}: ")
    assert complaint in message
    assert message.endswith(f", not {value!r}")


@pytest.mark.parametrize("value", [0, 6, "x"])
def test_a_wrong_item_of_a_list_is_named_by_its_position(tmp_path: Path, value: Any) -> None:
    message = refusal(changed("extractors.net.quantized_blocks", [4, value]), tmp_path)
    assert message.startswith("extractors.net.quantized_blocks.1: ")
    assert message.endswith(f", not {value!r}")


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"network": "none", "layer": "block3_pool"}, "takes no weights, layer"),
        ({"network": "none", "weights": "random"}, "takes no weights, layer"),
        ({"network": "none", "quantized_blocks": [1]}, "takes no weights, layer"),
        ({"network": "vgg16"}, "network vgg16 needs weights"),
        ({"network": "vgg16", "weights": "imagenet"}, "network vgg16 needs weights"),
        ({"network": "vgg16", "layer": "block3_pool"}, "network vgg16 needs weights"),
        (
            {"network": "vgg16", "weights": "random", "layer": "block3_pool", "quantized_blocks": [1]},
            "quantized_blocks go with weights imagenet only",
        ),
    ],
)
def test_values_that_do_not_go_together_are_refused(tmp_path: Path, entry: dict[str, Any], complaint: str) -> None:
    message = refusal(changed("extractors.net", entry), tmp_path)
    assert message.startswith("extractors.net: ")
    assert complaint in message


@pytest.mark.parametrize("kind", ["dataset", "extractor", "classifier"])
def test_a_selected_name_must_be_defined_and_stand_there_once(tmp_path: Path, kind: str) -> None:
    (name,) = SMALL["study"][f"{kind}s"]
    message = refusal(changed(f"study.{kind}s", [name, "nowhere"]), tmp_path)
    assert message.startswith(f"study.{kind}s: unknown {kind} 'nowhere'; ")
    assert name in message
    assert refusal(changed(f"study.{kind}s", [name, name]), tmp_path) == f"study.{kind}s: a name stands there twice"


# Files


@pytest.mark.parametrize(
    "text", ["", "a", "[1]", "1: 2", "seed: [", "\tseed: 1", "a: 1\0", "{[]: 1}", "*a", "!!python/object/apply:os.getcwd []"]
)
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str) -> None:
    refusal(text, tmp_path)


@given(st.text() | st.binary())
def test_any_other_file_is_bad_input_and_nothing_else(tmp_path: Path, content: str | bytes) -> None:
    (tmp_path / "x").write_bytes(content.encode(errors="replace") if isinstance(content, str) else content)
    with pytest.raises(InputError):
        study.load(tmp_path / "x")


@pytest.mark.parametrize(
    "text",
    ["seed: 2024-13-45", "seed: !!int x", f"seed: {'9' * 5000}", "[" * 500],
    ids=["no date", "no integer", "long integer", "deep"],
)
def test_rarer_files_are_refused_too(tmp_path: Path, text: str) -> None:
    refusal(text, tmp_path)


def test_a_key_of_two_lines_is_named_in_one(tmp_path: Path) -> None:
    refusal(SMALL | {"two\nlines": 1}, tmp_path)


def test_a_key_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    assert "seed" in refusal(yaml.safe_dump(SMALL) + "seed: 2\n", tmp_path)


@pytest.mark.parametrize(
    ("key", "value"), [("seed", True), ("seed", "4432"), ("classifiers.svm.scale", "no"), ("classifiers.svm.scale", 1)]
)
def test_a_value_of_another_type_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    assert refusal(changed(key, value), tmp_path).startswith(f"{key}: ")


def test_a_missing_file_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.yaml is missing; run this in the folder that holds dvc\.yaml"):
        study.load(tmp_path / "nowhere.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        study.load(tmp_path)


# The command line


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / paths.PARAMS, tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ["dataset", "extractor", "classifier"])
def test_an_unknown_name_is_answered_with_the_known_ones(kind: str) -> None:
    loaded = study.load(ROOT / paths.PARAMS)
    with pytest.raises(InputError) as caught:
        getattr(loaded, kind)("nowhere")
    known = ", ".join(getattr(loaded, f"{kind}s"))
    assert str(caught.value) == f"{paths.PARAMS}: unknown {kind} 'nowhere'; {kind}s has {known}"


def test_an_unknown_name_is_one_line_and_exit_code_2(folder: Path) -> None:
    result = run("classify", "mnist", "nowhere", "knn-5", folder=folder)
    assert_refused(result, f"{paths.PARAMS}: unknown extractor 'nowhere'; ", "vgg16-block3")


def test_an_unknown_key_is_one_line_and_exit_code_2(folder: Path) -> None:
    with (folder / paths.PARAMS).open("a") as stream:
        stream.write("sede: 1\n")
    assert_refused(run_here("table", folder=folder), f"{paths.PARAMS}: sede: unknown key; correct or remove it")


def test_outside_a_study_the_folder_is_asked_for(tmp_path: Path) -> None:
    assert_refused(run("include", "pixels", folder=tmp_path), f"{paths.PARAMS} is missing", "dvc.yaml")


def test_include_adds_an_extractor_once_and_changes_nothing_else(folder: Path) -> None:
    path = folder / paths.PARAMS
    before = path.read_text(encoding="utf-8").splitlines()
    added = next(name for name in study.load(path).extractors if name not in study.load(path).study.extractors)

    result = run("include", added, folder=folder)
    assert result.returncode == 0, result.stderr
    after = path.read_text(encoding="utf-8").splitlines()
    assert len([1 for old, new in zip(before, after, strict=True) if old != new]) == 1
    assert study.load(path).study.extractors == (added, *study.load(ROOT / paths.PARAMS).study.extractors)

    result = run_here("include", added, folder=folder)
    assert result.returncode == 0, result.stderr
    assert path.read_text(encoding="utf-8").splitlines() == after


def test_include_refuses_what_it_does_not_know(folder: Path) -> None:
    assert_refused(run_here("include", "nowhere", folder=folder), "unknown extractor 'nowhere'")
    assert (folder / paths.PARAMS).read_bytes() == (ROOT / paths.PARAMS).read_bytes()


def test_include_says_so_where_it_cannot_add(folder: Path) -> None:
    text = yaml.safe_dump(SMALL, default_flow_style=False)
    (folder / paths.PARAMS).write_text(text)
    assert_refused(run_here("include", "none", folder=folder), "study.extractors is not a list in brackets")
    assert (folder / paths.PARAMS).read_text() == text
