"""A tiny study's results, made by hand: what `gather` would write for made-up datasets."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.paths import SPLITS
from mnist_transfer.results import sheets
from mnist_transfer.results.read import replayed
from mnist_transfer.study import MEASURES, Study
from tests.results import tiny_measures

FILES = [
    "provenance.json",
    "timing.csv",
    "stages.csv",
    *(f"tables/{name}.csv" for name in schema.TABLES),
    "points/digits/vgg16-random/block5.csv",
    "points/garments/pixels/all.csv",
    "images/samples.npz",
    "images/confused-digits.webp",
    "images/points-garments.webp",
]

_LAYERS = {"block5": {"layer": "block5_pool", "pooling": "flatten"}, "block3": {"layer": "block3_pool", "pooling": "mean-max"}}
_VGG16: dict[str, Any] = {"architecture": "VGG16", "preparation": {"size": 48}, "layers": _LAYERS}
NETWORKS: dict[str, Any] = {
    "vgg16": {**_VGG16, "weights": "imagenet"},
    "vgg16-unit": {**_VGG16, "weights": "imagenet", "preparation": {"size": 48, "scaling": "unit"}},
    "vgg16-random": {**_VGG16, "weights": "random"},
    "pixels": {"architecture": "none"},
}
CLASSIFIERS: dict[str, Any] = {
    "knn": {"class": "sklearn.neighbors.KNeighborsClassifier", "arguments": {"n_neighbors": [3, 5]}},
    "svm-linear": {"class": "sklearn.svm.SVC", "arguments": {"kernel": "linear"}},
}
TITLES = {"knn": "k-Nearest Neighbours ({n_neighbors})", "svm-linear": "SVM (linear)"}
REPLICATION: dict[str, Any] = {
    "network": "vgg16-random",
    "layer": "block5",
    "search": {
        "preparations": ["repeat-nearest-unit-caffe", "repeat-nearest-none", "study"],
        "z_score": ["none", "train"],
        "train": [20, 30],
        "test": 20,
    },
    "full": [
        f"{preparation}/{z_score}/{split}"
        for preparation in ("repeat-nearest-unit-caffe", "study")
        for z_score in ("none", "train")
        for split in ("official", "kaggle")
    ],
}


def write(
    folder: Path,
    datasets: tuple[str, ...] = ("garments", "digits"),
    features: tuple[str, ...] = ("vgg16-random/block5", "pixels/all"),
    classifiers: tuple[str, ...] = ("knn",),
    published: bool = False,
    classes: Mapping[str, int] | None = None,
    replicated: bool = False,
    measured: bool = False,
) -> None:
    """Write ``results/`` in `folder`; digits are easy and garments hard, whatever the features; ten `classes` unless told."""
    number = dict.fromkeys(datasets, 10) | dict(classes or {})
    networks = list(dict.fromkeys(name.split("/")[0] for name in features))
    entry = {"train": 40, "test": 20}
    content: dict[str, Any] = {
        "seed": 1,
        "study": {"datasets": datasets, "networks": networks, "features": features, "classifiers": classifiers},
        "datasets": {
            name: entry
            | {"title": name.capitalize(), "image_shape": [28, 28], "classes": [f"{name[0]}{n}" for n in range(number[name])]}
            for name in datasets
        },
        "networks": NETWORKS,
        "classifiers": CLASSIFIERS,
        "titles": TITLES,
    }
    if replicated:
        content["replay"] = {"datasets": datasets} | REPLICATION
    if measured:
        content |= tiny_measures.settings(networks, datasets)
        content["study"]["measures"] = list(MEASURES)
    study = Study.model_validate(content)
    (folder / paths.PARAMS).touch()  # which says that commands may run here
    provenance = {
        "data": {f"data/{name}/train-images-idx3-ubyte": "0" * 64 for name in datasets},
        "weights": {"data/vgg16/weights.safetensors": "1" * 64},
        "params": study.model_dump(mode="json", by_alias=True),
        "versions": {"python": "3.11.0"},
        "platform": {"system": "Linux", "machine": "x86_64", "cores": 1},
    }
    files.write_json(folder / paths.PROVENANCE, provenance)

    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("accuracy", "timing", "confusion", "projection", "confused")}
    scores = ("accuracy", "accuracy_low", "accuracy_high", "macro_f1")
    quality = {"adjusted_rand_index": 0.2, "normalized_mutual_information": 0.3, "purity": 0.4}
    quality |= {"variance_1": 0.2, "variance_2": 0.1, "variance_3": 0.05}
    for dataset, kind in product(datasets, features):
        at, last = {"dataset": dataset, "features": kind}, number[dataset] - 1
        for place, row in enumerate(study.rows):
            keys = at | {"classifier": row.name}
            score = min((0.98 if dataset == "digits" else 0.60) + 0.01 * features.index(kind), 1) - 0.05 * place
            found = dict(zip(scores, (score, score - 0.03, min(score + 0.03, 1), score), strict=True))
            rows["accuracy"].append(keys | found | {"title": row.title, "paper": 0.5 if published else None})
            cost = {"fit_seconds": 1.5, "predict_seconds": 0.5, "shared_by": len(study.rows_of(row.classifier)), "cores": 1}
            rows["timing"].append(keys | cost | {"iterations": None, "processor": "Processor A"})
            # Two test images of every class are recognised, and three of the last one are not.
            rows["confusion"] += [keys | {"actual": label, "predicted": label, "count": 2} for label in range(last + 1)]
            rows["confusion"].append(keys | {"actual": last, "predicted": 0, "count": 3})
        rows["projection"] += [at | {"split": split} | quality for split in SPLITS]
        schema.POINTS.write(folder / paths.points(dataset, kind), _points(last + 1))
        if kind == features[0]:
            worst = {"actual": last, "predicted": 0, "classifier": study.rows[0].name, "count": 3, "images": "1 2 3"}
            rows["confused"].append(at | worst)
    cuts = [f"{name}/{layer}" for name in networks for layer in study.network(name).layers]
    rows["features"] = [{"features": name, "width": 784 if name == "pixels/all" else 512} for name in cuts]
    rows["layers"] = _layers(networks)
    schema.TIMING.write(folder / paths.TIMING, rows.pop("timing"))
    stage = {"stage": "project digits", "seconds": 90.0, "cores": 2, "processor": "P"}
    schema.STAGES.write(folder / paths.STAGES, [stage])
    for name in rows:
        schema.TABLES[name].write(folder / paths.table(name), rows[name])
    schema.RECIPES.write(folder / paths.RECIPES, _recipes(study))
    for dataset, recipe in replayed(study):
        schema.POINTS.write(folder / paths.replay_points(dataset, recipe), _points(number[dataset]))
    tiny_measures.write(folder, study)
    rng = np.random.default_rng(1)
    samples = {name: rng.integers(1, 255, (number[name], 8, 28, 28), np.uint8) for name in datasets}
    files.write_npz(folder / paths.SAMPLES, **samples)
    for name in datasets:
        for kind, shown in zip(paths.SHEETS, (len(_points(number[name])), schema.CONFUSED_IMAGES), strict=True):
            sheets.write(folder / paths.sheet(kind, name), rng.integers(1, 255, (shown, 28, 28), np.uint8))


def _layers(networks: Iterable[str]) -> list[dict[str, Any]]:
    layers = [("input_layer", "48 × 48 × 3", 0, ""), ("block3_pool", "6 × 6 × 256", 1_234, "block3")]
    layers.append(("block5_pool", "1 × 1 × 512", 0, "block5"))
    return [
        {"network": network, "layer": name, "kind": "MaxPooling2D", "shape": shape, "parameters": parameters}
        | {"features": f"{network}/{cut}" if cut else None}
        for network in networks
        for name, shape, parameters, cut in layers
        if network != "pixels"
    ]


def _recipes(study: Study) -> Iterator[dict[str, Any]]:
    """Yield every recipe's accuracies, which fall by a point from each recipe of a stage to the next, and rise with images."""
    if study.replay is None:
        return
    search, full = study.replay.search, study.replay.full
    stages = [("search", search.recipes, number) for number in search.train] + [("full", full, 40)]
    for stage, recipes, train in stages:
        for (at, recipe), dataset, row in product(enumerate(recipes), study.selection.datasets, study.rows):
            keys = {"stage": stage, "recipe": str(recipe), "dataset": dataset, "classifier": row.name, "train": train}
            yield keys | {"test": 20, "accuracy": round(0.6 + train / 400 - 0.01 * at, 4)}


def _points(classes: int) -> list[dict[str, Any]]:
    xyz = np.random.default_rng(classes).normal(size=(3 * classes, 3)).round(3)
    return [
        {"split": "train" if at < 2 * classes else "test", "index": at, "class": at % classes, "cluster": (at + 1) % classes}
        | dict(zip("xyz", map(float, point), strict=True))
        for at, point in enumerate(xyz)
    ]
