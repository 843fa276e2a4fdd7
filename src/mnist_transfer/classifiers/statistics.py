"""How good predictions are, and how sure that is."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest
from sklearn.metrics import f1_score, recall_score

from mnist_transfer.artifacts import Labels


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95% score interval of a proportion: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953."""
    interval = binomtest(successes, trials).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def score(labels: Labels, predictions: Labels) -> dict[str, Any]:
    """Return accuracy with its 95% Wilson interval, macro F1 and the recall of each class, by label.

    Parameters
    ----------
    labels, predictions : ndarray of unsigned int, shape (n,)
    """
    correct = int((labels == predictions).sum())
    low, high = wilson_interval(correct, len(labels))
    classes = np.unique(labels)
    recall = recall_score(labels, predictions, labels=classes, average=None)
    return {
        "accuracy": correct / len(labels),
        "accuracy_low": low,
        "accuracy_high": high,
        "macro_f1": float(f1_score(labels, predictions, labels=classes, average="macro")),
        "recall": {str(label): float(value) for label, value in zip(classes, recall, strict=True)},
    }


def confusion(labels: Labels, predictions: Labels, classes: int) -> npt.NDArray[np.int64]:
    """Count images by true class (rows) and predicted class (columns): int64 (classes, classes)."""
    flat = labels.astype(np.int64) * classes + predictions
    return np.bincount(flat, minlength=classes**2).reshape(classes, classes)
