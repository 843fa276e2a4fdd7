"""What claims stand on: the rows of the results that they speak of, or the word that there are none."""

from typing import TypeVar

import pandas as pd

from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.read import Results
from mnist_transfer.wording import interval, percent

_Numbers = TypeVar("_Numbers", pd.DataFrame, "pd.Series[float]")

#: The two datasets of the paper; the second is the one that may be too easy.
FASHION, MNIST = "fashion_mnist", "mnist"
DATASETS = (FASHION, MNIST)
#: How evidence calls them.
TITLES = {FASHION: "Fashion-MNIST", MNIST: "MNIST"}
#: The paper's cut, the one that this study adds, and their controls.
LAST, THIRD = "vgg16/block5", "vgg16/block3"
RANDOM_LAST, RANDOM_THIRD = "vgg16-random/block5", "vgg16-random/block3"
PIXELS = "pixels/all"
#: What a comparison of the two needs.
IN_COMMON = "what the datasets have in common"


def accuracies(results: Results, *features: str) -> pd.DataFrame:
    """Return the accuracy table's rows on these kinds of features, or on all, of both datasets.

    Raises
    ------
    NotMeasuredError
        The study lacks a dataset or a kind of features.
    """
    return _chosen(results.tables["accuracy"], "accuracy", features)


def measured(results: Results, name: str, *features: str) -> pd.DataFrame:
    """Return a measure's rows on these kinds of features, or on all, of both datasets.

    Raises
    ------
    NotMeasuredError
        The study does not take the measure on them.
    """
    if name not in results.measures:
        raise NotMeasuredError(f"this study does not take the measure {name}")
    return _chosen(results.measures[name], name, features)


def _chosen(table: pd.DataFrame, name: str, features: tuple[str, ...]) -> pd.DataFrame:
    table = table[table["dataset"].isin(DATASETS)]
    found = set(table[["dataset", "features"]].itertuples(index=False, name=None))
    for dataset in DATASETS:
        missing = [kind for kind in features if (dataset, kind) not in found]
        if missing or not any(known == dataset for known, _ in found):
            raise NotMeasuredError(f"this study has no {name} of {dataset}" + (f" on {missing[0]}" if missing else ""))
    return table[table["features"].isin(features)] if features else table


def whole(numbers: _Numbers, what: str) -> _Numbers:
    """Return numbers as they are; none at all, or a gap among them, is a `NotMeasuredError`: no comparison could tell."""
    if numbers.empty or bool(numbers.isna().to_numpy().any()):
        raise NotMeasuredError(f"this study lacks some of {what}")
    return numbers


def wide(table: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Put the accuracies of both datasets side by side: a row for each combination of `keys` that both have.

    Raises
    ------
    NotMeasuredError
        They have none in common.
    """
    found = table.pivot_table(index=list(keys), columns="dataset", values="accuracy").dropna()[list(DATASETS)]
    return whole(found, IN_COMMON)


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each kind of features and classifier, other columns twice: Fashion-MNIST's (_hard) and MNIST's (_easy).

    Raises
    ------
    NotMeasuredError
        The datasets have none in common.
    """
    hard, easy = (table[table["dataset"] == name] for name in DATASETS)
    found = hard.merge(easy, on=["features", "classifier"], suffixes=("_hard", "_easy"))
    if found.empty:
        raise NotMeasuredError(f"this study lacks some of {IN_COMMON}")
    return found


def best(table: pd.DataFrame, dataset: str, features: str) -> "pd.Series[float]":
    """Return the row with the highest accuracy, the first of them on a tie."""
    rows = table[(table["dataset"] == dataset) & (table["features"] == features)]
    return rows.iloc[int(rows["accuracy"].to_numpy().argmax())]


def with_interval(row: "pd.Series[float]", digits: int = 1) -> str:
    """Write a row's accuracy with its 95% interval."""
    return f"{percent(row['accuracy'], digits)} ({interval(row['accuracy_low'], row['accuracy_high'], digits)})"


def on_both(texts: dict[str, str]) -> str:
    """Join what is said of each dataset."""
    return "; ".join(f"{TITLES[dataset]} {texts[dataset]}" for dataset in DATASETS)
