"""Pixels of any kind, as grey levels from 0 to 255."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import paths
from mnist_transfer.data.forms.form import COLOUR, Form
from mnist_transfer.paths import SPLITS, Split

Bytes = npt.NDArray[np.uint8]

#: Below it, of 255, the brightest pixel of all may mean another scale.
_DARK = 100
#: Weights of red, green and blue in 65,536 parts, by which Pillow makes a colour grey (ITU-R BT.601).
_GREY = np.array([19595, 38470, 7471], np.uint32)
#: Said where pixels are scaled.
UNIT = {split: f"pixels of the {split} images from 0 to 1: read as 0 to 255" for split in SPLITS}


def grey(form: Form, split: Split, shape: tuple[int, int]) -> Bytes:
    """Read the images of a split.

    Parameters
    ----------
    form
        Where they stand.
    split
        Which of them.
    shape
        Height and width, if they are known; else zeros.

    Returns
    -------
    ndarray of uint8, shape (n, height, width)
        Rounded, and multiplied by 255 where all are from 0 to 1.

    Raises
    ------
    InputError
        They are of no such shape, or a pixel is neither 0 to 255 nor, with all others, 0 to 1.
    """
    images = _as_grey(form, split, _as_bytes(form, split, _shaped(form, split, shape)))
    if form.transposed:
        images = images.swapaxes(1, 2)
    if any(shape) and images.shape[1:] != shape:
        raise form.refused(
            f"{form.files(split)[0]}: images of shape {images.shape}, expected (n, {shape[0]}, {shape[1]})",
            f"correct datasets.{form.name}.image_shape in {paths.PARAMS}, or leave it out",
        )
    return images


def _shaped(form: Form, split: Split, shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Return the images as (n, height, width), or with colours as a fourth axis."""
    images = form.images(split, shape)
    if images.ndim == 2 and images.size:
        side = round(images.shape[1] ** 0.5)
        height, width = shape if any(shape) else (side, side)
        if height * width != images.shape[1]:
            is_not = f"not {height} × {width}" if any(shape) else "which is no square"
            remedy = f"say image_shape: [height, width] under datasets.{form.name} in {paths.PARAMS}"
            raise form.refused(f"{form.files(split)[0]}: {images.shape[1]} pixels an image, {is_not}", remedy)
        return images.reshape(-1, height, width)
    if images.ndim == 4 and images.shape[3] not in (1, 3, 4) and images.shape[1] in (1, 3):
        form.note("images with their colours as the first axis, as in PyTorch")
        images = np.moveaxis(images, 1, 3)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 and not (images.ndim == 4 and images.shape[3] in (3, 4)):
        raise form.refused(
            f"{form.files(split)[0]}: images of shape {images.shape}, expected (n, height, width) or (n, height, width, 3)",
            "correct the file",
        )
    return images


def _as_bytes(form: Form, split: Split, images: npt.NDArray[Any]) -> Bytes:
    """Return images as bytes; what is neither 0 to 255 nor 0 to 1 is refused, with its value and place."""
    if images.dtype.kind not in "biuf":
        raise form.refused(f"{form.files(split)[0]}: pixels of type {images.dtype}, expected numbers", "correct the file")
    if not images.size:
        raise form.refused(f"{form.files(split)[0]}: images of shape {images.shape}, which are none", "add them")
    low, high = images.min(), images.max()
    if not (low >= 0 and high <= 255):  # which is so, too, where one of them is not a number
        wrong = tuple(int(axis[0]) for axis in np.nonzero(~((images >= 0) & (images <= 255))))
        path, place = form.pixel_at(split, wrong, images.shape)
        remedy = "scale all images to 0 to 255, or to 0 to 1"
        raise form.refused(f"{path}: {place} is {images[wrong]}, expected are pixels from 0 to 255, or all from 0 to 1", remedy)
    if 0 < high <= 1:
        form.note(UNIT[split])
        images = images.astype(np.float32) * 255
    elif high < _DARK:
        form.note(f"the brightest pixel of the {split} images is {high:g} of 255: if it means white, scale them first")
    found: Bytes = (np.rint(images) if images.dtype.kind == "f" else images).astype(np.uint8, copy=False)
    return found


def _as_grey(form: Form, split: Split, images: Bytes) -> Bytes:
    if images.ndim == 3:
        return images
    if images.shape[3] == 4:
        if images[..., 3].min() < 255:
            raise form.refused(f"{form.files(split)[0]}: images with transparent pixels", "save them without transparency")
        images = images[..., :3]
    form.note(COLOUR)
    return np.stack([(image.astype(np.uint32) @ _GREY + 0x8000 >> 16).astype(np.uint8) for image in images])
