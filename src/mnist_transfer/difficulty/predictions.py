"""Read what the study's classifiers said of the test images."""

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, files, paths
from mnist_transfer.errors import InputError
from mnist_transfer.study import Study
from mnist_transfer.tables import REMEDY

Labels = npt.NDArray[np.uint8]


def read(study: Study, dataset: str, features: str) -> tuple[dict[str, Labels], Labels]:
    """Return the predictions of every row by its name, and the true labels: uint8 (n_test,) each.

    Raises
    ------
    InputError
        A file is missing or damaged.
    """
    predictions = {
        row.name: files.read_npy(paths.classifier(dataset, features, row.classifier, row.value) / "predictions.npy", REMEDY)
        for row in study.rows
    }
    labels = artifacts.read_split(dataset, "test", "labels")
    for name, found in predictions.items():
        if found.shape != labels.shape:
            raise InputError(f"{dataset} {features} {name}: {len(found)} predictions for {len(labels)} test images; {REMEDY}")
    return predictions, labels
