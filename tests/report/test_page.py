"""The rendered page in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.report.browsing import MARKS, Opened, open_page
from tests.report.conftest import render_in
from tests.results import tiny_study

pytestmark = MARKS


@pytest.fixture(scope="session")
def opened(browser: Browser, rendered: Path) -> Opened:
    """The page on a wide screen."""
    return open_page(browser, rendered, 1280)


def test_the_page_is_quiet_and_draws_the_viewer_without_another_host(opened: Opened) -> None:
    opened.keep("wide-light")
    plots = opened.page.query_selector_all(".viewer-plot")
    assert len(plots) == 2
    plots[0].scroll_into_view_if_needed()
    for plot in plots:
        opened.page.wait_for_function("plot => plot.width === Math.round(plot.clientWidth * devicePixelRatio)", arg=plot)
    assert opened.complaints == []
    assert opened.outside() == []
    assert len([url for url in opened.requests if url.startswith("file:")]) == 1


def test_no_reference_is_broken(opened: Opened) -> None:
    assert not re.search(r"\?@|@(fig|tbl|sec)-|\{python\}", opened.page.inner_text("body"))
    targets = opened.page.eval_on_selector_all("a[href^='#']", "links => links.map(link => link.hash.slice(1))")
    assert len(targets) > 20
    assert [target for target in targets if target and opened.page.query_selector(f"[id='{target}']") is None] == []


@pytest.mark.parametrize("head", ["Fashion-MNIST, %", "Paper, %"])
def test_a_table_sorts_by_number_in_both_directions_with_what_is_missing_last(opened: Opened, head: str) -> None:
    table = opened.one("#tbl-accuracy table")
    heads = table.query_selector_all("thead th")
    place = next(at for at, found in enumerate(heads) if found.inner_text().startswith(head))
    button = heads[place].query_selector("button")
    assert button is not None
    for direction in ("descending", "ascending"):
        button.click()
        assert heads[place].get_attribute("aria-sort") == direction
        cells = table.evaluate("(table, at) => [...table.tBodies[0].rows].map(row => row.cells[at].textContent.trim())", place)
        numbers = [float(cell.split()[0]) for cell in cells if cell != "–"]
        assert cells[len(numbers) :] == ["–"] * (len(cells) - len(numbers))
        up, down = sorted(numbers), sorted(numbers, reverse=True)
        assert numbers == (down if direction == "descending" else up)
        assert up != down
    assert (len(numbers) < len(cells)) == (head == "Paper, %")
    box = opened.one("#tbl-accuracy .table-box")
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0, "both datasets' accuracies are side by side"


def test_a_tiny_study_of_other_numbers_of_classes_renders_too_and_says_what_it_is(browser: Browser, tmp_path: Path) -> None:
    tiny_study.write(tmp_path, classes={"garments": 12, "digits": 3})
    opened = open_page(browser, render_in(tmp_path, ["demo.qmd"]), 1280)
    opened.keep("tiny")
    assert opened.complaints == []
    text = opened.page.inner_text("main")
    assert text.index("This is a small study, not the full one") < 400
    assert "?@" not in text
    legends = opened.page.query_selector_all(".viewer-legend")
    assert [len(legend.query_selector_all("[aria-pressed]")) for legend in legends] == [12, 3]
    opened.page.close()
