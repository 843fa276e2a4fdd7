"""A tiny study's results, made by hand: what `collect` would write for two made-up datasets, in the schema the report reads."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

FILES = [
    "provenance.json",
    "tables/accuracy.csv",
    "tables/timing.csv",
    "tables/confusion.csv",
    "tables/projection.csv",
    "tables/layers.csv",
    "tables/confused.csv",
    "points/digits-vgg16-random.csv",
    "points/garments-pixels.csv",
    "images/samples.npz",
    "images/confused.npz",
]

EXTRACTORS: dict[str, Any] = {
    "vgg16-block5": {"network": "vgg16", "weights": "imagenet", "layer": "block5_pool"},
    "vgg16-random": {"network": "vgg16", "weights": "random", "layer": "block5_pool"},
    "pixels": {"network": "none"},
}
CLASSIFIERS: dict[str, Any] = {
    "knn-5": {"title": "k-Nearest Neighbours (5)", "class": "KNeighborsClassifier", "scale": True},
    "svm-linear": {"title": "SVM (linear)", "class": "SVC", "scale": True},
}


def write(
    folder: Path,
    datasets: tuple[str, ...] = ("garments", "digits"),
    extractors: tuple[str, ...] = ("vgg16-random", "pixels"),
    classifiers: tuple[str, ...] = ("knn-5",),
    processors: tuple[str, ...] = ("Processor A",),
    published: bool = False,
) -> None:
    """Write ``results/`` in `folder`; digits are easy and garments hard, whatever the features."""
    results = folder / "results"
    for name in ("tables", "points", "images"):
        (results / name).mkdir(parents=True)
    rng = np.random.default_rng(1)
    params = {
        "seed": 1,
        "image_size": 48,
        "study": {"datasets": datasets, "extractors": extractors, "classifiers": classifiers},
        "datasets": {
            name: {"title": name.capitalize(), "train": 40, "test": 20, "classes": [f"{name[0]}{label}" for label in range(10)]}
            for name in datasets
        },
        "extractors": EXTRACTORS,
        "classifiers": CLASSIFIERS,
    }
    provenance = {
        "data": {f"data/{name}/train-images-idx3-ubyte": "0" * 64 for name in datasets},
        "weights": dict.fromkeys(extractors, "1" * 64),
        "params": params,
        "versions": {"python": "3.11.0"},
        "platform": {"system": "Linux", "machine": "x86_64", "cores": 1},
    }
    (results / "provenance.json").write_text(json.dumps(provenance))
    accuracy, timing, confusion, projection, confused, images = [], [], [], [], [], {}
    for number, (dataset, extractor, classifier) in enumerate(product(datasets, extractors, classifiers)):
        names = {"dataset": dataset, "extractor": extractor, "classifier": classifier}
        score = (
            (0.98 if dataset == "digits" else 0.60) + 0.01 * extractors.index(extractor) - 0.1 * classifiers.index(classifier)
        )
        interval = {"accuracy": score, "accuracy_low": score - 0.03, "accuracy_high": min(score + 0.03, 1), "macro_f1": score}
        title = CLASSIFIERS[classifier]["title"]
        accuracy.append({**names, "title": title, **interval, "paper": 0.5 if published else None})
        processor = processors[number % len(processors)]
        engine = "Fast 2" if classifier == "svm-linear" else "Plain 1"
        times = {"fit_seconds": 1.5 + number, "predict_seconds": 0.5, "cores": 1}
        timing.append({**names, **times, "processor": processor, "engine": engine})
        counts = np.eye(10, dtype=int) * 2
        counts[6, 0] += 3
        for actual, row in enumerate(counts):
            confusion.append({**names, "actual": actual, **{f"predicted_{label}": int(n) for label, n in enumerate(row)}})
    for dataset, extractor in product(datasets, extractors):
        names = {"dataset": dataset, "extractor": extractor}
        quality = {"adjusted_rand_index": 0.2, "normalized_mutual_information": 0.3, "purity": 0.4}
        shares = {"variance_1": 0.2, "variance_2": 0.1, "variance_3": 0.05}
        projection += [{**names, "split": split, **shares, **quality} for split in ("train", "test")]
        confused.append({**names, "classifier": classifiers[0], "actual": 6, "predicted": 0, "count": 3, "images": "1 2 3"})
        images[f"{dataset}/{extractor}"] = rng.integers(1, 255, (1, 3, 28, 28), np.uint8)
        labels = np.arange(30) % 10
        points = pd.DataFrame(rng.normal(size=(30, 3)).round(3), columns=list("xyz"))
        points.insert(0, "index", np.arange(30))
        points.insert(0, "split", ["train"] * 20 + ["test"] * 10)
        points = points.assign(**{"class": labels, "cluster": (labels + 1) % 10})
        points.to_csv(results / f"points/{dataset}-{extractor}.csv", index=False)
    layers = [("vgg16", "input_1", 48, 48, 3, 0, ""), ("vgg16", "block5_pool", 1, 1, 512, 0, "vgg16-block5 vgg16-random")]
    columns = ["network", "layer", "height", "width", "channels", "parameters", "extractors"]
    tables = {"accuracy": accuracy, "timing": timing, "confusion": confusion, "projection": projection, "confused": confused}
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(results / f"tables/{name}.csv", index=False)
    pd.DataFrame(layers, columns=columns).to_csv(results / "tables/layers.csv", index=False)
    np.savez(results / "images/samples.npz", **{name: rng.integers(1, 255, (10, 8, 28, 28), np.uint8) for name in datasets})
    np.savez(results / "images/confused.npz", **images)
