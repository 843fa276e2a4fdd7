"""The study of the stage that extracts features, with recipes on an early layer of a small network."""

from typing import Any

from mnist_transfer.study import Study
from tests.extraction import runs

NEAREST = "repeat-nearest-unit-caffe"
REPLAY: dict[str, Any] = {
    "datasets": ["toys"],
    "network": "net",
    "layer": "one",
    "search": {
        "preparations": [NEAREST, "repeat-bilinear-unit-caffe"],
        "z_score": ["none", "train"],
        "train": [20, 30],
        "test": 20,
    },
    "full": [f"{NEAREST}/none/official"],
}


def parameters(net: dict[str, Any] = runs.NET, **changes: Any) -> dict[str, Any]:
    """Return the content of params.yaml; `changes` are to its replay."""
    content = runs.study(net=net).model_dump(mode="json", by_alias=True, exclude_unset=True)
    content["study"] |= {"networks": ["net"], "features": ["net/one"]}
    return content | {"replay": REPLAY | changes}


def study(net: dict[str, Any] = runs.NET, **changes: Any) -> Study:
    return Study.model_validate(parameters(net, **changes))
