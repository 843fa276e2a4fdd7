"""The measures of a tiny study, made by hand: digits are easy and garments hard, whatever the measure."""

from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np

from mnist_transfer import files, paths
from mnist_transfer.results import sheets
from mnist_transfer.study import Study, measure_module

Record = dict[str, Any]

_NETWORK = "vgg16-random"
_LOOK_ALIKES = {"garments": [[0, 1]], "digits": [[4, 9]]}


def settings(networks: Sequence[str], datasets: Sequence[str]) -> Record:
    """Return the sections of a study that has these networks, which include the random one and pixels, and datasets."""
    on = {"features": ["pixels/all"]}
    alike = {"look_alikes": {name: groups for name, groups in _LOOK_ALIKES.items() if name in datasets}}
    return {
        "difficulty": {
            "network": networks[0],
            "control": _NETWORK,
            "pixels": "pixels",
            "learning_curves": {**on, "sizes": [20, 40], "draws": [2, 1], "classifiers": ["knn", "forest"]},
            "one_pixel": on,
            "seed_noise": {**on, "classifiers": ["forest"], "seeds": 2},
            "depth": {"networks": networks, "train": 40, "classifiers": ["knn"]},
            "dropped": {**on, **alike, "train": 40, "classifiers": ["knn"]},
            "geometry": {**on, "images": 40, "draws": 2},
            "frozen": {"networks": [_NETWORK], "train": 20, "validation": 20, "layers": [["block3"], ["block3", "block5"]]},
        },
        "comparisons": {
            "mcnemar": on,
            "resolution": {**on, "images": [20, 40], "resamples": 20},
            "merged": {**on, **alike},
            "shared_errors": {**on, "train": 40},
            "clusters": {**on, "clusters": [5, 10], "seeds": 2},
        },
    }


def write(folder: Path, study: Study) -> None:
    """Write ``results/difficulty/``, and the images of shared errors, in `folder`."""
    for dataset in study.selection.datasets if study.measures else ():
        rows = _rows(study, dataset)
        for name in (*study.measures, *study.comparisons):
            measure_module(name).TABLE.write(folder / paths.measure_table(name, dataset), rows[name])
        path = folder / paths.shared_errors(dataset, "pixels/all")
        files.write_npz(path, images=np.full((1, 28, 28), 99, np.uint8))
        sheets.write(folder / paths.sheet("mistaken", dataset), np.full((1, 28, 28), 99, np.uint8))


def _rows(study: Study, dataset: str) -> dict[str, list[Record]]:
    """Return every measure's rows of a dataset."""
    at: Record = {"dataset": dataset, "features": "pixels/all"}
    error = 0.05 if dataset == "digits" else 0.2
    pairs = [{"first": first.name, "second": second.name} for first, second in combinations(study.rows, 2)]
    told = len(pairs) / 2 if dataset == "garments" else 0.0
    p = 0.001 if told else 0.2
    quantities = {"intrinsic_dimension": 12.0, "nearest_neighbour_error": error, "silhouette": -0.01}
    depths = [(f"{name}/{layer}", n) for name in study.selection.networks for n, layer in enumerate(study.network(name).layers)]
    frozen = [(0, "block3", "validation", 20), (1, "block3+block5", "validation", 20), (2, "block3+block5", "test", 40)]

    def estimate(better: float = 0.0, **keys: object) -> Record:
        scores = {"accuracy": 1 - error + better, "accuracy_low": 0.98 - error + better, "accuracy_high": 1.02 - error + better}
        return at | keys | {"test": 20} | scores

    return {
        "learning_curves": [
            estimate(0.1 * (n - 1), classifier=name, train=size, draw=draw)
            for name in ("knn", "forest")
            for n, size, draw in ((0, 20, 0), (0, 20, 1), (1, 40, 0))
        ],
        "one_pixel": [
            estimate(pixel=400 + one, threshold=9, below=one, train_accuracy=0.9, first=one, second=other)
            for one, other in combinations(range(len(study.dataset(dataset).classes)), 2)
        ],
        "mcnemar": [at | pair | {"first_only": 9, "second_only": 1, "p": p, "p_holm": p} for pair in pairs],
        "resolution": [
            at | {"images": images, "pairs": len(pairs), "apart": told, "apart_low": told / 2, "apart_high": told}
            for images in (20, 40)
        ],
        "seed_noise": [estimate(0.001 * seed, classifier="forest", seed=seed) for seed in (1, 2)],
        "depth": [estimate(-0.03 * n, features=features, classifier="knn", train=40) for features, n in depths],
        "merged": [
            estimate(classifier=row.name, others=1.01 - error, as_good=0.02)
            | {"merged": 1 - error / 2, "merged_low": 0.99 - error / 2, "merged_high": 1.01 - error / 2}
            for row in study.rows
        ],
        "dropped": [
            estimate(better, classifier="knn", kept=kept, classes=5, train=40)
            for kept, better in (("all", 0.0), ("look-alikes", -0.03), ("others", 0.03))
        ],
        "shared_errors": [
            at
            | {"index": 3, "place": 3, "label": 1, "voted": 0, "votes": 2}
            | {"quality": 0.01, "likely": 0, "verdict": "label in doubt"}
        ],
        "geometry": [
            at | {"quantity": name, "draw": draw, "images": 40, "value": value * (1 + 0.1 * draw)}
            for (name, value), draw in product(quantities.items(), (0, 1))
        ],
        "clusters": [
            at | {"clusters": clusters, "seed": seed, "images": 40, "adjusted_rand_index": 0.3}
            for clusters, seed in product((5, 10), (1, 2))
        ],
        "frozen": [
            estimate(0.01 * n, features=f"{_NETWORK}/{layers}", classifier="svm-rbf", on=on, train=train)
            | {"mistaken": "3:1:0" if on == "test" else ""}
            for n, layers, on, train in frozen
        ],
    }
