"""The measures of a tiny study, made by hand: digits are easy and garments hard, whatever the measure."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.measures import MEASURES
from mnist_transfer.study import Study

Record = dict[str, Any]

_ON: dict[str, Any] = {"features": ["pixels/all"]}
_FITTED: dict[str, Any] = {"classifiers": ["nearest"]}
DIFFICULTY: dict[str, Any] = {
    "look_alikes": {"garments": [["g0", "g1"]], "digits": [["d4", "d9"]]},
    "classifiers": {
        "nearest": {"title": "Nearest", "class": "sklearn.neighbors.KNeighborsClassifier", "scale": True},
        "forest": {"title": "Forest", "class": "sklearn.ensemble.RandomForestClassifier", "scale": False},
    },
    "learning_curves": {**_ON, "sizes": [20, 40], "draws": {"nearest": [2, 1], "forest": [2, 1]}},
    "one_pixel": _ON,
    "mcnemar": _ON,
    "resolution": {**_ON, "images": [20, 40], "resamples": 20},
    "seed_noise": {**_ON, "classifiers": ["forest"], "seeds": 2},
    "depth": {**_FITTED, "networks": ["vgg16", "vgg16-random", "pixels"], "train": 40},
    "merged": _ON,
    "dropped": {**_ON, **_FITTED, "train": 40},
    "shared_errors": {**_ON, "classifier": "nearest", "train": 40},
    "geometry": {**_ON, "images": 40, "draws": 2},
    "clusters": {**_ON, "clusters": [5, 10], "seeds": 2},
    "frozen": {
        "networks": ["vgg16-random"],
        "train": 20,
        "validation": 20,
        "layers": [["block3"], ["block3", "block5"]],
        "classifiers": {"nearest": {"title": "Nearest", "class": "sklearn.neighbors.KNeighborsClassifier", "scale": True}},
    },
}


def difficulty(networks: Sequence[str], datasets: Sequence[str]) -> Record:
    """Return the settings for a study that has these networks and datasets."""
    alike = {name: groups for name, groups in DIFFICULTY["look_alikes"].items() if name in datasets}
    return {**DIFFICULTY, "look_alikes": alike, "depth": {**DIFFICULTY["depth"], "networks": list(networks)}}


def write(folder: Path, study: Study) -> None:
    """Write ``results/difficulty/`` in `folder`."""
    assert study.difficulty is not None
    for name in MEASURES:
        for dataset, part in product(study.selection.datasets, study.difficulty.parts(name)):
            path = folder / paths.measure(name, dataset, part)
            schema.MEASURES[name].write(path, ROWS[name](study, dataset, part))
            if name == "shared_errors":
                files.write_npz(path.with_suffix(".npz"), images=np.full((1, 28, 28), 99, np.uint8))


def error(dataset: str) -> float:
    return 0.05 if dataset == "digits" else 0.2


def estimate(dataset: str, better: float = 0.0) -> Record:
    accuracy = 1 - error(dataset) + better
    return {"test": 20, "accuracy": accuracy, "accuracy_low": accuracy - 0.02, "accuracy_high": accuracy + 0.02}


def _place(dataset: str, features: str, classifier: str | None = None) -> Record:
    return {"dataset": dataset, "features": features} | ({"classifier": classifier} if classifier else {})


def _learning_curves(study: Study, dataset: str, features: str) -> Iterator[Record]:
    assert study.difficulty is not None
    curves = study.difficulty.learning_curves
    for name, draws in curves.draws.items():
        for (at, size), number in zip(enumerate(curves.sizes), draws, strict=True):
            for draw in range(number):
                yield _place(dataset, features, name) | {"train": size, "draw": draw} | estimate(dataset, 0.1 * (at - 1))


def _one_pixel(study: Study, dataset: str, features: str) -> Iterator[Record]:
    for first, second in combinations(range(len(study.dataset(dataset).classes)), 2):
        rule = {"pixel": 400 + first, "threshold": 9, "below": first, "train_accuracy": 0.9}
        yield _place(dataset, features) | {"first": first, "second": second} | rule | estimate(dataset)


def _mcnemar(study: Study, dataset: str, features: str) -> Iterator[Record]:
    for first, second in combinations(study.rows, 2):
        p = 0.001 if dataset == "garments" else 0.2
        names = {"first": first.name, "second": second.name}
        yield _place(dataset, features) | names | {"first_only": 9, "second_only": 1, "p": p, "p_holm": p}


def _resolution(study: Study, dataset: str, features: str) -> Iterator[Record]:
    assert study.difficulty is not None
    pairs = len(study.rows) * (len(study.rows) - 1) // 2
    for images in study.difficulty.resolution.images:
        apart = pairs / 2 if dataset == "garments" else 0.0
        yield _place(dataset, features) | {
            "images": images,
            "pairs": pairs,
            "apart": apart,
            "apart_low": apart / 2,
            "apart_high": apart,
        }


def _seed_noise(study: Study, dataset: str, features: str) -> Iterator[Record]:
    for seed in (1, 2):
        yield _place(dataset, features, "forest") | {"seed": seed} | estimate(dataset, 0.001 * seed)


def _depth(study: Study, dataset: str, network: str) -> Iterator[Record]:
    for at, layer in enumerate(study.network(network).layers):
        yield _place(dataset, f"{network}/{layer}", "nearest") | {"train": 40} | estimate(dataset, -0.03 * at)


def _merged(study: Study, dataset: str, features: str) -> Iterator[Record]:
    for row in study.rows:
        merged = 1 - error(dataset) / 2
        gained = {"merged": merged, "merged_low": merged - 0.01, "merged_high": merged + 0.01}
        compared = {"others": 1 - error(dataset) + 0.01, "as_good": 0.02}
        yield _place(dataset, features, row.name) | estimate(dataset) | gained | compared


def _dropped(study: Study, dataset: str, features: str) -> Iterator[Record]:
    for kept, better in (("all", 0.0), ("look-alikes", -0.03), ("others", 0.03)):
        yield _place(dataset, features, "nearest") | {"kept": kept, "classes": 5, "train": 40} | estimate(dataset, better)


def _shared_errors(study: Study, dataset: str, features: str) -> Iterator[Record]:
    found = {"place": 3, "label": 1, "voted": 0, "votes": 2, "quality": 0.01, "likely": 0, "verdict": "label in doubt"}
    yield _place(dataset, features) | {"index": 3} | found


def _geometry(study: Study, dataset: str, features: str) -> Iterator[Record]:
    quantities = {"intrinsic_dimension": 12.0, "nearest_neighbour_error": error(dataset), "silhouette": -0.01}
    for (name, value), draw in product(quantities.items(), (0, 1)):
        yield _place(dataset, features) | {"quantity": name, "draw": draw, "images": 40, "value": value * (1 + 0.1 * draw)}


def _clusters(study: Study, dataset: str, features: str) -> Iterator[Record]:
    for clusters, seed in product((5, 10), (1, 2)):
        yield _place(dataset, features) | {"clusters": clusters, "seed": seed, "images": 40, "adjusted_rand_index": 0.3}


def _frozen(study: Study, dataset: str, network: str) -> Iterator[Record]:
    for at, layers in enumerate(("block3", "block3+block5")):
        place = _place(dataset, f"{network}/{layers}", "nearest")
        yield place | {"on": "validation", "train": 20} | estimate(dataset, 0.01 * at)
    yield place | {"on": "test", "train": 40} | estimate(dataset, 0.02)


ROWS: dict[str, Callable[[Study, str, str], Iterator[Record]]] = {
    "learning_curves": _learning_curves,
    "one_pixel": _one_pixel,
    "mcnemar": _mcnemar,
    "resolution": _resolution,
    "seed_noise": _seed_noise,
    "depth": _depth,
    "merged": _merged,
    "dropped": _dropped,
    "shared_errors": _shared_errors,
    "geometry": _geometry,
    "clusters": _clusters,
    "frozen": _frozen,
}
