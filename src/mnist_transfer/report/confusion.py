"""Confusion matrices whose cells show their images: results in, a piece of HTML out that needs no other file.

``report/report-script.html`` shows the images of the cell that somebody points at, focuses or taps.
"""

import base64
from html import escape

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_transfer.report.facts import Facts
from mnist_transfer.results.sheets import COLUMNS, Sheet
from mnist_transfer.tables import CONFUSED_IMAGES
from mnist_transfer.wording import Markdown

#: Shares of a class are raised to this power before they become a shade, so that rare mistakes show.
POWER = 0.35
#: The darkest shade of a mistake, in per cent: letters on it are still read.
DARKEST = 60
#: Names of classes of more letters than this are turned above their columns.
LONG = 3
#: Pairs of classes of which the images of mistakes are drawn in print, and on the page below the matrix.
PAIRS = 4


def matrices(facts: Facts) -> Markdown:
    """Return what the best row on the main features takes for what, one matrix a dataset side by side, as raw HTML."""
    tables = "\n".join(_matrix(facts, name) for name in facts.datasets)
    return Markdown(f'```{{=html}}\n<div class="confusions">\n{tables}\n</div>\n```')


def mistaken(facts: Facts, dataset: str) -> pd.DataFrame:
    """Return the rows of the table ``confused`` for a dataset, the commonest mistake first."""
    table = facts.results.tables["confused"]
    return table[table["dataset"] == dataset]


def images(facts: Facts, dataset: str) -> npt.NDArray[np.uint8]:
    """Return test images of the commonest mistakes.

    Returns
    -------
    ndarray of uint8, shape (pairs, CONFUSED_IMAGES, height, width)
        At most `PAIRS` pairs; zeros where a pair has fewer images.
    """
    sheet = facts.results.confused_images[dataset]
    shown = sheet.images().reshape(-1, CONFUSED_IMAGES, sheet.height, sheet.width)[:PAIRS].copy()
    for strip, count in zip(shown, mistaken(facts, dataset)["count"], strict=False):
        strip[count:] = 0  # WebP leaves a little grey in an empty place
    return shown


def labels(facts: Facts, dataset: str) -> list[str]:
    """Return what to write beside each pair of `images`."""
    classes = facts.study.dataset(dataset).classes
    rows = mistaken(facts, dataset)[:PAIRS]
    return [f"{classes[row['actual']]} → {classes[row['predicted']]}, {row['count']}×" for _, row in rows.iterrows()]


def _matrix(facts: Facts, dataset: str) -> str:
    counts, classes = facts.best_confusion(dataset), [escape(name) for name in facts.study.dataset(dataset).classes]
    pairs = mistaken(facts, dataset)[["actual", "predicted"]].itertuples(index=False, name=None)
    places = {pair: place for place, pair in enumerate(pairs)}
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    turned = ' class="long"' if max(map(len, classes)) > LONG else ""
    head = "".join(f'<th scope="col"><span>{name}</span></th>' for name in classes)
    tested = facts.tested(dataset)
    lines = [
        f'<tr><th scope="row">{name}{"" if actual in tested else " (none)"}</th>'
        + "".join(
            _cell(counts[actual, predicted], shares[actual, predicted], places.get((actual, predicted)))
            for predicted in range(len(classes))
        )
        + "</tr>"
        for actual, name in enumerate(classes)
    ]
    return "\n".join(
        [
            f'<div class="confusion" {_sheet(facts.results.confused_images[dataset])}>',
            f"<table{turned}><caption>{escape(facts.title(dataset))}</caption>",
            f"<thead><tr><td>true class ↓, predicted →</td>{head}</tr></thead>",
            f"<tbody>{''.join(lines)}</tbody></table>",
            '<div class="seen" aria-live="polite"></div>',
            "</div>",
        ]
    )


def _cell(count: int, share: float, place: int | None) -> str:
    if not count:
        return "<td></td>"
    if place is None:
        return f'<td class="right">{count}</td>'
    shade = min(100 * share**POWER, DARKEST)
    return f'<td style="--shade: {shade:.0f}%"><button type="button" data-place="{place}">{count}</button></td>'


def _sheet(sheet: Sheet) -> str:
    webp = base64.b64encode(sheet.webp).decode()
    sizes = {"width": sheet.width, "height": sheet.height, "images": CONFUSED_IMAGES, "columns": COLUMNS}
    return " ".join([f'style="--sheet: url(data:image/webp;base64,{webp})"', *(f'data-{key}="{sizes[key]}"' for key in sizes)])
