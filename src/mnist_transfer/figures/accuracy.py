"""The figures of how good the classifiers are, and of what they cost: tables in, a figure out."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from mnist_transfer.figures.style import PALETTE, dots, ink, legend, name_rows, panel_row, paper, unique, write_plainly
from mnist_transfer.wording import counted


def accuracy_dots(accuracy: pd.DataFrame) -> Figure:
    """Draw every accuracy with its interval, one panel a dataset, one row a classifier, one marker a kind of features.

    `accuracy`: columns dataset, features (both titles), title, accuracy, accuracy_low, accuracy_high and paper (may be
    missing).
    """
    features, datasets = unique(accuracy["features"]), unique(accuracy["dataset"])
    order = accuracy[accuracy["features"] == features[0]].groupby("title")["accuracy"].mean().sort_values()
    height = {title: row for row, title in enumerate(order.index)}
    figure = Figure(figsize=(3.2 + 3.2 * len(datasets), 1.6 + 0.36 * len(height)))
    for axes, dataset in zip(panel_row(figure, len(datasets)), datasets, strict=True):
        rows = accuracy[accuracy["dataset"] == dataset]
        for number, name in enumerate(features):
            shown = rows[rows["features"] == name]
            at = shown["title"].map(height) + 0.14 * ((len(features) - 1) / 2 - number)
            error = [100 * (shown["accuracy"] - shown["accuracy_low"]), 100 * (shown["accuracy_high"] - shown["accuracy"])]
            axes.errorbar(100 * shown["accuracy"], at, xerr=error, label=name, **dots(number))
        published = rows[rows["features"] == features[0]].dropna(subset="paper")
        if len(published):
            at = published["title"].map(height)
            axes.plot(100 * published["paper"], at, "|", color=ink(), markersize=11, markeredgewidth=2, label="the paper")
        axes.set(title=dataset, xlabel="test accuracy, %", ylim=(-0.7, len(height) - 0.3))
        name_rows(axes, list(order.index))
        axes.grid(axis="both", alpha=0.6)
    legend(figure, 4)
    return figure


def time_and_accuracy(timing: pd.DataFrame) -> Figure:
    """Draw training time against accuracy, one column a dataset and one row a processor: times of two are never in one panel.

    `timing`: columns dataset, features (both titles), title, fit_seconds, accuracy and processor.
    """
    features, datasets, processors = (unique(timing[name]) for name in ("features", "dataset", "processor"))
    figure = Figure(figsize=(4.6 * len(datasets), 3.9 * len(processors) + 0.5))
    grid: Any = figure.subplots(len(processors), len(datasets), squeeze=False, sharex="all", sharey="col")
    panels = []
    for axes, (processor, dataset) in zip(grid.ravel(), product(processors, datasets), strict=True):
        rows = timing[(timing["processor"] == processor) & (timing["dataset"] == dataset)]
        panels.append((axes, rows))
        for number, name in enumerate(features):
            shown = rows[rows["features"] == name]
            axes.errorbar(shown["fit_seconds"], 100 * shown["accuracy"], label=name, **dots(number))
        axes.set(xscale="log", title=f"{dataset}\n{processor}", xlabel="seconds to train", ylabel="test accuracy, %")
        write_plainly(axes.xaxis)
        axes.grid(alpha=0.6)
        axes.margins(x=0.08, y=0.12)
    legend(figure, 4)
    figure.draw_without_rendering()  # so that the names' places are known
    for axes, rows in panels:
        _name_frontier(axes, rows)
    return figure


def stage_times(stages: pd.DataFrame) -> Figure:
    """Draw how many minutes the stages of each kind took together, and how many they are.

    `stages`: columns stage (its command) and seconds.
    """
    kinds = stages["stage"].str.split().str[0].rename("kind")
    totals = stages["seconds"].groupby(kinds, sort=False).agg(["sum", "count"])[::-1]
    figure = Figure(figsize=(7, 1 + 0.4 * len(totals)))
    (axes,) = panel_row(figure, 1)
    minutes = totals["sum"] / 60
    numbers = [f"{total:.1f} min, {counted(number, 'stage')}" for total, number in zip(minutes, totals["count"], strict=True)]
    axes.bar_label(axes.barh(range(len(totals)), minutes, color=PALETTE[0]), numbers, padding=4, fontsize=8)
    axes.set(xlabel="minutes", xlim=(0, 1.35 * minutes.max()))
    name_rows(axes, list(map(str, totals.index)))
    return figure


def _name_frontier(axes: Axes, rows: pd.DataFrame) -> None:
    """Name points that no faster one reaches, from the best down, leaving out those whose names would collide."""
    ordered = rows.sort_values(["fit_seconds", "accuracy"], ascending=[True, False])
    frontier = ordered[ordered["accuracy"] > ordered["accuracy"].cummax().shift(fill_value=-1)]
    halo = [withStroke(linewidth=2.5, foreground=paper())]
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
