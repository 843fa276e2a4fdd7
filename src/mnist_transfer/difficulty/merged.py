"""Accuracy when classes that look alike count as one, beside what counting any other classes as one would gain."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.classifiers import statistics
from mnist_transfer.difficulty import look_alikes
from mnist_transfer.difficulty.fitting import estimate
from mnist_transfer.study import Study
from mnist_transfer.tables import REMEDY

Group = tuple[int, ...]


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
    """Yield every row's accuracy with the look-alikes merged, and where that stands among all groupings of the same sizes.

    Raises
    ------
    InputError
        The table of confusions is missing or damaged.
    """
    groups = look_alikes.groups(study, dataset)
    if not groups:
        return
    table = schema.read("confusion").query("dataset == @dataset and features == @features")
    if table.empty:
        raise files.damaged(paths.table("confusion"), f"no row for {dataset}, {features}", REMEDY)
    classes = len(study.dataset(dataset).classes)
    all_groupings = list(groupings(range(classes), [len(group) for group in groups]))
    for name, counted in table.groupby("classifier", sort=False):
        confusion = np.zeros((classes, classes), np.int64)
        confusion[counted["actual"], counted["predicted"]] = counted["count"]
        images, right, gained = int(confusion.sum()), int(np.trace(confusion)), gain(confusion, groups)
        gains = np.array([gain(confusion, grouped) for grouped in all_groupings])
        low, high = statistics.wilson_interval(right + gained, images)
        yield {
            "dataset": dataset,
            "features": features,
            "classifier": name,
            **estimate(right, images),
            "merged": (right + gained) / images,
            "merged_low": low,
            "merged_high": high,
            "others": float(right + gains.mean()) / images,
            "as_good": float((gains >= gained).mean()),
        }
