"""Confusion matrices on the page: numbers as they were counted, and each mistake's own images, by pointer, key and finger."""

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from mnist_transfer import tables as schema
from mnist_transfer.report import confusion
from mnist_transfer.results import sheets
from mnist_transfer.results.read import Results
from tests.commands import ROOT
from tests.report.conftest import MARKS, Made

SLOW, BROWSER = MARKS
#: Mistakes, the commonest first: class, taken for, how often; and the grey level of their images.
MISTAKES = {(9, 0, 3): 40, (2, 5, 2): 120, (9, 5, 1): 200}


@pytest.fixture
def results(made: Made) -> Results:
    """A study of garments whose best row makes these mistakes, with plain images of them."""
    results = made(datasets=("garments",))
    row = {"dataset": "garments", "features": results.main, "classifier": results.best("garments", results.main)["classifier"]}
    wrong = [row | dict(zip(("actual", "predicted", "count"), mistake, strict=True)) for mistake in MISTAKES]
    right = [row | {"actual": label, "predicted": label, "count": 7} for label in range(10)]
    results.tables.update(confusion=pd.DataFrame(wrong + right), confused=pd.DataFrame(wrong))
    images = np.zeros((len(wrong), schema.CONFUSED_IMAGES, 28, 28), np.uint8)
    for strip, ((_, _, count), grey) in zip(images, MISTAKES.items(), strict=True):
        strip[:count] = grey
    path = Path("confused.webp")
    sheets.write(path, images.reshape(-1, 28, 28))
    results.confused_images["garments"] = sheets.read(path, images[..., 0, 0].size, (28, 28))
    return results


def test_every_cell_has_its_number_and_every_mistake_its_place(results: Results) -> None:
    cells = re.findall(r"<td(?: [^>]*)?>(.*?)</td>", confusion.matrices(results))[1:]  # the first is the corner
    counts = np.array([int(re.sub("<[^>]*>", "", cell) or 0) for cell in cells]).reshape(10, 10)
    np.testing.assert_array_equal(counts, results.confusion("garments"))
    for place, (actual, predicted, _) in enumerate(MISTAKES):
        assert f'data-place="{place}"' in cells[10 * actual + predicted]
    assert sum("data-place" in cell for cell in cells) == len(MISTAKES)


def test_strips_of_fewer_images_end_in_black(results: Results) -> None:
    images, labels = confusion.mistakes(results)
    for strip, ((_, _, count), grey) in zip(images["Garments"], MISTAKES.items(), strict=True):
        assert strip[:count, 4:-4, 4:-4].mean() == pytest.approx(grey, abs=8)
        assert not strip[count:].any()
    assert labels["Garments"] == ["g9 → g0, 3×", "g2 → g5, 2×", "g9 → g5, 1×"]


@pytest.fixture
def page(results: Results, browser: Browser) -> Page:
    style, script = (
        (ROOT / "report/assets" / name).read_text(encoding="utf-8") for name in ("report.css", "report-script.html")
    )
    body = confusion.matrices(results).removeprefix("```{=html}").removesuffix("```")
    page = browser.new_page()
    page.set_content(f'<style>{style}</style><body class="quarto-light"><main><figure>{body}</figure></main>{script}</body>')
    return page


def seen(page: Page) -> tuple[str, Any]:
    """Return what the panel says, and the grey level of each of its images."""
    strip = np.asarray(Image.open(io.BytesIO(page.locator(".strip").screenshot())).convert("L"))
    images = [strip[8:34, left + 8 : left + 34] for left in range(0, strip.shape[1] - 41, 42)]
    return page.locator(".seen p").inner_text(), [float(image.mean()) for image in images]


@SLOW
@BROWSER
def test_a_mistake_shows_its_own_images(page: Page) -> None:
    assert page.locator(".seen").inner_text() == "A number below or above the diagonal shows its images here."
    page.get_by_role("button", name="3", exact=True).hover()
    assert seen(page) == ("g9, taken for g0: 3 images", pytest.approx([40, 40, 40], abs=8))
    page.get_by_role("button", name="1", exact=True).dispatch_event("click")  # a finger
    assert seen(page) == ("g9, taken for g5: one image", pytest.approx([200], abs=8))


@SLOW
@BROWSER
def test_arrow_keys_skip_cells_without_a_mistake_and_stop_at_the_edge(page: Page) -> None:
    page.keyboard.press("Tab")
    assert seen(page) == ("g2, taken for g5: 2 images", pytest.approx([120, 120], abs=8))
    said = []
    for key in ("ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp", "Tab"):
        page.keyboard.press(key)
        said.append(page.locator(".seen p").inner_text())
    assert said == ["g9, taken for g5: one image"] + ["g9, taken for g0: 3 images"] * 4
    assert page.evaluate("document.activeElement.tagName") == "BODY"  # one Tab leaves the matrix
