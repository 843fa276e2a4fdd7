"""The linked 3-D viewer in a real browser, on a small page of its own: ten garments and three digits in each test split."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from math import cos, sin
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from playwright.sync_api import ElementHandle

from mnist_transfer.figures.style import PALETTE
from mnist_transfer.report import viewer
from mnist_transfer.results.read import Results, read
from tests.commands import ROOT
from tests.report.conftest import MARKS, Opened, Opening
from tests.results import tiny_study

pytestmark = MARKS

#: A class name that would be markup if it were not taken for text.
NAME = "<b>x</b>"
#: Classes of which one stands before the other, as the viewer looks when it opens: 0.75 about, 0.35 above.
NEAR, FAR = 4, 9
TO_THE_EYE = (-sin(0.75) * cos(0.35), -cos(0.75) * cos(0.35), sin(0.35))
ARROWS = ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown")
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<style>{style}</style></head>
<body class="quarto-light" style="margin: 1rem">
<script>if (matchMedia("(prefers-color-scheme: dark)").matches) document.body.className = "quarto-dark";</script>
<main><div style="height: 3000px"></div>
{viewer}
<p>See <span class="isolate" data-dataset="0" data-classes="1 4">these</span>.</p>
<div style="height: 3000px"></div></main></body></html>"""

#: Whether each panel's picture is as wide as its place.
SIZED = "[...document.querySelectorAll('.viewer-plot')].map(plot => plot.width === plot.clientWidth)"
PIXELS = "plot.getContext('2d').getImageData(0, 0, plot.width, plot.height).data"
#: The middle of the pixels that are not what they were.
CHANGED = f"""plot => {{
  const now = {PIXELS}, found = [];
  for (let at = 0; at < now.length; at += 1) if (now[at] !== window.before[at]) found.push(at >> 2);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean(found.map(at => at % plot.width)), mean(found.map(at => Math.floor(at / plot.width)))];
}}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    """The page and what it shows."""
    folder = tmp_path_factory.mktemp("viewer")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        tiny_study.write(folder, classes={"digits": 3}, replicated=True)
        results = read()
    for points in results.points.values():
        points.loc[points["class"] == 1, "cluster"] = 1  # of class 0 else
        for label, depth in ((NEAR, 0.5), (FAR, -0.5)):
            points.loc[points["class"] == label, ["x", "y", "z"]] = [depth * part for part in TO_THE_EYE]
    content = viewer.payload(results)
    content["datasets"][0]["classes"][3] = NAME
    page = folder / "page.html"
    style = (ROOT / "report/assets/report.css").read_text(encoding="utf-8")
    page.write_text(PAGE.format(style=style, viewer=viewer.html(content, ROOT / "report/assets")), encoding="utf-8")
    return page, results


class Shown(Opened):
    """A page, scrolled to its viewer."""

    @property
    def plots(self) -> list[ElementHandle]:
        return self.page.query_selector_all(".viewer-plot")

    def settle(self) -> None:
        """Wait until what was asked for is drawn."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def pictures(self) -> list[str]:
        self.settle()
        return [plot.evaluate("plot => plot.toDataURL()") for plot in self.plots]

    def changed(self, act: Callable[[], object]) -> list[bool]:
        """Do something, and say of each panel whether its picture is another one."""
        before = self.pictures()
        act()
        return [one != other for one, other in zip(before, self.pictures(), strict=True)]

    def choose(self, name: str, title: str) -> None:
        self.page.get_by_label(name, exact=True).select_option(label=title)
        self.settle()

    @property
    def legend(self) -> list[ElementHandle]:
        """The keys of the first panel's legend."""
        return self.page.query_selector_all(".viewer-panel:first-child .viewer-legend [aria-pressed]")

    def pressed(self) -> list[bool]:
        return [key.get_attribute("aria-pressed") == "true" for key in self.legend]

    def scrolled(self) -> float:
        self.page.wait_for_timeout(200)
        return float(self.page.evaluate("scrollY"))

    def wheel(self, distance: int) -> float:
        self.page.mouse.wheel(0, distance)
        return self.scrolled()

    def at(self, across: float, down: float) -> tuple[float, float]:
        """Say where on the page a place of the first panel is, counted from its bottom if below zero."""
        box = self.plots[0].bounding_box()
        assert box is not None
        return box["x"] + across, box["y"] + down + (box["height"] if down < 0 else 0)

    def corner(self) -> tuple[float, float]:
        """Where the first panel has no point."""
        return self.at(4, -40)

    def find(self, label: int) -> tuple[float, float]:
        """Say where the first panel has its one point of a class: where its picture changes when the class is hidden."""
        self.settle()
        self.plots[0].evaluate(f"plot => {{ window.before = {PIXELS}; }}")
        self.legend[label].click()
        self.settle()
        across, down = self.plots[0].evaluate(CHANGED)
        self.legend[label].click()
        self.settle()
        return self.at(across, down)

    def pixel(self, x: float, y: float) -> npt.NDArray[Any]:
        """Return red, green, blue and opacity of the first panel at a point of the page."""
        left, top = self.at(0, 0)
        at = [round(x - left), round(y - top)]
        return np.array(self.plots[0].evaluate("(plot, at) => [...plot.getContext('2d').getImageData(...at, 1, 1).data]", at))


def show(opening: Opening, path: Path, *arguments: int, **options: bool) -> Shown:
    shown = Shown(**vars(opening(path, *arguments, **options)))
    shown.page.evaluate("document.querySelector('.viewer').scrollIntoView()")
    shown.page.wait_for_function(f"{SIZED}.every(sized => sized)")
    shown.settle()
    return shown


@pytest.fixture
def shown(opening: Opening, made: tuple[Path, Results]) -> Iterator[Shown]:
    shown = show(opening, made[0])
    yield shown
    assert shown.complaints == shown.outside() == []


def test_nothing_is_drawn_before_it_comes_into_view(opening: Opening, made: tuple[Path, Results]) -> None:
    page = opening(made[0]).page
    page.wait_for_timeout(500)
    assert page.evaluate(SIZED) == [False, False]


def test_the_wheel_scrolls_the_page_until_the_viewer_is_clicked_into(shown: Shown) -> None:
    shown.page.mouse.move(*shown.corner())
    top = shown.scrolled()
    assert shown.changed(lambda: shown.wheel(120)) == [False, False]
    shown.page.wait_for_function("top => scrollY > top", arg=top)
    shown.page.mouse.click(*shown.corner())
    top = shown.scrolled()
    assert shown.changed(lambda: shown.wheel(120)) == [True, True]
    assert shown.scrolled() == top
    shown.page.keyboard.press("Escape")
    assert shown.changed(lambda: shown.wheel(-120)) == [False, False]
    shown.page.wait_for_function("top => scrollY < top", arg=top)


def test_keys_and_buttons_turn_and_zoom_both_panels_until_they_are_unlinked(shown: Shown) -> None:
    page, start, top = shown.page, shown.pictures(), shown.scrolled()
    shown.plots[0].focus()
    for key in (*ARROWS, "+", "-"):
        assert shown.changed(partial(page.keyboard.press, key)) == [True, True], key
        page.keyboard.press("0")
        assert shown.pictures() == start
    assert shown.scrolled() == top
    for button in ("Zoom in", "Zoom out"):
        assert shown.changed(page.get_by_label(f"{button}, panel 2").click) == [True, True]
        page.get_by_label("Reset the view, panel 1").click()
        assert shown.pictures() == start
    page.get_by_label("Turn both together").uncheck()
    shown.plots[1].focus()
    for key in (*ARROWS, "+"):
        assert shown.changed(partial(page.keyboard.press, key)) == [False, True], key
    turned = shown.pictures()
    page.get_by_label("Turn both together").check()  # the first follows the second, which was used last
    assert [one == other for one, other in zip(shown.pictures(), turned, strict=True)] == [False, True]


def test_dragging_turns_and_leaves_vertical_swipes_to_the_page(shown: Shown) -> None:
    x, y = shown.corner()
    mouse = shown.page.mouse
    mouse.move(x, y)
    mouse.down()
    assert shown.changed(lambda: mouse.move(x + 50, y + 20)) == [True, True]
    mouse.up()
    assert shown.changed(lambda: mouse.move(x, y)) == [False, False]
    assert shown.plots[0].evaluate("plot => getComputedStyle(plot).touchAction") == "pan-y"


def test_a_finger_turns_sideways_scrolls_the_page_and_taps_a_mark(opening: Opening, made: tuple[Path, Results]) -> None:
    shown = show(opening, made[0], 390, touch=True)
    fingers = shown.page.context.new_cdp_session(shown.page)
    x, y = shown.corner()

    def swipe(across: int, down: int) -> None:
        for step in range(11):
            at = {"x": x + 60 + step * across, "y": y - 60 + step * down}
            kind = "touchMove" if step else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [at]})
            shown.page.wait_for_timeout(20)
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    top = shown.scrolled()
    assert shown.changed(lambda: swipe(8, 0)) == [True, True]
    assert shown.scrolled() == top
    assert shown.changed(lambda: swipe(0, -8)) == [False, False]
    shown.page.wait_for_function("top => scrollY > top", arg=top)
    shown.page.get_by_label("Reset the view, panel 1").tap()
    shown.page.touchscreen.tap(*shown.find(5))
    assert shown.one(".viewer-card strong").inner_text() == "g5"
    assert "Pinch: zoom" in shown.one("#viewer-hint").inner_text()


def test_near_points_lie_on_far_ones_whatever_their_class(shown: Shown) -> None:
    colours = {label: [int(PALETTE[label][at : at + 2], 16) for at in (1, 3, 5)] for label in (NEAR, FAR)}
    for seen, other in ((NEAR, FAR), (FAR, NEAR)):
        found = shown.pixel(*shown.find(seen))[:3]
        assert np.abs(found - colours[seen]).sum() < np.abs(found - colours[other]).sum()
        shown.legend[NEAR].click()  # hides it, and the far one is seen
        shown.settle()


def test_the_legend_hides_and_shows_classes(shown: Shown) -> None:
    start = shown.pictures()
    key = shown.legend[4]
    assert shown.changed(key.click) == [True, False]
    assert shown.pressed() == [label != 4 for label in range(10)]
    key.click()
    assert shown.pictures() == start
    for alone in (True, False):  # only this, and all again
        key.click(modifiers=["Shift"])
        assert shown.pressed() == [label == 4 or not alone for label in range(10)]
    for alone in (True, False):
        key.dblclick()
        assert shown.pressed() == [label == 4 or not alone for label in range(10)]
    key.click()
    shown.page.click(".viewer-panel:first-child .viewer-legend button:not([aria-pressed])")
    assert shown.pictures() == start


def test_a_phrase_of_the_page_shows_its_classes_alone(shown: Shown) -> None:
    shown.choose("Colour by, both panels", "KMeans cluster")
    shown.one("button.isolate").click()
    shown.settle()
    assert shown.pressed() == [False, True, False, False, True, *[False] * (len(shown.legend) - 5)]
    assert shown.one(".viewer-note").inner_text().endswith("counted by class.")


def test_another_view_is_drawn_and_named(shown: Shown) -> None:
    assert shown.changed(lambda: shown.choose("Dataset, panel 1", "Digits")) == [True, False]
    assert len(shown.legend) == 3
    assert shown.pictures()[0] == shown.pictures()[1]
    assert shown.changed(lambda: shown.choose("Split, panel 1", "train")) == [True, False]
    assert shown.changed(lambda: shown.choose("Split, panel 1", "test")) == [True, False]
    assert shown.changed(lambda: shown.choose("Features, panel 1", "Paper replayed (kaggle split)")) == [True, False]
    name = "3-D scatter plot: Digits, test, Paper replayed (kaggle split), coloured by class"
    assert shown.page.get_by_role("application", name=name).count() == 1
    shown.plots[0].focus()
    shown.page.keyboard.press("Enter")
    assert re.search(r"row \d+ of the recipe's test split; no image kept", shown.one(".viewer-card").inner_text())
    assert not shown.one(".viewer-card canvas").is_visible()
    for title in ("Garments, train", "Garments, test", "Digits, train", "Digits, test"):
        button = shown.page.get_by_role("button", name=title, exact=True)
        assert button.get_attribute("aria-pressed") == "false"
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        assert shown.page.get_by_role("application", name=f"3-D scatter plot: {title}, VGG16 random block 5").count() >= 1


def test_pointing_at_a_mark_shows_its_image(shown: Shown, made: tuple[Path, Results]) -> None:
    _, results = made
    points = results.points["garments", "vgg16-random/block5"]
    row = points.index[(points["split"] == "test") & (points["class"] == 5)][0]
    at = shown.find(5)
    shown.page.mouse.move(*at)
    text = shown.one(".viewer-card").inner_text()
    assert text.split("\n") == ["g5", "cluster G, mostly g5", f"row {points['index'][row]} of the raw test file"]
    image = np.array(shown.one(".viewer-card canvas").evaluate(f"plot => [...{PIXELS}]")).reshape(28, 28, 4)
    assert (image[..., 3] == 255).all()
    others = [np.abs(image[..., 0] - 1.0 * other).mean() for other in results.point_images["garments"].images()]
    assert int(np.argmin(others)) == row
    assert others[row] < 20  # of 255: it is not kept to the last bit
    shown.page.mouse.move(*shown.corner())
    assert not shown.one(".viewer-card").is_visible()
    shown.page.mouse.click(*at)  # stays
    shown.page.mouse.move(*shown.corner())
    assert shown.one(".viewer-card").is_visible()


def test_the_same_image_is_marked_in_the_other_panel(shown: Shown) -> None:
    shown.choose("Dataset, panel 2", "Garments")
    shown.choose("Features, panel 2", "Raw pixels")
    x, y = shown.find(2)
    assert shown.changed(lambda: shown.page.mouse.move(x, y)) == [True, True]
    shown.page.mouse.move(*shown.corner())
    shown.choose("Dataset, panel 2", "Digits")
    assert shown.changed(lambda: shown.page.mouse.move(x, y)) == [True, False]


def test_keys_step_through_the_points_that_are_shown(shown: Shown) -> None:
    shown.legend[0].click()
    shown.plots[0].focus()
    seen = []
    for _ in range(9):
        shown.page.keyboard.press("Enter")
        seen.append(shown.one(".viewer-card strong").inner_text())
        assert seen[-1] in shown.one(".viewer-live").inner_text()
    assert sorted(seen) == sorted(["g1", "g2", NAME, *(f"g{label}" for label in range(4, 10))])
    shown.page.keyboard.press("Shift+Enter")
    assert shown.one(".viewer-card strong").inner_text() == seen[-2]
    shown.page.keyboard.press("Escape")
    assert not shown.one(".viewer-card").is_visible()
    assert shown.page.evaluate("document.activeElement === document.body")


def test_clusters_have_the_colour_of_their_class_and_what_differs_is_hollow_and_counted(shown: Shown) -> None:
    middles = [shown.find(label) for label in (0, 1)]
    solid = [shown.pixel(*at)[3] for at in middles]
    assert shown.legend[3].inner_text().startswith(NAME), "a name is text"
    assert shown.changed(lambda: shown.choose("Colour by, both panels", "KMeans cluster")) == [True, True]
    hollow = [shown.pixel(*at)[3] for at in middles]
    assert hollow[0] == solid[0]
    assert hollow[1] < solid[1] / 2
    names = [key.inner_text().replace("\n", " ") for key in shown.legend]
    assert names[:2] == ["B → g0 1 of 2 differ", "D → g2 0 of 1 differ"]
    assert f"E → {NAME} 0 of 1 differ" in names
    assert "C → empty 0 of 0 differ" in names
    assert shown.page.query_selector(".viewer b") is None, "and no markup"
    note = shown.one(".viewer-note").inner_text()
    assert "1 of 10 points (10%) are of another class: drawn hollow. Commonest in no cluster: g1." in note


def test_another_theme_is_drawn_and_the_plots_have_a_hint_and_show_the_focus(shown: Shown) -> None:
    scheme = "select => getComputedStyle(select).colorScheme"
    assert shown.one(".viewer select").evaluate(scheme) == "light"
    assert shown.changed(lambda: shown.page.evaluate("document.body.className = 'quarto-dark'")) == [True, True]
    assert shown.one(".viewer select").evaluate(scheme) == "dark"
    assert {plot.get_attribute("aria-describedby") for plot in shown.plots} == {"viewer-hint"}
    assert "Esc: leave" in shown.one("#viewer-hint").inner_text()
    shown.plots[0].focus()
    assert shown.plots[0].evaluate("plot => getComputedStyle(plot).outlineStyle") == "solid"
