"""The report's figures of the replay: how near recipes come, and what each change is worth; tables in, a figure out."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mnist_transfer.figures.style import MARKERS, PALETTE, legend, panel_row, unique
from mnist_transfer.recipes import Recipe

#: Families of the paper's classifiers by the beginning of their rows' names: those of one family move together.
FAMILIES = {
    "forest-": "random forests",
    "knn-": "nearest neighbours",
    "logistic-regression": "logistic regression",
    "neural-network": "neural network",
    "perceptron": "perceptron",
    "svm-linear-pca15": "linear SVM, 15 components",
    "svm-poly": "polynomial SVM",
    "svm-linear": "linear SVM",
}


def family(classifier: str) -> str:
    """Return the family of a row; one that is in none is its own."""
    return next((name for prefix, name in FAMILIES.items() if classifier.startswith(prefix)), classifier)


def recipe_distances(measured: pd.DataFrame, datasets: Sequence[tuple[str, str]]) -> Figure:
    """Draw every recipe by its distance to the paper's numbers on one dataset and on the other.

    `measured`: what :func:`mnist_transfer.claims.distance.distances` returned. `datasets`: name and title of the two.
    """
    (across, across_title), (up, up_title) = datasets
    figure = Figure(figsize=(9.2, 5.4))
    axes = figure.subplots()
    recipes = [Recipe.parse(name) for name in measured["recipe"]]
    kinds = pd.Series([f"{recipe.preprocessing.scaling}, {recipe.preprocessing.channels}" for recipe in recipes])
    scalings = unique(recipe.preprocessing.scaling for recipe in recipes)
    for kind in kinds.drop_duplicates():
        scaling, channels = kind.split(", ")
        shown = measured[(kinds == kind).to_numpy()]
        number = scalings.index(scaling)  # a colour and a marker a scaling, open for channels that are interleaved
        filled: dict[str, Any] = {} if channels == "repeat" else {"markerfacecolor": "none"}
        marker, colour = MARKERS[number % len(MARKERS)], PALETTE[number % len(PALETTE)]
        label = scaling if channels == "repeat" or f"{scaling}, repeat" not in set(kinds) else None
        axes.plot(100 * shown[across], 100 * shown[up], marker, color=colour, label=label, alpha=0.9, **filled)
    best = measured.iloc[0]
    at = (100 * best[across], 100 * best[up])
    axes.annotate("nearest", at, (10, -16), textcoords="offset points", arrowprops={"arrowstyle": "-"}, fontsize=8.5)
    axes.set(
        xlabel=f"distance on {across_title}, points", ylabel=f"distance on {up_title}, points", xlim=(0, None), ylim=(0, None)
    )
    axes.grid(alpha=0.6)
    figure.legend(loc="outside upper center", ncols=3, fontsize=8.5)
    return figure


def ladder(steps: pd.DataFrame) -> Figure:
    """Draw the accuracy of every family of classifiers on each rung, one panel a dataset, with the paper's at the left.

    `steps`: columns step, dataset (a title), classifier, accuracy and paper (may be missing), in the order of the steps.
    """
    steps = steps.assign(family=steps["classifier"].map(family))
    names, datasets, families = (unique(steps[name]) for name in ("step", "dataset", "family"))
    order = [name for name in FAMILIES.values() if name in families]
    figure = Figure(figsize=(5.2 * len(datasets), 5.0))
    for axes, dataset in zip(panel_row(figure, len(datasets)), datasets, strict=True):
        for number, name in enumerate(order):
            rows = steps[(steps["dataset"] == dataset) & (steps["family"] == name)]
            heights = rows.groupby("step", sort=False)["accuracy"].mean()
            style: dict[str, Any] = {"color": PALETTE[number], "marker": MARKERS[number], "markersize": 5}
            axes.plot(range(1, len(heights) + 1), 100 * heights, label=name, **style)
            paper = rows[rows["step"] == names[0]]["paper"].dropna()
            if len(paper):
                axes.plot([0, 1], [100 * paper.mean(), 100 * heights.iloc[0]], ":", **style)
        axes.set_xticks(range(len(names) + 1), ["the paper", *names], rotation=30, ha="right", rotation_mode="anchor")
        axes.set(title=dataset, ylabel="test accuracy, %")
        axes.grid(alpha=0.6)
    legend(figure, 4)
    return figure
