"""The rendered page in a real browser: it is whole, and reads fast, by keyboard, on a phone, on paper and in the dark."""

import io
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.report.conftest import MARKS, Opening, render_in
from tests.results import tiny_study

pytestmark = MARKS

#: Of a whole page, everything in it: some seconds on a slow connection.
BYTES = 4_000_000
PHONE = 390
#: A white box this large and plain is the page's, not an image's.
TILE = 96

#: Where the evidence of each claim is while the claim has the focus.
EVIDENCE = """claims => claims.map(claim => {
  claim.focus();
  const evidence = claim.querySelector('.evidence'), box = evidence.getBoundingClientRect();
  return { text: evidence.innerText, box: [box.left, box.top, box.right, box.bottom] };
})"""
#: Where the last line of a claim is, and its evidence.
LINE_AND_EVIDENCE = """claim => [[...claim.getClientRects()].at(-1).toJSON(),
                              claim.querySelector('.evidence').getBoundingClientRect().toJSON()]"""
#: Figures that show no picture, table or canvas larger than nothing.
BLANK = """figures => figures.filter(figure => ![...figure.querySelectorAll('img, table, canvas')].some(shown => {
  const box = shown.getBoundingClientRect();
  return box.width > 100 && box.height > 20 && (shown.tagName !== 'IMG' || shown.naturalWidth > 100);
})).map(figure => figure.textContent.slice(0, 80))"""


@pytest.fixture(scope="module", params=["index", "appendix"])
def page(request: pytest.FixtureRequest, rendered: Path) -> Path:
    return rendered.with_stem(request.param)


def test_the_page_is_whole_quiet_and_light_and_needs_no_other_file_or_host(opening: Opening, page: Path) -> None:
    assert page.stat().st_size <= BYTES
    opened = opening(page)
    opened.page.wait_for_load_state("load")
    loaded = opened.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert 0 < loaded < 10_000  # 3,000 and less where nothing else runs
    for plot in opened.page.query_selector_all(".viewer-plot"):
        plot.scroll_into_view_if_needed()
        opened.page.wait_for_function("plot => plot.width === Math.round(plot.clientWidth * devicePixelRatio)", arg=plot)
    assert opened.complaints == opened.outside() == []
    assert len([url for url in opened.requests if url.startswith("file:")]) == 1
    assert not re.search(r"\?@|@(fig|tbl|sec)-|\{python\}", opened.page.inner_text("body"))
    targets = opened.page.eval_on_selector_all("a[href^='#']", "links => links.map(link => link.hash.slice(1))")
    assert len(targets) > 20
    assert [target for target in targets if target and opened.page.query_selector(f"[id='{target}']") is None] == []


def test_a_table_sorts_by_number_in_both_directions_with_what_is_missing_last(opening: Opening, rendered: Path) -> None:
    opened = opening(rendered)
    table = opened.one("#tbl-accuracy table")
    heads = [found.inner_text() for found in table.query_selector_all("thead th")]
    for head in ("Fashion-MNIST, %", "Paper, %"):
        place = next(at for at, found in enumerate(heads) if found.startswith(head))
        for direction in ("descending", "ascending"):
            table.query_selector_all("thead th button")[place].click()
            assert table.query_selector_all("thead th")[place].get_attribute("aria-sort") == direction
            texts = table.evaluate("(table, at) => [...table.tBodies[0].rows].map(row => row.cells[at].innerText)", place)
            numbers = [float(cell.split()[0]) for cell in texts if cell != "–"]
            assert texts[len(numbers) :] == ["–"] * (len(texts) - len(numbers))
            assert numbers == sorted(numbers, reverse=direction == "descending")
            assert len(set(numbers)) > 1
        assert (len(numbers) < len(texts)) == (head == "Paper, %")
    box = opened.one("#tbl-accuracy .table-box")
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0, "both datasets' accuracies are side by side"


def test_a_tiny_study_of_other_numbers_of_classes_renders_too_and_says_what_it_is(opening: Opening, tmp_path: Path) -> None:
    tiny_study.write(tmp_path, classes={"garments": 12, "digits": 3})
    opened = opening(render_in(tmp_path, ["demo.qmd"]))
    assert opened.complaints == []
    text = opened.page.inner_text("main")
    assert text.index("This is a small study, not the full one") < 400
    assert "?@" not in text
    legends = opened.page.query_selector_all(".viewer-legend")
    assert [len(legend.query_selector_all("[aria-pressed]")) for legend in legends] == [12, 3]


@pytest.mark.parametrize("width", [1280, PHONE])
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
        line, box = claim.evaluate(LINE_AND_EVIDENCE)
        start, end = line["bottom"] - 3, box["top"] + 5
        for step in range(11):
            page.mouse.move(max(line["left"], box["left"]) + 3, start + step * (end - start) / 10)
            assert claim.eval_on_selector(".evidence", "one => one.checkVisibility()"), claim.text_content()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_shows_the_page_without_sideways_scrolling(opening: Opening, page: Path, dark: bool) -> None:
    opened = opening(page, PHONE, dark=dark)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert opened.page.evaluate("document.body.classList.contains('quarto-dark')") == dark
    pictures = "images => images.filter(image => image.offsetParent).map(image => !!image.closest('.dark-content'))"
    shown = opened.page.eval_on_selector_all(".wide img", pictures)
    assert shown == [dark] * len(shown) != []


def test_on_a_phone_tables_scroll_panels_stand_below_each_other_and_the_contents_are_at_hand(
    opening: Opening, rendered: Path
) -> None:
    opened = opening(rendered, PHONE)
    page = opened.page
    widths = page.eval_on_selector_all(".table-box td:first-child", "cells => cells.map(cell => cell.offsetWidth)")
    assert max(widths) < PHONE / 2
    box = opened.one("#tbl-accuracy .table-box")
    left = "box => box.querySelector('td').getBoundingClientRect().left - box.getBoundingClientRect().left"
    before = box.evaluate(left)
    assert box.evaluate("box => { box.scrollLeft = 200; return box.scrollLeft; }") == 200
    assert box.evaluate(left) == before, "the first column stays"
    edges = "panels => panels.map(panel => panel.getBoundingClientRect()).map(box => [box.top, box.bottom])"
    (_, bottom), (top, _) = page.eval_on_selector_all(".viewer-panel", edges)
    assert bottom <= top
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
    assert opened.page.eval_on_selector_all("main figure:has(> figcaption)", BLANK) == []
    for selector in (".viewer", ".evidence", "#TOC", ".theme", ".dark-content"):
        assert not any(element.is_visible() for element in opened.page.query_selector_all(selector)), selector
    assert {image.is_visible() for image in opened.page.query_selector_all(".print-only img")} == {True}
    breaks = "figures => figures.map(figure => getComputedStyle(figure).breakInside)"
    assert set(opened.page.eval_on_selector_all("main figure:has(> figcaption)", breaks)) == {"avoid"}
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (PHONE, True)], ids=["light", "phone-dark"])
def test_axe_finds_nothing_serious(opening: Opening, page: Path, width: int, dark: bool) -> None:
    """Contrast of all text is among what it looks at."""
    opened = opening(page, width, dark=dark)
    opened.page.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    results: dict[str, list[dict[str, Any]]] = opened.page.evaluate("axe.run()")
    assert "color-contrast" in {rule["id"] for rule in results["passes"]}
    serious = [found for found in results["violations"] if found["impact"] in ("serious", "critical")]
    assert serious == [], json.dumps(serious, indent=1)[:5000]
