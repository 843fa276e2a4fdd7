"""Gather what the recipes gave, and few of many projected points, small enough for git."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, files, paths
from mnist_transfer import tables as schema
from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.results.read import replayed
from mnist_transfer.study import Study
from mnist_transfer.tables import REMEDY

Record = dict[str, Any]

#: Projected points kept of each split (and up to one less than there are classes more): enough to see the shape, few enough to
#: turn in a browser.
POINTS = 2_500


def run(study: Study) -> None:
    """Write ``results/replay/``; a study that replays nothing has a table without rows."""
    schema.RECIPES.write(paths.RECIPES, recipes(study))
    for dataset, recipe in replayed(study):
        schema.POINTS.write(paths.replay_points(dataset, recipe), points(study, dataset, recipe))


def recipes(study: Study) -> Iterator[Record]:
    """Yield the accuracies of every recipe, where it was tried and on how many images."""
    if study.replay is None:
        return
    for dataset in study.replay.datasets:
        path = paths.replay(dataset)
        content = files.read_json(path, REMEDY)
        with files.reading(path, REMEDY):  # sound JSON may hold something else than records
            rows = [
                {"stage": stage, "recipe": found["recipe"], "dataset": dataset, "classifier": classifier}
                | {"train": found["train"], "test": found["test"], "accuracy": accuracy}
                for stage, records in content.items()
                for found in records
                for classifier, accuracy in found["accuracies"].items()
            ]
        yield from rows


def points(study: Study, dataset: str, recipe: str) -> Iterator[Record]:
    """Yield the plotted points of each split in a recipe's 3-D view; `index` is the image's place in the split."""
    path, classes = paths.replay_projection(dataset, recipe), len(study.dataset(dataset).classes)
    projected = files.read_npz(path, REMEDY)
    for split in SPLITS:
        labels = projected[f"{split}_labels"]
        artifacts.check_labels(path, labels, (None,), classes, REMEDY)
        artifacts.check_projection(path, projected, split, len(labels), classes)
        yield from draw(projected, split, labels, np.arange(len(labels)), classes, study.seed)


def draw(
    projected: Mapping[str, npt.NDArray[Any]],
    split: Split,
    labels: npt.NDArray[np.unsignedinteger],
    index: npt.NDArray[Any],
    classes: int,
    seed: int,
    number: int = POINTS,
) -> Iterator[Record]:
    """Yield at most about `number` points of a split: position, class, cluster and the image's entry in `index`."""
    # A stratified draw must leave at least one image of each class behind.
    size = number if len(labels) >= number + classes else len(labels)
    xyz, cluster = projected[f"{split}_xyz"].astype(np.float64).round(3), projected[f"{split}_cluster"]
    for kept in stratified_subset(labels, size, seed):
        at = dict(zip("xyz", xyz[kept], strict=True))
        yield {"split": split, "index": index[kept], **at, "class": labels[kept], "cluster": cluster[kept]}
