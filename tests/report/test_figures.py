"""The figures: every number at its place, for any number of classes."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mnist_transfer.figures import accuracy as figures
from mnist_transfer.figures import difficulty, scatter
from mnist_transfer.figures import images as pictures
from mnist_transfer.figures.style import MARKERS, PALETTE, STYLES

CLASSES = [f"class {label}" for label in range(10)]


@pytest.fixture(autouse=True)
def light() -> Iterator[None]:
    style: Any = STYLES["light"]
    with mpl.rc_context(style):
        yield


def image_of(figure: Figure) -> Any:
    """Return the values of a figure's first image, masked where there are none."""
    return figure.axes[0].images[0].get_array()


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def rows(figure: Figure, panel: int = 0) -> list[str]:
    return [label.get_text() for label in figure.axes[panel].get_yticklabels()]


def xs(*lines: Line2D) -> list[float]:
    return [float(x) for line in lines for x in np.asarray(line.get_xdata())]


@pytest.fixture
def accuracy() -> pd.DataFrame:
    table = pd.DataFrame(product("AB", ("deep", "plain"), ("slow", "quick")), columns=["dataset", "features", "title"])
    table = table.assign(accuracy=[0.9, 0.8] * 4, accuracy_low=[0.89, 0.79] * 4, accuracy_high=[0.91, 0.81] * 4)
    return table.assign(paper=[0.7, np.nan] * 4, fit_seconds=[100.0, 1.0] * 4, processor=["P", "Q"] * 4)


def test_the_palette_is_the_published_one_for_ten_classes() -> None:
    assert list(PALETTE) == matplotlib.style.library["petroff10"]["axes.prop_cycle"].by_key()["color"]
    assert len(set(PALETTE)) == len(set(MARKERS)) == 10


def test_the_sample_grid_shows_every_image_at_its_place_and_in_its_shape() -> None:
    samples = np.zeros((10, 8, 20, 32), np.uint8)
    samples[3, 5] = 200
    figure = pictures.sample_grid({"A": samples, "B": samples}, {"A": CLASSES, "B": CLASSES})
    assert titles(figure) == ["A", "B"]
    assert rows(figure) == [name if label == 3 else f"{name} (none)" for label, name in enumerate(CLASSES)]
    canvas = image_of(figure).filled(0)
    assert (canvas == 200).sum() == 20 * 32
    assert (canvas[3 * 23 : 3 * 23 + 20, 5 * 35 : 5 * 35 + 32] == 200).all()


def test_confused_pairs_leave_out_images_that_are_not_there_and_say_where_there_is_no_pair() -> None:
    images = {"A": np.zeros((2, 8, 28, 28), np.uint8), "B": np.zeros((0, 8, 28, 28), np.uint8)}
    images["A"][0, :2] = 9
    figure = pictures.confused_pairs(images, {"A": ["a", "b"], "B": []})
    assert image_of(figure).count() == 2 * 28 * 28
    assert rows(figure) == ["a", "b"]
    assert [text.get_text() for text in figure.axes[1].texts] == ["none"]
    pictures.confused_pairs({"B": images["B"]}, {"B": []}).draw_without_rendering()


def test_the_dot_plot_has_every_accuracy_and_the_papers_where_it_has_one(accuracy: pd.DataFrame) -> None:
    figure = figures.accuracy_dots(accuracy)
    assert titles(figure) == ["A", "B"]
    assert rows(figure) == ["quick", "slow"]
    for axes in figure.axes:
        assert sorted(xs(*(line for line in axes.lines if line.get_marker() in MARKERS))) == pytest.approx([80, 80, 90, 90])
        assert xs(*(line for line in axes.lines if line.get_marker() == "|")) == [70]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["the paper", "deep", "plain"]
    bare = figures.accuracy_dots(accuracy.assign(paper=np.nan))
    assert "|" not in {line.get_marker() for axes in bare.axes for line in axes.lines}


def test_times_of_two_processors_are_in_panels_of_their_own(accuracy: pd.DataFrame) -> None:
    figure = figures.time_and_accuracy(accuracy)
    assert titles(figure) == ["A\nP", "B\nP", "A\nQ", "B\nQ"]
    assert [set(xs(*axes.lines)) for axes in figure.axes] == [{100}, {100}, {1}, {1}]


@pytest.mark.parametrize(
    ("seconds", "numbers", "named"),
    [
        ([3000.0, 0.01], {0.1, 1, 10, 100, 1000}, {"slow", "quick"}),
        ([9.0, 2.0], {2, 5}, {"slow", "quick"}),
        ([2.0, 9.0], {2, 5}, {"slow"}),
    ],
)
def test_axes_of_times_have_plain_numbers_and_points_that_no_faster_one_reaches_have_names(
    accuracy: pd.DataFrame, seconds: list[float], numbers: set[float], named: set[str]
) -> None:
    figure = figures.time_and_accuracy(accuracy.assign(processor="P", fit_seconds=seconds * 4))
    figure.draw_without_rendering()
    shown = [label.get_text().replace(",", "") for label in figure.axes[0].get_xticklabels(which="both")]
    assert {float(number) for number in shown if number} >= numbers
    assert {text.get_text() for text in figure.axes[0].texts} == named


def test_times_of_stages_are_summed_by_kind() -> None:
    stages = pd.DataFrame({"stage": ["split a", "classify a b", "classify a c"], "seconds": [6.0, 60.0, 120.0]})
    (axes,) = figures.stage_times(stages).axes
    assert [text.get_text() for text in axes.texts] == ["3.0 min, 2 stages", "0.1 min, 1 stage"]


@pytest.mark.parametrize("number", [2, 10, 25])
def test_a_confusion_matrix_of_any_number_of_classes_writes_every_count_in_its_cell(number: int) -> None:
    names = [f"class {label}" for label in range(number)]
    counts = np.diag(np.arange(number) + 90)
    counts[1, 0] = 12
    figure = pictures.confusion_matrices({"A": counts}, {"A": names})
    assert rows(figure) == names
    figure.draw_without_rendering()
    written = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    assert written == {(label, label): str(90 + label) for label in range(number)} | {(0, 1): "12"}


@pytest.mark.parametrize("theme", STYLES)
def test_text_stands_out_from_the_background_in_both_themes(theme: str) -> None:
    """WCAG 2.2 asks for a contrast of 4.5 (success criterion 1.4.3)."""

    def luminance(colour: str) -> float:
        channels = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    style = STYLES[theme]
    dark, light = sorted(luminance(style[key]) for key in ("text.color", "figure.facecolor"))
    assert (light + 0.05) / (dark + 0.05) > 4.5


@pytest.mark.parametrize("number", [2, 9, 11, 25])
def test_points_have_a_panel_each_and_every_class_a_colour_and_a_name(number: int) -> None:
    label = np.arange(5 * number)
    points = pd.DataFrame(np.random.default_rng(0).normal(size=(len(label), 3)), columns=list("xyz"))
    points = points.assign(**{"class": label % number, "cluster": label % max(number - 3, 1), "index": label + 100})
    names = [f"class {label}" for label in range(number)]
    static = scatter.points_static({"A": points, "B": points}, {"A": names, "B": names})
    assert [axes.get_title() for axes in static.axes] == ["A", "B"]  # always in the middle in three dimensions
    panels = {(row, column): points for row in ("deep", "plain", "other") for column in ("A", "B")}
    multiples = scatter.small_multiples(panels, {"A": names, "B": names})
    assert titles(multiples) == [f"{row} · {column}" for row, column in panels]
    for axes in (static.axes[0], multiples.axes[-1]):
        legend = axes.get_legend()
        assert legend is not None
        assert [text.get_text() for text in legend.get_texts()] == names
        colours = {mpl.colors.to_hex(colour[:3]) for colour in np.asarray(axes.collections[0].get_facecolor())}
        assert colours == set(PALETTE[:number])


def test_the_lead_has_both_ends_at_their_places_and_the_look_alikes_beside_it() -> None:
    table = pd.DataFrame({"dataset": list("EEHH"), "classifier": list("abab"), "features": "deep"})
    table = table.assign(accuracy=[0.9, 0.8, 0.7, 0.6], merged=[0.95, 0.85, 0.9, 0.9])
    group = np.arange(3 * 4, dtype=np.uint8).reshape(3, 2, 2)
    figure = difficulty.lead(table, {"H": [group], "E": [group[:2], group[1:]]}, "E", "H")
    axes, *panels = figure.axes
    ends = {line.get_label(): xs(line) for line in axes.lines if not str(line.get_label()).startswith("_")}
    assert ends == {"every class for itself": [pytest.approx(20)], "look-alikes as one class": [pytest.approx(0)]}
    assert rows(figure) == ["deep"]
    shown = [panel.images[0].get_array() for panel in panels if panel.images]
    np.testing.assert_array_equal(shown, [*group, *group[:2], *group[1:]])
    assert [title for title in titles(figure) if title] == ["H", "E"]


def test_sample_rows_have_one_image_of_each_class_under_its_name() -> None:
    samples = {"A": np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 2, 2), "B": np.ones((2, 2, 2, 2), np.uint8)}
    figure = pictures.sample_rows(samples, {"A": ["x", "y", "z"], "B": ["v", "w"]})
    shown = [axes for axes in figure.axes if axes.images]
    np.testing.assert_array_equal([axes.images[0].get_array() for axes in shown[:3]], samples["A"][:, 0])
    assert [axes.get_title() for axes in shown] == ["x", "y", "z", "v", "w"]
