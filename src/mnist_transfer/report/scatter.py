"""The report's scatter plots of projected features: points in, a figure out, nothing read or written."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mnist_transfer.report.figures import PALETTE, _paper


def points_static(panels: Mapping[str, pd.DataFrame], classes: Mapping[str, Sequence[str]], columns: int = 2) -> Figure:
    """Draw projected points in three dimensions, coloured by class, for paper.

    Parameters
    ----------
    panels
        Points (columns x, y, z, class) by panel title.
    classes
        The class names by panel title; the legends stand below the panels of the last row.
    columns
        Panels a row.
    """
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(4.6 * columns, 4.7 * rows), layout="constrained")
    layout: Any = figure.get_layout_engine()
    layout.set(h_pad=0.2)  # room between a panel's legend and the next one's title
    for position, (title, points) in enumerate(panels.items(), 1):
        axes: Any = figure.add_subplot(rows, columns, position, projection="3d")
        axes.scatter(
            points["x"], points["y"], points["z"], c=_colours(points["class"]), s=6, linewidths=0, alpha=0.75, rasterized=True
        )
        axes.set_title(title)
        axes.set_box_aspect(None, zoom=0.9)
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.labelpad = -12
            axis.set_pane_color(to_rgba(_paper()))  # Matplotlib's own grey would glare on a dark page
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

    Parameters
    ----------
    panels
        Points (columns x, y, class) by title of the features and of the dataset.
    classes
        The class names by dataset title.
    """
    rows = list(dict.fromkeys(row for row, _ in panels))
    columns = list(dict.fromkeys(column for _, column in panels))
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


def points_3d(points: pd.DataFrame, classes: Sequence[str], title: str) -> Any:
    """Return an interactive WebGL scatter plot of projected points, with a switch between classes and clusters.

    Parameters
    ----------
    points
        Columns x, y, z, class, cluster and index.
    classes
        The class names, by label.
    title
        Heading of the plot.

    Returns
    -------
    plotly.graph_objects.Figure
        One trace a class, shown first, and one a KMeans cluster; two buttons choose, the legend filters.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    names = {"class": list(classes), "cluster": [f"Cluster {number}" for number in range(len(classes))]}
    for key, group in names.items():
        for number, name in enumerate(group):
            members = points[points[key] == number]
            figure.add_scatter3d(
                x=members["x"].to_numpy(np.float32),
                y=members["y"].to_numpy(np.float32),
                z=members["z"].to_numpy(np.float32),
                mode="markers",
                name=name,
                marker={"size": 2.6, "color": _colours(pd.Series([number]))[0], "opacity": 0.85, "line": {"width": 0}},
                text=np.array(classes)[members["class"]],
                customdata=members[["cluster", "index"]].to_numpy(),
                hovertemplate="%{text}<br>cluster %{customdata[0]}<br>image %{customdata[1]}<extra></extra>",
                visible=key == "class",
            )
    sizes = {key: len(group) for key, group in names.items()}
    buttons = [
        {
            "label": {"class": "Colour by class", "cluster": "by KMeans cluster"}[chosen],
            "method": "restyle",
            "args": [{"visible": [key == chosen for key in names for _ in range(sizes[key])]}],
        }
        for chosen in names
    ]
    axis = {
        "showticklabels": False,
        "showbackground": False,
        "gridcolor": "#b4bfcb",
        "zeroline": False,
        "showspikes": False,
    }
    figure.update_layout(
        title={"text": title, "x": 0.01, "y": 0.98, "font": {"size": 15}},
        scene={f"{name}axis": {**axis, "title": {"text": f"PC {number}"}} for number, name in enumerate("xyz", 1)}
        | {
            "aspectmode": "cube",
            "camera": {"eye": {"x": 1.45, "y": 1.45, "z": 0.85}, "center": {"x": 0, "y": 0, "z": -0.08}},
            "domain": {"y": [0, 1]},
        },
        updatemenus=[
            {
                "type": "buttons",
                "direction": "right",
                "buttons": buttons,
                "x": 0,
                "xanchor": "left",
                "y": 1.0,
                "yanchor": "bottom",
                "pad": {"b": 2},
                "font": {"size": 12, "color": "#1d2733"},
                "bgcolor": "#ffffff",
                "bordercolor": "#9aa7b6",
                "showactive": True,
            }
        ],
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0.5, "xanchor": "center", "itemsizing": "constant"},
        margin={"l": 0, "r": 0, "t": 74, "b": 0},
        height=500,
        font={"family": "system-ui, sans-serif", "size": 12, "color": "#6b7787"},
        paper_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"font": {"size": 13}},
    )
    return figure
