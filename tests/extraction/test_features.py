"""Features: the preprocessing that VGG was trained with, and extractions that survive an interruption."""

import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mnist_transfer import features, study, vgg, weights
from mnist_transfer.features import Extract
from mnist_transfer.study import Extractor
from tests.commands import ROOT

Images = npt.NDArray[np.uint8]

STUDY = study.load(ROOT / "params.yaml")
IMAGES: Images = np.random.default_rng(0).integers(0, 256, (45, 28, 28), dtype=np.uint8)
#: ImageNet's mean blue, green and red, as the authors of VGG subtracted them.
IMAGENET_MEANS = (103.939, 116.779, 123.68)


def zeros(extractor: Extractor) -> dict[str, npt.NDArray[np.float32]]:
    """Weights of the right shapes, made faster than random ones."""
    if extractor.network == "none":
        return {}
    kernels = vgg.convolutions(extractor.network, extractor.blocks)
    return {f"{layer}/kernel": np.zeros(shape, np.float32) for layer, shape in kernels.items()} | {
        f"{layer}/bias": np.zeros(shape[3], np.float32) for layer, shape in kernels.items()
    }


# Preprocessing


@pytest.mark.parametrize("size", [48, 32])
def test_preprocessing_is_that_of_keras_on_stacked_and_resized_images(size: int) -> None:
    import keras
    import tensorflow as tf

    before = IMAGES.copy()
    found = features.preprocess(IMAGES, size)
    stacked = np.stack([np.dstack([image] * 3) for image in IMAGES])
    resized = tf.image.resize(stacked, (size, size), method="bilinear").numpy()
    np.testing.assert_array_equal(found, keras.applications.vgg16.preprocess_input(resized.copy()), strict=True)
    assert found.shape == (len(IMAGES), size, size, 3)
    np.testing.assert_array_equal(IMAGES, before)
    np.testing.assert_array_equal(features.preprocess(IMAGES, size), found)


def test_preprocessing_by_hand() -> None:
    """A ramp from left to right stays one, sampled at the centres of the new pixels; channels become blue, green, red."""
    ramp = np.tile(np.arange(28, dtype=np.uint8) * 9, (28, 1))
    positions = np.clip((np.arange(48) + 0.5) * 28 / 48 - 0.5, 0, 27)
    expected = np.tile(positions * 9, (48, 1))[..., np.newaxis] - IMAGENET_MEANS
    np.testing.assert_allclose(features.preprocess(ramp[np.newaxis], 48)[0], expected, atol=1e-3)


def test_unit_scaling_is_zero_to_one_without_means() -> None:
    found = features.preprocess(IMAGES, 48, "unit")
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert 0.9 < found.max() <= 1
    expected = features.preprocess(IMAGES, 48)[..., ::-1] + np.float32(IMAGENET_MEANS[::-1])
    np.testing.assert_allclose(found, expected / 255, atol=1e-5)


@given(arrays(np.uint8, (3, 28, 28)))
def test_pixels_are_the_images_from_zero_to_one(images: Images) -> None:
    found = features.pixels(images)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.reshape(images.shape) * 255, images, atol=1e-4)


# From activations to vectors

ACTIVATIONS = np.array([[[[1, -8], [2, 7]], [[3, 6], [6, -1]]]], np.float32)  # (1, 2, 2, 2)


def test_mean_max_pooling_has_the_means_first() -> None:
    np.testing.assert_array_equal(features.pool(ACTIVATIONS, "mean-max"), np.array([[3, 1, 6, 7]], np.float32), strict=True)


def test_flattening_keeps_every_activation_in_order() -> None:
    expected = np.array([[1, -8, 2, 7, 3, 6, 6, -1]], np.float32)
    np.testing.assert_array_equal(features.pool(ACTIVATIONS, "flatten"), expected, strict=True)


@pytest.mark.parametrize("name", STUDY.extractors)
def test_every_extractor_gives_the_width_that_it_says(name: str) -> None:
    extractor = STUDY.extractor(name)
    found = features.make_extract(extractor, STUDY.image_size, zeros(extractor))(IMAGES[:2])
    assert found.shape == (2, features.width(extractor, STUDY.image_size))
    assert found.dtype == np.float32


# A network small enough for a test: one block, 32×32 pixels.

ONE_BLOCK = Extractor(network="vgg16", weights="random", layer="block1_pool", pooling="mean-max")


def one_block(scaling: str = "caffe") -> Extract:
    extractor = ONE_BLOCK.model_copy(update={"scaling": scaling})
    return features.make_extract(extractor, 32, weights.he_normal("vgg16", 1, seed=1))


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "BATCH", 10)
    monkeypatch.setattr(features, "CHUNK", 20)


@pytest.mark.usefixtures("small_steps")
def test_chunks_give_the_bytes_that_all_images_at_once_give(tmp_path: Path) -> None:
    steps: list[tuple[int, bool]] = []
    features.extract_in_chunks(IMAGES, one_block, 128, tmp_path / "x.npy", "key", lambda *step: steps.append(step))
    found = np.load(tmp_path / "x.npy", allow_pickle=False)
    np.testing.assert_array_equal(found, one_block()(IMAGES), strict=True)
    assert found.std() > 0
    assert steps == [(20, False), (20, False), (5, False)]


def test_a_chunk_is_a_whole_number_of_batches() -> None:
    assert features.CHUNK % features.BATCH == 0, "else chunks would change what the network sees at a time"


def test_scaling_changes_what_the_network_sees() -> None:
    images = IMAGES[:4]
    assert not np.allclose(one_block("unit")(images) * 255, one_block()(images), rtol=0.1)


# Interruptions


class Counting:
    """Extracts pixels, counts the images, and fails when it would exceed `patience`."""

    def __init__(self, patience: int = 10**9) -> None:
        self.patience = patience
        self.images = 0

    def __call__(self, images: Images) -> npt.NDArray[np.float32]:
        if self.images + len(images) > self.patience:
            raise KeyboardInterrupt
        self.images += len(images)
        return features.pixels(images)


def extract(partial: Path, counting: Counting, key: str = "key", images: Images = IMAGES) -> list[tuple[int, bool]]:
    steps: list[tuple[int, bool]] = []
    features.extract_in_chunks(images, lambda: counting, 784, partial, key, lambda *step: steps.append(step))
    return steps


@pytest.fixture
def expected(tmp_path: Path, small_steps: None) -> bytes:
    """The bytes of an extraction that nothing interrupted."""
    extract(tmp_path / "expected.npy", Counting())
    return (tmp_path / "expected.npy").read_bytes()


@pytest.fixture
def partial(tmp_path: Path, small_steps: None) -> Path:
    """An extraction that was interrupted after 20 of 45 images."""
    partial = tmp_path / "new/partial.npy"
    with pytest.raises(KeyboardInterrupt):
        extract(partial, Counting(patience=39))
    return partial


def test_the_same_images_give_the_same_bytes(tmp_path: Path, expected: bytes) -> None:
    np.testing.assert_array_equal(np.load(tmp_path / "expected.npy"), features.pixels(IMAGES), strict=True)
    extract(tmp_path / "again.npy", Counting())
    assert (tmp_path / "again.npy").read_bytes() == expected


def test_an_interrupted_extraction_continues_with_the_next_chunk(partial: Path, expected: bytes) -> None:
    counting = Counting()
    assert extract(partial, counting) == [(20, True), (20, False), (5, False)]
    assert counting.images == 25
    assert partial.read_bytes() == expected


def test_a_finished_extraction_builds_no_network(partial: Path, expected: bytes) -> None:
    extract(partial, Counting())
    steps: list[tuple[int, bool]] = []

    def make() -> Extract:
        raise AssertionError("nothing is left to extract")

    features.extract_in_chunks(IMAGES, make, 784, partial, "key", lambda *step: steps.append(step))
    assert steps == [(45, True)]
    assert partial.read_bytes() == expected


KILLED = """
import os, pathlib, signal, sys
import numpy as np
from mnist_transfer import features
features.CHUNK = 20
images = np.load(sys.argv[1])
def dies_in_the_last_chunk(chunk):
    if len(chunk) < 20:
        os.kill(os.getpid(), signal.SIGKILL)
    return features.pixels(chunk)
features.extract_in_chunks(images, lambda: dies_in_the_last_chunk, 784, pathlib.Path(sys.argv[2]), "key", lambda *step: None)
"""


def test_a_killed_extraction_continues_too(tmp_path: Path, expected: bytes) -> None:
    np.save(tmp_path / "images.npy", IMAGES)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "images.npy"), str(tmp_path / "x.npy")]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    counting = Counting()
    assert extract(tmp_path / "x.npy", counting) == [(40, True), (5, False)]
    assert counting.images == 5
    assert (tmp_path / "x.npy").read_bytes() == expected


def truncated(partial: Path) -> None:
    os.truncate(partial, partial.stat().st_size - 1)


def empty(partial: Path) -> None:
    partial.write_bytes(b"")


def gone(partial: Path) -> None:
    partial.unlink()


def of_fewer_images(partial: Path) -> None:
    np.save(partial, np.ones((44, 784), np.float32))


def without_progress(partial: Path) -> None:
    partial.with_suffix(".json").unlink()


def with_half_the_progress(partial: Path) -> None:
    os.truncate(partial.with_suffix(".json"), 20)


@pytest.mark.parametrize(
    "spoil",
    [truncated, empty, gone, of_fewer_images, without_progress, with_half_the_progress],
    ids=lambda spoil: spoil.__name__,
)
def test_a_damaged_extraction_starts_over(partial: Path, expected: bytes, spoil: Callable[[Path], None]) -> None:
    spoil(partial)
    counting = Counting()
    assert extract(partial, counting) == [(20, False), (20, False), (5, False)]
    assert counting.images == 45
    assert partial.read_bytes() == expected


@settings(max_examples=20)
@given(st.binary())
def test_damaged_progress_starts_over(partial: Path, expected: bytes, content: bytes) -> None:
    partial.with_suffix(".json").write_bytes(content)
    counting = Counting()
    extract(partial, counting)
    assert counting.images == 45
    assert partial.read_bytes() == expected


def test_an_extraction_of_something_else_starts_over(partial: Path) -> None:
    others = IMAGES[::-1]
    counting = Counting()
    extract(partial, counting, key="another key", images=others)
    assert counting.images == 45
    np.testing.assert_array_equal(np.load(partial), features.pixels(others))


def test_the_fingerprint_changes_with_all_that_features_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, tensors = {"layer": "block1_pool", "image_size": 48}, {"a": np.zeros(3, np.float32), "b": np.ones(2, np.float32)}
    one_pixel, one_weight = IMAGES.copy(), {"a": np.array([0, 0, 1e-9], np.float32), "b": tensors["b"]}
    one_pixel[-1, -1, -1] ^= 1
    prints = [
        features.fingerprint(IMAGES, settings, tensors),
        features.fingerprint(one_pixel, settings, tensors),
        features.fingerprint(IMAGES[:-1], settings, tensors),
        features.fingerprint(IMAGES[::-1], settings, tensors),
        features.fingerprint(IMAGES, settings | {"image_size": 32}, tensors),
        features.fingerprint(IMAGES, settings, one_weight),
        features.fingerprint(IMAGES, settings, {"a": tensors["a"]}),
    ]
    assert features.fingerprint(IMAGES.copy(), dict(settings), dict(reversed(tensors.items()))) == prints[0]
    monkeypatch.setattr(features, "BATCH", 1)
    prints.append(features.fingerprint(IMAGES, settings, tensors))
    assert len(set(prints)) == len(prints)


def test_memory_holds_a_chunk_not_all_features(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "CHUNK", 250)
    images = np.zeros((5_000, 28, 28), np.uint8)
    tracemalloc.start()
    extract(tmp_path / "x.npy", Counting(), images=images)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    chunk = 250 * 784 * 4
    assert peak < 3 * chunk < (tmp_path / "x.npy").stat().st_size / 5
