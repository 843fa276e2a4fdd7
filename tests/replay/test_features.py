"""Features of images that were looked at in a recipe's way: a pass of a real network, made once for all that is the same."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer import artifacts, paths
from mnist_transfer.data import splits
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features as extraction
from mnist_transfer.extraction import networks
from mnist_transfer.recipes import Look
from mnist_transfer.replay import images as looks
from mnist_transfer.replay import passes as features
from tests.extraction.nets import network, random_tensors
from tests.extraction.runs import NET
from tests.replay import toys
from tests.replay.toys import LOOK, kept

SIZES: dict[paths.Split, int] = {"train": 30, "test": 20}
DEEPER: dict[str, Any] = NET | {"layers": {"one": {"layer": "block2_pool", "pooling": "mean-max"}}}
LARGER: dict[str, Any] = NET | {"preparation": {"size": 40}}
FLAT: dict[str, Any] = NET | {"layers": {"one": {"layer": "block1_pool", "pooling": "flatten"}}}


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a network would be built."""

    def build(entry: object) -> None:
        raise AssertionError("a pass was made")

    monkeypatch.setattr(networks, "build", build)


def read(look: str = LOOK, net: dict[str, Any] = NET, **changes: Any) -> dict[paths.Split, features.Labelled]:
    return features.read(toys.study(net, **changes), "toys", Look.parse(look), SIZES)


# Extractors

ENTRY = network(size=32, layers={"two": {"layer": "block2_pool", "pooling": "flatten"}})


@pytest.fixture(scope="module")
def tensors() -> networks.Tensors:
    return random_tensors(networks.build(ENTRY))


def extract(tensors: networks.Tensors, look: str, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    found = features.make_extract(ENTRY, "two", Look.parse(look), tensors, "x")(images)
    assert list(found) == ["two"]
    assert found["two"].dtype == np.float32
    return found["two"]


IMAGES = np.random.default_rng(2).integers(0, 256, (5, 16, 16), dtype=np.uint8)


def test_a_recipe_of_the_studys_own_parts_gives_the_studys_own_features(tensors: networks.Tensors) -> None:
    ours = ENTRY.model_copy(update={"preparation": ENTRY.preparation.model_copy(update={"resize": "nearest"})})
    expected = extraction.make_extract(ours, tensors, "x")(IMAGES)["two"]
    assert expected.std() > 0
    np.testing.assert_allclose(extract(tensors, "repeat-nearest-caffe", IMAGES), expected, rtol=1e-4, atol=1e-3)


def test_the_network_is_passed_what_the_look_shows(tensors: networks.Tensors) -> None:
    look = Look.parse("interleave-bilinear-unit-caffe")
    model = networks.build(ENTRY)
    networks.load(model, tensors, "x")
    shown = looks.show(IMAGES, look, 32)[..., ::-1] / 255 - np.array([103.939, 116.779, 123.68])
    cut = keras.Model(model.input, model.get_layer("block2_pool").output)
    expected = cut.predict(shown.astype(np.float32), verbose=0).reshape(5, -1)
    np.testing.assert_allclose(extract(tensors, str(look), IMAGES), expected, rtol=1e-4, atol=1e-3)


def test_images_beyond_a_batch_come_in_their_order(tensors: networks.Tensors, monkeypatch: pytest.MonkeyPatch) -> None:
    together = extract(tensors, LOOK, IMAGES)
    monkeypatch.setattr(extraction, "BATCH", 2)
    np.testing.assert_allclose(extract(tensors, LOOK, IMAGES), together, rtol=1e-4, atol=1e-3)


def test_weights_and_layers_that_are_not_the_networks_are_refused(tensors: networks.Tensors) -> None:
    with pytest.raises(InputError, match=r"^weights/x: the network needs block1_conv1/kernel, .*, which it lacks"):
        features.make_extract(ENTRY, "two", Look.parse(LOOK), {}, "weights/x")
    wrong = ENTRY.model_copy(update={"layers": {"two": ENTRY.layers["two"].model_copy(update={"layer": "block6_pool"})}})
    with pytest.raises(InputError, match=r"^params.yaml: vgg16 has no layer 'block6_pool'; it has "):
        features.make_extract(wrong, "two", Look.parse(LOOK), tensors, "x")


# Reading


@pytest.mark.usefixtures("folder")
def test_features_are_those_of_a_stratified_subset_with_its_labels() -> None:
    found = read()
    for split, size in SIZES.items():
        vectors, labels = found[split]
        assert vectors.shape == (size, 128)
        assert vectors.dtype == np.float32
        assert np.bincount(labels).tolist() == [size // 5] * 5
        assert vectors.std() > 0
    study = toys.study()
    everything = features.read(study, "toys", Look.parse(LOOK))
    for split, (vectors, labels) in everything.items():
        all_labels = artifacts.read_split("toys", split, "labels")
        np.testing.assert_array_equal(labels, all_labels)
        rows = splits.stratified_subset(all_labels, SIZES[split], study.seed)
        np.testing.assert_array_equal(found[split][1], labels[rows])
        np.testing.assert_allclose(found[split][0], vectors[rows], rtol=1e-4, atol=1e-4)


@pytest.mark.usefixtures("folder")
def test_a_pass_that_was_made_is_read_again(request: pytest.FixtureRequest) -> None:
    first = read()
    before = kept()
    assert len(before) == 2
    request.getfixturevalue("no_network")
    again = read()
    for split in paths.SPLITS:
        np.testing.assert_array_equal(again[split][0], first[split][0])
        np.testing.assert_array_equal(again[split][1], first[split][1])
    assert kept() == before


@pytest.mark.usefixtures("folder")
def test_what_changes_the_features_makes_a_pass_of_its_own() -> None:
    first = read()["train"]
    others = {
        "channels": read("interleave-nearest-unit-caffe"),
        "resizing": read("repeat-bilinear-unit-caffe"),
        "scaling": read("repeat-nearest-caffe"),
        "layer": read(net=DEEPER),
        "size": read(net=LARGER),
        "pooling": read(net=FLAT),
        "name of the layer": read(layer="two"),
    }
    for changed, other in others.items():
        vectors, labels = other["train"]
        np.testing.assert_array_equal(labels, first[1])
        assert vectors.shape != first[0].shape or not np.allclose(vectors, first[0], rtol=1e-3), changed


# Refusals


@pytest.mark.usefixtures("folder", "no_network")
@pytest.mark.parametrize(("split", "has"), [("train", 60), ("test", 25)])
def test_more_images_than_there_are_is_refused_before_any_pass(split: paths.Split, has: int) -> None:
    sizes = SIZES | {split: has + 1}
    message = rf"^params.yaml: replication: {has + 1} {split} images of toys, which has {has}$"
    with pytest.raises(InputError, match=message):
        features.read(toys.study(), "toys", Look.parse(LOOK), sizes)


@pytest.mark.usefixtures("folder", "no_network")
def test_a_subset_that_cannot_keep_the_classes_shares_is_one_line() -> None:
    with pytest.raises(InputError, match=r"^params.yaml: replication: no stratified subset of 58 .*$") as caught:
        features.read(toys.study(), "toys", Look.parse(LOOK), SIZES | {"train": 58})
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("folder", "no_network")
def test_a_study_that_replays_nothing_says_so() -> None:
    study = toys.study().model_copy(update={"replication": None})
    with pytest.raises(InputError, match=r"^params.yaml: replication is missing; add it, or leave this stage out of dvc.yaml$"):
        features.read(study, "toys", Look.parse(LOOK))


@pytest.mark.usefixtures("folder")
def test_missing_weights_name_the_stage_that_writes_them() -> None:
    paths.weights("net").unlink()
    with pytest.raises(InputError, match=r"^weights/net.safetensors is missing; run `dvc repro weights@net`$"):
        read()
