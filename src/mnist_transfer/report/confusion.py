"""Confusion matrices whose cells show their images: results in, a piece of HTML out that needs no other file.

``report/assets/report-script.html`` shows the images of the cell that somebody points at, focuses or taps.
"""

import base64
from html import escape

import numpy as np
import numpy.typing as npt

from mnist_transfer.results.read import Results
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


def matrices(results: Results) -> Markdown:
    """Return what the best row on the main features takes for what, one matrix a dataset side by side, as raw HTML."""
    tables = "\n".join(_matrix(results, name) for name in results.datasets)
    return Markdown(f'```{{=html}}\n<div class="confusions">\n{tables}\n</div>\n```')


def mistakes(results: Results) -> tuple[dict[str, npt.NDArray[np.uint8]], dict[str, list[str]]]:
    """Return images of the commonest mistakes, zeros where there are no more, and what to write beside, by dataset title."""
    images, labels, confused = {}, {}, results.tables["confused"]
    for name in results.datasets:
        title, sheet, classes = results.title(name), results.confused_images[name], results.study.dataset(name).classes
        rows = confused[confused["dataset"] == name][:PAIRS]
        images[title] = sheet.images().reshape(-1, CONFUSED_IMAGES, sheet.height, sheet.width)[:PAIRS].copy()
        for strip, count in zip(images[title], rows["count"], strict=True):
            strip[count:] = 0  # WebP leaves a little grey in an empty place
        labels[title] = [
            f"{classes[row['actual']]} → {classes[row['predicted']]}, {row['count']}×" for _, row in rows.iterrows()
        ]
    return images, labels


def _matrix(results: Results, dataset: str) -> str:
    counts, classes = results.confusion(dataset), [escape(name) for name in results.study.dataset(dataset).classes]
    confused, tested = results.tables["confused"].query("dataset == @dataset"), results.tested(dataset)
    places = {pair: place for place, pair in enumerate(zip(confused["actual"], confused["predicted"], strict=True))}
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    turned = ' class="long"' if max(map(len, classes)) > LONG else ""
    head = "".join(f'<th scope="col"><span>{name}</span></th>' for name in classes)
    lines = "".join(
        f'<tr><th scope="row">{name}{"" if actual in tested else " (none)"}</th>'
        + "".join(_cell(count, shares[actual, at], places.get((actual, at))) for at, count in enumerate(counts[actual]))
        + "</tr>"
        for actual, name in enumerate(classes)
    )
    return f"""<div class="confusion" {_sheet(results.confused_images[dataset])}>
<table{turned}><caption>{escape(results.title(dataset))}</caption>
<thead><tr><td>true class ↓, predicted →</td>{head}</tr></thead>
<tbody>{lines}</tbody></table>
<div class="seen" aria-live="polite"></div>
</div>"""


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
