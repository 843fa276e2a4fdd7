"""What all measures and comparisons have in common: the contract of a module, the file that each writes, and refusals."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mnist_transfer
from mnist_transfer import files, paths, tables, yaml
from mnist_transfer.comparisons import compare
from mnist_transfer.difficulty import measure
from mnist_transfer.errors import InputError
from mnist_transfer.study import COMPARISONS, MEASURES, measure_module
from tests.commands import ROOT, assert_refused, files_in, run_here
from tests.difficulty import toys

PACKAGE = Path(mnist_transfer.__file__).parent
ALL = [*MEASURES, *COMPARISONS]


def take(name: str) -> Path:
    if name in COMPARISONS:
        compare.run(toys.study({"comparisons": {name: toys.PARAMETERS["comparisons"][name]}}), "toys")
        return paths.comparison(name, "toys")
    measure.run(toys.study(), name, "toys")
    return paths.measure(name, "toys")


def test_the_toys_and_the_tests_are_of_every_measure() -> None:
    study = toys.study()
    assert (set(MEASURES), set(COMPARISONS)) == (set(study.measures), set(study.comparisons))
    for room, names in (("difficulty", MEASURES), ("comparisons", COMPARISONS)):
        assert {f"test_{name}.py" for name in names} < {path.name for path in (ROOT / "tests" / room).iterdir()}


@pytest.mark.parametrize("name", ALL)
def test_every_measure_follows_the_contract(folder: Path, name: str) -> None:
    module, before = measure_module(name), files_in(folder)
    path = take(name)
    first = path.read_bytes()
    assert files_in(folder).keys() - before.keys() == {path.as_posix()}

    table = module.TABLE.read(path)
    parts = (toys.study().measures | toys.study().comparisons)[name].parts
    taken = {features if features in parts else features.split("/")[0] for features in table["features"]}
    assert set(table["dataset"]) == {"toys"}
    assert taken == set(parts)
    if "accuracy" in table:
        right = table["accuracy"] * table["test"]
        np.testing.assert_allclose(right, right.round(), atol=1e-9)
        assert (table["accuracy_low"] <= table["accuracy"]).all()
        assert (table["accuracy"] <= table["accuracy_high"]).all()

    headline = module.headline(table)
    assert headline.index.names == ["dataset", "features"]
    assert set(headline.index.get_level_values("features")) <= set(table["features"])
    assert np.isfinite(headline).all()

    np.random.seed(2)  # noqa: NPY002  the state that something without its seed would draw from
    assert take(name).read_bytes() == first, "the same bytes twice"


@pytest.mark.parametrize("name", ALL)
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
        written = take(name)
        before = written.read_bytes()
    for path, content in inputs.items():
        for left in (None, content[:20]):
            path.unlink() if left is None else path.write_bytes(left)
            with pytest.raises(InputError, match=rf"^{path} is (missing; run `|damaged \()") as caught:
                take(name)
            path.write_bytes(content)
            assert "\n" not in str(caught.value)
    assert written.read_bytes() == before


#: A measure as somebody may add it: the documentation's.
PAGE = (ROOT / "docs/change.md").read_text(encoding="utf-8")
SPREAD = PAGE.split("<!-- measure -->\n```python\n")[1].split("```\n<!-- /measure -->")[0]
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
    spread = {"features": ["net/one", "none/all"]}
    changes = {"study.measures": ["spread"], "comparisons": {}, "difficulty.spread": spread}
    files.write_text(paths.PARAMS, yaml.dump(toys.parameters(changes)))
    tables.write("accuracy", [])
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "src")}
    subprocess.run([sys.executable, "-c", RUN], env=environment, check=True, timeout=60)
    found = json.loads(paths.METRICS.read_text())["difficulty"]["spread"]["deviation"]["toys"]
    deviation = np.load(paths.features("toys", "net/one"))["train"].std()
    assert list(found) == ["net/one", "none/all"]
    assert found["net/one"] == pytest.approx(deviation, abs=1e-4)


# The command


def test_one_command_takes_all_comparisons(folder: Path) -> None:
    expected = {name: take(name).read_bytes() for name in COMPARISONS}
    shutil.rmtree("comparisons")
    result = run_here("compare", "toys")
    assert (result.returncode, result.stdout) == (0, "")
    assert "comparisons/toys/merged.csv: " in result.stderr
    assert {path.stem: path.read_bytes() for path in Path("comparisons/toys").iterdir()} == expected
    shutil.rmtree("comparisons")
    files.write_text(paths.PARAMS, yaml.dump(toys.parameters({"comparisons": {}})))
    assert run_here("compare", "toys").returncode == 0
    assert list(paths.comparisons("toys").iterdir()) == [], "DVC wants the folder"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("measure", "../depth", "toys"), "unknown measure '../depth'; measures has"),
        (("compare", "letters"), "params.yaml: unknown dataset 'letters'; datasets has toys, more"),
        (("measure", "geometry", "letters"), "params.yaml: unknown dataset 'letters'; datasets has toys, more"),
    ],
)
def test_a_wrong_name_is_one_line_and_writes_nothing(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    before = files_in(folder)
    assert_refused(run_here(*arguments), words)
    assert files_in(folder) == before
