"""Gather what the report needs, and nothing large, into ``results/``, which git tracks."""

import contextlib
import importlib.metadata
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, files, paths, projection, tables
from mnist_transfer.artifacts import Images, Labels
from mnist_transfer.claims import verdicts
from mnist_transfer.classifiers import statistics
from mnist_transfer.cores import cores
from mnist_transfer.data import own, sources
from mnist_transfer.entries import Network
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.results import metrics, plots, recipes, sheets
from mnist_transfer.results.published import published
from mnist_transfer.results.read import read
from mnist_transfer.results.recipes import draw
from mnist_transfer.study import Row, Study, measure_module
from mnist_transfer.tables import CONFUSED_IMAGES, MISTAKEN_IMAGES, REMEDY

#: Which images of each dataset the study uses.
Chosen = dict[str, dict[Split, Images]]
#: So many images that every classifier mistakes are kept to be shown, those with the least credible labels first.
SHOWN = 24
#: Sample images kept of each class.
SAMPLES = 8
#: Packages whose versions decide the digits; the last three have another name, or are missing, on some platforms.
PACKAGES = (
    *("dvc", "keras", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy"),
    *("tensorflow", "tensorflow-cpu"),
)

Record = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One number of the accuracy table and what belongs to it: `predictions` are of shape (n_test,)."""

    dataset: str
    features: str
    row: Row
    metrics: Record
    predictions: Labels

    @property
    def keys(self) -> Record:
        """Its place, as the tables name it."""
        return {"dataset": self.dataset, "features": self.features, "classifier": self.row.name}


def run(study: Study) -> None:
    """Read what the other stages wrote and write ``results/``: tables, points, images, metrics, claims and plots."""
    chosen = {name: artifacts.read_splits(name) for name in study.selection.datasets}
    cells = read_cells(study, chosen)
    tables.write("accuracy", accuracy(cells))
    tables.write("confusion", confusion(study, cells, chosen))
    tables.write("projection", projections(study, chosen))
    tables.write("layers", layers(study))
    tables.write("features", widths(study))
    tables.TIMING.write(paths.TIMING, timing(cells))
    tables.STAGES.write(paths.STAGES, stages(study))
    for dataset, features in _pairs(study):
        tables.POINTS.write(paths.points(dataset, features), points(study, dataset, features, chosen[dataset]))
    files.write_npz(paths.SAMPLES, **{name: samples(study, name, chosen[name]) for name in study.selection.datasets})
    confused, mistaken = confused_pairs(study, cells, chosen)
    tables.write("confused", confused)
    for dataset in study.selection.datasets:
        pictures = {"points": point_images(study, dataset, chosen[dataset]), "confused": mistaken[dataset]}
        for content in paths.SHEETS:
            sheets.write(paths.sheet(content, dataset), pictures[content])
        if "frozen" in study.measures:
            sheets.write(paths.sheet("mistaken", dataset), mistaken_images(study, dataset))
    for names, table_of in ((study.measures, paths.measure), (study.comparisons, paths.comparison)):
        for name, dataset in product(names, study.selection.datasets):
            files.write_text(paths.measure_table(name, dataset), files.read_text(table_of(name, dataset), REMEDY))
    for path, images in shared_errors(study):
        files.write_npz(path, images=images)
    recipes.run(study)
    files.write_json(paths.PROVENANCE, provenance(study))
    metrics.run(study)
    written = read()
    verdicts.run(written)
    plots.run(written)


def read_cells(study: Study, chosen: Chosen) -> list[Cell]:
    """Read every classifier's artifacts, in the order of the tables."""
    cells = []
    for dataset, features in _pairs(study):
        predicted = artifacts.read_predictions(study, dataset, features, chosen[dataset]["test"].labels)
        for row in study.rows:
            folder = paths.classifier(dataset, features, row.classifier, row.value)
            scores = files.read_json(folder / "metrics.json", REMEDY)
            cells.append(Cell(dataset, features, row, scores, predicted[row.name]))
    return cells


def accuracy(cells: list[Cell]) -> Iterator[Record]:
    """Yield the rows of the accuracy table."""
    paper = published().query("source == 'paper'").set_index(["classifier", "dataset"])["accuracy"]
    for cell in cells:
        scores = {name: cell.metrics[name] for name in ("accuracy", "accuracy_low", "accuracy_high", "macro_f1")}
        yield {**cell.keys, "title": cell.row.title, **scores, "paper": paper.get((cell.row.name, cell.dataset))}


def timing(cells: list[Cell]) -> Iterator[Record]:
    """Yield what every row cost, as far as that is known: a fit that DVC took from its cache keeps what stood here before."""
    before = _known(tables.TIMING, paths.TIMING)
    for cell in cells:
        path = paths.timing(cell.dataset, cell.features, cell.row.classifier)
        if path.is_file():
            cost = files.read_json(path, REMEDY)
            kept = {name: cost[name] for name in tables.TIMING.columns if name != "iterations"}
            yield {**cell.keys, **kept, "iterations": cell.metrics.get("n_iter")}
        elif (key := tuple(cell.keys.values())) in before:
            yield before[key]


def stages(study: Study) -> Iterator[Record]:
    """Yield what every stage before this one cost, likewise."""
    before = _known(tables.STAGES, paths.STAGES)
    for command in commands(study):
        path = paths.stage_time(command)
        if path.is_file():
            cost = files.read_json(path, REMEDY)
            yield {"stage": command, **{name: cost[name] for name in tables.STAGES.columns}}
        elif (command,) in before:
            yield before[command,]


def commands(study: Study) -> Iterator[str]:
    """Yield the commands of a study's stages, in the order of its pipeline."""
    chosen = study.selection
    for dataset in chosen.datasets:
        yield f"split {dataset}"
        yield from (f"features {dataset} {network}" for network in chosen.networks)
        yield f"project {dataset}"
        yield from (f"classify {dataset} {pair[0]} {pair[1]}" for pair in product(chosen.features, chosen.classifiers))
        yield from (f"measure {name} {dataset}" for name in chosen.measures)
        yield f"compare {dataset}"
        if study.replay is not None and dataset in study.replay.datasets:
            yield f"replay {dataset}"


def _known(table: tables.Table, path: Path) -> dict[Any, Record]:
    """Return the rows of a table that is there, by their keys."""
    if not path.is_file():
        return {}
    known = table.read(path)
    records = [{str(name): value for name, value in record.items()} for record in known.to_dict("records")]
    return dict(zip(known[list(table.keys)].itertuples(index=False, name=None), records, strict=True))


def confusion(study: Study, cells: list[Cell], chosen: Chosen) -> Iterator[Record]:
    """Yield how many test images of one class each row takes for another, or recognises."""
    for cell in cells:
        for (actual, predicted), count in np.ndenumerate(_confusion(study, cell, chosen)):
            if count:
                yield {**cell.keys, "actual": actual, "predicted": predicted, "count": int(count)}


def projections(study: Study, chosen: Chosen) -> Iterator[Record]:
    """Yield the explained variance of every projection, and how its clusters agree with the classes."""
    for dataset, features in _pairs(study):
        projected = artifacts.read_projection(study, dataset, features)
        variance = {f"variance_{axis}": float(share) for axis, share in enumerate(projected["variance"], 1)}
        for split in SPLITS:
            quality = projection.quality(chosen[dataset][split].labels, projected[f"{split}_cluster"])
            yield {"dataset": dataset, "features": features, "split": split, **variance, **quality}


def layers(study: Study) -> Iterator[Record]:
    """Yield the layers of each network, with the features that are cut there."""
    for network in study.selection.networks:
        entry = study.network(network)
        if isinstance(entry, Network):
            for layer in _layers(study, network)["layers"]:
                cuts = [f"{network}/{name}" for name, cut in entry.layers.items() if cut.layer == layer["layer"]]
                shape = " × ".join(map(str, layer["shape"]))
                yield {"network": network, **layer, "shape": shape, "features": " ".join(cuts)}


def widths(study: Study) -> Iterator[Record]:
    """Yield how many features each layer of the study's networks gives."""
    for network in study.selection.networks:
        for layer, width in _layers(study, network)["widths"].items():
            yield {"features": f"{network}/{layer}", "width": width}


def _layers(study: Study, network: str) -> Record:
    return files.read_json(paths.layers(study.selection.datasets[0], network), REMEDY)


def points(study: Study, dataset: str, features: str, chosen: dict[Split, Images]) -> Iterator[Record]:
    """Yield the plotted points of each split: position, class, cluster and row in the raw file."""
    projected = artifacts.read_projection(study, dataset, features)
    classes = len(study.dataset(dataset).classes)
    for split in SPLITS:
        yield from draw(projected, split, chosen[split].labels, chosen[split].index, classes, study.seed)


def point_images(study: Study, dataset: str, chosen: dict[Split, Images]) -> npt.NDArray[np.uint8]:
    """Return the images of a dataset's plotted points: uint8 (n, height, width).

    They are in the order of the points' rows, which is the same for all features.
    """
    drawn = list(points(study, dataset, study.selection.features[0], chosen))
    rows = {split: [point["index"] for point in drawn if point["split"] == split] for split in SPLITS}
    return np.concatenate([artifacts.read_raw(study, dataset, split)[0][rows[split]] for split in SPLITS])


def samples(study: Study, dataset: str, chosen: dict[Split, Images]) -> npt.NDArray[np.uint8]:
    """Return the first training images of each class: uint8 (classes, `SAMPLES`, height, width)."""
    images, labels = artifacts.read_images(study, dataset, "train"), chosen["train"].labels
    shown = np.zeros((len(study.dataset(dataset).classes), SAMPLES, *images.shape[1:]), np.uint8)
    for label in range(len(shown)):
        first = images[labels == label][:SAMPLES]
        shown[label, : len(first)] = first
    return shown


def shared_errors(study: Study) -> Iterator[tuple[Path, npt.NDArray[np.uint8]]]:
    """Yield the first of the images that every classifier mistakes, and the file where they belong."""
    if "shared_errors" in study.comparisons:
        for dataset in study.selection.datasets:
            table = measure_module("shared_errors").TABLE.read(paths.measure_table("shared_errors", dataset))
            images, _ = artifacts.read_raw(study, dataset, "test")
            for features in study.comparisons["shared_errors"].parts:
                rows = table[table["features"] == features]["index"].head(SHOWN).to_numpy()
                yield paths.shared_errors(dataset, features), images[rows]


def mistaken_images(study: Study, dataset: str) -> npt.NDArray[np.uint8]:
    """Return the first test images that the best candidate on frozen features gets wrong: uint8 (n, height, width)."""
    frozen = measure_module("frozen")
    mistakes = frozen.mistakes(frozen.TABLE.read(paths.measure("frozen", dataset)))
    shown: npt.NDArray[np.uint8] = artifacts.read_images(study, dataset, "test")[mistakes[:MISTAKEN_IMAGES, 0]]
    return shown


def confused_pairs(study: Study, cells: list[Cell], chosen: Chosen) -> tuple[list[Record], dict[str, npt.NDArray[np.uint8]]]:
    """Find what the best row on the first features mistakes for what, the commonest mistake first, with images that show it.

    By dataset there are `CONFUSED_IMAGES` test images for each row, zeros where a pair of classes has fewer.
    """
    rows: list[Record] = []
    images = {}
    for dataset in study.selection.datasets:
        of_features = [cell for cell in cells if (cell.dataset, cell.features) == (dataset, study.selection.features[0])]
        best = max(of_features, key=lambda cell: float(cell.metrics["accuracy"]))
        mistakes = _confusion(study, best, chosen)
        np.fill_diagonal(mistakes, 0)
        ranked = np.argsort(-mistakes, axis=None, kind="stable")[: np.count_nonzero(mistakes)]
        test, tested = artifacts.read_images(study, dataset, "test"), chosen[dataset]["test"]
        shown = np.zeros((len(ranked), CONFUSED_IMAGES, *test.shape[1:]), np.uint8)
        for rank, (actual, predicted) in enumerate(divmod(int(place), len(mistakes)) for place in ranked):
            found = np.flatnonzero((tested.labels == actual) & (best.predictions == predicted))[:CONFUSED_IMAGES]
            shown[rank, : len(found)] = test[found]
            pair = {"actual": actual, "predicted": predicted, "count": int(mistakes[actual, predicted])}
            rows.append({**best.keys, **pair, "images": " ".join(map(str, tested.index[found]))})
        images[dataset] = shown.reshape(-1, *test.shape[1:])
    return rows, images


def provenance(study: Study) -> Record:
    """Return hashes of data and weights, versions and platform. Not the git commit, which no run can know of itself."""
    entries = map(study.network, study.selection.networks)
    pretrained = [entry for entry in entries if isinstance(entry, Network) and entry.weights == "imagenet"]
    versions = {"python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    return {
        "data": {path: digest for dataset in study.selection.datasets for path, digest in own.digests(dataset).items()},
        "weights": {
            str(path): sources.digest(path, "sha256") for path in (paths.weights(entry.architecture) for entry in pretrained)
        },
        "params": study.model_dump(mode="json", by_alias=True) | {"datasets": dict(_datasets(study))},
        "versions": versions,
        "platform": {"system": platform.system(), "machine": platform.machine(), "cores": cores()},
    }


def _datasets(study: Study) -> Iterator[tuple[str, Record]]:
    """Yield the entries of the datasets, those of the study with what they leave to the data."""
    for name, entry in study.datasets.items():
        if name in study.selection.datasets:
            shape = artifacts.read_raw(study, name, "test")[0].shape[1:]
            entry = study.dataset(name).model_copy(update={"image_shape": shape})
        yield name, entry.model_dump(mode="json")


def _pairs(study: Study) -> Iterator[tuple[str, str]]:
    return product(study.selection.datasets, study.selection.features)


def _confusion(study: Study, cell: Cell, chosen: Chosen) -> npt.NDArray[np.int64]:
    labels = chosen[cell.dataset]["test"].labels
    return statistics.confusion(labels, cell.predictions, len(study.dataset(cell.dataset).classes))
