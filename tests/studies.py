"""A study with every kind of entry and every key, and how to change it."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from mnist_transfer import study, yaml
from mnist_transfer.errors import InputError
from mnist_transfer.recipes import Split, ZScore
from mnist_transfer.study import Study

_ON = {"features": ["none/all"]}

SMALL: dict[str, Any] = {
    "seed": 1,
    "study": {
        "datasets": ["toys"],
        "networks": ["net", "none"],
        "features": ["net/deep", "none/all"],
        "classifiers": ["svm", "forest"],
        "measures": ["learning_curves", "one_pixel", "seed_noise", "depth", "dropped", "geometry", "frozen"],
    },
    "datasets": {
        "toys": {"title": "Toys", "train": 100, "test": 50, "classes": list("abc"), "image_shape": [20, 24]},
        "more": {"title": "Toys", "train": 100, "test": 50, "classes": list("abc")},
    },
    "networks": {
        "net": {
            "architecture": "VGG19",
            "weights": "imagenet",
            "preparation": {"size": 48, "resize": "bilinear", "scaling": "caffe"},
            "layers": {
                "deep": {"layer": "block4_pool", "pooling": "mean-max"},
                "deeper": {"layer": "block5_pool", "pooling": "flatten"},
            },
        },
        "none": {"architecture": "none"},
    },
    "classifiers": {
        "svm": {"class": "sklearn.svm.SVC", "scale": True, "components": 5, "arguments": {"kernel": "poly", "tol": 1e-05}},
        "forest": {
            "class": "sklearn.ensemble.RandomForestClassifier",
            "scale": False,
            "arguments": {"n_estimators": [25, 50, 100]},
        },
    },
    "titles": {"svm": "SVM", "forest": "Forest ({n_estimators} trees)"},
    "replay": {
        "datasets": ["toys"],
        "network": "net",
        "layer": "deeper",
        "search": {
            "preparations": ["repeat-nearest-caffe", "interleave-bicubic-none"],
            "z_score": list(get_args(ZScore)),
            "train": [20, 60],
            "test": 40,
        },
        "full": [f"{way}/none/{split}" for way in ("repeat-nearest-caffe", "study") for split in get_args(Split)],
    },
    "difficulty": {
        "network": "net",
        "control": "net",
        "pixels": "none",
        "learning_curves": {**_ON, "sizes": [20, 40], "draws": [2, 1], "classifiers": ["knn", "forest"]},
        "one_pixel": {**_ON},
        "seed_noise": {**_ON, "classifiers": ["forest"], "seeds": 2},
        "depth": {"networks": ["net"], "train": 40, "classifiers": ["knn"]},
        "dropped": {**_ON, "train": 40, "look_alikes": {"toys": [[0, 1]]}, "classifiers": ["knn"]},
        "geometry": {**_ON, "images": 40, "draws": 2},
        "frozen": {"networks": ["net"], "train": 20, "validation": 20, "layers": [["deep"], ["deep", "deeper"]]},
    },
    "comparisons": {
        "mcnemar": {**_ON},
        "resolution": {**_ON, "images": [20, 40], "resamples": 20},
        "merged": {**_ON, "look_alikes": {"toys": [[0, 1]]}},
        "shared_errors": {**_ON, "train": 40},
        "clusters": {**_ON, "clusters": [5, 10], "seeds": 2},
    },
}


def changed(changes: Mapping[str, Any], content: dict[str, Any] = SMALL) -> dict[str, Any]:
    """Return a copy of `content` with other values by their keys, such as ``networks.net.weights``; `...` takes a key away."""
    content = copy.deepcopy(content)
    for key, value in changes.items():
        mapping, _, last = key.rpartition(".")
        below(content, mapping)[last] = value
        if value is ...:
            del below(content, mapping)[last]
    return content


def below(content: dict[str, Any], key: str) -> dict[str, Any]:
    for part in filter(None, key.split(".")):
        content = content[part]
    return content


def loaded(content: Any, folder: Path) -> Study:
    """Read a file of `content`, YAML text or what is to be written as YAML."""
    path = folder / "params.yaml"
    path.write_text(content if isinstance(content, str) else yaml.dump(content), encoding="utf-8")
    return study.load(path)


def refusal(content: Any, folder: Path) -> str:
    """Return the line with which a file of `content` is refused, less the path that it begins with."""
    with pytest.raises(InputError) as caught:
        loaded(content, folder)
    message, path = str(caught.value), str(folder / "params.yaml")
    assert message.startswith(path)
    assert "\n" not in message
    return message.removeprefix(path).removeprefix(": ")
