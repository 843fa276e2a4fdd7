"""The report's figures of the replay: how near recipes come, and what each change is worth; tables in, a figure out."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mnist_transfer.comparisons.families import FAMILIES, family
from mnist_transfer.figures.style import MARKERS, PALETTE, legend, panel_row, unique
from mnist_transfer.recipes import Recipe


def curves(distances: pd.DataFrame) -> Figure:
    """Draw how near recipes come to the paper on several numbers of training images, a panel a dataset and a line a recipe.

    `distances`: columns recipe, dataset (a title), train and distance (a share).
    """
    recipes = {name: Recipe.parse(name) for name in unique(distances["recipe"])}
    preparations = unique(str(recipe.preparation) for recipe in recipes.values())
    z_scores = unique(recipe.z_score for recipe in recipes.values())
    datasets = unique(distances["dataset"])
    figure = Figure(figsize=(5.2 * len(datasets), 5.2))
    for axes, dataset in zip(panel_row(figure, len(datasets), sharey=True), datasets, strict=True):
        for name, recipe in recipes.items():
            rows = distances[(distances["dataset"] == dataset) & (distances["recipe"] == name)].sort_values("train")
            number, kind = preparations.index(str(recipe.preparation)), z_scores.index(recipe.z_score)
            line: dict[str, Any] = {"color": PALETTE[number], "marker": MARKERS[number], "markersize": 5}
            line |= {"linestyle": ("-", "--", ":")[kind]} | ({"markerfacecolor": "none"} if kind else {})
            axes.plot(rows["train"], 100 * rows["distance"], label=f"{recipe.preparation}, z-scores {recipe.z_score}", **line)
        numbers = sorted(set(distances[distances["dataset"] == dataset]["train"]))
        axes.set(title=dataset, xlabel="training images", xscale="log")
        axes.set_xticks(numbers, [f"{number:,}" for number in numbers])
        axes.minorticks_off()
        axes.grid(alpha=0.6)
    figure.axes[0].set(ylabel="distance to the paper, points", ylim=(0, None))
    legend(figure, 3)
    return figure


def steps(table: pd.DataFrame) -> Figure:
    """Draw the accuracy of every family of classifiers at each step, one panel a dataset, with the paper's at the left.

    `table`: columns step, dataset (a title), classifier, accuracy and paper, in the order of the steps.
    """
    table = table.assign(family=table["classifier"].map(family))
    names, datasets, families = (unique(table[name]) for name in ("step", "dataset", "family"))
    order = [name for name in FAMILIES.values() if name in families]
    figure = Figure(figsize=(5.2 * len(datasets), 5.0))
    for axes, dataset in zip(panel_row(figure, len(datasets)), datasets, strict=True):
        lines: dict[str, list[float]] = {}
        for number, name in enumerate(order):
            rows = table[(table["dataset"] == dataset) & (table["family"] == name)]
            paper = rows[rows["step"] == names[0]]["paper"].mean()
            heights = [100 * paper, *(100 * rows.groupby("step", sort=False)["accuracy"].mean())]
            style: dict[str, Any] = {"color": PALETTE[number], "marker": MARKERS[number], "markersize": 5}
            axes.plot(range(1, len(heights)), heights[1:], label=name, **style)
            axes.plot([0, 1], heights[:2], ":", **style)
            lines[PALETTE[number]] = heights
        _leave_out_lowest(axes, lines)
        axes.set_xticks(range(len(names) + 1), ["the paper", *names], rotation=30, ha="right", rotation_mode="anchor")
        axes.set(title=dataset, ylabel="test accuracy, %")
        axes.grid(alpha=0.6)
    legend(figure, 4)
    return figure


def _leave_out_lowest(axes: Axes, lines: dict[str, list[float]]) -> None:
    """End the axis above a line that lies far below all others, which it would press together, and write its numbers there.

    `lines`: heights by colour.
    """
    lowest, *others = sorted(lines, key=lambda colour: min(lines[colour]))
    if not others or min(lines[others[0]]) - min(lines[lowest]) < 10:
        return
    bottom = min(lines[others[0]]) - 4
    axes.set_ylim(bottom=bottom)
    for step, height in enumerate(lines[lowest]):
        if height < bottom:
            axes.annotate(f"{height:.0f} ↓", (step, bottom), (0, 4), textcoords="offset points", ha="center", color=lowest)
