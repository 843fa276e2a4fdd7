"""params.yaml: what is sound is read whole; test_study_refusals.py has the rest."""

import re
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides  # type: ignore[import-untyped]

from mnist_transfer import paths, study, yaml
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.study import Row
from tests.commands import ROOT, assert_refused, run, run_here
from tests.studies import SMALL, changed, loaded


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / paths.PARAMS).write_bytes((ROOT / paths.PARAMS).read_bytes())
    return tmp_path


def test_every_key_is_read(tmp_path: Path) -> None:
    for content in (SMALL, yaml.load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))):
        found = loaded(content, tmp_path)
        assert found.model_dump(mode="json", by_alias=True, exclude_unset=True) == content
        again = study.Study.model_validate(found.model_dump(mode="json", by_alias=True))  # from what the results record
        assert again.model_dump() == found.model_dump()


def test_what_may_be_left_out_has_the_value_that_is_promised(tmp_path: Path) -> None:
    content = changed(
        {
            "networks.net.preparation": {"size": 48},
            "networks.net.layers.deep": {"layer": "block4_pool"},
            "classifiers.svm": {"class": "sklearn.svm.SVC"},
            **dict.fromkeys(("titles", "replay", "difficulty", "study.measures", "comparisons"), ...),
        }
    )
    found = loaded(content, tmp_path)
    net, svm = found.network("net"), found.classifier("svm")
    assert isinstance(net, Network)
    assert (net.preparation.resize, net.preparation.scaling) == ("bilinear", "caffe")
    assert net.layers["deep"].pooling == "mean-max"
    assert (svm.scale, svm.components, svm.arguments, svm.path) == (True, None, {}, None)
    assert found.dataset("more").image_shape == (0, 0)
    assert (found.replay, found.measures, found.comparisons) == (None, {}, {})
    assert [row.title for row in found.rows[:2]] == ["svm", "forest (25)"]


# Networks, layers and measures


UNKNOWN: dict[tuple[str, str], str] = {
    ("check_features", "nowhere/deep"): "unknown network 'nowhere'; networks has net, none",
    ("check_features", "net/deepest"): "unknown layer 'deepest'; networks.net.layers has deep, deeper",
    ("check_features", "none/deep"): "unknown layer 'deep'; networks.none.layers has all",
    ("check_features", "net"): "unknown layer ''; networks.net.layers has deep, deeper",
    ("dataset", "nowhere"): "unknown dataset 'nowhere'; datasets has toys, more",
    ("classifier", "forest-25"): "unknown classifier 'forest-25'; classifiers has svm, forest",
    ("measure", "nothing"): f"unknown measure 'nothing'; measures has {', '.join(list(SMALL['difficulty'])[3:])}",
}


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    found = loaded(SMALL, tmp_path)
    for (look_up, name), complaint in UNKNOWN.items():
        with pytest.raises(InputError, match=f"^{re.escape(f'{paths.PARAMS}: {complaint}')}$"):
            getattr(found, look_up)(name)


def test_measures_are_in_the_order_of_params_yaml_and_say_what_they_are_taken_on(tmp_path: Path) -> None:
    parts = {name: settings.parts for name, settings in loaded(SMALL, tmp_path).measures.items()}
    on = dict.fromkeys(list(SMALL["difficulty"])[3:], ("none/all",))
    assert list(parts.items()) == list((on | {"depth": ("net",), "frozen": ("net",)}).items())
    assert (sorted(parts), sorted(SMALL["comparisons"])) == (study.MEASURES, study.COMPARISONS)
    taken = loaded(changed({"study.measures": ["depth"], "comparisons": {}, "difficulty.depth.networks": []}), tmp_path)
    assert {name: settings.parts for name, settings in taken.measures.items()} == {"depth": ()}


# Paths


def test_a_list_of_values_is_a_row_each_in_the_order_of_the_table(tmp_path: Path) -> None:
    found = loaded(SMALL, tmp_path)
    forest = [Row(f"forest-{n}", "forest", n, f"Forest ({n} trees)") for n in (25, 50, 100)]
    assert found.rows == [Row("svm", "svm", None, "SVM"), *forest]
    assert found.rows_of("forest") == forest
    assert found.classifier("forest").path == ("n_estimators", (25, 50, 100))
    for values in ([7], [1, 2]):
        changes = {"classifiers.svm.arguments": {"n_neighbors": values}, "titles.svm": "{n_neighbors} neighbours"}
        rows = loaded(changed(changes), tmp_path).rows_of("svm")
        assert rows == [Row(f"svm-{n}", "svm", n, f"{n} neighbours") for n in values]
    arguments = {"n_estimators": 25, "hidden_layer_sizes": [64, 32]}  # a single value and other lists are no path
    found = loaded(changed({"classifiers.forest.arguments": arguments, "titles.forest": "Forest"}), tmp_path)
    assert found.rows_of("forest") == [Row("forest", "forest", None, "Forest")]


# YAML as DVC reads it


def test_a_file_that_dvc_has_rewritten_is_read_as_before(folder: Path) -> None:
    before = study.load(folder / paths.PARAMS)
    # As `dvc exp run -S` does.
    apply_overrides(folder / paths.PARAMS, ["seed=7", "+classifiers.logistic-regression.arguments.C=0.00001"])
    assert "C: 1e-05" in (folder / paths.PARAMS).read_text(encoding="utf-8")
    after = study.load(folder / paths.PARAMS)
    assert after.classifier("logistic-regression").arguments == {"max_iter": 5000, "C": 1e-05}
    same = {"exclude": {"seed", "classifiers"}}
    assert after.model_dump(**same) == before.model_dump(**same)  # type: ignore[arg-type]


# The command line


def test_a_study_is_sound_or_wrong_in_one_line(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    result = run_here("check", folder=folder)
    told = "params.yaml is sound: 2 datasets, 5 kinds of features and 11 classifiers\n"
    assert (result.returncode, result.stderr) == (0, told)
    result = run_here("classify", "mnist", "nowhere/all", "knn", folder=folder)
    assert_refused(result, f"{paths.PARAMS}: unknown network 'nowhere'; networks has ", "vgg16-random")
    with (folder / paths.PARAMS).open("a") as stream:
        stream.write("sede: 1\n")
    assert_refused(run_here("check", folder=folder), f"{paths.PARAMS}: sede: unknown key; correct or remove it")
    assert_refused(run("check", folder=tmp_path_factory.mktemp("nothing")), f"{paths.PARAMS} is missing", "dvc.yaml")
