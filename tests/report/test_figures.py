"""The figures: every number at its place, for any number of classes."""

from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mnist_transfer.figures import accuracy as figures
from mnist_transfer.figures import images as pictures
from mnist_transfer.figures import scatter
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


def xs(line: Line2D) -> list[float]:
    return [float(x) for x in np.asarray(line.get_xdata())]


@pytest.fixture
def accuracy() -> pd.DataFrame:
    rows = [
        {"dataset": dataset, "features": kind, "title": title, "accuracy": score, "accuracy_low": score - 0.01}
        for dataset in ("A", "B")
        for kind in ("deep", "plain")
        for title, score in (("slow", 0.9), ("quick", 0.8))
    ]
    table = pd.DataFrame(rows).assign(paper=[0.7, np.nan] * 4)
    return table.assign(accuracy_high=table["accuracy"] + 0.01, fit_seconds=[100.0, 1.0] * 4, processor=["P", "Q"] * 4)


def test_the_palette_is_the_published_one_for_ten_classes() -> None:
    assert list(PALETTE) == matplotlib.style.library["petroff10"]["axes.prop_cycle"].by_key()["color"]
    assert len(set(PALETTE)) == len(set(MARKERS)) == 10


def test_the_sample_grid_shows_every_image_at_its_place() -> None:
    samples = np.zeros((10, 8, 28, 28), np.uint8)
    samples[3, 5] = 200
    figure = pictures.sample_grid({"A": samples, "B": samples}, {"A": CLASSES, "B": CLASSES})
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["A", "B"]
    shown = [name if label == 3 else f"{name} (none)" for label, name in enumerate(CLASSES)]  # a class without an image says so
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == shown
    canvas = image_of(figure).filled(0)
    assert (canvas == 200).sum() == 28 * 28
    assert (canvas[3 * 31 : 3 * 31 + 28, 5 * 31 : 5 * 31 + 28] == 200).all()


def test_confused_pairs_leave_out_images_that_are_not_there() -> None:
    images = np.zeros((4, 8, 28, 28), np.uint8)
    images[0, :2] = 9
    figure = pictures.confused_pairs({"A": images}, {"A": ["a", "b", "c", "d"]})
    canvas = image_of(figure)
    assert canvas.count() == 2 * 28 * 28


def test_images_that_are_not_square_keep_their_shape() -> None:
    samples = np.full((3, 2, 20, 32), 7, np.uint8)
    canvas = image_of(pictures.sample_grid({"A": samples}, {"A": CLASSES[:3]}))
    assert canvas.count() == samples.size
    assert (canvas[23:43, 35:67] == 7).all()


def test_a_dataset_without_a_confused_pair_says_none_beside_one_that_has_some() -> None:
    images = {"A": np.zeros((0, 8, 28, 28), np.uint8), "B": np.ones((2, 8, 28, 28), np.uint8)}
    figure = pictures.confused_pairs(images, {"A": [], "B": ["a", "b"]})
    assert [text.get_text() for text in figure.axes[0].texts] == ["none"]
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == ["a", "b"]
    pictures.confused_pairs({"A": images["A"]}, {"A": []}).draw_without_rendering()


def test_the_dot_plot_has_every_accuracy_and_the_papers_where_it_has_one(accuracy: pd.DataFrame) -> None:
    figure = figures.accuracy_dots(accuracy)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["A", "B"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["quick", "slow"]
    for axes in figure.axes:
        dots = [line for line in axes.lines if line.get_marker() in MARKERS]
        assert sorted(x for line in dots for x in xs(line)) == pytest.approx([80, 80, 90, 90])
        bars = [line for line in axes.lines if line.get_marker() == "|"]
        assert [xs(line) for line in bars] == [[70]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["the paper", "deep", "plain"]
    bare = figures.accuracy_dots(accuracy.assign(paper=np.nan))
    assert not [line for axes in bare.axes for line in axes.lines if line.get_marker() == "|"]


def test_times_of_two_processors_are_in_panels_of_their_own(accuracy: pd.DataFrame) -> None:
    figure = figures.time_and_accuracy(accuracy)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["A\nP", "B\nP", "A\nQ", "B\nQ"]
    for axes, seconds in zip(figure.axes, (100, 100, 1, 1), strict=True):
        assert {x for line in axes.lines for x in xs(line)} == {seconds}


@pytest.mark.parametrize("seconds", [[0.01, 3000.0], [2.0, 9.0]])
def test_axes_of_times_have_plain_numbers(accuracy: pd.DataFrame, seconds: list[float]) -> None:
    figure = figures.time_and_accuracy(accuracy.assign(processor="P", fit_seconds=seconds * 4))
    figure.draw_without_rendering()
    numbers = [label.get_text() for label in figure.axes[0].get_xticklabels(which="both")]
    shown = [number for number in numbers if number]
    assert {float(number.replace(",", "")) for number in shown} >= ({0.1, 1, 10, 100, 1000} if seconds[0] < 1 else {2, 5})


def test_times_of_stages_are_summed_by_kind() -> None:
    stages = pd.DataFrame({"stage": ["split a", "classify a b", "classify a c"], "seconds": [6.0, 60.0, 120.0]})
    (axes,) = figures.stage_times(stages).axes
    assert [text.get_text() for text in axes.texts] == ["3.0 min, 2 stages", "0.1 min, 1 stage"]


def test_points_that_no_faster_one_reaches_are_named(accuracy: pd.DataFrame) -> None:
    figure = figures.time_and_accuracy(accuracy.assign(processor="P"))
    assert {text.get_text() for text in figure.axes[0].texts} == {"slow", "quick"}
    worse = accuracy.assign(processor="P", fit_seconds=[1.0, 100.0] * 4)
    assert {text.get_text() for text in figures.time_and_accuracy(worse).axes[0].texts} == {"slow"}


def test_a_confusion_matrix_writes_every_count_in_its_cell() -> None:
    counts = np.diag(np.arange(10) + 90)
    counts[6, 0] = 12
    figure = pictures.confusion_matrices({"A": counts}, {"A": CLASSES})
    written = {text.get_position(): text.get_text() for text in figure.axes[0].texts}
    assert written.pop((0, 6)) == "12"
    assert written == {(label, label): str(90 + label) for label in range(10)}


@pytest.mark.parametrize("number", [2, 25])
def test_a_confusion_matrix_of_any_number_of_classes_is_drawn(number: int) -> None:
    names = [f"class {label}" for label in range(number)]
    figure = pictures.confusion_matrices({"A": np.eye(number, dtype=np.int64)}, {"A": names})
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == names
    figure.draw_without_rendering()


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


# Points


def make(classes: int) -> pd.DataFrame:
    number = np.arange(5 * classes)
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(len(number), 3)), columns=list("xyz"))
    return table.assign(**{"class": number % classes, "cluster": number % max(classes - 3, 1), "index": number + 100})


def test_static_points_have_a_panel_each_and_the_same_colours() -> None:
    points = make(10)
    figure = scatter.points_static({"A": points, "B": points}, {"A": CLASSES, "B": CLASSES})
    assert [axes.get_title() for axes in figure.axes] == ["A", "B"]  # always in the middle in three dimensions
    faces: Any = figure.axes[0].collections[0].get_facecolor()
    colours = {mpl.colors.to_hex(colour) for colour in faces}
    assert colours == set(PALETTE)


def test_small_multiples_have_a_row_for_each_kind_of_features() -> None:
    points = make(10)
    panels = {(row, column): points for row in ("deep", "plain", "other") for column in ("A", "B")}
    figure = scatter.small_multiples(panels, {"A": CLASSES, "B": CLASSES})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["deep · A", "deep · B", "plain · A", "plain · B", "other · A", "other · B"]


@pytest.mark.parametrize("number", [2, 9, 11, 25])
def test_any_number_of_classes_has_a_colour_and_a_name_each(number: int) -> None:
    points, names = make(number), [f"class {label}" for label in range(number)]
    expected = [PALETTE[label % len(PALETTE)] for label in range(number)]
    for figure in (
        scatter.points_static({"A": points}, {"A": names}),
        scatter.small_multiples({("deep", "A"): points}, {"A": names}),
    ):
        axes = figure.axes[0]
        legend = axes.get_legend()
        assert legend is not None
        assert [text.get_text() for text in legend.get_texts()] == names
        colours = [mpl.colors.to_hex(colour[:3]) for colour in np.asarray(axes.collections[0].get_facecolor())]
        assert set(colours) == set(expected)
