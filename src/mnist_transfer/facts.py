"""What the results hold, asked for by name: the ground of the report's sentences and tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_transfer.report import Results
from mnist_transfer.study import Extractor

#: The paper's own way from image to features; see its sections 3 to 5.
PAPERS_OWN = Extractor(network="vgg16", weights="imagenet", layer="block5_pool", pooling="flatten", scaling="caffe")


class Markdown(str):
    """Text that a notebook shows as Markdown; a plain string in an inline expression would be escaped."""

    def _repr_markdown_(self) -> str:
        return str(self)


def percent(share: float, digits: int = 1) -> Markdown:
    """Write a share as a percentage."""
    return Markdown(f"{100 * share:.{digits}f}%")


def signed(difference: float, digits: int = 1) -> str:
    """Write a difference of two shares in percentage points, with its sign and without the unit."""
    return f"{100 * difference:+.{digits}f}".replace("-", "−")


def points(difference: float, digits: int = 1) -> str:
    """Write the size of a difference of two shares in percentage points."""
    return f"{100 * abs(difference):.{digits}f} points"


def cell(table: pd.DataFrame, row: str, column: str) -> float:
    """Return one number of a table."""
    return float(table[column][row])


def highest(table: pd.DataFrame, column: str) -> "pd.Series[Any]":
    """Return the row with the highest value in a column, the first of them on a tie."""
    return table.iloc[int(table[column].to_numpy().argmax())]


def listed(items: Sequence[str]) -> str:
    """Join items as in a sentence."""
    if len(items) < 2:
        return items[0] if items else "none"
    return f"{', '.join(items[:-1])} and {items[-1]}"


class Facts:
    """What the results hold, by name.

    Parameters
    ----------
    results
        What :func:`mnist_transfer.report.read` returned.

    Attributes
    ----------
    datasets, extractors, classifiers : list of str
        Names, in the study's order.
    main : str
        The first extractor.
    easiest, hardest : str
        The datasets with the highest and the lowest mean accuracy over all rows; the same one when there is only one.
    is_demo : bool
        Whether the paper has no figure for any row: these are not its datasets.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.study = results.study
        self.datasets = list(self.study.study.datasets)
        self.extractors = list(self.study.study.extractors)
        self.classifiers = list(self.study.study.classifiers)
        self.main = self.extractors[0]
        self.accuracy = results.accuracy
        mean = self.accuracy.groupby("dataset")["accuracy"].mean()
        self.easiest, self.hardest = str(mean.idxmax()), str(mean.idxmin())
        self.is_demo = bool(self.accuracy["paper"].isna().all())

    def title(self, dataset: str) -> str:
        """Return how the study calls a dataset."""
        return self.study.dataset(dataset).title

    def features(self, extractor: str) -> str:
        """Return a short heading for a kind of features."""
        entry = self.study.extractor(extractor)
        if entry.network == "none":
            return "Raw pixels"
        origin = "random " if entry.weights == "random" else ""
        unit = ", unit scaling" if entry.scaling == "unit" else ""
        return f"{entry.network.upper()} {origin}block {entry.blocks}{unit}"

    def on(self, extractor: str) -> str:
        """Name a kind of features within a sentence."""
        return "raw pixels" if self.study.extractor(extractor).network == "none" else f"{self.features(extractor)} features"

    def width(self, extractor: str) -> int:
        """Return how many features an extractor yields."""
        entry = self.study.extractor(extractor)
        if entry.network == "none":
            return 28 * 28
        layers = self.results.layers
        layer = layers[(layers["network"] == entry.network) & (layers["layer"] == entry.layer)].iloc[0]
        positions = 2 if entry.pooling == "mean-max" else layer["height"] * layer["width"]
        return int(positions * layer["channels"])

    @property
    def pretrained(self) -> list[str]:
        """The extractors with ImageNet weights that ran."""
        return [name for name in self.extractors if self.study.extractor(name).weights == "imagenet"]

    @property
    def plain(self) -> list[str]:
        """The extractors without a network that ran."""
        return [name for name in self.extractors if self.study.extractor(name).network == "none"]

    @property
    def papers_own(self) -> str | None:
        """The extractor that is the paper's own, if it ran."""
        return next((name for name in self.extractors if self.study.extractor(name) == PAPERS_OWN), None)

    @property
    def compares(self) -> bool:
        """Whether there are two datasets to compare."""
        return self.easiest != self.hardest

    def rows(self, dataset: str | None = None, extractor: str | None = None) -> pd.DataFrame:
        """Return the rows of the accuracy table for a dataset, an extractor, or both."""
        table = self.accuracy
        if dataset is not None:
            table = table[table["dataset"] == dataset]
        if extractor is not None:
            table = table[table["extractor"] == extractor]
        return table

    def best(self, dataset: str, extractor: str | None = None) -> "pd.Series[Any]":
        """Return the row with the highest accuracy, the first of them on a tie."""
        return highest(self.rows(dataset, extractor), "accuracy")

    def pairs(self) -> pd.DataFrame:
        """Return one row an extractor and classifier, with the columns for `hardest` (_hard) and `easiest` (_easy)."""
        keys = ["extractor", "classifier"]
        return self.rows(self.hardest).merge(self.rows(self.easiest), on=keys, suffixes=("_hard", "_easy"), validate="1:1")

    def worth(self, dataset: str) -> float | None:
        """Return the best accuracy with ImageNet weights less the best without, if both ran."""
        rows = self.rows(dataset)
        pretrained = rows["extractor"].isin(self.pretrained)
        if pretrained.all() or not pretrained.any():
            return None
        return float(rows[pretrained]["accuracy"].max() - rows[~pretrained]["accuracy"].max())

    def confusion(self, dataset: str, extractor: str, classifier: str) -> npt.NDArray[np.int64]:
        """Return counts of test images by true class (rows) and predicted class (columns): int64 (10, 10)."""
        table = self.results.confusion
        chosen = (table["dataset"] == dataset) & (table["extractor"] == extractor) & (table["classifier"] == classifier)
        rows = table[chosen].sort_values("actual")
        return rows[[f"predicted_{label}" for label in range(10)]].to_numpy(np.int64)

    def best_confusion(self, dataset: str) -> npt.NDArray[np.int64]:
        """Return the confusion of the best classifier on the main features."""
        return self.confusion(dataset, self.main, str(self.best(dataset, self.main)["classifier"]))

    def confused_labels(self, dataset: str) -> list[str]:
        """Return a label for each pair of classes in the images of the main features' most confused pairs."""
        table = self.results.confused
        rows = table[(table["dataset"] == dataset) & (table["extractor"] == self.main)]
        classes = self.study.dataset(dataset).classes
        return [f"{classes[row['actual']]} → {classes[row['predicted']]}, {row['count']}×" for _, row in rows.iterrows()]

    def titled(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table with titles in place of the datasets' names, and a column of headings of the features."""
        return table.assign(dataset=table["dataset"].map(self.title), features=table["extractor"].map(self.features))
