"""Fit classifiers on all features and datasets of a grid with several seeds: a row each in one table.

A cell is one fit. It uses the splits and features of the pipeline's stages, and is kept, so that it is never fitted again.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, StrictInt, ValidationError

from mnist_transfer import artifacts, execution, files, numerics, paths, yaml
from mnist_transfer import study as studies
from mnist_transfer.data.sources import digest
from mnist_transfer.entries import Classifier, Names, OnFeatures, distinct
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console, track
from mnist_transfer.study import Study
from mnist_transfer.tables import ESTIMATE, ROW, Table

#: Where cells are kept, by a hash of all that decides them.
CELLS = Path("build/sweep")
TABLE = Table({**ROW, "seed": "integer"}, {"train": "integer", "test": "integer", **ESTIMATE, "macro_f1": "number"})

Labels = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]
#: Dataset, features, classifier, seed.
Cell = tuple[str, str, str, int]
Scores = list[dict[str, float]]


class Grid(OnFeatures):
    """What a sweep goes through: names of params.yaml and seeds. What is left out is the study's own."""

    datasets: Names
    classifiers: Names
    seeds: Annotated[tuple[StrictInt, ...], AfterValidator(distinct)]


def load(path: Path, study: Study) -> Grid:
    """Read and check a grid; a wrong or unknown key or name is an `InputError`."""
    own = {key: getattr(study.selection, key) for key in ("datasets", "features", "classifiers")} | {"seeds": [study.seed]}
    try:
        content = yaml.load(files.read_text(path, f"write there what to go through: {', '.join(own)}")) or {}
        grid = Grid.model_validate(own | content if isinstance(content, dict) else content)
    except ValidationError as error:
        raise InputError(f"{path}: {studies.line(error)}") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid YAML: {error}") from None
    for names in product(grid.datasets, grid.features, grid.classifiers):
        for look_up, name in zip((study.dataset, study.check_features, study.classifier), names, strict=True):
            look_up(name)
    return grid


def fit(entry: Classifier, train: Vectors, train_labels: Labels, test: Vectors, test_labels: Labels, seed: int) -> Scores:
    """Fit and test a classifier, as the stage `classify` does; return the scores of each value of its path."""
    from mnist_transfer.classifiers import classify, statistics

    outcome = classify.fit_and_predict(entry, train, train_labels, test, seed)
    scored = (statistics.score(test_labels, predictions) for predictions in outcome.predictions.values())
    sizes = {"train": len(train_labels), "test": len(test_labels)}
    return [{name: (sizes | found)[name] for name in TABLE.columns} for found in scored]


def run(study: Study, path: Path, command: Callable[[list[str]], Any]) -> None:
    """Go through a grid and write its table beside it, as CSV.

    Parameters
    ----------
    study
        Whose datasets, features and classifiers the grid names.
    path
        The grid's file.
    command
        Runs one command line of ``mnist-transfer``, given as its words: for splits and features that are missing.
    """
    grid = load(path, study)
    digests: dict[tuple[str, str], str] = {}
    for dataset, features in product(grid.datasets, grid.features):
        if not paths.splits(dataset).is_file():
            command(["split", dataset])
        if not paths.features(dataset, features).is_file():
            command(["features", dataset, features.partition("/")[0]])
        digests[dataset, features] = digest(paths.features(dataset, features), "sha256")
    cells = list(product(grid.datasets, grid.features, grid.classifiers, grid.seeds))
    places = {cell: _place(study, cell, digests[cell[:2]]) for cell in cells}
    scores = {cell: kept for cell, place in places.items() if (kept := _read(place)) is not None}
    with track(str(path), len(cells), "fits") as advance:
        advance(len(scores), True)
        for cell, found in execution.unordered(lambda: fit, _jobs(study, [cell for cell in cells if cell not in scores])):
            files.write_json(places[cell], {"cell": cell, "scores": found})
            scores[cell] = found
            advance(1, False)
    rows = [
        {"dataset": dataset, "features": features, "classifier": row.name, "seed": seed, **found}
        for dataset, features, classifier, seed in cells
        for row, found in zip(study.rows_of(classifier), scores[dataset, features, classifier, seed], strict=True)
    ]
    TABLE.write(path.with_suffix(".csv"), rows)
    console.print(f"{path.with_suffix('.csv')}: {len(rows):,} rows")


def _place(study: Study, cell: Cell, features: str) -> Path:
    """Return where a cell is kept: under a hash of its features, entry and seed, and of code and packages."""
    entry = study.classifier(cell[2]).model_dump(mode="json")
    decisive = json.dumps([features, entry, cell[3], numerics.identity("classifiers")], sort_keys=True)
    return CELLS / f"{hashlib.sha256(decisive.encode()).hexdigest()}.json"


def _read(place: Path) -> Scores | None:
    """Return a cell's scores if it is there and sound."""
    try:
        return [{name: found[name] + 0 for name in TABLE.columns} for found in files.read_json(place, "")["scores"]]
    except (InputError, TypeError, ValueError):
        return None


def _jobs(study: Study, cells: list[Cell]) -> Iterator[tuple[Cell, tuple[Any, ...]]]:
    """Yield each cell with what it is fitted to; features are read when the first cell that needs them comes."""
    read = functools.lru_cache(1)(functools.partial(artifacts.read_features, study))
    for cell in cells:
        content = read(*cell[:2])
        data = content.train, content.train_labels, content.test, content.test_labels
        yield cell, (study.classifier(cell[2]), *data, cell[3])
