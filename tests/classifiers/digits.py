"""Small real data for classifiers, and short ways to fit one to it or to see it refused."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_digits

from mnist_transfer.classifiers import classify
from mnist_transfer.difficulty.shared import classifier as entry
from mnist_transfer.entries import Classifier
from mnist_transfer.errors import InputError

__all__ = ["entry"]

FOREST, KNN = "sklearn.ensemble.RandomForestClassifier", "sklearn.neighbors.KNeighborsClassifier"
LOGISTIC, MLP = "sklearn.linear_model.LogisticRegression", "sklearn.neural_network.MLPClassifier"
SVC = "sklearn.svm.SVC"

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]


def _digits() -> tuple[Floats, Labels, Floats, Labels]:
    """Scikit-learn's 8×8 digits, 64 features: 1,000 to train on, 300 to test on."""
    source = load_digits()
    order = np.random.default_rng(0).permutation(len(source.data))  # as they come, each writer's digits are together
    data, labels = source.data[order].astype(np.float32), source.target[order].astype(np.uint8)
    return data[:1000], labels[:1000], data[1000:1300], labels[1000:1300]


TRAIN, TRAIN_LABELS, TEST, TEST_LABELS = _digits()


def fit(classifier: Classifier, seed: int = 1, test: Floats = TEST) -> classify.Outcome:
    return classify.fit_and_predict(classifier, TRAIN, TRAIN_LABELS, test, seed)


def predict(classifier: Classifier, seed: int = 1, test: Floats = TEST) -> Labels:
    """Return the predictions of an entry that gives one row."""
    return fit(classifier, seed, test).predictions[None]


def accuracy(predictions: npt.NDArray[Any]) -> float:
    return float(np.mean(predictions == TEST_LABELS))


def refusal(classifier: Classifier) -> str:
    """Return the one line with which a classifier is refused."""
    with pytest.raises(InputError) as caught:
        fit(classifier)
    assert "\n" not in str(caught.value)
    return str(caught.value)
