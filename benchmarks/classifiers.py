"""Time every row of the study as it runs here against plain scikit-learn, in one run.

    python benchmarks/classifiers.py [DATASET] [FEATURES] [IMAGES]      # mnist, vgg16/block5, 10,000: minutes

Trains on the first IMAGES of features/DATASET/FEATURES. Plain scikit-learn is what the usual script does: float64, a fit for
each row, BLAS on all cores. Prints seconds of both for every classifier, their ratio, and the least share of test images on
which a row of theirs agrees. What is gained, above all by the support vector machines, grows with the number of images.
"""

import sys
import time

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, study
from mnist_transfer.classifiers import classify, estimators
from mnist_transfer.cores import cores
from mnist_transfer.entries import Classifier
from mnist_transfer.study import Study

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.uint8]


def plain(entry: Classifier, train: Array, labels: Labels, test: Array, seed: int) -> dict[int | None, Labels]:
    """Fit and predict each row on its own."""
    if entry.path is None:
        return {None: estimators.make_pipeline(entry, seed).fit(train, labels).predict(test)}
    name, values = entry.path
    predictions: dict[int | None, Labels] = {}
    for value in values:
        single = entry.model_copy(update={"arguments": {**entry.arguments, name: value}})
        predictions[value] = estimators.make_pipeline(single, seed).fit(train, labels).predict(test)
    return predictions


def compare(
    settings: Study, name: str, train: npt.NDArray[np.float32], labels: Labels, test: npt.NDArray[np.float32]
) -> list[float]:
    """Print one classifier's line and return the seconds of both."""
    entry = settings.classifier(name)
    start = time.perf_counter()
    ours = classify.fit_and_predict(entry, train, labels, test, settings.seed)
    middle = time.perf_counter()
    accelerated, estimators.ACCELERATED = estimators.ACCELERATED, set()
    theirs = plain(entry, train.astype(np.float64), labels, test.astype(np.float64), settings.seed)
    estimators.ACCELERATED = accelerated
    seconds = [middle - start, time.perf_counter() - middle]
    agree = min(float(np.mean(ours.predictions[value] == theirs[value])) for value in theirs)
    print(
        f"{name:20} {seconds[0]:8.1f} s {seconds[1]:8.1f} s {seconds[1] / seconds[0]:6.1f} × {agree:8.2%}  {ours.engine}",
        flush=True,
    )
    return seconds


def main(dataset: str = "mnist", features: str = "vgg16/block5", images: str = "10000") -> None:
    settings = study.load()
    train, test = (np.asarray(split) for split in artifacts.read_features(settings, dataset, features))
    train, labels = train[: int(images)], artifacts.read_split(dataset, "train", "labels")[: int(images)]
    print(f"{dataset}, {features}: {len(train):,} training images, {len(test):,} test images, {cores()} cores")
    print(f"{'':20} {'here':>10} {'plain':>10} {'ratio':>8} {'agree':>8}")
    times = np.array([compare(settings, name, train, labels, test) for name in settings.selection.classifiers]).sum(axis=0)
    print(f"{'together':20} {times[0]:8.1f} s {times[1]:8.1f} s {times[1] / times[0]:6.1f} ×")


if __name__ == "__main__":
    main(*sys.argv[1:])
