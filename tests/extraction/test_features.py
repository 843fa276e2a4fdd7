"""Features: one pass over both splits of a dataset, written layer by layer; test_interruptions.py breaks it off."""

import tracemalloc
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis.extra.numpy import arrays

from mnist_transfer import artifacts, paths
from mnist_transfer import study as studies
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features, networks, weights
from tests.commands import ROOT, files_in
from tests.extraction import runs
from tests.extraction.nets import random_tensors
from tests.extraction.runs import IMAGES, NET, TRAIN, lay_out, study

STUDY = studies.load(ROOT / paths.PARAMS)


def ignore(images: int, found: bool) -> None:
    """Report to nobody."""


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "BATCH", 10)
    monkeypatch.setattr(features, "CHUNK", 20)


# Extractors


@given(arrays(np.uint8, (3, 20, 24)))
def test_pixels_are_the_images_from_zero_to_one(images: npt.NDArray[np.uint8]) -> None:
    found = features.pixels(images)
    assert list(found) == ["all"]
    assert found["all"].dtype == np.float32
    np.testing.assert_allclose(found["all"].reshape(images.shape) * 255, images, atol=1e-4)


def test_a_network_gives_what_keras_own_gives_on_the_authors_way() -> None:
    entry = STUDY.network("vgg16")
    assert isinstance(entry, Network)
    images = np.random.default_rng(1).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    theirs = keras.applications.VGG16(include_top=False, weights=None, input_shape=(48, 48, 3))
    tensors = random_tensors(theirs)
    found = features.make_extract(entry, tensors, "x")(images)

    theirs.set_weights([tensors[variable.path] for variable in theirs.weights])
    resized = tf.image.resize(np.stack([np.dstack([image] * 3) for image in images]), (48, 48))
    expected = theirs.predict(keras.applications.vgg16.preprocess_input(resized.numpy()), verbose=0).reshape(5, 512)
    assert expected.std() > 0
    np.testing.assert_allclose(found["block5"], expected, rtol=1e-4, atol=1e-4 * expected.max())


@pytest.mark.parametrize("name", STUDY.networks)
def test_every_network_of_the_repository_fills_every_layer(name: str) -> None:
    entry = STUDY.network(name)
    tensors: dict[str, Any] = {}
    if isinstance(entry, Network):
        tensors = {key: np.zeros(shape, np.float32) for key, shape in networks.shapes(networks.build(entry)).items()}
    images = np.zeros((2, 28, 28), np.uint8)
    found = features.make_extract(entry, tensors, "x")(images)
    widths = {"block1": 128, "block2": 256, "block3": 512, "block4": 1024, "block5": 512, "all": 784}
    assert {layer: array.shape for layer, array in found.items()} == {layer: (2, widths[layer]) for layer in entry.layers}
    assert {array.dtype for array in found.values()} == {np.dtype(np.float32)}


def test_weights_of_another_network_are_refused() -> None:
    entry = study().network("net")
    with pytest.raises(InputError, match=r"^weights/x: the network needs block1_conv1/kernel, .*, which it lacks"):
        features.make_extract(entry, {}, "weights/x")


# The stage


def written(network: str, layer: str, split: paths.Split) -> npt.NDArray[np.float32]:
    array = np.load(paths.features("toys", f"{network}/{layer}", split), allow_pickle=False)
    assert array.dtype == np.float32
    return np.asarray(array)


@pytest.mark.usefixtures("empty_folder", "small_steps")
def test_pixels_of_both_splits_are_written_in_the_order_of_the_labels() -> None:
    lay_out()
    features.run(study(), "toys", "pixels")
    for split, images in (("train", IMAGES[:TRAIN]), ("test", IMAGES[TRAIN:])):
        rows = artifacts.read_split("toys", split, "index")  # type: ignore[arg-type]
        expected = images[rows].reshape(len(rows), -1).astype(np.float32) / 255
        np.testing.assert_allclose(written("pixels", "all", split), expected, atol=1e-7)  # type: ignore[arg-type]
    assert runs.chunks() == []


@pytest.mark.usefixtures("empty_folder", "small_steps")
def test_chunks_give_the_bytes_that_all_images_at_once_give_layer_by_layer() -> None:
    lay_out()
    weights.run(study(), "net")
    features.run(study(), "toys", "net")
    images = IMAGES[:TRAIN][artifacts.read_split("toys", "train", "index")]
    extract = features.make_extract(study().network("net"), networks.read("net"), "x")
    for layer, expected in extract(images).items():
        found = written("net", layer, "train")
        np.testing.assert_array_equal(found, expected, strict=True)
        assert found.std() > 0
    assert set(files_in(Path("features"))) == {f"toys/net/{x}/{y}.npy" for x in NET["layers"] for y in paths.SPLITS}

    before = files_in(Path("features"))
    features.run(study(), "toys", "net")
    assert files_in(Path("features")) == before, "the same bytes twice"


def test_a_chunk_is_a_whole_number_of_batches() -> None:
    assert features.CHUNK % features.BATCH == 0, "else chunks would change what the network sees at a time"


@pytest.mark.usefixtures("empty_folder")
def test_missing_weights_name_the_stage_that_writes_them() -> None:
    lay_out()
    with pytest.raises(InputError, match=r"^weights/net.safetensors is missing; run `dvc repro weights@net`$"):
        features.run(study(), "toys", "net")


@pytest.mark.usefixtures("empty_folder")
def test_a_layer_that_the_network_lacks_is_refused_and_nothing_written() -> None:
    lay_out()
    entry = study(net=NET | {"layers": {"x": {"layer": "block6_pool", "pooling": "flatten"}}})
    weights.run(entry, "net")
    with pytest.raises(InputError, match=r"^params.yaml: vgg16 has no layer 'block6_pool'; it has "):
        features.run(entry, "toys", "net")
    assert not Path("features").exists()


@pytest.mark.usefixtures("empty_folder")
def test_features_that_cannot_be_written_are_bad_output() -> None:
    lay_out()
    Path("features").write_text("a file where a folder should be")
    with pytest.raises(InputError, match=r"^cannot write features/toys/pixels/all/train.npy: "):
        features.run(study(), "toys", "pixels")


def test_memory_holds_a_chunk_not_all_features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "CHUNK", 250)
    images = np.zeros((5_000, 28, 28), np.uint8)
    tracemalloc.start()
    found = features.extract_chunks(images, lambda: features.pixels, tmp_path / "chunks", ["all"], ignore)
    features.join(found, "all", tmp_path / "x.npy")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    chunk = 250 * 784 * 4
    assert peak < 4 * chunk < (tmp_path / "x.npy").stat().st_size / 4
    assert np.load(tmp_path / "x.npy", mmap_mode="r").shape == (5_000, 784)
