"""Gather what the report needs, and nothing large, into ``results/``, which git tracks."""

import importlib.metadata
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, files, paths
from mnist_transfer import projection as project
from mnist_transfer import tables as schema
from mnist_transfer.classifiers import statistics
from mnist_transfer.cores import cores
from mnist_transfer.data import sources, splits
from mnist_transfer.entries import Network
from mnist_transfer.paths import SPLITS
from mnist_transfer.results import sheets
from mnist_transfer.results.points import POINTS, draw
from mnist_transfer.results.published import published
from mnist_transfer.study import Row, Study
from mnist_transfer.tables import CONFUSED_IMAGES, REMEDY

#: Sample images kept of each class.
SAMPLES = 8
#: Packages whose versions decide the digits.
PACKAGES = ("dvc", "keras", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy")
#: Packages that have another name, or are missing, on some platforms.
PLATFORM_PACKAGES = ("scikit-learn-intelex", "tensorflow", "tensorflow-cpu")

Record = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One number of the accuracy table and what belongs to it.

    Attributes
    ----------
    dataset, features, row
        Where it stands.
    metrics, timing
        What the stage ``classify`` wrote.
    predictions : ndarray of uint8, shape (n_test,)
    """

    dataset: str
    features: str
    row: Row
    metrics: Record
    timing: Record
    predictions: npt.NDArray[np.uint8]

    @property
    def keys(self) -> Record:
        """Its place, as the tables name it."""
        return {"dataset": self.dataset, "features": self.features, "classifier": self.row.name}


def run(study: Study) -> None:
    """Read the artifacts of every stage and write ``results/``.

    Raises
    ------
    InputError
        An artifact is missing or damaged.
    """
    labels = {name: artifacts.read_split(name, "test", "labels") for name in study.selection.datasets}
    cells = read_cells(study, labels)
    schema.write("accuracy", accuracy(cells))
    schema.write("timing", timing(cells))
    schema.write("confusion", confusion(study, cells, labels))
    schema.write("projection", projection(study))
    schema.write("layers", layers(study))
    schema.write("features", widths(study))
    for dataset, features in _pairs(study):
        schema.POINTS.write(paths.points(dataset, features), points(study, dataset, features))
    files.write_npz(paths.SAMPLES, **{name: samples(study, name) for name in study.selection.datasets})
    for dataset in study.selection.datasets:
        sheets.write(paths.sheet("points", dataset), point_images(study, dataset))
    confused, images = confused_pairs(study, cells, labels)
    schema.write("confused", confused)
    for dataset, shown in images.items():
        sheets.write(paths.sheet("confused", dataset), shown)
    files.write_json(paths.PROVENANCE, provenance(study))
    files.keep_only(paths.RESULTS / "points", [paths.points(*pair) for pair in _pairs(study)])
    files.keep_only(paths.RESULTS / "tables", [paths.table(name) for name in schema.TABLES])
    pictures = [paths.sheet(content, dataset) for content in paths.SHEETS for dataset in study.selection.datasets]
    files.keep_only(paths.RESULTS / "images", [paths.SAMPLES, *pictures])


def read_cells(study: Study, labels: Mapping[str, npt.NDArray[np.uint8]]) -> list[Cell]:
    """Read every classifier's artifacts for test images with these classes, in the order of the tables."""
    cells = []
    for dataset, features in _pairs(study):
        for row in study.rows:
            folder = paths.classifier(dataset, features, row.classifier, row.value)
            scores, times = (files.read_json(folder / f"{name}.json", REMEDY) for name in ("metrics", "timing"))
            classes = len(study.dataset(dataset).classes)
            predictions = artifacts.read_predictions(folder, len(labels[dataset]), classes)
            cells.append(Cell(dataset, features, row, scores, times, predictions))
    return cells


def accuracy(cells: list[Cell]) -> Iterator[Record]:
    """Yield the rows of the accuracy table."""
    paper = published().query("source == 'paper'").set_index(["classifier", "dataset"])["accuracy"]
    for cell in cells:
        scores = {name: cell.metrics[name] for name in ("accuracy", "accuracy_low", "accuracy_high", "macro_f1")}
        yield {**cell.keys, "title": cell.row.title, **scores, "paper": paper.get((cell.row.name, cell.dataset))}


def timing(cells: list[Cell]) -> Iterator[Record]:
    """Yield what every row cost."""
    for cell in cells:
        times = {name: cell.timing[name] for name in schema.TIMING.columns if name != "iterations"}
        yield {**cell.keys, **times, "iterations": cell.metrics.get("n_iter")}


def confusion(study: Study, cells: list[Cell], labels: dict[str, npt.NDArray[np.uint8]]) -> Iterator[Record]:
    """Yield how many test images of one class each row takes for another, or recognises."""
    for cell in cells:
        for (actual, predicted), count in np.ndenumerate(_confusion(study, cell, labels)):
            if count:
                yield {**cell.keys, "actual": actual, "predicted": predicted, "count": int(count)}


def projection(study: Study) -> Iterator[Record]:
    """Yield the explained variance of every projection, and how its clusters agree with the classes."""
    for dataset, features in _pairs(study):
        projected = artifacts.read_projection(study, dataset, features)
        variance = {f"variance_{axis}": float(share) for axis, share in enumerate(projected["variance"], 1)}
        for split in SPLITS:
            quality = project.quality(artifacts.read_split(dataset, split, "labels"), projected[f"{split}_cluster"])
            yield {"dataset": dataset, "features": features, "split": split, **variance, **quality}


def layers(study: Study) -> Iterator[Record]:
    """Yield the layers of each network, with the features that are cut there."""
    for network, entry in _networks(study):
        for layer in files.read_json(paths.layers(network), REMEDY)["layers"]:
            cuts = [f"{network}/{name}" for name, cut in entry.layers.items() if cut.layer == layer["layer"]]
            shape = " × ".join(map(str, layer["shape"]))
            yield {"network": network, **layer, "shape": shape, "features": " ".join(cuts)}


def widths(study: Study) -> Iterator[Record]:
    """Yield how many features each layer of the study's networks gives."""
    for network in study.selection.networks:
        for layer, width in artifacts.read_widths(study, study.selection.datasets[0], network).items():
            yield {"features": f"{network}/{layer}", "width": width}


def points(study: Study, dataset: str, features: str) -> Iterator[Record]:
    """Yield at most about `POINTS` projected points of each split: position, class, cluster and row in the raw file."""
    projected = artifacts.read_projection(study, dataset, features)
    classes = len(study.dataset(dataset).classes)
    for split in SPLITS:
        labels, index = artifacts.read_split(dataset, split, "labels"), artifacts.read_split(dataset, split, "index")
        yield from draw(projected, split, labels, index, POINTS, classes, study.seed)


def point_images(study: Study, dataset: str) -> npt.NDArray[np.uint8]:
    """Return the images of a dataset's plotted points: uint8 (n, height, width).

    They are in the order of the points' rows, which is the same for all features.
    """
    drawn = list(points(study, dataset, study.selection.features[0]))
    rows = {split: [point["index"] for point in drawn if point["split"] == split] for split in SPLITS}
    return np.concatenate([splits.raw(study, dataset, split)[0][rows[split]] for split in SPLITS])


def samples(study: Study, dataset: str) -> npt.NDArray[np.uint8]:
    """Return the first training images of each class: uint8 (classes, `SAMPLES`, height, width)."""
    images, labels = splits.images(study, dataset, "train"), artifacts.read_split(dataset, "train", "labels")
    shown = np.zeros((len(study.dataset(dataset).classes), SAMPLES, *images.shape[1:]), np.uint8)
    for label in range(len(shown)):
        first = images[labels == label][:SAMPLES]
        shown[label, : len(first)] = first
    return shown


def confused_pairs(
    study: Study, cells: list[Cell], labels: dict[str, npt.NDArray[np.uint8]]
) -> tuple[list[Record], dict[str, npt.NDArray[np.uint8]]]:
    """Find what the best row on the first features mistakes for what, with test images that show it.

    Returns
    -------
    rows : list
        One a dataset and pair of classes, the commonest mistake first.
    images : dict of ndarray of uint8, shape (pairs * `CONFUSED_IMAGES`, height, width)
        By dataset, in the rows' order; zeros where a pair has fewer images.
    """
    rows: list[Record] = []
    images = {}
    for dataset in study.selection.datasets:
        of_features = [cell for cell in cells if (cell.dataset, cell.features) == (dataset, study.selection.features[0])]
        best = max(of_features, key=lambda cell: float(cell.metrics["accuracy"]))
        mistakes = _confusion(study, best, labels)
        np.fill_diagonal(mistakes, 0)
        ranked = np.argsort(-mistakes, axis=None, kind="stable")[: np.count_nonzero(mistakes)]
        test, index = splits.images(study, dataset, "test"), artifacts.read_split(dataset, "test", "index")
        shown = np.zeros((len(ranked), CONFUSED_IMAGES, *test.shape[1:]), np.uint8)
        for rank, (actual, predicted) in enumerate(divmod(int(place), len(mistakes)) for place in ranked):
            found = np.flatnonzero((labels[dataset] == actual) & (best.predictions == predicted))[:CONFUSED_IMAGES]
            shown[rank, : len(found)] = test[found]
            pair = {"actual": actual, "predicted": predicted, "count": int(mistakes[actual, predicted])}
            rows.append({**best.keys, **pair, "images": " ".join(map(str, index[found]))})
        images[dataset] = shown.reshape(-1, *test.shape[1:])
    return rows, images


def provenance(study: Study) -> Record:
    """Return hashes of data and weights, versions and platform. Not the git commit, which no run can know of itself."""
    return {
        "data": {
            str(path): sources.digest(path, "sha256")
            for dataset in study.selection.datasets
            for split in SPLITS
            for path in (paths.images(dataset, split), paths.labels(dataset, split))
        },
        "weights": {name: sources.digest(paths.weights(name), "sha256") for name, _ in _networks(study)},
        "params": study.model_dump(mode="json", by_alias=True, exclude={"difficulty"}),
        "versions": {"python": platform.python_version()} | _package_versions(),
        "platform": {"system": platform.system(), "machine": platform.machine(), "cores": cores()},
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
    return product(study.selection.datasets, study.selection.features)


def _networks(study: Study) -> Iterator[tuple[str, Network]]:
    for name in study.selection.networks:
        entry = study.network(name)
        if isinstance(entry, Network):
            yield name, entry


def _confusion(study: Study, cell: Cell, labels: dict[str, npt.NDArray[np.uint8]]) -> npt.NDArray[np.int64]:
    return statistics.confusion(labels[cell.dataset], cell.predictions, len(study.dataset(cell.dataset).classes))
