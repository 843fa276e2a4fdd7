"""What the results hold, asked for by name: the ground of the report's sentences and tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_transfer.entries import Network
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.paths import SPLITS
from mnist_transfer.results.read import Results

#: The paper's own features; see its sections 3 to 5.
PAPERS_OWN = "vgg16/block5"


def cell(table: pd.DataFrame, row: str, column: str) -> float:
    """Return one number of a table."""
    return float(table[column][row])


def highest(table: pd.DataFrame, column: str) -> "pd.Series[Any]":
    """Return the row with the highest value in a column, the first of them on a tie."""
    return table.iloc[int(table[column].to_numpy().argmax())]


class Facts:
    """What the results hold, by name.

    Parameters
    ----------
    results
        What :func:`mnist_transfer.results.read.read` returned.

    Attributes
    ----------
    datasets, kinds, classifiers : list of str
        Names of datasets, features and rows, in the study's order.
    main : str
        The first kind of features.
    easiest, hardest : str
        The datasets with the highest and the lowest mean accuracy over all rows; the same one when there is only one.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.study = results.study
        self.datasets = list(self.study.selection.datasets)
        self.kinds = list(self.study.selection.features)
        self.titles = {row.name: row.title for row in self.study.rows}
        self.classifiers = list(self.titles)
        self.main = self.kinds[0]
        self.accuracy = results.tables["accuracy"]
        mean = self.accuracy.groupby("dataset")["accuracy"].mean()
        self.easiest, self.hardest = str(mean.idxmax()), str(mean.idxmin())

    def title(self, dataset: str) -> str:
        """Return how the study calls a dataset."""
        return self.study.dataset(dataset).title

    def heading(self, features: str) -> str:
        """Return a short heading for a kind of features, with its network's name where another kind has the same."""
        short = self._heading(features)
        shared = any(self._heading(name) == short for name in self.kinds if name != features)
        return f"{short} ({features.split('/')[0]})" if shared else short

    def _heading(self, features: str) -> str:
        name, _, layer = features.partition("/")
        entry = self.study.network(name)
        if not isinstance(entry, Network):
            return "Raw pixels"
        origin = "random " if entry.weights == "random" else ""
        number = layer.removeprefix("block")
        return f"{entry.architecture} {origin}{f'block {number}' if number.isdigit() else layer}"

    def width(self, features: str) -> int:
        """Return how many features there are of a kind."""
        return int(self.results.tables["features"].set_index("features")["width"][features])

    def views(self, features: str) -> tuple[dict[str, pd.DataFrame], dict[str, tuple[str, ...]]]:
        """Return the projected points of one kind of features, a panel a dataset and split, and the classes of each panel.

        Raises
        ------
        NotMeasuredError
            This run does not project them.
        """
        if features not in self.kinds:
            raise NotMeasuredError(f"this study does not project {features}")
        points = {name: self.results.points[name, features] for name in self.datasets}
        return self.panels({name: {split: rows[rows["split"] == split] for split in SPLITS} for name, rows in points.items()})

    def panels(
        self, points: Mapping[str, Mapping[str, pd.DataFrame]]
    ) -> tuple[dict[str, pd.DataFrame], dict[str, tuple[str, ...]]]:
        """Return points by dataset and split under the panels' titles, and the classes of each panel."""
        pairs = [(name, split, f"{self.title(name)}, {split}") for name, splits in points.items() for split in splits]
        shown = {title: points[name][split] for name, split, title in pairs}
        return shown, {title: self.study.dataset(name).classes for name, _, title in pairs}

    @property
    def papers_own(self) -> str | None:
        """The kind of features that is the paper's own, if it ran."""
        return PAPERS_OWN if PAPERS_OWN in self.kinds else None

    @property
    def compares(self) -> bool:
        """Whether there are two datasets to compare."""
        return self.easiest != self.hardest

    def rows(self, dataset: str | None = None, features: str | None = None) -> pd.DataFrame:
        """Return the rows of the accuracy table for a dataset, a kind of features, or both."""
        table = self.accuracy
        if dataset is not None:
            table = table[table["dataset"] == dataset]
        if features is not None:
            table = table[table["features"] == features]
        return table

    def best(self, dataset: str, features: str | None = None) -> "pd.Series[Any]":
        """Return the row with the highest accuracy, the first of them on a tie."""
        return highest(self.rows(dataset, features), "accuracy")

    def confusion(self, dataset: str, features: str, classifier: str) -> npt.NDArray[np.int64]:
        """Return counts of test images by true class (rows) and predicted class (columns): int64 (classes, classes)."""
        table = self.results.tables["confusion"]
        chosen = (table["dataset"] == dataset) & (table["features"] == features) & (table["classifier"] == classifier)
        counts = np.zeros((len(self.study.dataset(dataset).classes),) * 2, np.int64)
        rows = table[chosen]
        counts[rows["actual"], rows["predicted"]] = rows["count"]
        return counts

    def tested(self, dataset: str) -> set[int]:
        """Return the classes, by label, that there are test images of."""
        table = self.results.tables["confusion"]
        return set(table[table["dataset"] == dataset]["actual"])

    def best_confusion(self, dataset: str) -> npt.NDArray[np.int64]:
        """Return the confusion of the best classifier on the main features."""
        return self.confusion(dataset, self.main, str(self.best(dataset, self.main)["classifier"]))

    def titled(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table with titles in place of the datasets' names, and headings in place of the features'."""
        return table.assign(dataset=table["dataset"].map(self.title), features=table["features"].map(self.heading))
