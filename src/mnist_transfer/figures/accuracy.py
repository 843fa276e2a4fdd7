"""The report's figures: one function each, arrays and tables in, a figure out, nothing read or written."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter

#: Ten colours, one a class or cluster, that readers with colour-vision deficiencies can tell apart: Petroff, "Accessible color
#: sequences for data visualization", 2021, https://doi.org/10.48550/arXiv.2107.02270; Matplotlib's ``petroff10``.
PALETTE = ("#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd")
#: One a kind of features, so that no figure depends on colour alone.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")

_COMMON = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "font.size": 9.5,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "savefig.dpi": 170,
    "text.parse_math": False,  # a title is text, and $x$ in it no formula
}


def _style(ink: str, faint: str, paper: str) -> dict[str, Any]:
    inked = ("text.color", "axes.labelcolor", "axes.titlecolor", "xtick.labelcolor", "ytick.labelcolor")
    faded = ("axes.edgecolor", "xtick.color", "ytick.color", "grid.color")
    papered = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
    return _COMMON | dict.fromkeys(inked, ink) | dict.fromkeys(faded, faint) | dict.fromkeys(papered, paper)


#: Matplotlib's settings for the page's two themes; the backgrounds are those of report.css.
STYLES = {"light": _style("#1d2733", "#c3cad3", "#ffffff"), "dark": _style("#e4e9ef", "#4a5564", "#161b22")}


def _ink() -> Any:
    return mpl.rcParams["text.color"]


def _paper() -> Any:
    return mpl.rcParams["figure.facecolor"]


def note(text: str) -> Figure:
    """Say in a figure's place why there is none."""
    figure = Figure(figsize=(6.0, 0.6))
    figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure


def write_plainly(axis: Axis, decades: float = 1.5) -> None:
    """Write the numbers of a logarithmic axis without formulas: powers of ten, and 2 and 5 of each on up to so many decades."""

    def minor(value: float, _: int) -> str:
        low, high = axis.get_view_interval()
        return f"{value:,g}" if high < low * 10**decades and f"{value:.0e}"[0] in "25" else ""

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axis.set_minor_formatter(FuncFormatter(minor))


def sample_grid(samples: Mapping[str, npt.NDArray[np.uint8]], classes: Mapping[str, Sequence[str]]) -> Figure:
    """Draw sample images, one row a class; of a class without any, marked as such.

    Parameters
    ----------
    samples : mapping of ndarray of uint8, shape (classes, n, height, width)
        Images by dataset title.
    classes
        The class names by dataset title.
    """
    figure = Figure(figsize=(4.6 * len(samples), 5.0))
    labels = {
        title: [name if shown.any() else f"{name} (none)" for name, shown in zip(classes[title], images, strict=True)]
        for title, images in samples.items()
    }
    return _show_panels(figure, samples, labels)


def confused_pairs(images: Mapping[str, npt.NDArray[np.uint8]], labels: Mapping[str, Sequence[str]]) -> Figure:
    """Draw misclassified images, one row a pair of classes.

    Parameters
    ----------
    images : mapping of ndarray of uint8, shape (pairs, n, height, width)
        Images by dataset title.
    labels
        What to write beside each row, by dataset title.
    """
    rows = max(len(shown) for shown in images.values())
    figure = Figure(figsize=(5.0 * len(images), 0.46 * rows + 0.5))
    return _show_panels(figure, images, labels)


def _show_panels(figure: Figure, panels: Mapping[str, npt.NDArray[np.uint8]], labels: Mapping[str, Sequence[str]]) -> Figure:
    """Fill a figure with a panel of labelled rows of images for each title."""
    for axes, (title, images) in zip(_row(figure, len(panels)), panels.items(), strict=True):
        _show_rows(axes, images, labels[title])
        axes.set_title(title)
    return figure


def _row(figure: Figure, count: int) -> list[Axes]:
    return list(figure.subplots(1, count, squeeze=False)[0])


def _show_rows(axes: Axes, images: npt.NDArray[np.uint8], labels: Sequence[str]) -> None:
    rows, columns, height, width = images.shape
    down, across = height + 3, width + 3  # three pixels of paper between images
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.tick_params(length=0)
    if not rows:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "none", ha="center", va="center", transform=axes.transAxes)
        return
    canvas = np.full((rows * down, columns * across), np.nan)
    for row in range(rows):
        for column in range(columns):
            if images[row, column].any():  # zeros stand for "there are no more"
                top, left = row * down, column * across
                canvas[top : top + height, left : left + width] = images[row, column]
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_yticks(np.arange(rows) * down + height / 2, labels)


def accuracy_dots(accuracy: pd.DataFrame) -> Figure:
    """Draw every accuracy with its interval, one panel a dataset, one row a classifier, one marker a kind of features.

    Parameters
    ----------
    accuracy
        Columns dataset, features (both titles), title, accuracy, accuracy_low, accuracy_high and paper (may be missing).
    """
    features = list(accuracy["features"].drop_duplicates())
    datasets = list(accuracy["dataset"].drop_duplicates())
    order = accuracy[accuracy["features"] == features[0]].groupby("title")["accuracy"].mean().sort_values()
    height = {title: row for row, title in enumerate(order.index)}
    figure = Figure(figsize=(3.2 + 3.2 * len(datasets), 1.6 + 0.36 * len(height)))
    for axes, dataset in zip(_row(figure, len(datasets)), datasets, strict=True):
        rows = accuracy[accuracy["dataset"] == dataset]
        for number, name in enumerate(features):
            shown = rows[rows["features"] == name]
            at = shown["title"].map(height) + 0.14 * ((len(features) - 1) / 2 - number)
            error = [100 * (shown["accuracy"] - shown["accuracy_low"]), 100 * (shown["accuracy_high"] - shown["accuracy"])]
            axes.errorbar(100 * shown["accuracy"], at, xerr=error, label=name, **_dots(number))
        published = rows[rows["features"] == features[0]].dropna(subset="paper")
        if len(published):
            at = published["title"].map(height)
            axes.plot(100 * published["paper"], at, "|", color=_ink(), markersize=11, markeredgewidth=2, label="the paper")
        axes.set(title=dataset, xlabel="test accuracy, %", ylim=(-0.7, len(height) - 0.3))
        axes.set_yticks(range(len(height)), order.index if axes is figure.axes[0] else [""] * len(height))
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="both", alpha=0.6)
    handles, labels = _all_handles(figure)
    figure.legend(handles, labels, loc="outside upper center", ncols=_columns(len(labels)))
    return figure


def _dots(number: int) -> dict[str, Any]:
    colour = PALETTE[(0, 6, 4, 8, 1, 2, 3, 5, 7, 9)[number % len(PALETTE)]]  # neighbours far apart in hue
    return {"fmt": MARKERS[number % len(MARKERS)], "color": colour, "markersize": 5.5, "elinewidth": 1.4, "capsize": 0}


def _columns(count: int) -> int:
    most = 4
    return -(-count // -(-count // most))


def _all_handles(figure: Figure) -> tuple[list[Any], list[str]]:
    found: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)


def time_and_accuracy(timing: pd.DataFrame) -> Figure:
    """Draw training time against accuracy, one column a dataset and one row a processor: times of two are never in one panel.

    Parameters
    ----------
    timing
        Columns dataset, features (both titles), title, fit_seconds, accuracy and processor.
    """
    features = list(timing["features"].drop_duplicates())
    datasets = list(timing["dataset"].drop_duplicates())
    processors = list(timing["processor"].drop_duplicates())
    figure = Figure(figsize=(4.6 * len(datasets), 3.9 * len(processors) + 0.5))
    grid = figure.subplots(len(processors), len(datasets), squeeze=False, sharex="all", sharey="col")
    for row, processor in enumerate(processors):
        for column, dataset in enumerate(datasets):
            axes = grid[row][column]
            rows = timing[(timing["processor"] == processor) & (timing["dataset"] == dataset)]
            for number, name in enumerate(features):
                shown = rows[rows["features"] == name]
                axes.errorbar(shown["fit_seconds"], 100 * shown["accuracy"], label=name, **_dots(number))
            axes.set(xscale="log", title=f"{dataset}\n{processor}", xlabel="seconds to train", ylabel="test accuracy, %")
            write_plainly(axes.xaxis)
            axes.grid(alpha=0.6)
            axes.margins(x=0.08, y=0.12)
    handles, labels = _all_handles(figure)
    figure.legend(handles, labels, loc="outside upper center", ncols=_columns(len(labels)))
    figure.draw_without_rendering()  # so that the names' places are known
    for row, processor in enumerate(processors):
        for column, dataset in enumerate(datasets):
            _name_frontier(grid[row][column], timing[(timing["processor"] == processor) & (timing["dataset"] == dataset)])
    return figure


def _name_frontier(axes: Axes, rows: pd.DataFrame) -> None:
    """Name points that no faster one reaches, from the best down, leaving out those whose names would collide."""
    ordered = rows.sort_values(["fit_seconds", "accuracy"], ascending=[True, False])
    frontier = ordered[ordered["accuracy"] > ordered["accuracy"].cummax().shift(fill_value=-1)]
    halo = [withStroke(linewidth=2.5, foreground=_paper())]
    places = axes.transData.transform(np.column_stack([rows["fit_seconds"], 100 * rows["accuracy"]]))
    taken: list[Any] = []
    for _, row in frontier[::-1].iterrows():
        at = (row["fit_seconds"], 100 * row["accuracy"])
        side = "right" if row["fit_seconds"] > rows["fit_seconds"].median() else "left"
        name = axes.annotate(row["title"], at, (0, 7), textcoords="offset points", fontsize=8, ha=side, path_effects=halo)
        box = name.get_window_extent()
        if any(box.overlaps(other) for other in taken) or box.count_contains(places):
            name.remove()
        else:
            taken.append(box)


def confusion_matrices(matrices: Mapping[str, npt.NDArray[np.int64]], classes: Mapping[str, Sequence[str]]) -> Figure:
    """Draw confusion matrices: true classes down, predicted ones across, each row shaded by its shares.

    Parameters
    ----------
    matrices : mapping of ndarray of int64, shape (classes, classes)
        Counts by panel title.
    classes
        The class names by panel title.
    """
    figure = Figure(figsize=(5.4 * len(matrices), 5.0))
    for axes, (title, counts) in zip(_row(figure, len(matrices)), matrices.items(), strict=True):
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(share, cmap="cividis", norm=PowerNorm(0.35, 0, 1))  # a power below one lets rare mistakes show
        for (actual, predicted), count in np.ndenumerate(counts):
            if count:
                colour = "#000000" if share[actual, predicted] > 0.12 else "#ffffff"
                axes.text(predicted, actual, f"{count}", ha="center", va="center", fontsize=7.5, color=colour)
        axes.set_xticks(range(len(counts)), classes[title], rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(counts)), classes[title])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set(title=title, xlabel="predicted", ylabel="true class")
    return figure
