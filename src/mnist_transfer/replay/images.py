"""What the network sees: grey images made RGB, resized and scaled in the ways that a recipe can name."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_transfer.recipes import Preprocessing, Resize, Scaling

_FILTERS: dict[Resize, Image.Resampling] = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def show(images: npt.NDArray[np.uint8], preprocessing: Preprocessing, size: int) -> npt.NDArray[np.uint8]:
    """Give grey images three channels and a size.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
    preprocessing
        Its channels and its filter; the scaling is :func:`scale`'s.
    size
        Side of the result in pixels.

    Returns
    -------
    ndarray of uint8, shape (n, size, size, 3)
    """
    coloured = interleave(images) if preprocessing.channels == "interleave" else np.repeat(images[..., np.newaxis], 3, axis=-1)
    resized = [Image.fromarray(image).resize((size, size), _FILTERS[preprocessing.resize]) for image in coloured]
    return np.stack([np.asarray(image) for image in resized])


def interleave(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Make three channels as ``numpy.dstack`` and a reshape do of an array (n, height, width).

    ``np.dstack`` joins along the *third* axis, which is the images' width and not a new axis of channels: every row becomes
    three copies of itself end to end, and the reshape deals these out as (width, 3). The picture is then three copies of the
    image side by side, each of every third column, in slightly different colours.

    Returns
    -------
    ndarray of uint8, shape (n, height, width, 3)
    """
    return np.dstack([images] * 3).reshape(*images.shape, 3)


def scale(images: Any, scaling: Scaling) -> Any:
    """Scale RGB images, a float32 tensor of 0 to 255, as :class:`mnist_transfer.recipes.Preprocessing` says."""
    from mnist_transfer.extraction import preparation  # and TensorFlow with it

    first, _, second = scaling.partition("-")
    scaled = preparation.scale(images, first)
    return preparation.scale(scaled, second) if second else scaled
