"""Tasks that take long enough to be disturbed, and that write down where they ran."""

import os
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_transfer.extraction import features


class Slowly:
    """Extract pixels, a while later; leave a line in a log for every chunk that is begun."""

    def __init__(self, log: Path, seconds: float = 0.3) -> None:
        self.log, self.seconds = log, seconds

    def __call__(self, images: npt.NDArray[np.uint8]) -> features.Features:
        with self.log.open("a") as stream:
            stream.write(f"{os.getpid()}\n")
        time.sleep(self.seconds)
        return features.pixels(images)


def slowly_fitted(log: Path, vectors: npt.NDArray[np.float32], labels: npt.NDArray[np.uint8], pair: tuple[int, int]) -> float:
    """Fit a support vector machine to two classes; leave a line in a log."""
    from sklearn.svm import SVC

    with log.open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    time.sleep(0.1)
    rows = np.isin(labels, pair)
    return float(SVC().fit(vectors[rows], labels[rows]).decision_function(vectors).sum())
