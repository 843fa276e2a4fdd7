"""What all figures share: the page's two themes, colours that all readers can tell apart, axes and legends."""

from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
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


def ink() -> Any:
    """Return the theme's colour of text."""
    return mpl.rcParams["text.color"]


def paper() -> Any:
    """Return the theme's background."""
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


def panel_row(figure: Figure, count: int, **options: Any) -> list[Axes]:
    """Return panels side by side."""
    return list(figure.subplots(1, count, squeeze=False, **options)[0])


def unique(column: Iterable[Any]) -> list[Any]:
    """Return the values of a column, each once, in their order."""
    return list(dict.fromkeys(column))


def dots(number: int) -> dict[str, Any]:
    """Return the style of error bars for a kind of features, by its place among them."""
    colour = PALETTE[(0, 6, 4, 8, 1, 2, 3, 5, 7, 9)[number % len(PALETTE)]]  # neighbours far apart in hue
    return {"fmt": MARKERS[number % len(MARKERS)], "color": colour, "markersize": 5.5, "elinewidth": 1.4, "capsize": 0}


def legend(figure: Figure, columns: int | None = None) -> None:
    """Name what all panels show above them, in one line or in lines of at most so many."""
    found: dict[str, Any] = {}
    for axes in figure.axes:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    lines = -(-len(found) // (columns or len(found)))
    figure.legend(found.values(), found, loc="outside upper center", ncols=-(-len(found) // lines))


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a panel, the lowest first; those beside it in a figure of one row have the same and need none."""
    axes.set_yticks(range(len(names)), names if axes is axes.figure.axes[0] else [""] * len(names))
    axes.tick_params(axis="y", length=0)


def name_cells(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows and columns of a matrix, which needs no frame."""
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def dataset_colour(number: int) -> str:
    """Return the colour of a dataset by its place among them: few, far apart in hue."""
    return ("#3f90da", "#e76300", "#832db6", "#94a4a2")[number % 4]


def panel_grid(titles: Sequence[str], height: float, ylabel: str) -> tuple[Figure, list[Axes]]:
    """Return a figure with one panel a title, on one vertical axis: more than three a row would be too small to read."""
    columns = min(len(titles), 3)
    rows = -(-len(titles) // columns)
    figure = Figure(figsize=(max(6.6, 3.1 * columns + 0.6), height * rows + 0.5))
    made: list[Axes] = list(figure.subplots(rows, columns, squeeze=False, sharey=True).ravel())
    for axes in made[::columns]:
        axes.set_ylabel(ylabel)
    for axes in made[len(titles) :]:
        axes.remove()
    for axes, title in zip(made, titles, strict=False):
        axes.set_title(title)
        axes.grid(alpha=0.4)
    return figure, made[: len(titles)]
