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
PACKAGE = ROOT / "src/mnist_transfer"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    tiny_study.write(tmp_path)
    (tmp_path / "report").mkdir()
    return tmp_path


def test_without_results_or_its_source_the_report_is_refused_in_one_line(tiny: Path) -> None:
    restores = "report/_quarto.yml is missing; `git checkout report/_quarto.yml` restores it"
    assert_refused(run_here("report", folder=tiny), restores)
    shutil.rmtree(tiny / "results")
    assert_refused(run_here("report", folder=tiny), f"error: results/provenance.json is missing; {REMEDY}\n")
    assert not list(tiny.glob("report/*"))


def check(folder: Path, *options: str) -> Result:
    """Do what Quarto does before it renders."""
    (folder / "report/assets").mkdir(exist_ok=True)
    for name in ("assets/check.py", "_quarto.yml", "demo.qmd"):
        shutil.copy(ROOT / "report" / name, folder / "report" / name)
    project = folder / "report/_quarto.yml"
    project.write_text(project.read_text().replace("index.qmd", "demo.qmd").replace("    - appendix.qmd\n", ""))
    command = [sys.executable, *options, "assets/check.py"]
    return subprocess.run(command, cwd=folder / "report", capture_output=True, text=True, check=False)


def test_quarto_says_in_one_line_that_the_results_are_damaged_or_its_python_the_wrong_one(tiny: Path) -> None:
    done = check(tiny)
    assert (done.returncode, done.stderr) == (0, "")
    (tiny / "results/tables/accuracy.csv").write_text("")
    assert_refused(check(tiny), "error: results/tables/accuracy.csv is damaged (", f"); {REMEDY}\n")
    assert_refused(check(tiny, "-IS"), " has no mnist_transfer; ", "QUARTO_PYTHON")  # without site-packages


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
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= known
    others = {path.stem: set(re.findall(r"\{#([\w-]+)", path.read_text(encoding="utf-8"))) for path in PAGES}
    for other, place in re.findall(r"\]\((\w+)\.html(?:#([\w-]+))?\)", text):
        assert not place or place in others[other]


def test_everything_cited_is_listed_and_everything_listed_cited() -> None:
    entries = set(
        re.findall(r"^@\w+\{(\w+),", (ROOT / "report/assets/references.bib").read_text(encoding="utf-8"), re.MULTILINE)
    )
    sources = [*PAGES, *sorted((PACKAGE / "report").glob("*.py"))]
    assert set(re.findall(r"@([a-z]+\d{4})", "".join(path.read_text(encoding="utf-8") for path in sources))) == entries


def test_the_report_needs_no_tensorflow_scikit_learn_or_dvc() -> None:
    modules = ", ".join(f"mnist_transfer.report.{path.stem}" for path in sorted((PACKAGE / "report").glob("*.py")))
    code = f"import sys, mnist_transfer.results.read, {modules.replace('.__init__', '')}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "mnist_transfer.report.tables" in loaded
    assert not {"tensorflow", "keras", "sklearn", "scipy", "dvc", "safetensors", "h5py"} & set(loaded)
