"""Results made of a few literal numbers: all that a check looks at, so that a test can change one of them."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pandas as pd

from mnist_transfer import study as studies
from mnist_transfer import tables as schema
from mnist_transfer.claims.claim import CHECKS, Check
from mnist_transfer.classifiers.statistics import wilson_interval
from mnist_transfer.results.read import Results
from mnist_transfer.study import measure_module
from tests.commands import ROOT

#: One table: what stands in a row, by the values of the table's keys. That is a value of the table's main column, three of them
#: (an estimate between the ends of its interval), or values of several columns by name.
Cells = Mapping[tuple[Any, ...], Any]
#: Tables by name.
Content = Mapping[str, Cells]
#: A check, what to change in results with which it holds, and whether it holds then.
Turn = tuple[Check, Content, bool]
#: By check, the table that it stands on, and the features that it names, if it does.
Needs = dict[Check, tuple[str, ...]]
#: A check, and results that lack what it speaks of.
Lack = tuple[Check, Content]

TABLES = {"accuracy": schema.ACCURACY, "recipes": schema.RECIPES}
MEASURES = {name: measure_module(name).TABLE for name in (*studies.MEASURES, *studies.COMPARISONS)}
STUDY = studies.load(ROOT / "params.yaml")
#: The column that a cell's lone number stands for, where that is not the accuracy.
MAIN = {
    "mcnemar": "p_holm",
    "resolution": "apart",
    "shared_errors": "verdict",
    "geometry": "value",
    "clusters": "adjusted_rand_index",
}
#: Test images, from which an accuracy without an interval gets one.
IMAGES = 10_000


def checks_of(theme: ModuleType) -> list[Check]:
    """Return the checks that stand in a module."""
    return [check for check in CHECKS.values() if check.__module__ == theme.__name__]


def results(content: Content) -> Results:
    """Return results with these tables; other tables have no rows, and other measures are not taken."""
    assert set(content) <= set(TABLES) | set(MEASURES)
    return Results(
        study=STUDY,
        provenance={},
        tables={name: _table(name, table, content.get(name, {})) for name, table in TABLES.items()},
        points={},
        point_images={},
        replayed_points={},
        measures={name: _table(name, table, content[name]) for name, table in MEASURES.items() if name in content},
        shared_errors={},
        samples={},
        confused_images={},
        mistaken_images={},
    )


def _table(name: str, table: schema.Table, cells: Cells) -> pd.DataFrame:
    # What a test does not give is nothing that a check could take for an answer: no text, and no number.
    blank = {column: "" if kind.startswith("text") else float("nan") for column, kind in table.columns.items()}
    blank |= {column: IMAGES for column in ("train", "test") if column in blank}
    rows = []
    for key, cell in cells.items():
        given = cell if isinstance(cell, dict) else {MAIN.get(name, "accuracy"): cell}
        found = {column: number for kind, value in given.items() for column, number in _columns(table, kind, value).items()}
        assert set(found) <= set(blank), f"{name} has no {set(found) - set(blank)}"
        rows.append({**dict(zip(table.keys, key, strict=True)), **blank, **found})
    return pd.DataFrame(rows, columns=[*table.keys, *table.columns])


def _columns(table: schema.Table, column: str, value: Any) -> dict[str, Any]:
    if f"{column}_low" not in table.columns:
        return {column: value}
    if not isinstance(value, tuple):
        low, high = wilson_interval(round(value * IMAGES), IMAGES)
        value = low, value, high
    return dict(zip((f"{column}_low", column, f"{column}_high"), value, strict=True))


def joined(*contents: Content) -> Content:
    """Return the rows of all of them, each table's together."""
    found: dict[str, dict[tuple[Any, ...], Any]] = {}
    for content in contents:
        for name, cells in content.items():
            found.setdefault(name, {}).update(cells)
    return found


def changed(content: Content, changes: Content) -> Content:
    """Return a copy with other cells in the place of those that are there; a key that is not there is a test's mistake."""
    copy = dict(content)
    for name, cells in changes.items():
        assert cells.keys() <= content[name].keys(), f"not in {name}: {cells.keys() - content[name].keys()}"
        copy[name] = {**content[name], **cells}
    return copy


def without(content: Content, *drops: Any, tables: tuple[str, ...] = ()) -> Content:
    """Return a copy less some rows, in these tables or in all: a drop is a part of their keys, or several that all are."""
    for drop in drops:
        parts = set(drop) if isinstance(drop, tuple) else {drop}
        of = tables or tuple(content)
        kept = {name: {key: cell for key, cell in content[name].items() if not parts <= set(key)} for name in of}
        assert any(len(kept[name]) < len(content[name]) for name in of), f"nothing with {parts}"
        content = {**content, **kept}
    return content
