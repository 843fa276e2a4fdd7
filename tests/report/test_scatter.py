import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from mnist_transfer import scatter
from mnist_transfer.figures import PALETTE

pytestmark = pytest.mark.usefixtures("theme")

CLASSES = [f"class {label}" for label in range(10)]


@pytest.fixture
def points():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(50, 3)), columns=list("xyz"))
    return table.assign(**{"class": np.arange(50) % 10, "cluster": np.arange(50) % 7, "index": np.arange(50) + 100})


def test_points_in_three_dimensions_switch_between_classes_and_clusters(points):
    figure = scatter.points_3d(points, CLASSES, "A")
    shown = [trace for trace in figure.data if trace.visible]
    assert [trace.name for trace in shown] == CLASSES
    assert (
        sum(len(trace.x) for trace in shown) == sum(len(trace.x) for trace in figure.data if not trace.visible) == len(points)
    )
    by_class, by_cluster = (button.args[0]["visible"] for button in figure.layout.updatemenus[0].buttons)
    assert by_class == [bool(trace.visible) for trace in figure.data]
    assert by_cluster == [not visible for visible in by_class]
    assert [trace.marker.color for trace in shown] == list(PALETTE)


def test_hovering_tells_class_cluster_and_image(points):
    trace = scatter.points_3d(points, CLASSES, "A").data[4]
    row = points[points["class"] == 4].iloc[0]
    assert trace.text[0] == "class 4"
    assert list(trace.customdata[0]) == [row["cluster"], row["index"]]
    assert all(part in trace.hovertemplate for part in ("%{text}", "%{customdata[0]}", "%{customdata[1]}"))


def test_static_points_have_a_panel_each_and_the_same_colours(points):
    figure = scatter.points_static({"A": points, "B": points}, {"A": CLASSES, "B": CLASSES})
    assert [axes.get_title() for axes in figure.axes] == ["A", "B"]  # always in the middle in three dimensions
    colours = {mpl.colors.to_hex(colour) for colour in figure.axes[0].collections[0].get_facecolor()}
    assert colours == set(PALETTE)


def test_small_multiples_have_a_row_for_each_kind_of_features(points):
    panels = {(row, column): points for row in ("deep", "plain", "other") for column in ("A", "B")}
    figure = scatter.small_multiples(panels, {"A": CLASSES, "B": CLASSES})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["deep · A", "deep · B", "plain · A", "plain · B", "other · A", "other · B"]
