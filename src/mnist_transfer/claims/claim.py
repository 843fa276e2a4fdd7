"""What a claim is, a sentence of the report that a small function on the results holds to; and what such functions share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import pandas as pd

from mnist_transfer.claims.names import DATASETS, TITLES
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.read import Results
from mnist_transfer.wording import interval, percent

_Numbers = TypeVar("_Numbers", pd.DataFrame, "pd.Series[float]")


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds, and what it rests on.

    Attributes
    ----------
    holds
        Whether the results bear it out; None where the study lacks what it speaks of.
    evidence
        One line with the numbers, and the interval or test; or what the study lacks.
    values
        The numbers that the report's prose has around the claim, as text by a short name.
    """

    holds: bool | None
    evidence: str
    values: Mapping[str, str] = field(default_factory=dict)


Check = Callable[[Results], Verdict]

#: Every check by the name of its claim.
CHECKS: dict[str, Check] = {}


def claim(check: Check) -> Check:
    """Register a check; its claim has the function's name, with hyphens."""
    CHECKS[check.__name__.replace("_", "-")] = check
    return check


def complete(numbers: _Numbers, what: str) -> _Numbers:
    """Return numbers as they are; none at all, or a gap among them, is a `NotMeasuredError`: no comparison could tell."""
    if numbers.empty or bool(numbers.isna().to_numpy().any()):
        raise NotMeasuredError(f"this study lacks some of {what}")
    return numbers


def side_by_side(table: pd.DataFrame, *keys: str, column: str = "accuracy") -> pd.DataFrame:
    """Return a table's column by `keys` and dataset, means of the rows that both have; none is a `NotMeasuredError`."""
    means = table.groupby([*keys, "dataset"], sort=False)[column].mean().unstack("dataset")
    return complete(means.reindex(columns=list(DATASETS)).dropna(), "what the datasets have in common")


def ends(table: pd.DataFrame, column: str, what: str) -> dict[str, pd.DataFrame]:
    """Return mean, min and max of a column by features and dataset; a gap is a `NotMeasuredError`, which says `what` it is."""
    groups = {
        end: table.pivot_table(index="features", columns="dataset", values=column, aggfunc=end, sort=False)
        for end in ("mean", "min", "max")
    }
    return {end: complete(found.reindex(columns=list(DATASETS)), what) for end, found in groups.items()}


def with_interval(row: "pd.Series[float]", digits: int = 1) -> str:
    """Write a row's accuracy with its 95% interval."""
    return f"{percent(row['accuracy'], digits)} ({interval(row['accuracy_low'], row['accuracy_high'], digits)})"


def on_both(texts: Mapping[str, str]) -> str:
    """Join what is said of each dataset."""
    return "; ".join(f"{TITLES[dataset]} {texts[dataset]}" for dataset in DATASETS)
