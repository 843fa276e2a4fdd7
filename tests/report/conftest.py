"""Results to report on: made up, of any shape, or those of the repository; and pages in a real browser."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ElementHandle, Page, ViewportSize, sync_playwright

from mnist_transfer import yaml
from mnist_transfer.report import render
from mnist_transfer.results.read import Results, read
from tests.commands import ROOT
from tests.results import tiny_study

Made = Callable[..., Results]
Opening = Callable[..., "Opened"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"),
]
#: Of every test with a browser.
MARKS = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH (Debian: apt install chromium)")]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Write a tiny study of a given shape, in the working folder, and read it."""
    monkeypatch.chdir(tmp_path)

    def write(**shape: Any) -> Results:
        tiny_study.write(tmp_path, **shape)
        return read()

    return write


def cells(table: str) -> list[list[str]]:
    """Return the cells of a Markdown table, its heading first."""
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@dataclass
class Opened:
    """A page with all that it asked for and complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def one(self, selector: str) -> ElementHandle:
        found = self.page.query_selector(selector)
        assert found is not None, selector
        return found

    def outside(self) -> list[str]:
        """What it asked of other hosts."""
        return [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]


def open_page(browser: Browser, path: Path, width: int = 1280, *, dark: bool = False, touch: bool = False) -> Opened:
    size, scheme = ViewportSize(width=width, height=900), "dark" if dark else "light"
    page = browser.new_page(viewport=size, color_scheme=scheme, has_touch=touch, is_mobile=touch, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_default_timeout(150_000)
    opened = Opened(page)
    page.on("console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("request", lambda request: opened.requests.append(request.url))
    page.goto(path.as_uri())
    return opened


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@pytest.fixture
def opening(browser: Browser) -> Iterator[Opening]:
    """Open pages as `open_page` does, and close them in the end."""
    opened: list[Opened] = []

    def opening(*arguments: Any, **options: Any) -> Opened:
        opened.append(open_page(browser, *arguments, **options))
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
