"""What the network was shown: every channel, size and scale worked out by hand."""

from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer.recipes import Channels, Preprocessing, Resize, Scaling
from mnist_transfer.replay import images as prepared

Images = npt.NDArray[np.uint8]


def show(images: Any, size: int, channels: Channels = "repeat", resize: Resize = "nearest") -> Images:
    return prepared.show(np.asarray(images, np.uint8), Preprocessing(channels=channels, resize=resize, scaling="none"), size)


def test_interleaving_deals_each_row_out_three_times_over_as_width_and_channels() -> None:
    """The picture is three thin copies side by side."""
    images = np.arange(16, dtype=np.uint8).reshape(2, 2, 4)
    expected = [
        [[[0, 1, 2], [3, 0, 1], [2, 3, 0], [1, 2, 3]], [[4, 5, 6], [7, 4, 5], [6, 7, 4], [5, 6, 7]]],
        [[[8, 9, 10], [11, 8, 9], [10, 11, 8], [9, 10, 11]], [[12, 13, 14], [15, 12, 13], [14, 15, 12], [13, 14, 15]]],
    ]
    np.testing.assert_array_equal(prepared.interleave(images), np.array(expected, np.uint8), strict=True)


def test_the_nearest_pixel_is_taken_from_28_to_48() -> None:
    down, across = np.mgrid[0:28, 0:28]
    nearest = [(2 * pixel + 1) * 28 // 96 for pixel in range(48)]  # pixel + 1/2 of 48, in 28ths
    assert nearest[:8] == [0, 0, 1, 2, 2, 3, 3, 4]
    found = show(np.stack([9 * down, 9 * across]), 48)
    columns = np.tile(9 * np.array(nearest), (48, 1))
    np.testing.assert_array_equal(found, np.stack([columns.T, columns])[..., np.newaxis].repeat(3, axis=-1))


def test_between_two_pixels_the_filter_decides_and_channels_are_made_before_the_size() -> None:
    known: dict[Resize, list[int]] = {"nearest": [0, 0, 100, 100], "bilinear": [0, 25, 75, 100], "bicubic": [0, 21, 79, 109]}
    for resize, row in known.items():
        found = show([[[0, 100], [0, 100]]], 4, resize=resize)
        np.testing.assert_array_equal(found, np.tile(np.array(row)[:, np.newaxis], (1, 4, 1, 3)))
    image = np.arange(4, dtype=np.uint8).reshape(1, 1, 4).repeat(4, axis=1)
    expected = np.repeat(np.repeat(prepared.interleave(image), 2, axis=1), 2, axis=2)
    np.testing.assert_array_equal(show(image, 8, channels="interleave"), expected)


RGB = np.array([10.0, 20.0, 255.0])
BY_HAND: dict[Scaling, Any] = {
    "none": [10, 20, 255],
    "unit": [10 / 255, 20 / 255, 1],
    "unit-unit": [10 / 255**2, 20 / 255**2, 1 / 255],
    "caffe": [255 - 103.939, 20 - 116.779, 10 - 123.68],
    "unit-caffe": [1 - 103.939, 20 / 255 - 116.779, 10 / 255 - 123.68],
    "unit-torch": (RGB / 255**2 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225],
}


@pytest.mark.slow
def test_every_scale_by_hand() -> None:
    import tensorflow as tf

    from mnist_transfer.extraction import preparation  # noqa: F401  which sets TensorFlow's threads, before it has any

    assert set(BY_HAND) == set(get_args(Scaling))
    for scaling, expected in BY_HAND.items():
        found = prepared.scale(tf.constant(np.tile(RGB, (2, 3, 3, 1)), tf.float32), scaling).numpy()
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, np.tile(expected, (2, 3, 3, 1)), rtol=1e-5, err_msg=scaling)
