"""The report's scatter plots of projected features: points in, a figure out, nothing read or written."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mnist_transfer.figures.style import PALETTE, paper, unique

#: The share of points on each side of an axis' end that is shown on paper, where nobody can zoom in.
SHOWN = 0.99


def points_static(panels: Mapping[str, pd.DataFrame], classes: Mapping[str, Sequence[str]]) -> Figure:
    """Draw projected points in three dimensions, coloured by class, for paper.

    `panels`: points (columns x, y, z, class) by panel title. `classes`: the class names by panel title; the legends stand
    below the panels of the last row.
    """
    columns = 2
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.6 * columns, 4.7 * rows), layout="constrained")
    layout: Any = figure.get_layout_engine()
    layout.set(h_pad=0.2)  # room between a panel's legend and the next one's title
    for position, (title, points) in enumerate(panels.items(), 1):
        axes: Any = figure.add_subplot(rows, columns, position, projection="3d")
        marks: dict[str, Any] = {"s": 6, "linewidths": 0, "alpha": 0.75, "rasterized": True, "axlim_clip": True}
        axes.scatter(points["x"], points["y"], points["z"], c=_colours(points["class"]), **marks)
        axes.set_title(title)
        axes.set_box_aspect(None, zoom=0.95)
        middle = points[["x", "y", "z"]].quantile([1 - SHOWN, SHOWN])
        axes.set(**{f"{axis}lim": middle[axis] for axis in ("x", "y", "z")})
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.labelpad = -12
            axis.set_pane_color(to_rgba(paper()))  # Matplotlib's own grey would glare on a dark page
        axes.set(xlabel="PC 1", ylabel="PC 2", zlabel="PC 3", xticklabels=[], yticklabels=[], zticklabels=[])
        axes.legend(handles=_class_handles(classes[title]), loc="upper center", bbox_to_anchor=(0.5, 0.02), **_LEGEND)
    return figure


_LEGEND: dict[str, Any] = {"ncols": 5, "fontsize": 8, "columnspacing": 0.9, "handletextpad": 0.1}


def _class_handles(names: Sequence[str]) -> list[Line2D]:
    colours = _colours(pd.Series(range(len(names))))
    return [
        Line2D([], [], marker="o", linestyle="", color=colour, label=name) for colour, name in zip(colours, names, strict=True)
    ]


def _colours(labels: "pd.Series[int]") -> list[str]:
    """Return the colour of each class or cluster; after the palette's last comes its first again."""
    return [PALETTE[label % len(PALETTE)] for label in labels]


def small_multiples(panels: Mapping[tuple[str, str], pd.DataFrame], classes: Mapping[str, Sequence[str]]) -> Figure:
    """Draw the first two principal components, one row a kind of features, one column a dataset.

    `panels`: points (columns x, y, class) by title of the features and of the dataset. `classes`: the class names by
    dataset title.
    """
    rows = unique(row for row, _ in panels)
    columns = unique(column for _, column in panels)
    figure = Figure(figsize=(4.6 * len(columns), 2.5 * len(rows)))
    grid = figure.subplots(len(rows), len(columns), squeeze=False)
    for (row, column), points in panels.items():
        axes = grid[rows.index(row)][columns.index(column)]
        axes.scatter(points["x"], points["y"], c=_colours(points["class"]), s=6, linewidths=0, alpha=0.85, rasterized=True)
        axes.set(xticks=[], yticks=[], title=f"{row} · {column}")
        axes.margins(0.02)
    for axes, column in zip(grid[-1], columns, strict=True):
        axes.set_xlabel("PC 1")
        axes.legend(handles=_class_handles(classes[column]), loc="upper center", bbox_to_anchor=(0.5, -0.08), **_LEGEND)
    for axes in grid[:, 0]:
        axes.set_ylabel("PC 2")
    return figure
