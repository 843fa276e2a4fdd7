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


def test_the_page_is_quiet_and_asks_no_other_host(opened: Opened) -> None:
    opened.keep("wide-light")
    assert opened.complaints == []
    assert opened.outside() == []
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


def test_the_viewer_draws_when_it_comes_into_view(opened: Opened) -> None:
    plots = opened.page.query_selector_all(".viewer-plot")
    assert len(plots) == 2
    plots[0].scroll_into_view_if_needed()
    for plot in plots:
        opened.page.wait_for_function("plot => plot.width === Math.round(plot.clientWidth * devicePixelRatio)", arg=plot)


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
        assert (
            numbers == sorted(numbers, reverse=direction == "descending") != sorted(numbers, reverse=direction != "descending")
        )
    assert (len(numbers) < len(cells)) == (head == "Paper, %")


def test_the_accuracies_of_both_datasets_are_side_by_side(opened: Opened) -> None:
    box = opened.one("#tbl-accuracy .table-box")
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0


def test_a_tiny_study_of_other_numbers_of_classes_renders_too_and_says_what_it_is(browser: Browser, tmp_path: Path) -> None:
    tiny_study.write(tmp_path, classes={"garments": 12, "digits": 3})
    opened = open_page(browser, render_in(tmp_path, ["demo.qmd"]), 1280)
    opened.keep("tiny")
    assert opened.complaints == []
    text = opened.page.inner_text("main")
    assert text.index("This is the demo, not the study") < 400
    assert "?@" not in text
    legends = opened.page.query_selector_all(".viewer-legend")
    assert [len(legend.query_selector_all("[aria-pressed]")) for legend in legends] == [12, 3]
    opened.page.close()
