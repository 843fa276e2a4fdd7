"""What all measures have in common: the contract of a module, the file that each writes, and refusals in one line."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mnist_transfer
from mnist_transfer import files, paths, tables, yaml
from mnist_transfer.difficulty import measure
from mnist_transfer.entries import Comparison, Measure
from mnist_transfer.errors import InputError
from mnist_transfer.study import MEASURES, measure_module
from tests.commands import ROOT, assert_refused, files_in, run_here
from tests.difficulty import toys
from tests.studies import refusal

PACKAGE = Path(mnist_transfer.__file__).parent


def take(name: str) -> Path:
    measure.run(toys.study(), name, "toys")
    return paths.measure(name, "toys")


def test_the_toys_and_the_tests_are_of_every_measure() -> None:
    assert set(MEASURES) == set(toys.study().measures)
    assert {f"test_{name}.py" for name in MEASURES} < {path.name for path in Path(__file__).parent.iterdir()}


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_follows_the_contract(folder: Path, name: str) -> None:
    module, before = measure_module(name), files_in(folder)
    assert issubclass(module.Settings, Measure)
    assert isinstance(module.TABLE, tables.Table)
    first = take(name).read_bytes()
    assert files_in(folder).keys() - before.keys() == {paths.measure(name, "toys").as_posix()}

    table = module.TABLE.read(paths.measure(name, "toys"))
    parts = toys.study().measure(name).parts
    taken = {features if features in parts else features.split("/")[0] for features in table["features"]}
    assert set(table["dataset"]) == {"toys"}
    assert taken == set(parts)
    if "accuracy" in table:
        right = table["accuracy"] * table["test"]
        np.testing.assert_allclose(right, right.round(), atol=1e-9)
        assert (table["accuracy_low"] <= table["accuracy"]).all()
        assert (table["accuracy"] <= table["accuracy_high"]).all()

    headline = module.headline(table)
    assert isinstance(headline, pd.Series)
    assert isinstance(module.HEADLINE, str)
    assert headline.index.names == ["dataset", "features"]
    assert set(headline.index.get_level_values("features")) <= set(table["features"])
    assert np.isfinite(headline).all()

    np.random.seed(2)  # noqa: NPY002  the state that something without its seed would draw from
    assert take(name).read_bytes() == first, "the same bytes twice"


@pytest.mark.parametrize("name", MEASURES)
def test_missing_and_damaged_inputs_are_one_line_that_names_the_file(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs: dict[Path, bytes] = {}

    def noted(read: Callable[[Path, str], Any]) -> Callable[[Path, str], Any]:
        def note(path: Path, remedy: str) -> Any:
            inputs[path] = path.read_bytes()
            return read(path, remedy)

        return note

    with monkeypatch.context() as patch:
        for function in ("read_npz", "read_npy"):
            patch.setattr(files, function, noted(getattr(files, function)))
        before = take(name).read_bytes()
    for path, content in inputs.items():
        for left in (None, content[:20]):
            path.unlink() if left is None else path.write_bytes(left)
            with pytest.raises(InputError, match=rf"^{path} is (missing; run `|damaged \()") as caught:
                take(name)
            path.write_bytes(content)
            assert "\n" not in str(caught.value)
    assert paths.measure(name, "toys").read_bytes() == before


#: A measure as somebody may add it: the README's.
README = (ROOT / "README.md").read_text(encoding="utf-8")
SPREAD = README.split("<!-- measure -->\n```python\n")[1].split("```\n<!-- /measure -->")[0]
RUN = """
from mnist_transfer import files, paths, study
from mnist_transfer.difficulty import measure
from mnist_transfer.results import metrics

measure.run(study.load(), "spread", "toys")
files.write_text(paths.measure_table("spread", "toys"), paths.measure("spread", "toys").read_text())
metrics.run(study.load())
"""


@pytest.mark.slow
def test_a_new_measure_is_one_file_and_two_lines_of_parameters(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "src/mnist_transfer", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "src/mnist_transfer/difficulty/spread.py").write_text(SPREAD)
    changes = {
        "study.measures": ["spread"],
        "study.comparisons": [],
        "difficulty.spread": {"features": ["net/one", "none/all"]},
    }
    files.write_text(paths.PARAMS, yaml.dump(toys.parameters(changes)))
    tables.write("accuracy", [])
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}
    subprocess.run([sys.executable, "-c", RUN], env=environment, check=True, timeout=60)
    found = json.loads(paths.METRICS.read_text())["difficulty"]["spread"]["deviation"]["toys"]
    deviation = np.load(paths.features("toys", "net/one"))["train"].std()
    assert list(found) == ["net/one", "none/all"]
    assert found["net/one"] == pytest.approx(deviation, abs=1e-4)


# The command


@pytest.mark.slow
def test_several_cores_give_the_same_bytes_as_one(folder: Path, have_cores: Callable[[int], None]) -> None:
    alone = take("learning_curves").read_bytes()
    have_cores(2)
    assert take("learning_curves").read_bytes() == alone


def test_the_command_says_what_it_wrote_and_nothing_on_standard_output(folder: Path) -> None:
    result = run_here("measure", "one_pixel", "toys")
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.splitlines()[-1] == "difficulty/one_pixel/toys.csv: 6 rows"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("two_pixels", "toys"), "unknown name 'two_pixels'; study.measures and study.comparisons has learning_curves"),
        (("../merged", "toys"), "unknown name '../merged'; study.measures"),
        (("one_pixel", "letters"), "params.yaml: unknown dataset 'letters'; datasets has toys, more"),
        (("geometry", "more"), "features/more/net/one.npz is missing; run `mnist-transfer fetch`, then `dvc repro features@"),
    ],
)
def test_a_wrong_name_is_one_line_and_writes_nothing(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    before = files_in(folder)
    assert_refused(run_here("measure", *arguments), words)
    assert files_in(folder) == before


@pytest.mark.parametrize("name", ["mcnemar", "resolution", "merged", "shared_errors", "clusters"])
def test_a_comparison_needs_features_that_the_study_classifies(tmp_path: Path, name: str) -> None:
    assert issubclass(measure_module(name).Settings, Comparison)
    changes = {
        f"study.{kind}": [chosen for chosen in toys.PARAMETERS["study"][kind] if chosen == name]
        for kind in ("measures", "comparisons")
    }
    changes |= {"study.features": ["net/one"], f"difficulty.{name}.features": ["net/two"]}
    message = refusal(toys.parameters(changes), tmp_path)
    assert message == f"difficulty.{name}.features: unknown feature 'net/two'; study.features has net/one"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("learning_curves.sizes", [20, 20, 40, 500], "sizes: they must ascend, not [20, 20, 40, 500]"),
        ("learning_curves.draws", {"bayes": [1, 1, 1, 1]}, "draws: unknown classifier 'bayes'; difficulty.shared"),
        ("learning_curves.draws", {"knn": [1]}, "draws.knn: 1 numbers for 4 sizes; give one for each"),
        (
            "seed_noise.classifiers",
            ["bayes"],
            "classifiers: unknown classifier 'bayes'; difficulty.shared.classifiers has logistic-regression",
        ),
        (
            "dropped.classifiers",
            ["bayes"],
            "classifiers: unknown classifier 'bayes'; difficulty.shared.classifiers has logistic-regression",
        ),
        ("depth.classifiers", ["knn", "knn"], "'knn' stands there twice"),
        ("depth.networks", ["vgg"], "unknown name 'vgg'; difficulty.network, control and pixels has net"),
        ("clusters.clusters", [2, 2], "they must ascend"),
        ("resolution.images", [40, 20], "they must ascend"),
        ("frozen.layers", [["one"], ["one"]], "stands there twice"),
        ("frozen.layers", [["three"]], "layers: unknown layer 'three'; networks.net.layers has one, two"),
        ("merged.look_alikes", {"toyz": [[0, 1]]}, "look_alikes: unknown dataset 'toyz'"),
        ("merged.look_alikes", {"toys": [[0, 1], [1, 2]]}, "look_alikes.toys: the label 1 stands there twice"),
        ("dropped.look_alikes", {"more": [[0, 4]]}, "look_alikes.more: the label 4, where 0 to 3 can be"),
        ("merged.look_alikes", {"toys": [[]]}, "merged.look_alikes.toys.0"),
        ("one_pixel.features", ["net/one"], "features: net/one are no pixels; name those without a network"),
        ("shared_errors.features", ["nought/all"], "unknown "),
        ("wonder", {}, "difficulty.wonder: unknown key"),
        ("one_pixel.colour", "grey", "one_pixel.colour: unknown key"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_measured(
    tmp_path: Path, key: str, value: Any, message: str
) -> None:
    found = refusal(toys.parameters({f"difficulty.{key}": value}), tmp_path)
    assert found.startswith("difficulty")
    assert message in found
