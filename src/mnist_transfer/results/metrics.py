"""The numbers that a person wants to see change: what ``dvc metrics diff`` compares."""

from typing import Any

import pandas as pd

from mnist_transfer import files, paths, tables
from mnist_transfer.results import read
from mnist_transfer.study import Study, measure_module


def headlines(measured: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """Read one number off each measure: measure → what it is → dataset → features → value, to four digits.

    Measures without a row are left out, and so is what there is none of, such as the share of pairs of a single classifier.
    """
    found: dict[str, Any] = {}
    for name, table in measured.items():
        if table.empty:
            continue
        module = measure_module(name)
        nested: dict[str, dict[str, float]] = {}
        for row in module.headline(table).dropna().rename("value").reset_index().to_dict("records"):
            nested.setdefault(row["dataset"], {})[row["features"]] = round(row["value"], 4)
        if nested:
            found[name] = {module.HEADLINE: nested}
    return found


def run(study: Study) -> None:
    """Write ``results/metrics.json``: every accuracy, and one number a measure, dataset and kind of features."""
    content: dict[str, Any] = {}
    for row in tables.read("accuracy").to_dict("records"):
        rows = content.setdefault(row["dataset"], {}).setdefault(row["features"], {})
        rows[row["classifier"]] = row["accuracy"]
    found = headlines(read.read_measures(study))
    files.write_json(paths.METRICS, content | ({"difficulty": found} if found else {}))
