"""The measures of a tiny study, made by hand: digits are easy and garments hard, whatever the measure."""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np

from mnist_transfer import files, paths
from mnist_transfer.study import Study, measure_module

Record = dict[str, Any]

_ON: Record = {"features": ["pixels/all"]}
_NETWORK = "vgg16-random"
MEASURES: Record = {
    "learning_curves": {**_ON, "sizes": [20, 40], "draws": [2, 1], "classifiers": ["knn", "forest"]},
    "one_pixel": _ON,
    "seed_noise": {**_ON, "classifiers": ["forest"], "seeds": 2},
    "depth": {"networks": [_NETWORK, "pixels"], "train": 40, "classifiers": ["knn"]},
    "dropped": {**_ON, "train": 40, "look_alikes": {}, "classifiers": ["knn"]},
    "geometry": {**_ON, "images": 40, "draws": 2},
    "frozen": {"networks": [_NETWORK], "train": 20, "validation": 20, "layers": [["block3"], ["block3", "block5"]]},
}
COMPARISONS: Record = {
    "mcnemar": _ON,
    "resolution": {**_ON, "images": [20, 40], "resamples": 20},
    "merged": {**_ON, "look_alikes": {}},
    "shared_errors": {**_ON, "train": 40},
    "clusters": {**_ON, "clusters": [5, 10], "seeds": 2},
}
_LOOK_ALIKES = {"garments": [[0, 1]], "digits": [[4, 9]]}


def difficulty(networks: Sequence[str], datasets: Sequence[str]) -> Record:
    """Return the settings for a study that has these networks, which include the random one and pixels, and datasets."""
    changes = {"dropped": _alike(datasets), "depth": {"networks": list(networks)}}
    kinds = {"network": networks[0], "control": _NETWORK, "pixels": "pixels"}
    return kinds | {name: settings | changes.get(name, {}) for name, settings in MEASURES.items()}


def comparisons(datasets: Sequence[str]) -> Record:
    """Return the settings of the comparisons for a study that has these datasets."""
    return COMPARISONS | {"merged": COMPARISONS["merged"] | _alike(datasets)}


def _alike(datasets: Sequence[str]) -> Record:
    return {"look_alikes": {name: groups for name, groups in _LOOK_ALIKES.items() if name in datasets}}


def write(folder: Path, study: Study) -> None:
    """Write ``results/difficulty/``, and the images of shared errors, in `folder`."""
    for (name, settings), dataset in product({**study.measures, **study.comparisons}.items(), study.selection.datasets):
        parts = settings.parts
        rows = [row for part in parts for row in ROWS[name](study, dataset, part)]
        measure_module(name).TABLE.write(folder / paths.measure_table(name, dataset), rows)
        for part in parts if name == "shared_errors" else ():
            files.write_npz(folder / paths.shared_errors(dataset, part), images=np.full((1, 28, 28), 99, np.uint8))


def error(dataset: str) -> float:
    return 0.05 if dataset == "digits" else 0.2


def estimate(dataset: str, better: float = 0.0) -> Record:
    accuracy = 1 - error(dataset) + better
    return {"test": 20, "accuracy": accuracy, "accuracy_low": accuracy - 0.02, "accuracy_high": accuracy + 0.02}


def _place(dataset: str, features: str, classifier: str | None = None) -> Record:
    return {"dataset": dataset, "features": features} | ({"classifier": classifier} if classifier else {})


def _learning_curves(study: Study, dataset: str, features: str) -> Iterator[Record]:
    curves = study.measure("learning_curves")
    for name in curves.classifiers:
        for (at, size), number in zip(enumerate(curves.sizes), curves.draws, strict=True):
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
    pairs = len(study.rows) * (len(study.rows) - 1) // 2
    apart = pairs / 2 if dataset == "garments" else 0.0
    for images in study.comparisons["resolution"].images:
        found = {"pairs": pairs, "apart": apart, "apart_low": apart / 2, "apart_high": apart}
        yield _place(dataset, features) | {"images": images} | found


def _seed_noise(_: Study, dataset: str, features: str) -> Iterator[Record]:
    for seed in (1, 2):
        yield _place(dataset, features, "forest") | {"seed": seed} | estimate(dataset, 0.001 * seed)


def _depth(study: Study, dataset: str, network: str) -> Iterator[Record]:
    for at, layer in enumerate(study.network(network).layers):
        yield _place(dataset, f"{network}/{layer}", "knn") | {"train": 40} | estimate(dataset, -0.03 * at)


def _merged(study: Study, dataset: str, features: str) -> Iterator[Record]:
    merged = 1 - error(dataset) / 2
    gained = {"merged": merged, "merged_low": merged - 0.01, "merged_high": merged + 0.01}
    compared = {"others": 1 - error(dataset) + 0.01, "as_good": 0.02}
    for row in study.rows:
        yield _place(dataset, features, row.name) | estimate(dataset) | gained | compared


def _dropped(_: Study, dataset: str, features: str) -> Iterator[Record]:
    for kept, better in (("all", 0.0), ("look-alikes", -0.03), ("others", 0.03)):
        yield _place(dataset, features, "knn") | {"kept": kept, "classes": 5, "train": 40} | estimate(dataset, better)


def _shared_errors(_: Study, dataset: str, features: str) -> Iterator[Record]:
    found = {"place": 3, "label": 1, "voted": 0, "votes": 2, "quality": 0.01, "likely": 0, "verdict": "label in doubt"}
    yield _place(dataset, features) | {"index": 3} | found


def _geometry(_: Study, dataset: str, features: str) -> Iterator[Record]:
    quantities = {"intrinsic_dimension": 12.0, "nearest_neighbour_error": error(dataset), "silhouette": -0.01}
    for (name, value), draw in product(quantities.items(), (0, 1)):
        yield _place(dataset, features) | {"quantity": name, "draw": draw, "images": 40, "value": value * (1 + 0.1 * draw)}


def _clusters(_: Study, dataset: str, features: str) -> Iterator[Record]:
    for clusters, seed in product((5, 10), (1, 2)):
        yield _place(dataset, features) | {"clusters": clusters, "seed": seed, "images": 40, "adjusted_rand_index": 0.3}


def _frozen(_: Study, dataset: str, network: str) -> Iterator[Record]:
    for at, layers in enumerate(("block3", "block3+block5")):
        place = _place(dataset, f"{network}/{layers}", "svm-rbf")
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
