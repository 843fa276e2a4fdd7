"""The study of the stage that extracts features, with recipes: two cheap classifiers on the early layers of a small network."""

from typing import Any

from mnist_transfer import paths
from mnist_transfer.study import Study
from tests.extraction import runs

LOOK = "repeat-nearest-unit-caffe"
RECIPE = f"{LOOK}/none/official/old"
REPLICATION: dict[str, Any] = {
    "network": "net",
    "layer": "one",
    "settings": {
        "old": {
            "logistic": {
                "title": "Logistic regression",
                "class": "mnist_transfer.replay.sklearn_2018.OneVsRestLogisticRegression",
                "scale": False,
            },
            "knn": {
                "title": "Neighbours ({n_neighbors})",
                "class": "sklearn.neighbors.KNeighborsClassifier",
                "scale": False,
                "arguments": {"n_neighbors": [1, 3]},
            },
        },
    },
    "search": {
        "train": 30,
        "test": 20,
        "channels": ["repeat"],
        "resize": ["nearest"],
        "scaling": ["unit-caffe"],
        "z_score": ["none", "train"],
        "split": ["official", "holdout"],
        "settings": ["old"],
    },
    "replay": [RECIPE],
    "ladder": {"train": 40, "test": 20, "rungs": [RECIPE, f"{LOOK}/train/official/old"]},
}
ROWS = ["logistic", "knn-1", "knn-3"]


def parameters(net: dict[str, Any] = runs.NET, **changes: Any) -> dict[str, Any]:
    """Return the content of params.yaml; `changes` are to its replication."""
    content = runs.study(net=net).model_dump(mode="json", by_alias=True, exclude_unset=True)
    content["study"] |= {"networks": ["net"], "features": ["net/one"]}
    return content | {"replication": REPLICATION | changes}


def study(net: dict[str, Any] = runs.NET, **changes: Any) -> Study:
    return Study.model_validate(parameters(net, **changes))


def kept(look: str = LOOK) -> dict[str, int]:
    """Return when each file of the passes with one look was written."""
    folder = paths.partial_replica("toys", look)
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*.npz")}
