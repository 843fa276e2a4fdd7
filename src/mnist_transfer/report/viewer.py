"""The report's linked 3-D viewer: results in, a piece of HTML out that needs no other file.

What turns and draws is ``report/assets/viewer.js``, which says how it reads the data; here they are packed.
"""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_transfer.figures.style import PALETTE
from mnist_transfer.paths import SPLITS
from mnist_transfer.recipes import Recipe
from mnist_transfer.report.pages import read_source
from mnist_transfer.results.read import Results
from mnist_transfer.results.sheets import COLUMNS, Sheet
from mnist_transfer.wording import Markdown

Record = dict[str, Any]


def payload(results: Results) -> Record:
    """Return all that the viewer shows, ready for JSON: arrays are base64 of little-endian numbers."""
    return {"palette": PALETTE, "datasets": [_dataset(results, name) for name in results.datasets]}


def _dataset(results: Results, name: str) -> Record:
    classes, shared = results.study.dataset(name).classes, results.points[name, results.main]
    projection = results.tables["projection"].query("dataset == @name and split == 'train'").set_index("features")
    shares = projection[["variance_1", "variance_2", "variance_3"]]
    views = [
        {"title": results.heading(kind), "variance": list(shares.loc[kind]), **view(results.points[name, kind], len(classes))}
        for kind in results.features
    ]
    recipes = {recipe: Recipe.parse(recipe) for dataset, recipe in results.replayed_points if dataset == name}
    several = len({recipe.preparation for recipe in recipes.values()}) > 1
    for recipe, parts in recipes.items():
        points = results.replayed_points[name, recipe]
        title = f"Paper replayed ({f'{parts.preparation}, ' if several else ''}{parts.split} split)"
        # The official split's images are those of the study.
        own = {} if parts.split == "official" and points["class"].equals(shared["class"]) else _labels(points)
        views.append({"title": title, "variance": None, **own, **view(points, len(classes))})
    images = picture(results.point_images[name])
    return {"title": results.title(name), "classes": list(classes), "images": images, **_labels(shared), "views": views}


def phrase(results: Results, dataset: str, text: str, *groups: int) -> Markdown:
    """Make `text` a button that shows groups of a dataset's look-alikes alone; text it stays where there is no such group."""
    known = results.look_alikes(dataset) if dataset in results.datasets else ()
    if not known or max(groups) >= len(known):
        return Markdown(text)
    classes = results.study.dataset(dataset).classes
    labels = " ".join(str(classes.index(name)) for group in groups for name in known[group])
    return Markdown(f'[{text}]{{.isolate dataset="{results.datasets.index(dataset)}" classes="{labels}"}}')


def _labels(points: pd.DataFrame) -> Record:
    return {"class": encode(points["class"].to_numpy("<u2")), "index": encode(points["index"].to_numpy("<i4"))}


def view(points: pd.DataFrame, classes: int) -> Record:
    """Return projected points, the training split first: `xyz` is int16, three a point up to a scale, and `cluster` uint16."""
    return {
        "xyz": encode(quantise(points[["x", "y", "z"]].to_numpy(np.float64))),
        "cluster": encode(points["cluster"].to_numpy("<u2")),
        "train": int((points["split"] == "train").sum()),
        "clusters": clusters(points, classes),
    }


def quantise(xyz: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    """Round coordinates, of shape (n, 3), to 16 bits with one scale for all axes."""
    scale = float(np.abs(xyz).max(initial=0)) / np.iinfo(np.int16).max or 1.0
    return np.rint(xyz / scale).astype("<i2")


def clusters(points: pd.DataFrame, classes: int) -> list[Record]:
    """Return the commonest class of each cluster, if any, and by split how many points there are and how many are of others."""
    counts = np.zeros((classes, len(SPLITS), classes), np.int64)
    np.add.at(counts, (points["cluster"], points["split"].map(list(SPLITS).index), points["class"]), 1)
    found: list[Record] = []
    for cluster in counts:
        commonest, sizes = int(cluster.sum(axis=0).argmax()), cluster.sum(axis=1)
        by_split: Record = {
            split: [int(size), int(size - of[commonest])] for split, size, of in zip(SPLITS, sizes, cluster, strict=True)
        }
        found.append({"class": commonest if sizes.any() else None, **by_split})
    return found


def picture(sheet: Sheet) -> Record:
    """Return a sheet of images: its file, ``webp``, and ``height``, ``width`` and ``columns``, which say where they are."""
    webp = base64.b64encode(sheet.webp).decode()
    return {"height": sheet.height, "width": sheet.width, "columns": COLUMNS, "webp": webp}


def encode(array: npt.NDArray[Any]) -> str:
    """Return an array's bytes as base64."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def html(content: Mapping[str, Any], folder: Path) -> str:
    """Return the viewer as HTML: `content` is what `payload` returned, and the folder has its style and its code."""
    # Names are data: none of them can end the element that it stands in.
    data = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    style, script = (read_source(folder / f"viewer.{kind}") for kind in ("css", "js"))
    without = "<noscript><p>With JavaScript, two linked 3-D views of these points would turn here.</p></noscript>"
    return f"""<div class="viewer">{without}</div>
<script type="application/json" id="viewer-data">{data}</script>
<style>
{style}</style>
<script>
{script}</script>"""
