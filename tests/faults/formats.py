"""Every format that the program reads: sound files of it, and how they are read."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mnist_transfer import artifacts, files, paths, study, yaml
from mnist_transfer import tables as schema
from mnist_transfer.data import idx, own, sources, splits
from mnist_transfer.paths import SPLITS
from mnist_transfer.results import gather as collect
from mnist_transfer.results import read, sheets
from tests.results import tiny_study
from tests.studies import SMALL

NETWORK, DATASET, FEATURES = "net", "toys", "none/all"
SIZES: dict[paths.Split, int] = {"train": 100, "test": 50}
PACKED, WEIGHTS, KERAS = Path("images.gz"), paths.weights(NETWORK), Path("keras.h5")
SHEET, SHEET_SIZE = Path("sheet.webp"), (30, (20, 24))
TIMES = {"fit_seconds": 1.0, "predict_seconds": 1.0, "shared_by": 1, "cores": 1, "processor": "A", "engine": "B"}
ARCHIVE = paths.DATA / "mine/mine.npz"


@dataclass(frozen=True)
class Format:
    """What is read by the same code.

    Attributes
    ----------
    names
        The files, of which one at a time is spoilt.
    read
        Reads the one that is spoilt as the program does, and whatever the program reads with it.
    number
        How often one of them is spoilt in the campaign.
    """

    names: Callable[[], list[Path]]
    read: Callable[[Path], object]
    number: int


def lay_out() -> None:
    """Write sound files of every format into the working directory."""
    chance = np.random.default_rng(1)
    tiny_study.write(Path(), measured=True)
    files.write_text(paths.PARAMS, yaml.dump(SMALL))
    parameters = study.load()
    for split, number in SIZES.items():
        labels = (np.arange(number) % 3).astype(np.uint8)
        images = chance.integers(0, 256, (number, 20, 24), np.uint8)
        idx.write(paths.images(DATASET, split), images)
        idx.write(paths.labels(DATASET, split), labels)
        files.write_npy(paths.split(DATASET, split, "index"), np.arange(number, dtype=np.int32))
        files.write_npy(paths.split(DATASET, split, "labels"), labels)
        files.write_npy(paths.features(DATASET, FEATURES, split), chance.random((number, 4), np.float32))
    PACKED.write_bytes(gzip.compress(idx.serialize(images), mtime=0))
    projection = {"variance": np.ones(3)} | {f"{split}_xyz": np.zeros((number, 3)) for split, number in SIZES.items()}
    clusters = {f"{split}_cluster": np.zeros(number, np.uint8) for split, number in SIZES.items()}
    files.write_npz(paths.projection(DATASET, FEATURES), **projection, **clusters)
    files.write_npz(ARCHIVE, x_train=images, y_train=labels, x_test=images, y_test=labels)
    for name in parameters.selection.features:
        for row in parameters.rows:
            folder = paths.classifier(DATASET, name, row.classifier, row.value)
            files.write_json(
                folder / "metrics.json", dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "macro_f1"), 0.5)
            )
            files.write_json(folder / "timing.json", TIMES)
            files.write_npy(folder / "predictions.npy", labels)
    layers = [{"layer": f"block{n}_pool", "kind": "MaxPooling2D", "shape": [3, 3, 8], "parameters": 0} for n in (4, 5)]
    files.write_json(paths.layers(NETWORK), {"layers": layers})
    sheets.write(SHEET, chance.integers(0, 256, (SHEET_SIZE[0], *SHEET_SIZE[1]), np.uint8))


def _json_of_the_study() -> list[Path]:
    return [paths.layers(NETWORK), *sorted(paths.classifier(DATASET, FEATURES, "svm", None).glob("*.json"))]


def _read_params(path: Path) -> None:
    found = study.load(path)
    found.model_dump_json()
    assert all(found.rows_of(row.classifier) for row in found.rows)


def _read_idx(path: Path) -> None:
    for split in SPLITS:
        splits.raw(study.load(), DATASET, split)


def _read_packed(path: Path) -> None:
    unpacked = path.with_suffix(".idx")
    sources.decompress(path, unpacked, most=100_000)
    idx.read(unpacked)


def _read_npy(path: Path) -> None:
    for split in SPLITS:
        artifacts.read_split(DATASET, split, "index")
    train, labels, _, _ = artifacts.read_labelled(study.load(), DATASET, FEATURES)
    assert len(train) == len(labels)
    artifacts.read_predictions(paths.classifier(DATASET, FEATURES, "svm", None), SIZES["test"], 3)


def _read_npz(path: Path) -> None:
    if path == ARCHIVE:
        own.remedy("mine", study.load().dataset(DATASET))
    elif path == paths.SAMPLES:
        read.read()
    else:
        artifacts.read_projection(study.load(), DATASET, FEATURES)


def _read_json_of_the_study(path: Path) -> None:
    parameters = study.load()
    artifacts.read_widths(parameters, DATASET, NETWORK)
    labels = {DATASET: artifacts.read_split(DATASET, "test", "labels")}
    folder = paths.classifier(DATASET, FEATURES, "svm", None)
    if path.parent == folder:
        cells = collect.read_cells(parameters, labels)
        schema.ACCURACY.write(Path("accuracy.csv"), collect.accuracy(cells))
        schema.TIMING.write(Path("timing.csv"), collect.timing(cells))


def _read_table(path: Path) -> None:
    schema.TABLES[path.stem].read(path)


def _read_measure(path: Path) -> None:
    schema.MEASURES[path.relative_to(paths.RESULTS).parts[1]].read(path)


def _read_sheet(path: Path) -> None:
    number, shape = SHEET_SIZE
    assert sheets.read(path, number, shape).images().shape == (number, *shape)


@cache
def _tiny() -> Any:
    """Return a network whose file is small enough for damage to hit what matters."""
    import keras

    inputs = keras.Input((4, 4, 1))
    outputs = keras.layers.Conv2D(2, 1, name="two")(keras.layers.Conv2D(2, 1, name="one")(inputs))
    return keras.Model(inputs, outputs, name="tiny")


def _tensors() -> list[Path]:
    import safetensors.numpy

    WEIGHTS.parent.mkdir(exist_ok=True)
    from tests.extraction.nets import random_tensors

    WEIGHTS.write_bytes(safetensors.numpy.save(random_tensors(_tiny())))
    return [WEIGHTS]


def _read_tensors(path: Path) -> None:
    from mnist_transfer.extraction import networks

    networks.check(networks.read(NETWORK), networks.shapes(_tiny()), str(path))


def _keras() -> list[Path]:
    from tests.extraction.nets import random_tensors, write_h5

    write_h5(KERAS, random_tensors(_tiny()), _tiny())
    _tiny().save_weights("keras.weights.h5")
    return [KERAS, Path("keras.weights.h5")]


def _read_keras(path: Path) -> None:
    from mnist_transfer.extraction import networks, weights

    weights.PATIENCE = 1.0
    networks.check(weights.read_h5(path, _tiny()), networks.shapes(_tiny()), str(path))


#: By what they are called.
FORMATS = {
    "params.yaml": Format(lambda: [paths.PARAMS], _read_params, 1250),
    "IDX": Format(
        lambda: [path for split in SPLITS for path in (paths.images(DATASET, split), paths.labels(DATASET, split))],
        _read_idx,
        1500,
    ),
    "IDX in gzip": Format(lambda: [PACKED], _read_packed, 1500),
    "npy": Format(
        lambda: [
            *(paths.split(DATASET, split, "labels") for split in SPLITS),
            *(paths.split(DATASET, split, "index") for split in SPLITS),
            *(paths.features(DATASET, FEATURES, split) for split in SPLITS),
            paths.classifier(DATASET, FEATURES, "svm", None) / "predictions.npy",
        ],
        _read_npy,
        1500,
    ),
    "npz": Format(lambda: [paths.projection(DATASET, FEATURES), ARCHIVE], _read_npz, 1500),
    "images of the results": Format(lambda: [paths.SAMPLES], _read_npz, 250),
    "JSON of the study": Format(_json_of_the_study, _read_json_of_the_study, 1000),
    "JSON of the results": Format(lambda: [paths.PROVENANCE, paths.MEASURED], lambda _: read.read(), 500),
    "tables": Format(lambda: [paths.table(name) for name in schema.TABLES], _read_table, 1500),
    "tables of measures": Format(lambda: sorted((paths.RESULTS / "difficulty").rglob("*.csv")), _read_measure, 750),
    "safetensors": Format(_tensors, _read_tensors, 1500),
    "HDF5": Format(_keras, _read_keras, 1500),
    "WebP": Format(lambda: [SHEET], _read_sheet, 750),
}
