"""A study of four classes, of which a and b look alike, with every measure; and its files, written to the current folder."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, paths
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.study import Study
from tests.studies import changed

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]
Rows = list[dict[str, Any]]

TRAIN, TEST, CLASSES = 120, 60, 4
SIZES: dict[Split, int] = {"train": TRAIN, "test": TEST}
#: Every class equally often, in turns.
LABELS: dict[Split, Labels] = {split: (np.arange(size) % CLASSES).astype(np.uint8) for split, size in SIZES.items()}
FEATURES = ["net/one", "net/two", "none/all"]
#: The rows of the accuracy table.
ROWS = ("bayes", "knn-1", "knn-3")

_ALIKE = {"toys": [[0, 1]]}
_FITTED = {"train": 80, "classifiers": ["knn", "forest"]}
_LAYERS = {"one": {"layer": "block1_pool", "pooling": "mean-max"}, "two": {"layer": "block2_pool", "pooling": "mean-max"}}
PARAMETERS: dict[str, Any] = {
    "seed": 7,
    "study": {
        "datasets": ["toys"],
        "networks": ["net", "none"],
        "features": FEATURES,
        "classifiers": ["bayes", "knn"],
        "measures": ["learning_curves", "one_pixel", "seed_noise", "depth", "dropped", "geometry", "frozen"],
    },
    "datasets": {
        name: {"title": name, "train": TRAIN, "test": TEST, "classes": list("abcd"), "image_shape": [2, 3]}
        for name in ("toys", "more")
    },
    "networks": {
        "net": {"architecture": "VGG16", "weights": "random", "preparation": {"size": 32}, "layers": _LAYERS},
        "none": {"architecture": "none"},
    },
    "classifiers": {
        "bayes": {"class": "sklearn.naive_bayes.GaussianNB"},
        "knn": {"class": "sklearn.neighbors.KNeighborsClassifier", "arguments": {"n_neighbors": [1, 3]}},
    },
    "difficulty": {
        "network": "net",
        "control": "net",
        "pixels": "none",
        "learning_curves": {
            "features": ["net/one"],
            "sizes": [20, 60, 120, 500],
            "draws": [3, 2, 1, 1],
            "classifiers": ["knn"],
        },
        "one_pixel": {"features": ["none/all"]},
        "seed_noise": {"features": ["net/one"], "classifiers": ["knn", "forest"], "seeds": 5},
        "depth": {"networks": ["net", "none"], **_FITTED},
        "dropped": {"features": FEATURES, "look_alikes": _ALIKE, **_FITTED},
        "geometry": {"features": FEATURES, "images": 80, "draws": 2},
        "frozen": {"networks": ["net"], "train": 60, "validation": 40, "layers": [["one"], ["one", "two"]]},
    },
    "comparisons": {
        "mcnemar": {"features": FEATURES},
        "resolution": {"features": FEATURES, "images": [20, 40, 60, 500], "resamples": 20},
        "merged": {"features": FEATURES, "look_alikes": _ALIKE},
        "shared_errors": {"features": FEATURES, "train": 80},
        "clusters": {"features": FEATURES, "clusters": [2, 4], "seeds": 3},
    },
}


def parameters(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the content of params.yaml; `changes` are new values by key, such as `difficulty.geometry.draws`."""
    return changed(changes or {}, PARAMETERS)


def study(changes: Mapping[str, Any] | None = None) -> Study:
    return Study.model_validate(parameters(changes))


def rows(module: Any, part: str, seed: int = 7, **settings: Any) -> Rows:
    """Take a measure or a comparison on a part of the toys, with other settings than theirs."""
    _, *place = module.__name__.split(".")
    with_these = study({"seed": seed} | {".".join([*place, key]): value for key, value in settings.items()})
    return list(module.rows(with_these, "toys", part))


def blobs(split: Split, distance: float, seed: int = 0) -> Floats:
    """Return features in which each class is a round cloud, so far from the origin along an axis of its own."""
    noise = np.random.default_rng([seed, SPLITS.index(split)]).normal(size=(SIZES[split], 6))
    return (noise + distance * np.eye(CLASSES, 6)[LABELS[split]]).astype(np.float32)


def mistaken(wrong: Mapping[int, int]) -> Labels:
    """Return predictions that are right but for some test images, by their place."""
    predicted = LABELS["test"].copy()
    predicted[list(wrong)] = list(wrong.values())
    return predicted


def write_splits(test: Labels) -> None:
    """Write the labels of both splits, whose images are every third of the raw files, from the second on."""
    labels = {"train": LABELS["train"], "test": test}
    index = {f"{split}_index": np.arange(len(content), dtype=np.int32) * 3 + 1 for split, content in labels.items()}
    files.write_npz(paths.splits("toys"), **index, **{f"{split}_labels": content for split, content in labels.items()})


def write_features(
    features: str, train: Floats, test: Floats, *, labels: Mapping[Split, Labels] = LABELS, classes: int = CLASSES
) -> None:
    named = {f"{split}_labels": content for split, content in labels.items()}
    files.write_npz(paths.features("toys", features), train=train, test=test, **named, classes=np.array(classes))


def write_blobs(features: str, distance: float, seed: int = 0) -> None:
    write_features(features, blobs("train", distance, seed), blobs("test", distance, seed))


def write_predictions(features: str, *predicted: Labels) -> None:
    """Write what the study's rows said, in their order."""
    for row, content in zip(ROWS, predicted, strict=True):
        name, _, value = row.partition("-")
        files.write_npy(paths.classifier("toys", features, name, int(value) if value else None) / "predictions.npy", content)


def write_projection(features: str, train: npt.NDArray[Any]) -> None:
    """Write a projection of the training images; the test images' is of no use."""
    clusters = {f"{split}_cluster": content for split, content in LABELS.items()}
    files.write_npz(
        paths.projection("toys", features), train_xyz=train, test_xyz=np.zeros((TEST, 3)), **clusters, variance=np.ones(3) / 9
    )


def lay_out() -> None:
    """Write what the earlier stages give: separable features in `net/two`, less so in `net/one`, and pixels."""
    write_splits(LABELS["test"])
    write_blobs("net/one", 1.5)
    write_blobs("net/two", 6.0)
    rng = np.random.default_rng(3)
    train, test = (rng.integers(0, 256, (size, 6)).astype(np.float32) / np.float32(255) for size in SIZES.values())
    write_features("none/all", train, test)
    for features in FEATURES:
        write_predictions(features, mistaken({0: 1, 4: 1, 8: 2}), mistaken({0: 2, 5: 0}), mistaken({0: 1, 1: 0, 8: 2}))
        write_projection(features, blobs("train", 3.0)[:, :3])


def column(rows: Rows, name: str, **keys: Any) -> list[Any]:
    """Return one column of the rows with these values."""
    return [row[name] for row in rows if all(row[key] == value for key, value in keys.items())]


def one(rows: Rows, **keys: Any) -> dict[str, Any]:
    """Return the only row with these values."""
    (found,) = (row for row in rows if all(row[key] == value for key, value in keys.items()))
    return found
