"""Gather what the report needs, and nothing large, into ``results/``, which git tracks."""

import importlib.metadata
import platform
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_transfer import classification, datasets, files, idx, paths, projection, sources, tables, vgg
from mnist_transfer.study import Study

#: Projected points kept of each split (and up to nine more): enough to see the shape, few enough to turn in a browser.
POINTS = 2_500
#: Sample images kept of each class.
SAMPLES = 8
#: Pairs of classes shown as the most confused, and images kept of each.
CONFUSED_PAIRS = 4
CONFUSED_IMAGES = 8
#: Packages whose versions decide the digits.
PACKAGES = ("dvc", "keras", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy")
#: Packages that have another name, or are missing, on some platforms.
PLATFORM_PACKAGES = ("scikit-learn-intelex", "tensorflow", "tensorflow-cpu")

_REMEDY = "run `dvc repro`"


def collect(study: Study) -> None:
    """Read the artifacts of every stage and write ``results/``.

    Raises
    ------
    InputError
        An artifact is missing or damaged.
    """
    metrics = read_metrics(study)
    files.write_json(paths.METRICS, metrics)
    _write_table("accuracy", accuracy_table(study, metrics))
    _write_table("timing", timing_table(study))
    _write_table("confusion", confusion_table(study))
    _write_table("projection", projection_table(study))
    _write_table("layers", layers_table(study))
    for dataset, extractor in _pairs(study):
        _write_csv(paths.points(dataset, extractor), points_table(study, dataset, extractor))
    files.write_npz(paths.SAMPLES, **{name: sample_images(study, name) for name in study.study.datasets})
    confused, images = confused_images(study, metrics)
    _write_table("confused", confused)
    files.write_npz(paths.CONFUSED, **images)
    files.write_json(paths.PROVENANCE, provenance(study))


def read_metrics(study: Study) -> dict[str, dict[str, dict[str, Any]]]:
    """Nest the metrics of every classifier: dataset → extractor → classifier, in the study's order."""
    return {
        dataset: {
            extractor: {
                classifier: files.read_json(paths.classifier(dataset, extractor, classifier) / "metrics.json", _REMEDY)
                for classifier in study.study.classifiers
            }
            for extractor in study.study.extractors
        }
        for dataset in study.study.datasets
    }


def accuracy_table(study: Study, metrics: dict[str, dict[str, dict[str, Any]]]) -> pd.DataFrame:
    """One row a dataset, extractor and classifier: accuracy, its interval, macro F1 and the paper's figure if it has one."""
    published = tables.published().query("source == 'paper'").set_index(["classifier", "dataset"])["accuracy"]
    return pd.DataFrame(
        {
            "dataset": dataset,
            "extractor": extractor,
            "classifier": classifier,
            "title": study.classifier(classifier).title,
            **{key: metrics[dataset][extractor][classifier][key] for key in _SCORES},
            "paper": published.get((classifier, dataset)),
        }
        for dataset, extractor, classifier in _triples(study)
    )


_SCORES = ("accuracy", "accuracy_low", "accuracy_high", "macro_f1")


def timing_table(study: Study) -> pd.DataFrame:
    """One row a dataset, extractor and classifier: seconds to fit and to predict, cores, machine and engine."""
    rows = []
    for dataset, extractor, classifier in _triples(study):
        timing = files.read_json(paths.classifier(dataset, extractor, classifier) / "timing.json", _REMEDY)
        del timing["versions"]
        rows.append({"dataset": dataset, "extractor": extractor, "classifier": classifier, **timing})
    return pd.DataFrame(rows)


def confusion_table(study: Study) -> pd.DataFrame:
    """One row a dataset, extractor, classifier and true class, one column a predicted class, by label."""
    rows = []
    for dataset, extractor, classifier in _triples(study):
        for actual, counts in enumerate(_confusion(dataset, extractor, classifier)):
            predicted = {f"predicted_{label}": int(count) for label, count in enumerate(counts)}
            rows.append({"dataset": dataset, "extractor": extractor, "classifier": classifier, "actual": actual, **predicted})
    return pd.DataFrame(rows)


def projection_table(study: Study) -> pd.DataFrame:
    """One row a dataset, extractor and split: explained variance, and how the clusters agree with the classes."""
    rows = []
    for dataset, extractor in _pairs(study):
        projected = files.read_npz(paths.projection(dataset, extractor), _REMEDY)
        variance = {f"variance_{axis}": float(share) for axis, share in enumerate(projected["variance"], 1)}
        for split in ("train", "test"):
            labels = _features_file(dataset, extractor, f"{split}_labels")
            quality = projection.quality(labels, projected[f"{split}_cluster"])
            rows.append({"dataset": dataset, "extractor": extractor, "split": split, **variance, **quality})
    return pd.DataFrame(rows)


def layers_table(study: Study) -> pd.DataFrame:
    """One row a layer of each network that a defined extractor uses, with the extractors that are cut there."""
    networks = dict.fromkeys(entry.network for entry in study.extractors.values() if entry.network != "none")
    rows = []
    for network in networks:
        for layer in vgg.table(network, study.image_size):
            cuts = [name for name, entry in study.extractors.items() if (entry.network, entry.layer) == (network, layer.name)]
            height, width, channels = layer.shape
            row = {"network": network, "layer": layer.name, "kind": layer.kind, "height": height, "width": width}
            rows.append(row | {"channels": channels, "parameters": layer.parameters, "extractors": " ".join(cuts)})
    return pd.DataFrame(rows)


def points_table(study: Study, dataset: str, extractor: str) -> pd.DataFrame:
    """At most `POINTS` projected points of each split: position, class, cluster and row in the raw file."""
    projected = files.read_npz(paths.projection(dataset, extractor), _REMEDY)
    tables = []
    for split in ("train", "test"):
        labels = _features_file(dataset, extractor, f"{split}_labels")
        # A stratified draw must leave at least one image of each class behind.
        size = POINTS if len(labels) >= POINTS + idx.CLASSES else len(labels)
        kept = datasets.stratified_subset(labels, size, study.seed)
        xyz = projected[f"{split}_xyz"][kept].round(3)
        tables.append(
            pd.DataFrame(
                {
                    "split": split,
                    "index": _features_file(dataset, extractor, f"{split}_index")[kept],
                    **{axis: xyz[:, column] for column, axis in enumerate("xyz")},
                    "class": labels[kept],
                    "cluster": projected[f"{split}_cluster"][kept],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def sample_images(study: Study, dataset: str) -> npt.NDArray[np.uint8]:
    """Return the first training images of each class: uint8 (10, `SAMPLES`, 28, 28)."""
    split = datasets.load(dataset, "train", study.dataset(dataset).train, study.seed)
    samples = np.zeros((idx.CLASSES, SAMPLES, 28, 28), np.uint8)
    for label in range(idx.CLASSES):
        first = split.images[split.labels == label][:SAMPLES]
        samples[label, : len(first)] = first
    return samples


def confused_images(
    study: Study, metrics: dict[str, dict[str, dict[str, Any]]]
) -> tuple[pd.DataFrame, dict[str, npt.NDArray[np.uint8]]]:
    """Find the pairs of classes that each extractor's best classifier mistakes most, with test images that show it.

    Returns
    -------
    table : DataFrame
        One row a dataset, extractor and pair: the classifier, the true and the predicted class, how often, and `images`, the
        images' rows in the raw test file.
    images : dict of ndarray of uint8, shape (pairs, CONFUSED_IMAGES, 28, 28)
        By ``<dataset>/<extractor>``, in the table's order; zeros where there are fewer.
    """
    rows, images = [], {}
    for dataset, extractor in _pairs(study):
        scores = metrics[dataset][extractor]
        best = max(scores, key=lambda name: scores[name]["accuracy"])
        mistakes = _confusion(dataset, extractor, best)
        np.fill_diagonal(mistakes, 0)
        labels = _features_file(dataset, extractor, "test_labels")
        index = _features_file(dataset, extractor, "test_index")
        predictions = _predictions(dataset, extractor, best)
        raw, _ = idx.read_split(paths.images(dataset, "test"), paths.labels(dataset, "test"))
        shown = np.zeros((CONFUSED_PAIRS, CONFUSED_IMAGES, 28, 28), np.uint8)
        for rank, flat in enumerate(np.argsort(-mistakes, axis=None, kind="stable")[:CONFUSED_PAIRS]):
            actual, predicted = divmod(int(flat), idx.CLASSES)
            found = index[(labels == actual) & (predictions == predicted)][:CONFUSED_IMAGES]
            shown[rank, : len(found)] = raw[found]
            pair = {"actual": actual, "predicted": predicted, "count": int(mistakes[actual, predicted])}
            row = {"dataset": dataset, "extractor": extractor, "classifier": best, **pair}
            rows.append(row | {"images": " ".join(map(str, found))})
        images[f"{dataset}/{extractor}"] = shown
    return pd.DataFrame(rows), images


def provenance(study: Study) -> dict[str, Any]:
    """Return hashes of data and weights, versions and platform. Not the git commit, which no run can know of itself."""
    return {
        "data": {
            str(path): sources.digest(path, "sha256")
            for dataset in study.study.datasets
            for split in ("train", "test")
            for path in (paths.images(dataset, split), paths.labels(dataset, split))
        },
        "weights": {name: sources.digest(paths.weights(name), "sha256") for name in study.study.extractors},
        "params": study.model_dump(mode="json", by_alias=True),
        "versions": {"python": platform.python_version()} | _package_versions(),
        "platform": {"system": platform.system(), "machine": platform.machine(), "cores": classification.cores()},
    }


def _package_versions() -> dict[str, str]:
    found = {}
    for name in (*PACKAGES, *PLATFORM_PACKAGES):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # not on this platform
    return found


def _pairs(study: Study) -> Iterator[tuple[str, str]]:
    return product(study.study.datasets, study.study.extractors)


def _triples(study: Study) -> Iterator[tuple[str, str, str]]:
    return product(study.study.datasets, study.study.extractors, study.study.classifiers)


def _features_file(dataset: str, extractor: str, name: str) -> npt.NDArray[Any]:
    return files.read_npy(paths.features(dataset, extractor) / f"{name}.npy", _REMEDY)


def _predictions(dataset: str, extractor: str, classifier: str) -> npt.NDArray[Any]:
    return files.read_npy(paths.classifier(dataset, extractor, classifier) / "predictions.npy", _REMEDY)


def _confusion(dataset: str, extractor: str, classifier: str) -> npt.NDArray[np.int64]:
    """Count test images by true class (rows) and predicted class (columns)."""
    labels = _features_file(dataset, extractor, "test_labels").astype(np.int64)
    flat = labels * idx.CLASSES + _predictions(dataset, extractor, classifier)
    return np.bincount(flat, minlength=idx.CLASSES**2).reshape(idx.CLASSES, idx.CLASSES)


def _write_table(name: str, table: pd.DataFrame) -> None:
    _write_csv(paths.table(name), table)


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    files.write_text(path, table.to_csv(index=False, lineterminator="\n"))
