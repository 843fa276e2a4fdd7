"""Results to report on: made up, of any shape, or those of the repository; and the page of the latter, in a browser."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from mnist_transfer import yaml
from mnist_transfer.report import render
from mnist_transfer.results.read import Results, read
from tests.commands import ROOT
from tests.report.browsing import ARGUMENTS, CHROMIUM, Opened, open_page
from tests.results import tiny_study

Made = Callable[..., Results]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Write a tiny study of a given shape, in the working folder, and read it."""
    monkeypatch.chdir(tmp_path)

    def write(**shape: object) -> Results:
        tiny_study.write(tmp_path, **shape)  # type: ignore[arg-type]
        return read()

    return write


def cells(table: str) -> list[list[str]]:
    """Return the cells of a Markdown table, its heading first."""
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@pytest.fixture
def opening(browser: Browser) -> Iterator[Callable[..., Opened]]:
    """Open pages as `open_page` does, and close them in the end."""
    opened: list[Opened] = []

    def opening(path: Path, width: int = 1280, **options: bool) -> Opened:
        opened.append(open_page(browser, path, width, **options))
        return opened[-1]

    yield opening
    for page in opened:
        page.page.close()


def render_in(folder: Path, pages: Sequence[str] = ("index.qmd", "appendix.qmd")) -> Path:
    """Render the report, or other pages, of the results in a folder, and return the first."""
    shutil.copytree(ROOT / "report", folder / "report", ignore=shutil.ignore_patterns("_site", ".quarto"))
    shutil.copy(ROOT / "CITATION.cff", folder)
    (folder / "src").symlink_to(ROOT / "src")  # where the checks are that the claims link to
    project = yaml.load((folder / "report/_quarto.yml").read_text(encoding="utf-8"))
    project["project"]["render"] = list(pages)
    (folder / "report/_quarto.yml").write_text(json.dumps(project), encoding="utf-8")  # JSON is YAML
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return folder / render.render()


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the committed results, rendered once for all tests, by whichever of Quarto and the preview is there."""
    folder = tmp_path_factory.mktemp("committed")
    shutil.copytree(ROOT / "results", folder / "results")
    return render_in(folder)
