"""params.yaml: what is sound is read whole; test_study_refusals.py has the rest."""

import re
from pathlib import Path

import pytest

from mnist_transfer import paths, study, yaml
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.study import Row
from tests.commands import ROOT, assert_refused, run_here
from tests.studies import SMALL, changed, loaded


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


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    found = loaded(SMALL, tmp_path)
    for look_up, complaint in (
        (lambda: found.check_features("nowhere/deep"), "unknown network 'nowhere'; networks has net, none"),
        (lambda: found.check_features("net"), "unknown layer ''; networks.net.layers has deep, deeper"),
        (lambda: found.measure("nothing"), f"unknown measure 'nothing'; measures has {', '.join(found.measures)}"),
    ):
        with pytest.raises(InputError, match=f"^{re.escape(f'{paths.PARAMS}: {complaint}')}$"):
            look_up()


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
    changes = {"classifiers.svm.arguments": {"n_neighbors": [7]}, "titles.svm": "{n_neighbors} neighbours"}
    assert loaded(changed(changes), tmp_path).rows_of("svm") == [Row("svm-7", "svm", 7, "7 neighbours")]
    arguments = {"n_estimators": 25, "hidden_layer_sizes": [64, 32]}  # a single value and other lists are no path
    found = loaded(changed({"classifiers.forest.arguments": arguments, "titles.forest": "Forest"}), tmp_path)
    assert found.rows_of("forest") == [Row("forest", "forest", None, "Forest")]


# The command line


def test_a_study_is_sound_or_wrong_in_one_line(tmp_path: Path) -> None:
    (tmp_path / paths.PARAMS).write_bytes((ROOT / paths.PARAMS).read_bytes())
    result = run_here("check", folder=tmp_path)
    told = "params.yaml is sound: 2 datasets, 5 kinds of features and 11 classifiers\n"
    assert (result.returncode, result.stderr) == (0, told)
    with (tmp_path / paths.PARAMS).open("a") as stream:
        stream.write("sede: 1\n")
    assert_refused(run_here("check", folder=tmp_path), f"{paths.PARAMS}: sede: unknown key; correct or remove it")
