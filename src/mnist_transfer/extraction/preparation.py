"""Make grey images into what a network was trained on: three channels, its size, its scale."""

import keras
import tensorflow as tf

from mnist_transfer.cores import cores
from mnist_transfer.entries import Preparation

#: One thread of TensorFlow adds up in another order than two or more, which all give the same numbers.
tf.config.threading.set_intra_op_parallelism_threads(max(2, cores()))
# Another project's keras.json may say otherwise.
keras.config.set_floatx("float32")
keras.config.set_image_data_format("channels_last")


def prepare(images: tf.Tensor, preparation: Preparation) -> tf.Tensor:
    """Prepare images for a network, as a part of its graph.

    Three equal channels, as ``numpy.dstack`` makes them of one image; resizing with half-pixel centres; then the scaling.

    Parameters
    ----------
    images : uint8 (n, height, width)
        Grey, 0 to 255.
    preparation
        Size, way of resizing and scaling.

    Returns
    -------
    float32 (n, size, size, 3)
    """
    grey = tf.cast(images[..., tf.newaxis], tf.float32)
    # One channel is resized, not three equal ones: the same numbers in a third of the time.
    resized = tf.image.resize(grey, (preparation.size, preparation.size), method=preparation.resize)
    return scale(tf.repeat(resized, 3, axis=-1), preparation.scaling)


def scale(images: tf.Tensor, scaling: str) -> tf.Tensor:
    """Scale RGB images, float32 of 0 to 255; see :class:`mnist_transfer.entries.Preparation`."""
    if scaling == "none":
        return images
    if scaling == "unit":
        return images / 255.0
    return keras.applications.imagenet_utils.preprocess_input(images, data_format="channels_last", mode=scaling)
