"""params.yaml: what is sound is read whole; test_study_refusals.py has the rest."""

from pathlib import Path
from typing import Any

import pytest
from dvc.utils.hydra import apply_overrides  # type: ignore[import-untyped]

from mnist_transfer import paths, study, yaml
from mnist_transfer.demo import workspace as demo
from mnist_transfer.entries import Network, Pixels
from mnist_transfer.errors import InputError
from mnist_transfer.study import Row
from tests.commands import ROOT, assert_refused, run, run_here
from tests.studies import SMALL, changed, loaded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / paths.PARAMS).write_bytes((ROOT / paths.PARAMS).read_bytes())
    return tmp_path


def test_the_repositorys_study_is_read_whole() -> None:
    found = study.load(ROOT / paths.PARAMS)
    text = (ROOT / paths.PARAMS).read_text(encoding="utf-8")
    assert found.model_dump(mode="json", by_alias=True, exclude_unset=True) == yaml.load(text)


def test_every_key_is_read(tmp_path: Path) -> None:
    found = loaded(SMALL, tmp_path)
    assert found.model_dump(mode="json", by_alias=True, exclude_unset=True) == SMALL


def test_a_study_cannot_be_changed(tmp_path: Path) -> None:
    found = loaded(SMALL, tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        found.seed = 2


def test_what_may_be_left_out_has_the_value_that_is_promised(tmp_path: Path) -> None:
    content = changed("networks.net.preparation", {"size": 48})
    content["classifiers"]["svm"] = {"title": "SVM", "class": "sklearn.svm.SVC", "scale": True}
    found = loaded(content, tmp_path)
    net, svm = found.network("net"), found.classifier("svm")
    assert isinstance(net, Network)
    assert (net.preparation.resize, net.preparation.scaling) == ("bilinear", "caffe")
    assert (svm.components, svm.arguments, svm.path) == (None, {}, None)
    assert found.dataset("more").image_shape == (28, 28)


# Networks and their layers


def test_a_network_is_one_of_keras_or_none(tmp_path: Path) -> None:
    found = loaded(SMALL, tmp_path)
    net, none = found.network("net"), found.network("none")
    assert isinstance(net, Network)
    assert list(net.layers) == ["deep", "deeper"]
    assert isinstance(none, Pixels)
    assert list(none.layers) == ["all"]


@pytest.mark.parametrize("name", ["net/deep", "net/deeper", "none/all"])
def test_every_layer_of_a_network_can_be_asked_for(tmp_path: Path, name: str) -> None:
    loaded(SMALL, tmp_path).check_features(name)
    loaded(changed("study.features", [name]), tmp_path)


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("nowhere/deep", "unknown network 'nowhere'; networks has net, none"),
        ("net/deepest", "unknown layer 'deepest'; networks.net.layers has deep, deeper"),
        ("none/deep", "unknown layer 'deep'; networks.none.layers has all"),
        ("net", "unknown layer ''; networks.net.layers has deep, deeper"),
    ],
)
def test_unknown_features_are_answered_with_the_known_ones(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        loaded(SMALL, tmp_path).check_features(name)
    assert str(caught.value) == f"{paths.PARAMS}: {complaint}"


@pytest.mark.parametrize("kind", ["dataset", "network", "classifier"])
def test_an_unknown_name_is_answered_with_the_known_ones(kind: str) -> None:
    found = study.load(ROOT / paths.PARAMS)
    with pytest.raises(InputError) as caught:
        getattr(found, kind)("nowhere")
    known = ", ".join(getattr(found, f"{kind}s"))
    assert str(caught.value) == f"{paths.PARAMS}: unknown {kind} 'nowhere'; {kind}s has {known}"


# Paths


def test_a_list_of_values_is_a_row_each_in_the_order_of_the_table(tmp_path: Path) -> None:
    found = loaded(SMALL, tmp_path)
    forest = [Row(f"forest-{n}", "forest", n, f"Forest ({n} trees)") for n in (25, 50, 100)]
    assert found.rows == [Row("svm", "svm", None, "SVM"), *forest]
    assert found.rows_of("forest") == forest
    assert found.classifier("forest").path == ("n_estimators", (25, 50, 100))


@pytest.mark.parametrize("values", [[7], [1, 2]])
def test_a_list_may_have_one_value_or_more(tmp_path: Path, values: list[int]) -> None:
    entry = {"title": "{n_neighbors} neighbours", "class": "sklearn.neighbors.KNeighborsClassifier", "scale": True}
    content = changed("classifiers.svm", entry | {"arguments": {"n_neighbors": values}})
    rows = loaded(content, tmp_path).rows_of("svm")
    assert [(row.name, row.value, row.title) for row in rows] == [(f"svm-{n}", n, f"{n} neighbours") for n in values]


def test_a_single_value_and_other_lists_are_no_path(tmp_path: Path) -> None:
    content = changed("classifiers.forest.arguments", {"n_estimators": 25, "hidden_layer_sizes": [64, 32]})
    content["classifiers"]["forest"]["title"] = "Forest"
    assert loaded(content, tmp_path).rows_of("forest") == [Row("forest", "forest", None, "Forest")]


def test_the_rows_of_the_repository_are_the_papers_and_no_name_twice() -> None:
    names = [row.name for row in study.load(ROOT / paths.PARAMS).rows]
    assert {"forest-gini-25", "forest-gini-100", "forest-entropy-50", "knn-3", "knn-5", "svm-linear-pca15"} < set(names)
    assert len(set(names)) == len(names)


# YAML as DVC reads it


@pytest.mark.parametrize(("text", "value"), [("1e-05", 1e-05), ("1e3", 1000.0), ("yes", "yes"), ("010", 10), ("on", "on")])
def test_arguments_have_the_values_that_dvc_sees(tmp_path: Path, text: str, value: Any) -> None:
    written = yaml.dump(changed("classifiers.svm.arguments", {"tol": "HERE"})).replace("HERE", text)
    found = loaded(written, tmp_path).classifier("svm").arguments["tol"]
    assert found == value
    assert type(found) is type(value)


# The command line


def test_an_unknown_name_is_one_line_and_exit_code_2(folder: Path) -> None:
    result = run_here("classify", "mnist", "nowhere/all", "knn", folder=folder)
    assert_refused(result, f"{paths.PARAMS}: unknown network 'nowhere'; networks has ", "vgg16-random")


def test_an_unknown_key_is_one_line_and_exit_code_2(folder: Path) -> None:
    with (folder / paths.PARAMS).open("a") as stream:
        stream.write("sede: 1\n")
    assert_refused(run_here("table", folder=folder), f"{paths.PARAMS}: sede: unknown key; correct or remove it")


def test_outside_a_study_the_folder_is_asked_for(tmp_path: Path) -> None:
    assert_refused(run("split", "mnist", folder=tmp_path), f"{paths.PARAMS} is missing", "dvc.yaml")


def test_a_sound_study_is_told_in_one_line(folder: Path) -> None:
    result = run_here("check", folder=folder)
    assert (result.returncode, result.stderr) == (
        0,
        "params.yaml is sound: 2 datasets, 5 kinds of features and 11 classifiers\n",
    )


@pytest.mark.parametrize("name", ["pixels; touch X", "$(touch X)", "`touch X`", "pixels\ntouch X", "../pixels", "-rf", "a b"])
def test_a_name_that_a_shell_would_obey_is_refused_before_dvc_runs_it(folder: Path, name: str) -> None:
    content = yaml.load((folder / paths.PARAMS).read_text(encoding="utf-8"))
    content["networks"][name] = {"architecture": "none"}
    content["study"]["networks"].append(name)
    (folder / paths.PARAMS).write_text(yaml.dump(content), encoding="utf-8")
    assert_refused(run_here("check", folder=folder), f"{paths.PARAMS}: study.networks.3: string should match pattern")


def test_a_file_that_dvc_has_rewritten_is_read_as_before_and_makes_the_same_demo(folder: Path) -> None:
    before = study.load(folder / paths.PARAMS)
    # As `dvc exp run -S` does.
    apply_overrides(folder / paths.PARAMS, ["seed=7", "+classifiers.logistic-regression.arguments.C=0.00001"])
    text = (folder / paths.PARAMS).read_text(encoding="utf-8")
    assert "C: 1e-05" in text
    assert "  datasets:\n  - fashion_mnist\n" in text
    after = study.load(folder / paths.PARAMS)
    assert after.classifier("logistic-regression").arguments == {"max_iter": 5000, "C": 1e-05}
    assert after.datasets == before.datasets
    assert after.replication == before.replication
    assert demo.parameters(after) == demo.parameters(before) | {
        "seed": 7,
        "classifiers": demo.parameters(after)["classifiers"],
    }
