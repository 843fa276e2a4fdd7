"""The rendered page in a real browser: it is whole, and reads fast, by keyboard, on a phone, on paper and in the dark."""

import io
import json
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.report.browsing import MARKS, Opened, open_page
from tests.report.conftest import render_in
from tests.results import tiny_study

pytestmark = MARKS

Opening = Callable[..., Opened]

#: Of a whole page, everything in it: some seconds on a slow connection.
BYTES = 4_000_000
WIDE, PHONE = 1280, 390
#: A white box this large and plain is the page's, not an image's.
TILE = 96

#: Where the evidence of each claim is while the claim has the focus.
EVIDENCE = """claims => claims.map(claim => {
  claim.focus();
  const evidence = claim.querySelector('.evidence'), box = evidence.getBoundingClientRect();
  return { text: evidence.innerText, box: [box.left, box.top, box.right, box.bottom] };
})"""
#: Figures that show no picture, table or canvas larger than nothing.
BLANK = """figures => figures.filter(figure => ![...figure.querySelectorAll('img, table, canvas')].some(shown => {
  const box = shown.getBoundingClientRect();
  return box.width > 100 && box.height > 20 && (shown.tagName !== 'IMG' || shown.naturalWidth > 100);
})).map(figure => figure.textContent.slice(0, 80))"""


@pytest.fixture(scope="module", params=["index", "appendix"])
def page(request: pytest.FixtureRequest, rendered: Path) -> Path:
    return rendered.with_stem(request.param)


@pytest.fixture(scope="module")
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


def test_it_is_light_and_loads_in_seconds(opening: Opening, page: Path) -> None:
    assert page.stat().st_size <= BYTES
    opened = opening(page).page
    opened.wait_for_load_state("load")
    loaded = opened.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert 0 < loaded < 10_000  # 3,000 and less where nothing else runs


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_evidence_of_every_claim_shows_on_focus_inside_the_window(opening: Opening, rendered: Path, width: int) -> None:
    opened = opening(rendered, width)
    assert not any(evidence.is_visible() for evidence in opened.page.query_selector_all(".evidence"))
    claims = opened.page.eval_on_selector_all(".claim", EVIDENCE)
    assert len(claims) > 20
    for found in claims:
        left, top, right, bottom = found["box"]
        assert 0 <= left < right <= width, found
        assert 0 <= top < bottom <= 900, found
        assert "The check" in found["text"]


def test_the_keyboard_and_the_pointer_get_to_the_evidence(opening: Opening, rendered: Path) -> None:
    opened = opening(rendered)
    page = opened.page
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "claim":
            break
    assert opened.one(".claim:focus .evidence").is_visible()
    page.evaluate("document.activeElement.blur()")
    for claim in page.query_selector_all(".claim"):
        claim.scroll_into_view_if_needed()
        claim.hover()
        evidence = claim.query_selector(".evidence")
        assert evidence is not None
        line, box = (
            page.evaluate("one => { const r = one.getClientRects(); return r[r.length - 1].toJSON() }", claim),
            evidence.bounding_box(),
        )
        assert box is not None
        across = max(line["left"] + 3, box["x"] + 3)
        for step in range(11):
            page.mouse.move(across, line["bottom"] - 3 + step * (box["y"] + 5 - line["bottom"] + 3) / 10)
            assert evidence.is_visible(), claim.text_content()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_the_page_without_sideways_scrolling(opening: Opening, page: Path, dark: bool) -> None:
    opened = opening(page, PHONE, dark=dark)
    opened.keep(f"phone-{page.stem}-{'dark' if dark else 'light'}")
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert opened.page.evaluate("document.body.classList.contains('quarto-dark')") == dark
    pictures = "images => images.filter(image => image.offsetParent).map(image => !!image.closest('.dark-content'))"
    shown = opened.page.eval_on_selector_all(".wide img", pictures)
    assert shown == [dark] * len(shown) != []


def test_on_a_phone_tables_scroll_beside_their_first_column_and_panels_stand_below_each_other(
    opening: Opening, rendered: Path
) -> None:
    opened = opening(rendered, PHONE)
    widths = opened.page.eval_on_selector_all(".table-box td:first-child", "cells => cells.map(cell => cell.offsetWidth)")
    assert max(widths) < PHONE / 2
    box = opened.one("#tbl-accuracy .table-box")
    left = "box => box.querySelector('td').getBoundingClientRect().left - box.getBoundingClientRect().left"
    before = box.evaluate(left)
    assert box.evaluate("box => { box.scrollLeft = 200; return box.scrollLeft; }") == 200
    assert box.evaluate(left) == before
    edges = "panels => panels.map(panel => panel.getBoundingClientRect()).map(box => [box.top, box.bottom])"
    (_, bottom), (top, _) = opened.page.eval_on_selector_all(".viewer-panel", edges)
    assert bottom <= top


def test_on_a_phone_the_contents_are_at_hand_wherever_one_is(opening: Opening, rendered: Path) -> None:
    opened = opening(rendered, PHONE)
    page = opened.page
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    link = opened.one("#TOC a[href='#sec-limits']")
    assert not link.is_visible()
    page.click("#TOC summary")
    link.click()
    assert not link.is_visible()
    page.wait_for_function("Math.abs(document.getElementById('sec-limits').getBoundingClientRect().top) < 200")


def test_the_chosen_theme_is_kept(opening: Opening, rendered: Path) -> None:
    page = opening(rendered).page
    page.get_by_role("button", name="Light / dark").click()
    for _ in range(2):
        assert page.evaluate("document.body.className") == "quarto-dark"
        page.reload()


def test_in_the_dark_nothing_glares(opening: Opening, page: Path) -> None:
    opened = opening(page, dark=True)
    height = opened.page.evaluate("document.documentElement.scrollHeight")
    for top in range(0, height, 900):
        opened.page.evaluate("top => scrollTo(0, top)", top)
        opened.page.wait_for_timeout(100)
        pixels = np.asarray(Image.open(io.BytesIO(opened.page.screenshot())).convert("L"))
        down, across = (length // TILE * TILE for length in pixels.shape)
        tiles = pixels[:down, :across].reshape(down // TILE, TILE, across // TILE, TILE)
        assert tiles.min(axis=(1, 3)).max() < 200, top


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_paper_has_every_figure_with_its_caption_and_nothing_to_click(opening: Opening, page: Path, dark: bool) -> None:
    opened = opening(page, dark=dark)
    opened.page.emulate_media(media="print")
    opened.keep(f"print-{page.stem}-{'dark' if dark else 'light'}")
    assert opened.page.eval_on_selector_all("main figure:has(> figcaption)", BLANK) == []
    for selector in (".viewer", ".evidence", "#TOC", ".theme", ".dark-content"):
        assert not any(element.is_visible() for element in opened.page.query_selector_all(selector)), selector
    assert {image.is_visible() for image in opened.page.query_selector_all(".print-only img")} == {True}
    breaks = "figures => figures.map(figure => getComputedStyle(figure).breakInside)"
    assert set(opened.page.eval_on_selector_all("main figure:has(> figcaption)", breaks)) == {"avoid"}
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("width", "dark"), [(WIDE, False), (PHONE, True)], ids=["light", "phone-dark"])
def test_axe_finds_nothing_serious(opening: Opening, page: Path, width: int, dark: bool) -> None:
    """Contrast of all text is among what it looks at."""
    opened = opening(page, width, dark=dark)
    opened.page.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    results: dict[str, list[dict[str, Any]]] = opened.page.evaluate("axe.run()")
    assert "color-contrast" in {rule["id"] for rule in results["passes"]}
    serious = [found for found in results["violations"] if found["impact"] in ("serious", "critical")]
    assert serious == [], json.dumps(serious, indent=1)[:5000]
