"""Test images that every classifier mistakes, and whether their labels can be trusted."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from scipy.stats import mode

from mnist_transfer import artifacts
from mnist_transfer.data import splits
from mnist_transfer.difficulty import fitting, predictions
from mnist_transfer.study import Study

#: So many images are kept to be shown, those with the least credible labels first.
SHOWN = 24

Labels = npt.NDArray[np.uint8]
Verdict = Literal["label in doubt", "ambiguous", "hard"]


def verdicts(labels: Labels, probabilities: npt.NDArray[np.float64]) -> list[Verdict]:
    """Say of every image what its label looks like to a classifier that never saw the image.

    ``label in doubt``: confident learning counts it among the label errors (Northcutt, Jiang and Chuang 2021,
    https://doi.org/10.1613/jair.1.12125); ``ambiguous``: its label is one of the two likeliest classes; ``hard``: neither.

    Parameters
    ----------
    labels : ndarray of uint8, shape (n,)
    probabilities : ndarray of float64, shape (n, classes)
        Of each class, from a classifier that was not fitted to these images.
    """
    doubted = find_label_issues(labels.astype(int), probabilities, filter_by="confident_learning", n_jobs=1)
    rank = (probabilities > probabilities[np.arange(len(labels)), labels][:, None]).sum(axis=1)
    return [
        "label in doubt" if doubt else "ambiguous" if place < 2 else "hard" for doubt, place in zip(doubted, rank, strict=True)
    ]


def measure(
    predicted: npt.NDArray[np.uint8], labels: Labels, probabilities: npt.NDArray[np.float64]
) -> Iterator[dict[str, Any]]:
    """Yield the images that every classifier mistakes, the least credible label first.

    Parameters
    ----------
    predicted : ndarray of uint8, shape (classifiers, n)
    labels : ndarray of uint8, shape (n,)
    probabilities : ndarray of float64, shape (n, classes)
        Of each class, from a classifier that was not fitted to these images.
    """
    judged = verdicts(labels, probabilities)
    quality = get_label_quality_scores(labels.astype(int), probabilities, method="self_confidence")
    voted = mode(predicted, axis=0)
    mistaken = np.flatnonzero((predicted != labels).all(axis=0))
    for image in mistaken[np.argsort(quality[mistaken], kind="stable")]:
        yield {
            "place": int(image),
            "label": int(labels[image]),
            "voted": int(voted.mode[image]),
            "votes": int(voted.count[image]),
            "quality": float(quality[image]),
            "likely": int(probabilities[image].argmax()),
            "verdict": judged[image],
        }


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield the test images that every row mistakes; `place` is their place in the test split, `index` in the raw file.

    Raises
    ------
    InputError
        A file is missing or damaged.
    """
    settings = study.measures.shared_errors
    train, train_labels, test, test_labels = artifacts.read_labelled(study, dataset, features)
    index = artifacts.read_split(dataset, "test", "index")
    predicted, _ = predictions.read(study, dataset, features)
    chosen = fitting.draw(train_labels, settings.train, study.seed)
    entry, classes = study.measures.classifiers[settings.classifier], len(study.dataset(dataset).classes)
    probabilities = fitting.probabilities(entry, train[chosen], train_labels[chosen], test, classes, study.seed)
    for found in measure(np.stack(list(predicted.values())), test_labels, probabilities):
        yield {"dataset": dataset, "features": features, "index": int(index[found["place"]]), **found}


def images(study: Study, dataset: str, found: Sequence[dict[str, Any]]) -> npt.NDArray[np.uint8]:
    """Return the first of the images that :func:`rows` yielded: uint8 (at most `SHOWN`, height, width)."""
    content, _ = splits.raw(study, dataset, "test")
    shown: npt.NDArray[np.uint8] = content[[row["index"] for row in found[:SHOWN]]]
    return shown
