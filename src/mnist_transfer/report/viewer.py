"""The report's linked 3-D viewer: results in, a piece of HTML out that needs no other file.

What turns and draws is ``report/viewer.js``, which says how it reads the data; here they are packed.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_transfer.figures.accuracy import PALETTE
from mnist_transfer.paths import SPLITS
from mnist_transfer.recipes import Recipe
from mnist_transfer.report.facts import Facts
from mnist_transfer.report.pages import read_source
from mnist_transfer.results.read import Results
from mnist_transfer.results.sheets import COLUMNS, Sheet

Record = dict[str, Any]


def payload(results: Results) -> Record:
    """Return all that the viewer shows, ready for JSON: arrays are base64 of little-endian numbers.

    Returns
    -------
    dict
        ``palette``, and ``datasets``: of each the title, the classes, ``images`` (see `picture`), ``class`` (uint8) and
        ``index`` (int32) of its points, and ``views``, one a kind of features or replayed recipe (see `view`).
    """
    facts = Facts(results)
    return {"palette": PALETTE, "datasets": [_dataset(facts, name) for name in facts.datasets]}


def _dataset(facts: Facts, name: str) -> Record:
    results, classes = facts.results, list(facts.study.dataset(name).classes)
    shared = results.points[name, facts.main]
    variance = results.tables["projection"].query("dataset == @name").drop_duplicates("features").set_index("features")
    views = []
    for kind in facts.kinds:
        shares = [float(variance[f"variance_{axis}"][kind]) for axis in (1, 2, 3)]
        views.append({"title": facts.heading(kind), "variance": shares, **view(results.points[name, kind], len(classes))})
    for recipe, title in _recipes(facts).items():
        points = results.replayed_points[name, recipe]
        own = {} if _same_images(recipe, points, shared) else _labels(points)
        views.append({"title": title, "variance": None, **own, **view(points, len(classes))})
    images = picture(results.point_images[name])
    return {"title": facts.title(name), "classes": classes, "images": images, **_labels(shared), "views": views}


def _recipes(facts: Facts) -> dict[str, str]:
    """Return a title for each replayed recipe; those of one split differ in more, which their names say."""
    names = facts.study.replication.replay if facts.study.replication else []
    splits = [Recipe.parse(name).split for name in names]
    titles = {}
    for name, split in zip(names, splits, strict=True):
        titles[name] = f"Paper replayed ({f'{split} split' if splits.count(split) == 1 else name})"
    return titles


def _same_images(recipe: str, points: pd.DataFrame, shared: pd.DataFrame) -> bool:
    """Say whether a recipe's points are those of the study: its official split is drawn from alike, other splits are not."""
    return Recipe.parse(recipe).split == "official" and points["class"].equals(shared["class"])


def _labels(points: pd.DataFrame) -> Record:
    return {"class": encode(points["class"].to_numpy(np.uint8)), "index": encode(points["index"].to_numpy("<i4"))}


def view(points: pd.DataFrame, classes: int) -> Record:
    """Return one set of projected points.

    Parameters
    ----------
    points
        Columns split, x, y, z, class and cluster; the training split's rows first.
    classes
        How many classes, and so clusters, there are.

    Returns
    -------
    dict
        ``xyz`` (int16, three a point, up to a scale), ``cluster`` (uint8), ``train`` (how many rows are of the training split),
        and ``clusters``: see `clusters`.
    """
    steps, _ = quantise(points[["x", "y", "z"]].to_numpy(np.float64))
    return {
        "xyz": encode(steps),
        "cluster": encode(points["cluster"].to_numpy(np.uint8)),
        "train": int((points["split"] == "train").sum()),
        "clusters": clusters(points, classes),
    }


def quantise(xyz: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int16], float]:
    """Round coordinates to 16 bits, with one scale for all three axes, so that none is stretched.

    Parameters
    ----------
    xyz : ndarray of float64, shape (n, 3)

    Returns
    -------
    steps : ndarray of int16, shape (n, 3)
    scale
        What a step is worth: ``steps * scale`` is `xyz`, give or take half a step.
    """
    scale = float(np.abs(xyz).max(initial=0)) / np.iinfo(np.int16).max or 1.0
    return np.rint(xyz / scale).astype("<i2"), scale


def clusters(points: pd.DataFrame, classes: int) -> list[Record]:
    """Return the commonest class of every cluster, over both splits, and what differs from it.

    Returns
    -------
    list of dict
        ``class``: a label, the lowest on a tie, or None of an empty cluster; by split ``[points, those of another class]``.
    """
    counts = np.zeros((len(SPLITS), classes, classes), np.int64)
    for at, split in enumerate(SPLITS):
        rows = points[points["split"] == split]
        np.add.at(counts[at], (rows["cluster"].to_numpy(), rows["class"].to_numpy()), 1)
    found: list[Record] = []
    for cluster in range(classes):
        commonest = int(counts[:, cluster].sum(axis=0).argmax())
        sizes, agreeing = counts[:, cluster].sum(axis=1), counts[:, cluster, commonest]
        by_split = dict(zip(SPLITS, np.stack([sizes, sizes - agreeing], axis=1).tolist(), strict=True))
        found.append({"class": commonest if sizes.any() else None} | by_split)
    return found


def picture(sheet: Sheet) -> Record:
    """Return a sheet of images: its file, ``webp``, and ``height``, ``width`` and ``columns``, which say where they are."""
    webp = base64.b64encode(sheet.webp).decode()
    return {"height": sheet.height, "width": sheet.width, "columns": COLUMNS, "webp": webp}


def encode(array: npt.NDArray[Any]) -> str:
    """Return an array's bytes as base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def html(content: Mapping[str, Any], folder: Path) -> str:
    """Return the viewer as HTML: its place, its data, its style and its code.

    Parameters
    ----------
    content
        What `payload` returned.
    folder
        Where ``viewer.js`` and ``viewer.css`` are.
    """
    # Names are data: none of them can end the element that it stands in.
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    style, script = (read_source(folder / f"viewer.{kind}") for kind in ("css", "js"))
    without = "<noscript><p>With JavaScript, two linked 3-D views of these points would turn here.</p></noscript>"
    return "\n".join(
        [
            f'<div class="viewer">{without}</div>',
            f'<script type="application/json" id="viewer-data">{data}</script>',
            f"<style>\n{style}</style>",
            f"<script>\n{script}</script>",
        ]
    )
