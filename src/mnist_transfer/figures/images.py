"""Figures made of images: samples, mistakes, and confusion matrices."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from mnist_transfer.figures.style import name_cells, panel_row


def sample_grid(samples: Mapping[str, npt.NDArray[np.uint8]], classes: Mapping[str, Sequence[str]]) -> Figure:
    """Draw sample images, one row a class; of a class without any, marked as such.

    `samples` (ndarray of uint8, shape (classes, n, height, width)): images by dataset title. `classes`: the class names by
    dataset title.
    """
    figure = Figure(figsize=(4.6 * len(samples), 5.0))
    labels = {
        title: [name if shown.any() else f"{name} (none)" for name, shown in zip(classes[title], images, strict=True)]
        for title, images in samples.items()
    }
    return _show_panels(figure, samples, labels)


def sample_rows(samples: Mapping[str, npt.NDArray[np.uint8]], classes: Mapping[str, Sequence[str]]) -> Figure:
    """Draw one sample image of every class, one row a dataset, each under its class.

    `samples` (ndarray of uint8, shape (classes, n, height, width)): images by dataset title. `classes`: the class names by
    dataset title.
    """
    most = max(len(shown) for shown in samples.values())
    figure = Figure(figsize=(0.95 * most, 1.25 * len(samples)))
    panels: Any = figure.subplots(len(samples), most, squeeze=False)
    for row, (title, images) in zip(panels, samples.items(), strict=True):
        for place, axes in enumerate(row):
            axes.set_axis_off()
            if place < len(images):
                axes.imshow(images[place, 0], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
                axes.set_title(classes[title][place], fontsize=7.5, fontweight="normal", loc="center", pad=2)
    return figure


def confused_pairs(images: Mapping[str, npt.NDArray[np.uint8]], labels: Mapping[str, Sequence[str]]) -> Figure:
    """Draw misclassified images, one row a pair of classes.

    `images` (ndarray of uint8, shape (pairs, n, height, width)): images by dataset title. `labels`: what to write beside
    each row, by dataset title.
    """
    rows = max(len(shown) for shown in images.values())
    figure = Figure(figsize=(5.0 * len(images), 0.46 * rows + 0.5))
    return _show_panels(figure, images, labels)


def _show_panels(figure: Figure, panels: Mapping[str, npt.NDArray[np.uint8]], labels: Mapping[str, Sequence[str]]) -> Figure:
    """Fill a figure with a panel of labelled rows of images for each title."""
    for axes, (title, images) in zip(panel_row(figure, len(panels)), panels.items(), strict=True):
        _show_rows(axes, images, labels[title])
        axes.set_title(title)
    return figure


def _show_rows(axes: Axes, images: npt.NDArray[np.uint8], labels: Sequence[str]) -> None:
    rows, _, height, _ = images.shape
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.tick_params(length=0)
    if not rows:
        axes.set_yticks([])
        axes.text(0.5, 0.5, "none", ha="center", va="center", transform=axes.transAxes)
        return
    shown = np.where(images.any(axis=(2, 3), keepdims=True), images, np.nan)  # zeros stand for "there are no more"
    apart = np.pad(shown, ((0, 0), (0, 0), (0, 3), (0, 3)), constant_values=np.nan)  # pixels of paper between images
    canvas = apart.swapaxes(1, 2).reshape(rows * (height + 3), -1)
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_yticks(np.arange(rows) * (height + 3) + height / 2, labels)


def confusion_matrices(matrices: Mapping[str, npt.NDArray[np.int64]], classes: Mapping[str, Sequence[str]]) -> Figure:
    """Draw confusion matrices: true classes down, predicted ones across, each row shaded by its shares.

    `matrices` (ndarray of int64, shape (classes, classes)): counts by panel title. `classes`: the class names by panel
    title.
    """
    figure = Figure(figsize=(5.4 * len(matrices), 5.0))
    for axes, (title, counts) in zip(panel_row(figure, len(matrices)), matrices.items(), strict=True):
        share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(share, cmap="cividis", norm=PowerNorm(0.35, 0, 1))  # a power below one lets rare mistakes show
        for (actual, predicted), count in np.ndenumerate(counts):
            if count:
                colour = "#000000" if share[actual, predicted] > 0.12 else "#ffffff"
                axes.text(predicted, actual, f"{count}", ha="center", va="center", fontsize=7.5, color=colour)
        name_cells(axes, classes[title])
        axes.set(title=title, xlabel="predicted", ylabel="true class")
    return figure


def labelled(
    images: Mapping[str, npt.NDArray[np.uint8]], labels: Mapping[str, Sequence[str]], across: int = 8, line: float = 1.55
) -> Figure:
    """Draw images, each under its label; one block a dataset.

    `images` (ndarray of uint8, shape (n, height, width)): by dataset title. `labels`: what to write above each image, by
    dataset title. `across`: images in a line, which is `line` inches high.
    """
    lines = {title: max(1, -(-len(shown) // across)) for title, shown in images.items()}
    ratios = [line * count + 0.4 for count in lines.values()]
    figure = Figure(figsize=(9.6, sum(ratios)))
    blocks: Any = figure.subfigures(len(images), 1, squeeze=False, height_ratios=ratios)
    for block, (title, shown) in zip(blocks[:, 0], images.items(), strict=True):
        block.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=11)
        for place, axes in enumerate(block.subplots(lines[title], across, squeeze=False).ravel()):
            axes.set_axis_off()
            if place < len(shown):
                axes.imshow(shown[place], cmap="gray", vmin=0, vmax=255)
                axes.set_title(labels[title][place], fontsize=7, fontweight="normal", loc="center")
    return figure
