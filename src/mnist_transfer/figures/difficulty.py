"""The report's figures of how hard the datasets are; tables in, a figure out. Datasets and features go by their titles."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from mnist_transfer.figures import style

_DASHES = ("-", "--", ":", "-.")


def _error_axis(axes: Axes) -> None:
    """Show errors in per cent on a logarithmic axis with plain numbers."""
    axes.set_yscale("log")
    style.write_plainly(axes.yaxis, decades=3)
    axes.set_ylabel("test error, %")
    axes.grid(axis="y", which="both", alpha=0.4)


def _image_axis(axes: Axes) -> None:
    """Show numbers of images on a logarithmic axis, written out."""
    axes.set_xscale("log")
    style.write_plainly(axes.xaxis)


def _band(axes: Axes, rows: pd.DataFrame, number: int, dataset: str) -> None:
    """Draw a dataset's curve over the index: its columns are the band's lower end, the curve and the upper end."""
    low, middle, high = (rows[name] for name in rows)
    colour = style.dataset_colour(number)
    axes.fill_between(rows.index, low, high, color=colour, alpha=0.25, linewidth=0)
    axes.plot(rows.index, middle, color=colour, marker=style.MARKERS[number], markersize=4, label=dataset)


def depth(table: pd.DataFrame, classifiers: Mapping[str, str]) -> Figure:
    """Draw the error of simple classifiers at every cut of a network, one panel a classifier.

    `table`: columns dataset, network (titles), cut (a number; missing where there is no network), classifier, accuracy,
    accuracy_low and accuracy_high. `classifiers`: titles by name.
    """
    datasets = style.unique(table["dataset"])
    figure = Figure(figsize=(3.6 * len(classifiers) + 0.4, 4.2))
    panels = style.panel_row(figure, len(classifiers), sharey=True)
    for axes, (name, title) in zip(panels, classifiers.items(), strict=True):
        _error_axis(axes)
        for place, dataset in enumerate(datasets):
            rows = table[(table["classifier"] == name) & (table["dataset"] == dataset)]
            colour = style.dataset_colour(place)
            for number, (network, shown) in enumerate(rows.dropna(subset="cut").groupby("network", sort=False)):
                error = 100 * (1 - shown["accuracy"])
                spread = [100 * (shown["accuracy_high"] - shown["accuracy"]), 100 * (shown["accuracy"] - shown["accuracy_low"])]
                line: dict[str, Any] = {"linestyle": _DASHES[number % len(_DASHES)], "marker": style.MARKERS[number]}
                line |= {"markersize": 5, **({"markerfacecolor": "none"} if number else {})}
                axes.errorbar(shown["cut"], error, yerr=spread, color=colour, label=f"{dataset}, {network}", **line)
            for _, row in rows[rows["cut"].isna()].iterrows():
                axes.axhline(100 * (1 - row["accuracy"]), color=colour, linestyle=":", label=f"{dataset}, raw pixels")
        axes.set(title=title, xlabel="pooling layer")
        axes.set_xticks(sorted(set(table["cut"].dropna())))
        if axes is not panels[0]:
            axes.set_ylabel("")
    style.legend(figure, 3)
    return figure


def lead(table: pd.DataFrame, groups: Mapping[str, Sequence[npt.NDArray[np.uint8]]], easy: str, hard: str) -> Figure:
    """Draw how far one dataset is ahead on each kind of features, before and after look-alikes count as one class.

    `table`: columns dataset and features (titles), classifier, accuracy and merged. `groups`: by dataset title, for each group
    of look-alikes the images (classes, height, width) to show. `easy`, `hard`: titles of the dataset ahead, and of the other.
    """
    means = table.groupby(["features", "dataset"], sort=False)[["accuracy", "merged"]].mean().unstack("dataset")
    ahead = pd.DataFrame({name: 100 * (means[name][easy] - means[name][hard]) for name in ("accuracy", "merged")}).dropna()
    figure = Figure(figsize=(9.4, 0.5 * len(ahead) + 1.9))
    parts: Any = figure.subfigures(1, 2, width_ratios=(0.8, 1))  # a phone shows the left one, and scrolls
    left, right = parts
    axes = left.subplots()
    for place, (_, row) in enumerate(ahead[::-1].iterrows()):
        axes.plot(row, [place, place], color=style.ink(), linewidth=1, alpha=0.5, zorder=1)
        for name, marker, shown in (("accuracy", "o", "every class for itself"), ("merged", "D", "look-alikes as one class")):
            colour = style.PALETTE[2 if name == "accuracy" else 0]
            axes.plot(row[name], place, marker, color=colour, markersize=8, label=shown if not place else None)
    axes.axvline(0, color=style.ink(), linewidth=0.8)
    axes.set_yticks(range(len(ahead)), list(ahead.index[::-1]))
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel=f"points by which {easy} is ahead", ylim=(-0.6, len(ahead) - 0.4))
    axes.grid(axis="x", alpha=0.4)
    left.legend(loc="outside upper left", ncols=2)
    _show_groups(right, groups)
    return figure


def _show_groups(figure: Any, groups: Mapping[str, Sequence[npt.NDArray[np.uint8]]]) -> None:
    """Show the images of each group in a row, under the title of their dataset."""
    rows = [(title if not number else "", group) for title, found in groups.items() for number, group in enumerate(found)]
    if not rows:
        return
    panels = figure.subplots(len(rows), max(len(group) for _, group in rows), squeeze=False)
    for shown, (title, group) in zip(panels, rows, strict=True):
        for place, axes in enumerate(shown):
            axes.set_axis_off()
            if place < len(group):
                axes.imshow(group[place], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        shown[0].set_title(title, fontsize=9.5)


def learning_curves(table: pd.DataFrame, classifiers: Mapping[str, str]) -> Figure:
    """Draw error against the number of training images with bands from the worst to the best draw.

    One row a kind of features, one column a classifier.

    `table`: columns dataset, features (titles), classifier, train, draw and accuracy. `classifiers`: titles by name.
    """
    datasets, kinds = (style.unique(table[name]) for name in ("dataset", "features"))
    figure = Figure(figsize=(2.7 * len(classifiers) + 0.6, 2.5 * len(kinds) + 0.8))
    grid: Any = figure.subplots(len(kinds), len(classifiers), squeeze=False, sharex=True, sharey=True)
    for panels, kind in zip(grid, kinds, strict=True):
        for axes, (name, title) in zip(panels, classifiers.items(), strict=True):
            _error_axis(axes)
            for number, dataset in enumerate(datasets):
                rows = table[(table["classifier"] == name) & (table["dataset"] == dataset) & (table["features"] == kind)]
                errors = (100 * (1 - rows["accuracy"])).groupby(rows["train"]).agg(["min", "mean", "max"])
                _band(axes, errors, number, dataset)
            _image_axis(axes)
            axes.set_title(title if axes in grid[0] else "", fontsize=9.5)
            axes.set_xlabel("training images" if axes in grid[-1] else "")
            axes.set_ylabel(f"{kind}\ntest error, %" if axes is panels[0] else "")
    style.legend(figure)
    return figure


def one_pixel(
    pairs: pd.DataFrame, classes: Mapping[str, Sequence[str]], samples: Mapping[str, npt.NDArray[np.uint8]]
) -> Figure:
    """Draw how well the best pixel tells each pair of classes apart, and where these pixels are; one row a dataset.

    `pairs`: columns dataset (a title), first, second, pixel and accuracy. `classes`: the class names by dataset title.
    `samples` (ndarray of uint8, shape (classes, n, height, width)): images by dataset title, whose mean is drawn behind the
    pixels.
    """
    figure = Figure(figsize=(9.6, 4.4 * len(classes)))
    grid: Any = figure.subplots(len(classes), 2, squeeze=False, width_ratios=[1.35, 1])
    for (heat, places), (title, names) in zip(grid, classes.items(), strict=True):
        rows = pairs[pairs["dataset"] == title]
        shares = np.full((len(names), len(names)), np.nan)
        for _, row in rows.iterrows():
            at, share = (int(row["first"]), int(row["second"])), 100 * row["accuracy"]
            shares[at[::-1]] = share
            shade = "#ffffff" if share < 80 else "#000000"
            heat.text(*at, f"{share:.0f}", ha="center", va="center", fontsize=8, color=shade)
        drawn = heat.imshow(shares, cmap="cividis", vmin=60, vmax=100)
        style.name_cells(heat, names)
        heat.set(title=title, xlim=(-0.5, len(names) - 1.5), ylim=(len(names) - 0.5, 0.5))  # no class is paired with itself
        figure.colorbar(drawn, ax=heat, label="test accuracy, %", shrink=0.7)
        mean = samples[title].mean(axis=(0, 1))
        height, width = mean.shape
        used = np.bincount(rows["pixel"], minlength=height * width).reshape(height, width).astype(float)
        used[used == 0] = np.nan
        places.imshow(mean, cmap=LinearSegmentedColormap.from_list("page", [style.paper(), style.ink()]), vmin=0, vmax=500)
        places.imshow(used, cmap="plasma", vmin=0)
        for (down, across), count in np.ndenumerate(np.nan_to_num(used)):
            if count > 1:
                places.text(across, down, f"{count:.0f}", ha="center", va="center", fontsize=6.5, color="#ffffff")
        places.set(title="the pixels, and for how many pairs", xticks=[], yticks=[])
    return figure


def resolution(table: pd.DataFrame) -> Figure:
    """Draw how many of all pairs of classifiers a number of test images tells apart, one panel a kind of features.

    `table`: columns dataset, features (titles), images, pairs, apart, apart_low and apart_high.
    """
    datasets, kinds = (style.unique(table[name]) for name in ("dataset", "features"))
    figure, grid = style.panel_grid(kinds, 2.9, "pairs told apart, %")
    for axes, kind in zip(grid, kinds, strict=True):
        for number, dataset in enumerate(datasets):
            rows = table[(table["dataset"] == dataset) & (table["features"] == kind)]
            counts = rows.set_index("images")
            shares = (100 * counts[["apart_low", "apart", "apart_high"]]).div(counts["pairs"], axis="index")
            _band(axes, shares, number, dataset)
        _image_axis(axes)
        axes.set(xlabel="test images", ylim=(0, 100))
    style.legend(figure)
    return figure


def noise(seeds: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw the accuracies of several seeds beside the interval that the test images leave to one of them.

    `seeds`: columns dataset, features (titles), classifier, seed, accuracy, accuracy_low and accuracy_high. `titles`: of
    the classifiers, by name.
    """
    datasets = style.unique(seeds["dataset"])
    seeds = seeds.assign(row=seeds["classifier"].map(titles) + "\n" + seeds["features"])
    names = style.unique(seeds["row"])
    figure = Figure(figsize=(4.6 * len(datasets), 0.9 + 0.6 * len(names)))
    for axes, dataset in zip(style.panel_row(figure, len(datasets)), datasets, strict=True):
        for height, name in enumerate(names):
            rows = seeds[(seeds["dataset"] == dataset) & (seeds["row"] == name)]
            interval = [100 * rows["accuracy_low"].iloc[0], 100 * rows["accuracy_high"].iloc[0]]
            axes.plot(
                interval, [height - 0.2] * 2, color=style.ink(), linewidth=2, label="what the test images leave open (95%)"
            )
            level = np.full(len(rows), height + 0.1)
            axes.plot(100 * rows["accuracy"], level, style.MARKERS[0], color=style.PALETTE[0], alpha=0.7, label="one seed each")
        axes.set(title=dataset, xlabel="test accuracy, %", ylim=(-0.6, len(names) - 0.4))
        style.name_rows(axes, names)
        axes.grid(axis="x", alpha=0.6)
    style.legend(figure, 2)
    return figure


def clusters(table: pd.DataFrame) -> Figure:
    """Draw how KMeans' clusters agree with the classes for several numbers of them: every run, and the mean.

    `table`: columns dataset, features (titles), clusters, seed and adjusted_rand_index.
    """
    datasets, kinds = (style.unique(table[name]) for name in ("dataset", "features"))
    figure, grid = style.panel_grid(kinds, 2.9, "adjusted Rand index")
    for axes, kind in zip(grid, kinds, strict=True):
        for number, dataset in enumerate(datasets):
            rows = table[(table["dataset"] == dataset) & (table["features"] == kind)]
            colour, marker = style.dataset_colour(number), style.MARKERS[number]
            axes.plot(rows["clusters"], rows["adjusted_rand_index"], marker, color=colour, alpha=0.25, markersize=3)
            mean = rows.groupby("clusters")["adjusted_rand_index"].mean()
            axes.plot(mean.index, mean, color=colour, marker=marker, markersize=4, label=dataset)
        axes.set(xlabel="clusters", ylim=(0, None))
    style.legend(figure)
    return figure
