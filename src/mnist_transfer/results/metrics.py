"""The numbers that a person wants to see change, from the tables of ``results/`` alone: what ``dvc metrics diff`` compares."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.measures import LEVEL
from mnist_transfer.results import read
from mnist_transfer.study import Study

#: A pixel tells two classes apart very well if it gets more than this share of their test images right.
VERY_WELL = 0.95

_PLACE = ["dataset", "features"]


def _at_most(table: pd.DataFrame, column: str, most: int) -> pd.DataFrame:
    """Return the rows with the largest value in a column that does not exceed `most`, or else with its smallest value."""
    values = table[column].unique()
    return table[table[column].isin([max((value for value in values if value <= most), default=min(values))])]


def _mean(table: pd.DataFrame, column: str) -> "pd.Series[Any]":
    return table.groupby(_PLACE, sort=False)[column].mean()


#: One number a measure, dataset and kind of features: its name, and how it is read off the measure's table.
HEADLINES: dict[str, tuple[str, Callable[[pd.DataFrame], "pd.Series[Any]"]]] = {
    "learning_curves": ("accuracy_at_10000", lambda table: _mean(_at_most(table, "train", 10_000), "accuracy")),
    "one_pixel": ("pairs_above_95", lambda table: _mean(table.assign(good=table["accuracy"] > VERY_WELL), "good")),
    "mcnemar": ("pairs_apart", lambda table: _mean(table.assign(apart=table["p_holm"] < LEVEL), "apart")),
    "resolution": (
        "pairs_apart_by_2000",
        lambda table: _mean(_at_most(table.assign(share=table["apart"] / table["pairs"]), "images", 2_000), "share"),
    ),
    "seed_noise": (
        "largest_deviation",
        lambda table: table.groupby([*_PLACE, "classifier"], sort=False)["accuracy"].std().groupby(_PLACE, sort=False).max(),
    ),
    "depth": ("accuracy", lambda table: _mean(table, "accuracy")),
    "merged": ("accuracy", lambda table: _mean(table, "merged")),
    "dropped": ("accuracy_of_others", lambda table: _mean(table[table["kept"] == "others"], "accuracy")),
    "shared_errors": ("images", lambda table: table.groupby(_PLACE, sort=False).size()),
    "geometry": ("intrinsic_dimension", lambda table: _mean(table[table["quantity"] == "intrinsic_dimension"], "value")),
    "clusters": ("adjusted_rand_index_of_10", lambda table: _mean(_at_most(table, "clusters", 10), "adjusted_rand_index")),
    "frozen": ("accuracy", lambda table: _mean(table[table["on"] == "test"], "accuracy")),
}


def headlines(measured: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Read one number off each measure: measure → what it is → dataset → features → value, to four digits.

    Parameters
    ----------
    measured : dict of DataFrame
        What :func:`mnist_transfer.results.read.read_measures` returned; measures without a row are left out, and so is what
        there is none of, such as the share of pairs in a study of one classifier.
    """
    found: dict[str, Any] = {}
    for name, table in measured.items():
        if table.empty:
            continue
        what, read_off = HEADLINES[name]
        nested: dict[str, dict[str, float]] = {}
        for row in read_off(table).dropna().rename("value").reset_index().to_dict("records"):
            nested.setdefault(row["dataset"], {})[row["features"]] = round(row["value"], 4)
        if nested:
            found[name] = {what: nested}
    return found


def run(study: Study) -> None:
    """Write ``results/metrics.json``: every accuracy, and one number a measure of difficulty, dataset and kind of features.

    Beside it goes ``results/difficulty.json``, on what the measures were taken, for the report.

    Raises
    ------
    InputError
        A table is missing or damaged.
    """
    content: dict[str, Any] = {}
    for row in schema.read("accuracy").to_dict("records"):
        rows = content.setdefault(row["dataset"], {}).setdefault(row["features"], {})
        rows[row["classifier"]] = row["accuracy"]
    settings = study.difficulty.model_dump(mode="json", by_alias=True) if study.difficulty is not None else None
    found = headlines(read.read_measures(study))
    files.write_json(paths.MEASURED, {"difficulty": settings})
    files.write_json(paths.METRICS, content | ({"difficulty": found} if found else {}))
