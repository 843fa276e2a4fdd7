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


def test_the_viewer_draws_when_it_comes_into_view_and_print_has_static_pictures_instead(opened: Opened) -> None:
    plots = opened.page.query_selector_all(".viewer-plot")
    assert len(plots) == 2
    plots[0].scroll_into_view_if_needed()
    for plot in plots:
        opened.page.wait_for_function("plot => plot.width === Math.round(plot.clientWidth * devicePixelRatio)", arg=plot)
    images = opened.page.query_selector_all("#fig-points .print-only img")
    assert images
    assert not any(image.is_visible() for image in images)
    opened.page.emulate_media(media="print")
    assert not any(plot.is_visible() for plot in plots)
    assert all(image.is_visible() for image in images)
    opened.page.emulate_media(media="screen")


def test_a_table_sorts_by_number_in_both_directions(opened: Opened) -> None:
    table = opened.one("#tbl-accuracy table")
    column = "table => [...table.tBodies[0].rows].map(row => parseFloat(row.cells[1].textContent))"
    button = opened.one("#tbl-accuracy thead th:nth-child(2) button")
    button.click()
    falling = table.evaluate(column)
    assert falling == sorted(falling, reverse=True)
    assert opened.one("#tbl-accuracy th:nth-child(2)").get_attribute("aria-sort") == "descending"
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
