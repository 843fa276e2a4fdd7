"""Scatter plots of projected points: classes and clusters told apart, whatever their number."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from mnist_transfer.figures import scatter
from mnist_transfer.figures.style import PALETTE

pytestmark = pytest.mark.usefixtures("theme")

CLASSES = [f"class {label}" for label in range(10)]


def make(classes: int) -> pd.DataFrame:
    number = np.arange(5 * classes)
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(len(number), 3)), columns=list("xyz"))
    return table.assign(**{"class": number % classes, "cluster": number % max(classes - 3, 1), "index": number + 100})


@pytest.fixture
def points() -> pd.DataFrame:
    return make(10)


def test_static_points_have_a_panel_each_and_the_same_colours(points: pd.DataFrame) -> None:
    figure = scatter.points_static({"A": points, "B": points}, {"A": CLASSES, "B": CLASSES})
    assert [axes.get_title() for axes in figure.axes] == ["A", "B"]  # always in the middle in three dimensions
    faces: Any = figure.axes[0].collections[0].get_facecolor()
    colours = {mpl.colors.to_hex(colour) for colour in faces}
    assert colours == set(PALETTE)


def test_small_multiples_have_a_row_for_each_kind_of_features(points: pd.DataFrame) -> None:
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


def test_datasets_of_different_numbers_of_classes_stand_side_by_side() -> None:
    points, names = {"A": make(3), "B": make(12)}, {"A": CLASSES[:3], "B": [*CLASSES, "ten", "eleven"]}
    figure = scatter.small_multiples({("deep", title): table for title, table in points.items()}, names)
    legends = [axes.get_legend() for axes in figure.axes]
    assert [len(legend.get_texts()) for legend in legends if legend is not None] == [3, 12]
