"""`difficulty` in params.yaml: what can be measured is read, and anything else is one line that names its key."""

import copy
from pathlib import Path
from typing import Any

import pytest

from mnist_transfer.errors import InputError
from mnist_transfer.measures import MEASURES
from tests.results.tiny_measures import DIFFICULTY
from tests.studies import SMALL, below, loaded, refusal

CONTENT: dict[str, Any] = SMALL | {
    "study": SMALL["study"] | {"features": ["net/deep", "none/all"]},
    "difficulty": copy.deepcopy(DIFFICULTY)
    | {"look_alikes": {"toys": [["a", "b"]]}}
    | {name: {**DIFFICULTY[name], "features": ["none/all"]} for name in DIFFICULTY if "features" in DIFFICULTY[name]}
    | {"depth": {"networks": ["net"], "classifiers": ["nearest"], "train": 40}}
    | {"frozen": {**DIFFICULTY["frozen"], "networks": ["net"], "layers": [["deep"], ["deep", "deeper"]]}},
}


def changed(key: str, value: Any) -> dict[str, Any]:
    content = copy.deepcopy(CONTENT)
    mapping, _, last = f"difficulty.{key}".rpartition(".")
    below(content, mapping)[last] = value
    return content


def test_every_measure_says_what_it_is_taken_on(tmp_path: Path) -> None:
    measures = loaded(CONTENT, tmp_path).measures
    assert {name: measures.parts(name) for name in MEASURES} == dict.fromkeys(MEASURES, ("none/all",)) | {
        "depth": ("net",),
        "frozen": ("net",),
    }


def test_a_measure_may_be_taken_on_nothing(tmp_path: Path) -> None:
    assert loaded(changed("clusters.features", []), tmp_path).measures.parts("clusters") == ()


def test_a_study_without_measures_is_whole_and_says_what_to_do(tmp_path: Path) -> None:
    study = loaded({key: value for key, value in CONTENT.items() if key != "difficulty"}, tmp_path)
    with pytest.raises(InputError, match=r"^params.yaml: no difficulty; say there what to measure on what$"):
        _ = study.measures


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        (
            "one_pixel.features",
            ["nowhere/all"],
            "difficulty.one_pixel: unknown network 'nowhere'; study.networks has net, none",
        ),
        (
            "geometry.features",
            ["net/shallow"],
            "difficulty.geometry: unknown layer 'shallow'; networks.net.layers has deep, deeper",
        ),
        (
            "mcnemar.features",
            ["net/deeper"],
            "difficulty.mcnemar: unknown feature 'net/deeper'; study.features has net/deep, none/all",
        ),
        ("one_pixel.features", ["none/all", "none/all"], "difficulty.one_pixel.features: 'none/all' stands there twice"),
        ("look_alikes.toys", [["a", "b"], ["b", "c"]], "difficulty.look_alikes.toys: the class 'b' stands there twice"),
        ("look_alikes.toys", [["a", "z"]], "difficulty.look_alikes: unknown class 'z'; datasets.toys.classes has a, b, c"),
        (
            "depth.classifiers",
            ["mystery"],
            "difficulty: depth.classifiers: unknown classifier 'mystery'; difficulty.classifiers has nearest, forest",
        ),
        ("learning_curves.sizes", [40, 20], "difficulty.learning_curves.sizes: they must ascend, not [40, 20]"),
        (
            "learning_curves.draws.nearest",
            [2],
            "difficulty.learning_curves: draws.nearest: 1 numbers for 2 sizes; give one for each",
        ),
        (
            "frozen.layers",
            [["deep", "shallow"]],
            "difficulty.frozen.layers: unknown layer 'shallow'; networks.net.layers has deep, deeper",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(tmp_path: Path, key: str, value: Any, complaint: str) -> None:
    assert refusal(changed(key, value), tmp_path) == complaint
