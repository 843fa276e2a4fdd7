"""The report: read ``results/`` and nothing else, and render ``report/`` with Quarto or, without it, as a preview."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ValidationError

from mnist_transfer import files, paths, tables
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.study import Study

SOURCE = Path("report")
PAGE = SOURCE / "_site/index.html"

_REMEDY = "run `dvc repro`"
_TRIPLE = ["dataset", "extractor", "classifier"]
_POINTS = ["split", "index", "x", "y", "z", "class", "cluster"]


@dataclass(frozen=True)
class Results:
    """Everything in ``results/``, read and checked against the study that it says it ran.

    Attributes
    ----------
    study
        What was run, and what was defined beside it.
    provenance
        Hashes, versions and platform.
    accuracy, timing, confusion, projection, layers, confused
        The tables; see :mod:`mnist_transfer.collecting` for their columns.
    points : dict of DataFrame
        Projected points by dataset and extractor.
    samples : dict of ndarray of uint8, shape (10, n, 28, 28)
        Training images by dataset.
    confused_images : dict of ndarray of uint8, shape (pairs, n, 28, 28)
        Misclassified test images by ``<dataset>/<extractor>``, in the order of `confused`.
    """

    study: Study
    provenance: dict[str, Any]
    accuracy: pd.DataFrame
    timing: pd.DataFrame
    confusion: pd.DataFrame
    projection: pd.DataFrame
    layers: pd.DataFrame
    confused: pd.DataFrame
    points: dict[tuple[str, str], pd.DataFrame]
    samples: dict[str, npt.NDArray[np.uint8]]
    confused_images: dict[str, npt.NDArray[np.uint8]]


def read() -> Results:
    """Read ``results/`` in the working directory.

    Raises
    ------
    InputError
        A file is missing, damaged, or lacks a part of the study; the message names it and ``dvc repro``.
    """
    provenance = files.read_json(paths.PROVENANCE, _REMEDY)
    try:
        study = Study.model_validate(provenance["params"])
        provenance["versions"]["python"], provenance["platform"]["cores"], provenance["data"], provenance["weights"]
    except (KeyError, TypeError, ValidationError) as error:
        raise _damaged(paths.PROVENANCE, f"not the record of a study: {str(error).splitlines()[0]}") from None
    run = study.study
    triples = set(product(run.datasets, run.extractors, run.classifiers))
    pairs = set(product(run.datasets, run.extractors))
    splits = {(*pair, split) for pair in pairs for split in ("train", "test")}
    scores = ["accuracy", "accuracy_low", "accuracy_high"]
    quality = ["variance_1", "variance_2", "variance_3", "adjusted_rand_index", "normalized_mutual_information", "purity"]
    predicted = [f"predicted_{label}" for label in range(10)]
    actual = {(*triple, label) for triple in triples for label in range(10)}
    return Results(
        study=study,
        provenance=provenance,
        accuracy=_read_table("accuracy", _TRIPLE, triples, [*scores, "title"], ["paper"]),
        timing=_read_table("timing", _TRIPLE, triples, ["fit_seconds", "predict_seconds", "processor", "engine"]),
        confusion=_read_table("confusion", [*_TRIPLE, "actual"], actual, predicted),
        projection=_read_table("projection", ["dataset", "extractor", "split"], splits, quality),
        layers=_read_table(
            "layers", [], set(), ["network", "layer", "height", "width", "channels", "parameters"], ["extractors"]
        ),
        confused=_read_table("confused", ["dataset", "extractor"], pairs, ["classifier", "actual", "predicted", "count"]),
        points={pair: _read_points(*pair) for pair in product(run.datasets, run.extractors)},
        samples=_read_images(paths.SAMPLES, run.datasets),
        confused_images=_read_images(paths.CONFUSED, [f"{dataset}/{extractor}" for dataset, extractor in pairs]),
    )


def _damaged(path: Path, why: str) -> InputError:
    return InputError(f"{path} is damaged ({why}); {_REMEDY}")


def _read_table(
    name: str, keys: list[str], expected: set[tuple[Any, ...]], columns: list[str], sparse: Iterable[str] = ()
) -> pd.DataFrame:
    """Read a table that must have these keys, columns without a gap, and columns that may have gaps."""
    path = paths.table(name)
    table = tables.read(path)
    _check_columns(path, table, [*keys, *columns], sparse)
    if keys:
        missing = expected - set(table[keys].itertuples(index=False, name=None))
        if missing:
            raise _damaged(path, f"no row for {', '.join(map(str, min(missing)))}")
    return table


def _check_columns(path: Path, table: pd.DataFrame, columns: list[str], sparse: Iterable[str] = ()) -> None:
    absent = [column for column in [*columns, *sparse] if column not in table]
    if absent:
        raise _damaged(path, f"no column {', '.join(absent)}")
    holes = [column for column in columns if table[column].isna().any()]
    if holes:
        raise _damaged(path, f"empty cells in {', '.join(holes)}")


def _read_points(dataset: str, extractor: str) -> pd.DataFrame:
    path = paths.points(dataset, extractor)
    table = tables.read(path)
    _check_columns(path, table, _POINTS)
    return table


def _read_images(path: Path, names: Iterable[str]) -> dict[str, npt.NDArray[np.uint8]]:
    images = files.read_npz(path, _REMEDY)
    absent = [name for name in names if name not in images]
    if absent:
        raise _damaged(path, f"no images of {', '.join(absent)}")
    return images


def show(draw: Callable[..., Any], *arguments: Any, themes: Iterable[str] = ("light", "dark")) -> None:
    """Display a Matplotlib figure in a notebook once a theme, which `renderings` in Quarto tells apart."""
    import io

    import matplotlib as mpl
    from IPython import display

    from mnist_transfer import figures

    for theme in themes:
        style: Any = figures.STYLES[theme]
        with mpl.rc_context(style):
            image = io.BytesIO()
            draw(*arguments).savefig(image, format="png", metadata={"Software": None})
        _display(display.Image, image.getvalue())


def show_3d(plots: Iterable[Any]) -> None:
    """Display Plotly figures in a notebook, with plotly.js once before them, so that the page asks no other host for it.

    They go out as raw HTML in Markdown: for plain HTML output Quarto would load require.js from a CDN.
    """
    from IPython import display
    from plotly.offline import get_plotlyjs

    configuration = {"displaylogo": False, "responsive": True, "displayModeBar": False}
    parts = [
        plot.to_html(full_html=False, include_plotlyjs=False, config=configuration, div_id=f"plot-{number}")
        for number, plot in enumerate(plots, 1)
    ]
    body = "\n".join(f'<div class="plot-3d">{part}</div>' for part in parts)
    page = f'<script>{get_plotlyjs()}</script>\n<div class="plots-3d">\n{body}\n</div>'
    fence = "`" * 20  # longer than any in plotly.js
    _display(display.Markdown, f"{fence}{{=html}}\n{page}\n{fence}")


def _display(kind: Any, content: Any) -> None:
    from IPython import display

    show_in_notebook: Any = display.display  # untyped
    show_in_notebook(kind(content))


def render(source: Path = SOURCE) -> Path:
    """Render the report of the study in the working directory, with Quarto where it is on PATH, else as the preview.

    Parameters
    ----------
    source
        The folder of index.qmd; the page goes to its ``_site/index.html``.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        ``results/`` is missing or damaged, the report's sources or dependencies are missing, or Quarto fails.
    """
    read()
    if not (source / "index.qmd").is_file():
        raise InputError(f"{source / 'index.qmd'} is missing; run this in the folder that holds dvc.yaml")
    page = source / "_site/index.html"
    quarto = shutil.which("quarto")
    if quarto:
        console.print(f"rendering {source} with Quarto ({quarto})", highlight=False)
        environment = {**os.environ, "QUARTO_PYTHON": sys.executable}
        if subprocess.run([quarto, "render", str(source)], env=environment, check=False).returncode:
            raise InputError(f"quarto could not render {source}; its own message above says why")
    else:
        from mnist_transfer import preview

        console.print(
            f"Quarto is not on PATH: making the preview of {source} with nbclient and pandoc (https://quarto.org has Quarto)",
            highlight=False,
        )
        preview.render(source, page)
    console.print(f"{page} is ready", highlight=False)
    return page
