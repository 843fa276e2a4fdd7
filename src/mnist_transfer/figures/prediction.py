"""The figure of what is predicted of a user's own pictures."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from mnist_transfer.figures.style import PALETTE

Image = npt.NDArray[np.uint8]
#: A picture, its name, classes with their probabilities, how far to believe them, the nearest training images and their names.
Drawn = tuple[Image, str, Sequence[tuple[str, float]], Sequence[str], Sequence[Image], Sequence[str]]


def predictions(title: str, drawn: Sequence[Drawn]) -> Figure:
    """Draw one row a picture: itself, the probabilities of its classes, and the nearest training images."""
    near = max(len(neighbours) for *_, neighbours, _ in drawn)
    figure = Figure(figsize=(5.4 + 1.2 * near, 2.2 * len(drawn) + 0.5))
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=11)
    ratios = [1.5, 2.5, *[1.2] * near]
    panels: Any = figure.subplots(len(drawn), 2 + near, squeeze=False, width_ratios=ratios)
    for row, (picture, name, ranked, notes, neighbours, captions) in zip(panels, drawn, strict=True):
        for axes, image, caption in zip((row[0], *row[2:]), (picture, *neighbours), (name, *captions), strict=False):
            axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set_title(caption, fontsize=7.5, fontweight="normal", loc="center", pad=3)
        for axes in (row[0], *row[2:]):
            axes.set_axis_off()
        names, shares = zip(*ranked, strict=True)
        bars = row[1].barh(range(len(names)), shares, color=[PALETTE[0], *[PALETTE[3]] * (len(names) - 1)])
        row[1].bar_label(bars, [f"{share:.1%}" for share in shares], padding=3, fontsize=8)
        row[1].set_yticks(range(len(names)), names)
        row[1].set(xlim=(0, 1.25), xticks=[])
        row[1].set_xlabel("\n".join(textwrap.fill(note, 50) for note in notes), fontsize=7)
        row[1].invert_yaxis()
        row[1].spines[:].set_visible(False)
        row[1].tick_params(length=0)
    return figure
