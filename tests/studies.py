"""A study with every kind of entry and every key, and how to change it."""

import copy
from pathlib import Path
from typing import Any, get_args

import pytest

from mnist_transfer import study, yaml
from mnist_transfer.errors import InputError
from mnist_transfer.recipes import Channels, Resize, Scaling, Split, ZScore
from mnist_transfer.study import Study

SMALL: dict[str, Any] = {
    "seed": 1,
    "study": {
        "datasets": ["toys"],
        "networks": ["net", "none"],
        "features": ["net/deep", "none/all"],
        "classifiers": ["svm", "forest"],
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
        "svm": {
            "title": "SVM",
            "class": "sklearn.svm.SVC",
            "scale": True,
            "components": 5,
            "arguments": {"kernel": "poly", "tol": 1e-05},
        },
        "forest": {
            "title": "Forest ({n_estimators} trees)",
            "class": "sklearn.ensemble.RandomForestClassifier",
            "scale": False,
            "arguments": {"n_estimators": [25, 50, 100]},
        },
    },
    "replication": {
        "network": "net",
        "layer": "deeper",
        "settings": {
            "old": {"svm": {"title": "SVM", "class": "sklearn.svm.SVC", "scale": False, "arguments": {"gamma": "auto"}}},
        },
        "search": {
            "train": 60,
            "test": 40,
            "channels": list(get_args(Channels)),
            "resize": list(get_args(Resize)),
            "scaling": list(get_args(Scaling)),
            "z_score": list(get_args(ZScore)),
            "split": list(get_args(Split)),
            "settings": ["old"],
        },
        "replay": ["repeat-nearest-unit-caffe/none/holdout/old"],
        "ladder": {
            "train": 100,
            "test": 50,
            "rungs": ["repeat-nearest-caffe/none/official/old", "repeat-nearest-caffe/none/official/today"],
        },
    },
}


def changed(key: str, value: Any, content: dict[str, Any] = SMALL) -> dict[str, Any]:
    """Return a copy of `content` with another value for one key, `networks.net.weights` for example."""
    content = copy.deepcopy(content)
    mapping, _, last = key.rpartition(".")
    below(content, mapping)[last] = value
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
