"""Accuracy when classes that look alike count as one, beside what counting any other classes as one would gain."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts
from mnist_transfer.difficulty import shared
from mnist_transfer.entries import LookAlikes, OnFeatures
from mnist_transfer.study import Study
from mnist_transfer.tables import ESTIMATE, ROW, Table

if TYPE_CHECKING:
    import pandas as pd

Group = tuple[int, ...]


class Settings(OnFeatures):
    """Which classes look alike."""

    look_alikes: LookAlikes

    def check(self, study: Study) -> None:
        """Refuse labels that a dataset has not."""
        study.check_look_alikes(self.look_alikes)


#: Accuracy when classes that look alike count as one, and when the same number of any classes do: the mean of all such
#: groupings (`others`), and the share of them that gain at least as much (`as_good`).
TABLE = Table(
    ROW,
    {
        "test": "integer",
        **ESTIMATE,
        **dict.fromkeys(("merged", "merged_low", "merged_high", "others", "as_good"), "number"),
    },
)
HEADLINE = "accuracy"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the mean accuracy with the look-alikes merged."""
    return shared.mean(table, "merged")


def groupings(classes: Sequence[int], sizes: Sequence[int]) -> Iterator[tuple[Group, ...]]:
    """Yield every way to choose disjoint groups of the given sizes; groups of equal size in one order only."""
    if not sizes:
        yield ()
        return
    for group in combinations(classes, sizes[0]):
        left = [label for label in classes if label not in group]
        for others in groupings(left, sizes[1:]):
            if all(len(other) != len(group) or group < other for other in others):
                yield (group, *others)


def gain(confusion: npt.NDArray[np.int64], grouped: Sequence[Group]) -> int:
    """Count the images that become right when the classes of each group count as one.

    Parameters
    ----------
    confusion : ndarray of int64, shape (classes, classes)
        Images by true and predicted class.
    grouped
        Disjoint groups of labels.
    """
    mistakes = confusion - np.diag(np.diag(confusion))
    return int(sum(mistakes[np.ix_(group, group)].sum() for group in grouped))


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield every row's accuracy with the look-alikes merged, and where that stands among all groupings of the same sizes."""
    from mnist_transfer.classifiers import statistics

    groups = [tuple(sorted(group)) for group in study.comparisons["merged"].look_alikes.get(dataset, ())]
    if not groups:
        return
    labels, classes = artifacts.read_splits(dataset)["test"].labels, len(study.dataset(dataset).classes)
    all_groupings = list(groupings(range(classes), [len(group) for group in groups]))
    for name, predicted in artifacts.read_predictions(study, dataset, features, labels).items():
        confusion = statistics.confusion(labels, predicted, classes)
        images, right, gained = int(confusion.sum()), int(np.trace(confusion)), gain(confusion, groups)
        gains = np.array([gain(confusion, grouped) for grouped in all_groupings])
        low, high = statistics.wilson_interval(right + gained, images)
        yield {
            "dataset": dataset,
            "features": features,
            "classifier": name,
            **shared.estimate(right, images),
            "merged": (right + gained) / images,
            "merged_low": low,
            "merged_high": high,
            "others": float(right + gains.mean()) / images,
            "as_good": float((gains >= gained).mean()),
        }
