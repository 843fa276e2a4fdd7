"""The rendered page in a real browser. Screenshots stay in build/screenshots for readers of a failed run."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ElementHandle, Page, ViewportSize, sync_playwright

from mnist_transfer.report import render
from tests.commands import ROOT
from tests.results import tiny_study

SCREENSHOTS = ROOT / "build/screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MILLISECONDS = 150_000

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH (Debian: apt install chromium)"),
]


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the committed results, rendered once for all tests, by whichever of Quarto and the preview is there."""
    folder = tmp_path_factory.mktemp("committed")
    shutil.copytree(ROOT / "results", folder / "results")
    return _render(folder)


def _render(folder: Path) -> Path:
    shutil.copytree(ROOT / "report", folder / "report", ignore=shutil.ignore_patterns("_site", ".quarto"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return folder / render.render()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@dataclass
class Opened:
    """A page with all that it asked for and complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def keep(self, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def one(self, selector: str) -> ElementHandle:
        found = self.page.query_selector(selector)
        assert found is not None, selector
        return found


@pytest.fixture(scope="session")
def opened(browser: Browser, rendered: Path) -> Opened:
    """The page on a wide screen."""
    return _open(browser, rendered, 1280)


def _open(browser: Browser, path: Path, width: int, *, dark: bool = False) -> Opened:
    page = browser.new_page(viewport=ViewportSize(width=width, height=900), color_scheme="dark" if dark else "light")
    page.set_default_timeout(MILLISECONDS)
    opened = Opened(page)
    page.on("console", lambda message: opened.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("request", lambda request: opened.requests.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_function("document.querySelectorAll('.plotly-graph-div .gl-container canvas').length > 0")
    return opened


def inside(element: ElementHandle, selector: str) -> ElementHandle:
    found = element.query_selector(selector)
    assert found is not None, selector
    return found


def test_the_page_is_quiet_and_asks_no_other_host(opened: Opened) -> None:
    opened.keep("wide-light")
    assert opened.complaints == []
    outside = [url for url in opened.requests if not url.startswith(("file:", "data:", "blob:"))]
    assert outside == []
    assert len([url for url in opened.requests if url.startswith("file:")]) == 1


def test_no_reference_is_broken(opened: Opened) -> None:
    text = opened.page.inner_text("body")
    assert "?@" not in text
    assert not re.search(r"@(fig|tbl|sec)-", text)
    assert "{python}" not in text
    targets = opened.page.eval_on_selector_all("a[href^='#']", "links => links.map(link => link.getAttribute('href'))")
    assert len(targets) > 20
    missing = [
        target for target in set(targets) if len(target) > 1 and opened.page.query_selector(f"[id='{target[1:]}']") is None
    ]
    assert missing == []


def test_four_plots_answer_the_switch_of_colours(opened: Opened) -> None:
    plots = opened.page.query_selector_all(".plotly-graph-div")
    assert len(plots) == 4
    shown = "plot => plot.data.filter(trace => trace.visible === true).map(trace => trace.name)"
    for plot in plots:
        before = plot.evaluate(shown)
        assert len(before) == 10
        plot.query_selector_all(".updatemenu-button")[1].dispatch_event("click")
        opened.page.wait_for_function(
            "plot => plot.data.some(trace => trace.visible === true && trace.name === 'Cluster 0')", arg=plot
        )
        after = plot.evaluate(shown)
        assert after == [f"Cluster {number}" for number in range(10)]
        assert not set(before) & set(after)


def test_every_plot_fits_its_frame(opened: Opened) -> None:
    right = "element => element.getBoundingClientRect().right"
    opened.page.wait_for_load_state("load")
    for plot in opened.page.query_selector_all(".plotly-graph-div"):
        frame = plot.evaluate("plot => plot.parentElement.getBoundingClientRect().right")
        opened.page.wait_for_function(
            "([plot, frame]) => plot.querySelector('.main-svg').getBoundingClientRect().right <= frame + 1", arg=[plot, frame]
        )
        assert inside(plot, ".main-svg").evaluate(right) <= frame + 1


def test_a_table_sorts_by_number_in_both_directions(opened: Opened) -> None:
    table = opened.one("#tbl-accuracy table")
    column = "table => [...table.tBodies[0].rows].map(row => parseFloat(row.cells[1].textContent))"
    button = inside(table, "thead th:nth-child(2) button")
    button.click()
    falling = table.evaluate(column)
    assert falling == sorted(falling, reverse=True)
    assert inside(table, "th:nth-child(2)").get_attribute("aria-sort") == "descending"
    button.click()
    assert table.evaluate(column) == sorted(falling)
    assert falling != sorted(falling)


def test_the_accuracies_of_both_datasets_are_side_by_side(opened: Opened) -> None:
    box = opened.one("#tbl-accuracy .table-box")
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0


def test_the_best_row_is_marked(opened: Opened) -> None:
    table = opened.one("#tbl-accuracy table")
    column = table.evaluate("table => [...table.tBodies[0].rows].map(row => parseFloat(row.cells[1].textContent))")
    marked = table.evaluate(
        "table => [...table.tBodies[0].rows].map((row, n) => row.cells[1].querySelector('.best') ? n : -1).filter(n => n >= 0)"
    )
    assert marked
    assert {column[row] for row in marked} == {max(column)}


def test_every_picture_has_alternative_text(opened: Opened) -> None:
    alternatives = opened.page.eval_on_selector_all("main img", "images => images.map(image => image.alt)")
    assert len(alternatives) > 6
    assert all(len(text) > 40 for text in alternatives)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_the_page_without_sideways_scrolling(browser: Browser, rendered: Path, dark: bool) -> None:
    opened = _open(browser, rendered, 390, dark=dark)
    opened.keep("phone-dark" if dark else "phone-light")
    page = opened.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.body.classList.contains('quarto-dark')") == dark
    shown = page.eval_on_selector_all(
        "#fig-accuracy img",
        "images => images.filter(image => image.offsetParent).map(image => !!image.closest('.dark-content'))",
    )
    assert shown == [dark]
    page.close()


def test_a_tiny_study_of_other_numbers_of_classes_renders_too_and_says_what_it_is(browser: Browser, tmp_path: Path) -> None:
    tiny_study.write(tmp_path, classes={"garments": 12, "digits": 3})
    opened = _open(browser, _render(tmp_path), 1280)
    opened.keep("tiny")
    assert opened.complaints == []
    text = opened.page.inner_text("main")
    assert text.index("This is the demo, not the study") < 400
    assert "?@" not in text
    plots = opened.page.query_selector_all(".plotly-graph-div")
    assert [plot.evaluate("plot => plot.data.length") for plot in plots] == [24, 24, 6, 6]  # classes and clusters
    opened.page.close()
