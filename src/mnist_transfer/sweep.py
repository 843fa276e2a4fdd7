"""Fit every classifier on every kind of features of every dataset with every seed: a row each in one table.

A cell is one fit. It uses the splits and features of the pipeline's stages, and is kept, so that it is never fitted again.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, StrictInt, ValidationError

from mnist_transfer import artifacts, execution, files, paths, yaml
from mnist_transfer import study as studies
from mnist_transfer.data.sources import digest
from mnist_transfer.entries import Classifier, Names, OnFeatures, distinct
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console, track
from mnist_transfer.study import Study
from mnist_transfer.tables import ESTIMATE, ROW, Table

#: Where cells are kept, by a hash of all that decides them.
CELLS = Path("build/sweep")
SCORES = ("accuracy", "accuracy_low", "accuracy_high", "macro_f1")
TABLE = Table({**ROW, "seed": "integer"}, {"train": "integer", "test": "integer", **ESTIMATE, "macro_f1": "number"})

Labels = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]
Scores = list[dict[str, float]]


class Grid(OnFeatures):
    """What a sweep goes through: names of params.yaml and seeds. What is left out is the study's own."""

    datasets: Names
    classifiers: Names
    seeds: Annotated[tuple[StrictInt, ...], AfterValidator(distinct)]


class Cell(NamedTuple):
    """One fit."""

    dataset: str
    features: str
    classifier: str
    seed: int


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
    for look_up, names in (
        (study.dataset, grid.datasets),
        (study.check_features, grid.features),
        (study.classifier, grid.classifiers),
    ):
        for name in names:
            look_up(name)
    return grid


def fit(entry: Classifier, train: Vectors, train_labels: Labels, test: Vectors, test_labels: Labels, seed: int) -> Scores:
    """Fit and test a classifier, as the stage `classify` does; return the scores of each value of its path."""
    from mnist_transfer.classifiers import classify, statistics

    outcome = classify.fit_and_predict(entry, train, train_labels, test, seed)
    scored = (statistics.score(test_labels, predictions) for predictions in outcome.predictions.values())
    return [{name: found[name] for name in SCORES} for found in scored]


def run(study: Study, path: Path, command: Callable[[list[str]], Any]) -> None:
    """Go through a grid and write its table beside it, as CSV.

    Parameters
    ----------
    study
        The study, whose datasets, features and classifiers the grid names.
    path
        The grid's file.
    command
        Runs one command line of ``mnist-transfer``, given as its words: for splits and features that are missing.

    Raises
    ------
    InputError
        The grid is wrong, or a fit was refused; the cells that are finished are kept.
    """
    grid = load(path, study)
    kinds = [(dataset, features) for dataset in grid.datasets for features in grid.features]
    for dataset, features in kinds:
        if not paths.splits(dataset).is_file():
            command(["split", dataset])
        if not paths.features(dataset, features).is_file():
            command(["features", dataset, features.partition("/")[0]])
    cells = [Cell(*kind, name, seed) for kind in kinds for name in grid.classifiers for seed in grid.seeds]
    places = dict(zip(cells, _places(study, cells), strict=True))
    scores = {cell: kept for cell, place in places.items() if (kept := _read(place, len(study.rows_of(cell.classifier))))}
    with track(f"{path}", len(cells), "fits") as advance:
        advance(len(scores), True)
        left = [cell for cell in cells if cell not in scores]
        for cell, found in execution.unordered(lambda: fit, _jobs(study, left)):
            files.write_json(places[cell], {"cell": cell, "scores": found})
            scores[cell] = found
            advance(1, False)
    table = path.with_suffix(".csv")
    TABLE.write(table, (row for cell in cells for row in _rows(study, cell, scores[cell])))
    console.print(f"{table}: {len(cells):,} fits")


def _places(study: Study, cells: list[Cell]) -> Iterator[Path]:
    """Yield where each cell is kept: under a hash of its features, entry, seed, and of code and packages."""
    digests = {kind: digest(paths.features(*kind), "sha256") for kind in dict.fromkeys(cell[:2] for cell in cells)}
    for cell in cells:
        entry = study.classifier(cell.classifier).model_dump(mode="json")
        decisive = [digests[cell[:2]], entry, cell.seed, execution.identity("classifiers")]
        yield CELLS / f"{hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()}.json"


def _read(place: Path, rows: int) -> Scores | None:
    """Return a cell's scores if it is there and sound."""
    try:
        scores = files.read_json(place, "")["scores"]
    except InputError:
        return None
    sound = len(scores) == rows and all(isinstance(found.get(name), float) for found in scores for name in SCORES)
    return scores if sound else None


def _jobs(study: Study, cells: list[Cell]) -> Iterator[tuple[Cell, tuple[Any, ...]]]:
    """Yield each cell with what it is fitted to; features are read once, when the first cell that needs them comes."""
    kind, content = None, None
    for cell in cells:
        if kind != cell[:2]:
            kind, content = cell[:2], artifacts.read_features(study, cell.dataset, cell.features)
        assert content is not None
        data = content.train, content.train_labels, content.test, content.test_labels
        yield cell, (study.classifier(cell.classifier), *data, cell.seed)


def _rows(study: Study, cell: Cell, scores: Scores) -> Iterator[dict[str, Any]]:
    chosen = artifacts.read_splits(cell.dataset)
    sizes = {split: len(chosen[split].labels) for split in paths.SPLITS}
    for row, found in zip(study.rows_of(cell.classifier), scores, strict=True):
        yield {**cell._asdict(), "classifier": row.name, **sizes, **found}
