"""Read ``results/`` and nothing else, checked against the study that it says it ran."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ValidationError

from mnist_transfer import artifacts, files, paths
from mnist_transfer import tables as schema
from mnist_transfer.results import sheets
from mnist_transfer.results.sheets import Sheet
from mnist_transfer.study import Study, measure_module
from mnist_transfer.tables import REMEDY


@dataclass(frozen=True)
class Results:
    """Everything in ``results/``.

    Attributes
    ----------
    study
        What was run, and what was defined beside it.
    provenance
        Hashes, versions and platform.
    tables : dict of DataFrame
        By name; :mod:`mnist_transfer.tables` declares their columns.
    points : dict of DataFrame
        Projected points by dataset and features.
    replayed_points : dict of DataFrame
        Projected points by dataset and recipe, of recipes replayed on all images.
    measures : dict of DataFrame
        What the measures of difficulty gave, by their names; nothing where the study takes none.
    shared_errors : dict of ndarray of uint8, shape (n, height, width)
        Test images that every classifier mistakes by ``<dataset>/<features>``, in the order of the measure's table.
    point_images : dict of Sheet
        The images of the plotted points by dataset, in the order of the rows of any of its `points`.
    samples : dict of ndarray of uint8, shape (classes, n, height, width)
        Training images by dataset.
    confused_images : dict of Sheet
        Mistaken test images by dataset, :data:`mnist_transfer.tables.CONFUSED_IMAGES` for each row of the table ``confused``.
    """

    study: Study
    provenance: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    points: dict[tuple[str, str], pd.DataFrame]
    replayed_points: dict[tuple[str, str], pd.DataFrame]
    measures: dict[str, pd.DataFrame]
    shared_errors: dict[str, npt.NDArray[np.uint8]]
    point_images: dict[str, Sheet]
    samples: dict[str, npt.NDArray[np.uint8]]
    confused_images: dict[str, Sheet]


def read() -> Results:
    """Read ``results/`` in the working directory.

    Raises
    ------
    InputError
        A file is missing, damaged, or lacks a part of the study; the message names it and ``dvc repro``.
    """
    provenance = files.read_json(paths.PROVENANCE, REMEDY)
    try:
        study = Study.model_validate(provenance["params"])
        provenance["versions"]["python"], provenance["platform"]["cores"], provenance["data"], provenance["weights"]
    except (KeyError, TypeError, ValidationError) as error:
        reason = f"not the record of a study: {str(error).splitlines()[0]}"
        raise files.damaged(paths.PROVENANCE, reason, REMEDY) from None
    tables = {name: schema.read(name) for name in schema.TABLES} | {
        "timing": schema.TIMING.read(paths.TIMING),
        "recipes": schema.RECIPES.read(paths.RECIPES),
    }
    pairs = list(product(study.selection.datasets, study.selection.features))
    rows = [(*pair, row.name) for pair in pairs for row in study.rows]
    for name in ("accuracy", "confusion"):
        _check_rows(paths.table(name), tables[name], ["dataset", "features", "classifier"], rows)
    splits = [(*pair, split) for pair in pairs for split in paths.SPLITS]
    _check_rows(paths.table("projection"), tables["projection"], ["dataset", "features", "split"], splits)
    _check_rows(paths.table("features"), tables["features"], ["features"], [(name,) for name in study.selection.features])
    for name in ("confusion", "confused"):
        for dataset, found in tables[name].groupby("dataset"):
            _check_classes(study, paths.table(name), str(dataset), found[["actual", "predicted"]])
    _check_rows(paths.RECIPES, tables["recipes"], ["stage", "recipe", "dataset"], _tried(study))
    points = {pair: _read_points(study, pair[0], paths.points(*pair)) for pair in pairs}
    return Results(
        study=study,
        provenance=provenance,
        tables=tables,
        points=points,
        replayed_points={pair: _read_points(study, pair[0], paths.replay_points(*pair)) for pair in _replayed(study)},
        measures=read_measures(study),
        shared_errors={f"{dataset}/{part}": _read_shared(study, dataset, part) for dataset, part in _shared(study)},
        point_images=_read_point_images(study, points),
        samples=_read_samples(study),
        confused_images=_read_confused(study, tables["confused"]),
    )


def read_measures(study: Study) -> dict[str, pd.DataFrame]:
    """Read what every measure of difficulty gave, on all that it is taken on.

    Raises
    ------
    InputError
        A table is missing or damaged.
    """
    measured = {}
    for name in study.measures:
        table = measure_module(name).TABLE
        written = [paths.measure(name, dataset) for dataset in study.selection.datasets]
        empty = pd.DataFrame(columns=[*table.keys, *table.columns])
        measured[name] = pd.concat([table.read(path) for path in written], ignore_index=True) if written else empty
    return measured


def _shared(study: Study) -> list[tuple[str, str]]:
    parts = study.measure("shared_errors").parts if "shared_errors" in study.measures else ()
    return list(product(study.selection.datasets, parts))


def _read_shared(study: Study, dataset: str, part: str) -> npt.NDArray[np.uint8]:
    path = paths.shared_errors(dataset, part)
    images = _read_images(path, ["images"])["images"]
    artifacts.check(path, images, "u", (None, *study.dataset(dataset).image_shape), REMEDY)
    return images


def _read_samples(study: Study) -> dict[str, npt.NDArray[np.uint8]]:
    samples = _read_images(paths.SAMPLES, study.selection.datasets)
    for name in study.selection.datasets:
        entry = study.dataset(name)
        artifacts.check(paths.SAMPLES, samples[name], "u", (len(entry.classes), None, *entry.image_shape), REMEDY)
    return samples


def _tried(study: Study) -> list[tuple[str, str, str]]:
    if study.replay is None:
        return []
    search = study.replay.search
    recipes = {
        "search": [str(recipe) for preprocessing in search.preprocessings for recipe in search.recipes(preprocessing)],
        "replay": study.replay.recipes,
        "ladder": study.replay.ladder.recipes,
    }
    return [(stage, name, dataset) for stage in recipes for name in recipes[stage] for dataset in study.replay.datasets]


def _replayed(study: Study) -> list[tuple[str, str]]:
    return [] if study.replay is None else list(product(study.replay.datasets, study.replay.recipes))


def read_accuracy() -> pd.DataFrame:
    """Read the accuracy table alone.

    Raises
    ------
    InputError
        The table is missing or damaged.
    """
    table = schema.read("accuracy")
    if table.empty:
        raise files.damaged(paths.table("accuracy"), "no rows", REMEDY)
    return table


def _check_rows(path: Path, table: pd.DataFrame, keys: list[str], expected: Iterable[tuple[str, ...]]) -> None:
    """Raise an `InputError` unless a table has a row for every combination of keys that the study has."""
    found = set(table[keys].itertuples(index=False, name=None))
    missing = [row for row in expected if row not in found]
    if missing:
        raise files.damaged(path, f"no row for {', '.join(missing[0])}", REMEDY)


def _read_points(study: Study, dataset: str, path: Path) -> pd.DataFrame:
    points = schema.POINTS.read(path)
    _check_classes(study, path, dataset, points[["class", "cluster"]])
    return points


def _check_classes(study: Study, path: Path, dataset: str, labels: pd.DataFrame) -> None:
    """Raise an `InputError` unless all labels are of classes that a dataset of the study has."""
    classes = len(study.datasets[dataset].classes) if dataset in study.datasets else 0
    values = labels.to_numpy()
    outside = values[(values < 0) | (values >= classes)]
    if len(outside):
        raise files.damaged(path, f"the label {outside[0]} of {dataset}, which has {classes} classes", REMEDY)


def _read_point_images(study: Study, points: dict[tuple[str, str], pd.DataFrame]) -> dict[str, Sheet]:
    sheet_of: dict[str, Sheet] = {}
    for (dataset, features), table in points.items():
        drawn = sheet_of.setdefault(dataset, _read_sheet(study, "points", dataset, len(table)))
        if len(table) != drawn.number:
            reason = f"{len(table)} rows, those of other features of {dataset} are {drawn.number}"
            raise files.damaged(paths.points(dataset, features), reason, REMEDY)
    return sheet_of


def _read_confused(study: Study, confused: pd.DataFrame) -> dict[str, Sheet]:
    pairs = {dataset: int((confused["dataset"] == dataset).sum()) for dataset in study.selection.datasets}
    return {name: _read_sheet(study, "confused", name, number * schema.CONFUSED_IMAGES) for name, number in pairs.items()}


def _read_sheet(study: Study, content: paths.Content, dataset: str, number: int) -> Sheet:
    return sheets.read(paths.sheet(content, dataset), number, study.dataset(dataset).image_shape)


def _read_images(path: Path, names: Iterable[str]) -> dict[str, npt.NDArray[np.uint8]]:
    images = files.read_npz(path, REMEDY)
    absent = [name for name in names if name not in images]
    if absent:
        raise files.damaged(path, f"no images of {', '.join(absent)}", REMEDY)
    return images
