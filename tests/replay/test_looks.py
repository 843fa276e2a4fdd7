"""What the network was shown: every channel, size and scale worked out by hand."""

from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis.extra.numpy import arrays

from mnist_transfer.recipes import Channels, Look, Resize, Scaling
from mnist_transfer.replay import images as looks

Images = npt.NDArray[np.uint8]


def show(images: Any, size: int, channels: Channels = "repeat", resize: Resize = "nearest") -> Images:
    return looks.show(np.asarray(images, np.uint8), Look(channels=channels, resize=resize, scaling="none"), size)


# Channels


def test_the_slip_deals_each_row_out_three_times_over_as_width_and_channels() -> None:
    images = np.arange(16, dtype=np.uint8).reshape(2, 2, 4)
    expected = [
        [[[0, 1, 2], [3, 0, 1], [2, 3, 0], [1, 2, 3]], [[4, 5, 6], [7, 4, 5], [6, 7, 4], [5, 6, 7]]],
        [[[8, 9, 10], [11, 8, 9], [10, 11, 8], [9, 10, 11]], [[12, 13, 14], [15, 12, 13], [14, 15, 12], [13, 14, 15]]],
    ]
    np.testing.assert_array_equal(looks.interleave(images), np.array(expected, np.uint8), strict=True)


def test_the_slip_shows_three_thin_copies_side_by_side() -> None:
    images = np.tile(np.arange(28, dtype=np.uint8), (1, 28, 1))
    copies = [*range(0, 28, 3), *range(2, 28, 3), *range(1, 28, 3)]
    np.testing.assert_array_equal(looks.interleave(images)[0, 5, :, 0], copies)
    np.testing.assert_array_equal(looks.interleave(images)[0, 5, :, 2], [(column + 2) % 28 for column in copies])


@given(arrays(np.uint8, (2, 5, 7)))
def test_the_slip_mixes_no_two_rows_and_no_two_images(images: Images) -> None:
    rows = np.sort(looks.interleave(images).reshape(2, 5, 21), axis=-1)
    np.testing.assert_array_equal(rows, np.sort(np.concatenate([images] * 3, axis=-1), axis=-1))


@given(arrays(np.uint8, (3, 6, 6)))
def test_repeating_gives_three_equal_channels_as_dstack_does_of_one_image(images: Images) -> None:
    expected = np.stack([np.dstack([image] * 3) for image in images])
    np.testing.assert_array_equal(show(images, 6), expected, strict=True)


# Sizes


def test_the_nearest_pixel_is_taken_from_28_to_48() -> None:
    down, across = np.mgrid[0:28, 0:28]
    images = np.stack([9 * down, 9 * across])
    nearest = [(2 * pixel + 1) * 28 // 96 for pixel in range(48)]  # pixel + 1/2 of 48, in 28ths
    assert nearest[:8] == [0, 0, 1, 2, 2, 3, 3, 4]
    found = show(images, 48)
    assert found.shape == (2, 48, 48, 3)
    for channel in range(3):
        np.testing.assert_array_equal(found[0, :, :, channel], np.repeat(9 * np.array([nearest]).T, 48, axis=1))
        np.testing.assert_array_equal(found[1, :, :, channel], np.repeat(9 * np.array([nearest]), 48, axis=0))


@pytest.mark.parametrize(
    ("resize", "expected"), [("nearest", [0, 0, 100, 100]), ("bilinear", [0, 25, 75, 100]), ("bicubic", [0, 21, 79, 109])]
)
def test_between_two_pixels_the_filter_decides(resize: Resize, expected: list[int]) -> None:
    found = show([[[0, 100], [0, 100]]], 4, resize=resize)
    np.testing.assert_array_equal(found, np.tile(np.array(expected)[:, np.newaxis], (1, 4, 1, 3)))


def test_channels_are_made_before_the_size() -> None:
    image = np.arange(4, dtype=np.uint8).reshape(1, 1, 4).repeat(4, axis=1)
    expected = np.repeat(np.repeat(looks.interleave(image), 2, axis=1), 2, axis=2)
    np.testing.assert_array_equal(show(image, 8, channels="interleave"), expected)


# Scales

RGB = np.array([10.0, 20.0, 255.0])
BY_HAND: dict[str, Any] = {
    "none": [10, 20, 255],
    "unit": [10 / 255, 20 / 255, 1],
    "unit-unit": [10 / 255**2, 20 / 255**2, 1 / 255],
    "caffe": [255 - 103.939, 20 - 116.779, 10 - 123.68],
    "unit-caffe": [1 - 103.939, 20 / 255 - 116.779, 10 / 255 - 123.68],
    "unit-torch": (RGB / 255**2 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225],
}


@pytest.mark.parametrize("scaling", get_args(Scaling))
def test_a_scale_is_what_it_is_by_hand(scaling: Scaling) -> None:
    images = tf.constant(np.tile(RGB, (2, 3, 3, 1)), tf.float32)
    found = looks.scale(images, scaling).numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.tile(BY_HAND[scaling], (2, 3, 3, 1)), rtol=1e-5)
