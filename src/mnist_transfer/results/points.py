"""Few of many projected points: enough to see the shape."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.paths import Split

#: Projected points kept of each split (and up to one less than there are classes more): enough to see the shape, few enough to
#: turn in a browser.
POINTS = 2_500


def draw(
    projected: Mapping[str, npt.NDArray[Any]],
    split: Split,
    labels: npt.NDArray[np.uint8],
    index: npt.NDArray[Any],
    number: int,
    classes: int,
    seed: int,
) -> Iterator[dict[str, Any]]:
    """Yield at most about `number` points of a split: position, class, cluster and the image's entry in `index`.

    `projected` has the fields of :class:`mnist_transfer.projection.Projection`; `labels` and `index` are those of the split's
    images, of so many `classes`.
    """
    # A stratified draw must leave at least one image of each class behind.
    size = number if len(labels) >= number + classes else len(labels)
    xyz, cluster = projected[f"{split}_xyz"].astype(np.float64).round(3), projected[f"{split}_cluster"]
    for kept in stratified_subset(labels, size, seed):
        at = dict(zip("xyz", xyz[kept], strict=True))
        yield {"split": split, "index": index[kept], **at, "class": labels[kept], "cluster": cluster[kept]}
