"""Images become what a network was trained on, by the very steps that the paper's authors took."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from mnist_transfer.entries import Preparation
from mnist_transfer.extraction import preparation

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 28, 28), dtype=np.uint8)
#: ImageNet's mean blue, green and red, as the authors of VGG subtracted them.
IMAGENET_MEANS = (103.939, 116.779, 123.68)
#: Of keras.applications: a module for each way in which its networks are fed.
MODULES: dict[str, Any] = {
    "caffe": keras.applications.vgg16,
    "tf": keras.applications.mobilenet_v2,
    "torch": keras.applications.densenet,
}


def prepare(images: npt.NDArray[np.uint8], **entry: Any) -> npt.NDArray[np.float32]:
    prepared = preparation.prepare(tf.constant(images), Preparation.model_validate({"size": 48} | entry)).numpy()
    assert prepared.dtype == np.float32
    return np.asarray(prepared)


def stacked_and_resized(size: int, resize: str) -> npt.NDArray[np.float32]:
    """Do it image by image and channel by channel."""
    stacked = np.stack([np.dstack([image] * 3) for image in IMAGES])
    channels = [tf.image.resize(stacked[..., [channel]], (size, size), method=resize) for channel in range(3)]
    return np.concatenate(channels, axis=-1, dtype=np.float32)


@pytest.mark.parametrize("scaling", MODULES)
@pytest.mark.parametrize("resize", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("size", [48, 32])
def test_it_is_what_keras_does_to_stacked_and_resized_images(size: int, resize: str, scaling: str) -> None:
    expected = MODULES[scaling].preprocess_input(stacked_and_resized(size, resize))
    found = prepare(IMAGES, size=size, resize=resize, scaling=scaling)
    assert found.shape == (len(IMAGES), size, size, 3)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_ramp_stays_one_and_channels_become_blue_green_red() -> None:
    """It is sampled at the centres of the new pixels."""
    ramp = np.tile(np.arange(28, dtype=np.uint8) * 9, (28, 1))
    positions = np.clip((np.arange(48) + 0.5) * 28 / 48 - 0.5, 0, 27)
    expected = np.tile(positions * 9, (48, 1))[..., np.newaxis] - IMAGENET_MEANS
    np.testing.assert_allclose(prepare(ramp[np.newaxis])[0], expected, atol=1e-3)


@pytest.mark.parametrize(("scaling", "white"), [("none", 255.0), ("unit", 1.0), ("tf", 1.0)])
def test_black_and_white_by_hand(scaling: str, white: float) -> None:
    images = np.stack([np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8)])
    black = -1.0 if scaling == "tf" else 0.0
    np.testing.assert_allclose(prepare(images, scaling=scaling), np.full((2, 48, 48, 3), [[[[black]]], [[[white]]]]), atol=1e-6)


@pytest.mark.parametrize("resize", ["nearest", "bilinear", "bicubic"])
def test_no_scaling_is_the_resized_image_and_unit_a_255th_of_it(resize: str) -> None:
    expected = stacked_and_resized(48, resize)
    np.testing.assert_allclose(prepare(IMAGES, resize=resize, scaling="none"), expected, atol=1e-4)
    np.testing.assert_allclose(prepare(IMAGES, resize=resize, scaling="unit"), expected / 255, atol=1e-6)


def test_nearest_at_twice_the_size_repeats_every_pixel() -> None:
    expected = np.repeat(np.repeat(IMAGES, 2, axis=1), 2, axis=2)[..., np.newaxis].repeat(3, axis=-1)
    np.testing.assert_array_equal(prepare(IMAGES, size=56, resize="nearest", scaling="none"), expected.astype(np.float32))


def test_preparing_changes_no_image_and_gives_the_same_again() -> None:
    before = IMAGES.copy()
    found = prepare(IMAGES)
    np.testing.assert_array_equal(IMAGES, before)
    np.testing.assert_array_equal(prepare(IMAGES), found)
