"""Rendering: refused in one line without sound results, light in what it imports, and a source that types no number."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_transfer.report import preview
from mnist_transfer.tables import REMEDY
from tests.commands import ROOT, Result, assert_refused, run_here
from tests.results import tiny_study

PAGES = sorted((ROOT / "report").glob("*.qmd"))
REPORT = ROOT / "src/mnist_transfer/report"


def test_without_results_or_its_source_the_report_is_refused_in_one_line(tmp_path: Path) -> None:
    tiny_study.write(tmp_path)
    restores = "report/_quarto.yml is missing; `git checkout report/_quarto.yml` restores it"
    assert_refused(run_here("report", folder=tmp_path), restores)
    shutil.rmtree(tmp_path / "results")
    assert_refused(run_here("report", folder=tmp_path), f"error: results/provenance.json is missing; {REMEDY}\n")
    assert not (tmp_path / "report").exists()


def check(folder: Path, *options: str) -> Result:
    """Do what Quarto does before it renders."""
    (folder / "report/assets").mkdir(parents=True, exist_ok=True)
    for name in ("assets/check.py", "demo.qmd"):
        shutil.copy(ROOT / "report" / name, folder / "report" / name)
    (folder / "report/_quarto.yml").write_text("project: {render: [demo.qmd]}\n")
    command = [sys.executable, *options, "assets/check.py"]
    return subprocess.run(command, cwd=folder / "report", capture_output=True, text=True, check=False)


def test_quarto_says_in_one_line_that_the_results_are_damaged_or_its_python_the_wrong_one(tmp_path: Path) -> None:
    tiny_study.write(tmp_path)
    done = check(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "results/tables/accuracy.csv").write_text("")
    assert_refused(check(tmp_path), "error: results/tables/accuracy.csv is damaged (", f"); {REMEDY}\n")
    assert_refused(check(tmp_path, "-IS"), " has no mnist_transfer; ", "QUARTO_PYTHON")  # without site-packages


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_no_number_is_typed_in_the_prose_of_the_report(page: Path) -> None:
    _, pieces = preview.split(page.read_text(encoding="utf-8"))
    prose = re.sub(r"`\{python\} [^`]+`", "", "".join(piece for piece in pieces if isinstance(piece, str)))
    prose = re.sub(r"```.*?```", "", prose, flags=re.DOTALL).replace("95% interval", "").replace("95% score interval", "")
    assert re.findall(r"\d+[.,]\d+|\d+ ?%", prose) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_figure_has_alternative_text_and_every_reference_a_target(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    _, pieces = preview.split(text)
    drawn = [piece for piece in pieces if isinstance(piece, preview.Cell) and "render.show(" in piece.code]
    assert drawn
    assert all(len(piece.options["fig-alt"]) > 40 for piece in drawn)
    known = set(re.findall(r"\{#((?:fig|tbl|sec)-[\w-]+)", text))
    assert set(re.findall(r"@((?:fig|tbl|sec)-[\w-]*\w)", text)) <= known
    for other, place in re.findall(r"\]\((\w*)(?:\.html)?#([\w-]+)\)", text):
        assert f"{{#{place}" in (page.with_stem(other) if other else page).read_text(encoding="utf-8")


def test_everything_cited_is_listed_and_everything_listed_cited() -> None:
    listed = (ROOT / "report/assets/references.bib").read_text(encoding="utf-8")
    cited = "".join(path.read_text(encoding="utf-8") for path in [*PAGES, *REPORT.glob("*.py")])
    assert set(re.findall(r"@([a-z]+\d{4})", cited)) == set(re.findall(r"^@\w+\{(\w+),", listed, re.MULTILINE))


def test_the_report_needs_no_tensorflow_scikit_learn_or_dvc() -> None:
    modules = ", ".join(path.stem for path in REPORT.glob("*.py") if path.stem != "__init__")
    code = f"import sys; from mnist_transfer.report import {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "keras", "sklearn", "scipy", "dvc", "safetensors", "h5py"} & set(loaded)
