"""Images become what a network was trained on, by the very steps that the paper's authors took."""

import numpy as np
import pytest

from mnist_transfer.entries import Preparation

pytestmark = pytest.mark.slow  # TensorFlow takes seconds to import

IMAGES = np.random.default_rng(0).integers(0, 256, (9, 28, 28), dtype=np.uint8)


@pytest.mark.parametrize(("size", "resize"), [(48, "nearest"), (48, "bicubic"), (32, "bilinear")])
def test_it_is_what_keras_does_to_stacked_and_resized_images(size: int, resize: str) -> None:
    import keras
    import tensorflow as tf

    from mnist_transfer.extraction import preparation  # which sets TensorFlow's threads, before it has any

    of = keras.applications  # a module for each way in which its networks are fed
    stacked = np.stack([np.dstack([image] * 3) for image in IMAGES])
    channels = [tf.image.resize(stacked[..., [channel]], (size, size), method=resize) for channel in range(3)]
    resized = np.concatenate(channels, axis=-1, dtype=np.float32)
    expected = {
        name: of.preprocess_input(resized.copy())
        for name, of in (("caffe", of.vgg16), ("tf", of.mobilenet_v2), ("torch", of.densenet))
    }
    for scaling, images in (expected | {"none": resized, "unit": resized / 255}).items():
        entry = Preparation.model_validate({"size": size, "resize": resize, "scaling": scaling})
        found = preparation.prepare(tf.constant(IMAGES), entry).numpy()
        assert (found.shape, found.dtype) == ((len(IMAGES), size, size, 3), np.float32)
        np.testing.assert_allclose(found, images, atol=1e-4, err_msg=scaling)
