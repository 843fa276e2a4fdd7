"""A study of four classes, of which a and b look alike, with every measure; and its files, written to the current folder."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.data import idx
from mnist_transfer.entries import Classifier
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.study import Study

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]

TRAIN, TEST, CLASSES = 120, 60, 4
SIZES: dict[Split, int] = {"train": TRAIN, "test": TEST}
FEATURES = ("net/one", "net/two", "none/all")
#: The rows of the accuracy table.
ROWS = ("bayes", "knn-1", "knn-3")

BAYES: dict[str, Any] = {"title": "Bayes", "class": "sklearn.naive_bayes.GaussianNB", "scale": False}
#: One whose outcome hangs on its seed.
TREE: dict[str, Any] = {
    "title": "Tree",
    "class": "sklearn.tree.DecisionTreeClassifier",
    "scale": False,
    "arguments": {"max_features": 1, "splitter": "random"},
}
LOGISTIC: dict[str, Any] = {"title": "Logistic regression", "class": "sklearn.linear_model.LogisticRegression", "scale": True}
KNN: dict[str, Any] = {
    "title": "Neighbours ({n_neighbors})",
    "class": "sklearn.neighbors.KNeighborsClassifier",
    "scale": False,
    "arguments": {"n_neighbors": [1, 3]},
}
DIFFICULTY: dict[str, Any] = {
    "look_alikes": {"toys": [["a", "b"]]},
    "classifiers": {"bayes": BAYES, "tree": TREE, "logistic": LOGISTIC},
    "learning_curves": {
        "features": ["net/one"],
        "sizes": [20, 60, 120, 500],
        "draws": {"bayes": [3, 2, 1, 1], "tree": [2, 1, 1, 1]},
    },
    "one_pixel": {"features": ["none/all"]},
    "mcnemar": {"features": list(FEATURES)},
    "resolution": {"features": list(FEATURES), "images": [20, 40, 60, 500], "resamples": 20},
    "seed_noise": {"features": ["net/one"], "classifiers": ["bayes", "tree"], "seeds": 5},
    "depth": {"networks": ["net", "none"], "classifiers": ["bayes", "tree"], "train": 80},
    "merged": {"features": list(FEATURES)},
    "dropped": {"features": list(FEATURES), "classifiers": ["bayes", "tree"], "train": 80},
    "shared_errors": {"features": list(FEATURES), "classifier": "logistic", "train": 80},
    "geometry": {"features": list(FEATURES), "images": 80, "draws": 2},
    "clusters": {"features": list(FEATURES), "clusters": [2, 4], "seeds": 3},
    "frozen": {
        "networks": ["net"],
        "train": 60,
        "validation": 40,
        "layers": [["one"], ["one", "two"]],
        "classifiers": {"bayes": BAYES, "tree": TREE},
    },
}
_LAYERS = {"one": {"layer": "block1_pool", "pooling": "mean-max"}, "two": {"layer": "block2_pool", "pooling": "mean-max"}}
PARAMETERS: dict[str, Any] = {
    "seed": 7,
    "study": {
        "datasets": ["toys"],
        "networks": ["net", "none"],
        "features": list(FEATURES),
        "classifiers": ["bayes", "knn"],
    },
    "datasets": {
        name: {"title": name, "train": TRAIN, "test": TEST, "classes": list("abcd"), "image_shape": [2, 3]}
        for name in ("toys", "more")
    },
    "networks": {
        "net": {"architecture": "VGG16", "weights": "random", "preparation": {"size": 32}, "layers": _LAYERS},
        "none": {"architecture": "none"},
    },
    "classifiers": {"bayes": BAYES, "knn": KNN},
    "difficulty": DIFFICULTY,
}


def parameters(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the content of params.yaml; `changes` are new values by key, such as `difficulty.geometry.draws`."""
    content = copy.deepcopy(PARAMETERS)
    for key, value in (changes or {}).items():
        *parents, last = key.split(".")
        mapping = content
        for parent in parents:
            mapping = mapping[parent]
        mapping[last] = value
    return content


def study(changes: Mapping[str, Any] | None = None) -> Study:
    return Study.model_validate(parameters(changes))


def entry(content: dict[str, Any]) -> Classifier:
    return Classifier.model_validate(content)


def labels(split: Split) -> Labels:
    """Return the labels of a split: every class equally often, in turns."""
    return (np.arange(SIZES[split]) % CLASSES).astype(np.uint8)


def blobs(split: Split, distance: float, seed: int = 0, width: int = 6) -> Floats:
    """Return features in which each class is a round cloud, so far from the origin along an axis of its own."""
    noise = np.random.default_rng([seed, SPLITS.index(split)]).normal(size=(SIZES[split], width))
    return (noise + distance * np.eye(CLASSES, width)[labels(split)]).astype(np.float32)


def noise(split: Split, seed: int = 0, width: int = 6) -> Floats:
    """Return features that say nothing of the class."""
    return blobs(split, 0, seed, width)


def mistaken(wrong: Mapping[int, int]) -> Labels:
    """Return predictions that are right but for some test images, by their place."""
    predicted = labels("test")
    for place, label in wrong.items():
        predicted[place] = label
    return predicted


def write_labels(train: Labels, test: Labels) -> None:
    """Write the labels of both splits, whose images are every third of the raw files, from the second on."""
    for split, content in zip(SPLITS, (train, test), strict=True):
        files.write_npy(paths.split("toys", split, "labels"), content)
        files.write_npy(paths.split("toys", split, "index"), np.arange(len(content), dtype=np.int32) * 3 + 1)


def write_features(features: str, train: Floats, test: Floats) -> None:
    for split, content in zip(SPLITS, (train, test), strict=True):
        files.write_npy(paths.features("toys", features, split), content)


def write_blobs(features: str, distance: float, seed: int = 0) -> None:
    write_features(features, blobs("train", distance, seed), blobs("test", distance, seed))


def prediction_file(features: str, row: str) -> Path:
    name, _, value = row.partition("-")
    return paths.classifier("toys", features, name, int(value) if value else None) / "predictions.npy"


def write_predictions(features: str, *predicted: Labels) -> None:
    """Write what the study's rows said, in their order."""
    for row, content in zip(ROWS, predicted, strict=True):
        files.write_npy(prediction_file(features, row), content)


def write_confusion(predicted: Mapping[str, Labels]) -> None:
    """Write the table of confusions on `net/one` as `collect` does, of rows by name."""
    keys = [{"dataset": "toys", "features": "net/one", "classifier": row} for row in predicted]
    rows = [
        {**key, "actual": int(actual), "predicted": int(found), "count": int(count)}
        for key, content in zip(keys, predicted.values(), strict=True)
        for (actual, found), count in zip(
            *np.unique(np.stack([labels("test"), content], 1), axis=0, return_counts=True), strict=True
        )
    ]
    schema.write("confusion", rows)


def lay_out() -> None:
    """Write what the earlier stages give: separable features in `net/two`, less so in `net/one`, and pixels."""
    write_labels(labels("train"), labels("test"))
    for split, size in SIZES.items():
        raw = np.arange(3 * size + 1) % 251
        idx.write(paths.images("toys", split), np.broadcast_to(raw[:, None, None], (len(raw), 2, 3)).astype(np.uint8))
        idx.write(paths.labels("toys", split), (raw % CLASSES).astype(np.uint8))
    for features, distance in (("net/one", 1.5), ("net/two", 6.0)):
        write_blobs(features, distance)
    rng = np.random.default_rng(3)
    images = [rng.integers(0, 256, (size, 6)).astype(np.float32) / np.float32(255) for size in SIZES.values()]
    write_features("none/all", *images)
    predicted = [mistaken({0: 1, 4: 1, 8: 2}), mistaken({0: 2, 5: 0}), mistaken({0: 1, 1: 0, 8: 2})]
    write_confusion(dict(zip(ROWS, predicted, strict=True)))
    for features in FEATURES:
        write_predictions(features, *predicted)
        files.write_npz(paths.projection("toys", features), train_xyz=blobs("train", 3.0)[:, :3])


def only(rows: list[dict[str, Any]], **keys: Any) -> list[dict[str, Any]]:
    """Return the rows with these values."""
    return [row for row in rows if all(row[key] == value for key, value in keys.items())]


def column(rows: list[dict[str, Any]], name: str, **keys: Any) -> list[Any]:
    """Return one column of the rows with these values."""
    return [row[name] for row in only(rows, **keys)]


def one(rows: list[dict[str, Any]], **keys: Any) -> dict[str, Any]:
    """Return the only row with these values."""
    found = only(rows, **keys)
    assert len(found) == 1, found
    return found[0]
