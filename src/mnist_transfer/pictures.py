"""Read a user's own picture, and put it on a dataset's terms: grey, light on black, at the size and place of its objects."""

from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from mnist_transfer import files
from mnist_transfer.errors import InputError, printable

#: Grey levels from 0 to 255, (height, width).
Levels = npt.NDArray[np.float32]

#: How many training images show how their objects lie.
SAMPLE = 2_000
#: Levels, of 255, within which a background is black, and by which an object must differ from its background.
BLACK, CONTRAST = 12, 8
#: Part of the brightest level that is still the object, where its edges are looked for.
EDGE = 0.05
#: Longest side, in pixels, of the copy in which the object is looked for: specks and noise vanish in it.
COARSE = 128


@dataclass(frozen=True)
class Terms:
    """How the objects lie in a dataset's images.

    Attributes
    ----------
    shape
        Height and width of the images.
    side
        The longer side of an object's box, in pixels; None where the images have no black background.
    by_mass
        Whether objects are centred by their mass, as MNIST's (http://yann.lecun.com/exdb/mnist/), or by their box.
    centre
        How far this centre lies from the image's top and left.
    white
        The brightest level of an image.
    """

    shape: tuple[int, int]
    side: int | None = None
    by_mass: bool = False
    centre: tuple[float, float] = (0, 0)
    white: float = 255

    @classmethod
    def learn(cls, images: npt.NDArray[np.uint8]) -> "Terms":
        """Learn them from training images, (n, height, width): each number is the median of the images'."""
        height, width = images.shape[1:]
        shown = [image.astype(np.float32) for image in images[:: max(1, len(images) // SAMPLE)] if image.any()]
        if not shown or np.median([np.median(_border(image)) for image in shown]) > BLACK:
            return cls((height, width))
        boxes = np.array([_box(image) for image in shown])
        middles, masses = (boxes[:, :2] + boxes[:, 2:]) / 2, np.array([_centre_of_mass(image) for image in shown])
        by_mass = bool(masses.var(axis=0).sum() < middles.var(axis=0).sum())  # they lie closer together
        down, right = np.median(masses if by_mass else middles, axis=0).tolist()
        side = round(np.median((boxes[:, 2:] - boxes[:, :2]).max(axis=1)))
        return cls((height, width), side, by_mass, (down, right), float(np.median([image.max() for image in shown])))


@dataclass(frozen=True)
class Picture:
    """A picture on a dataset's terms: uint8 (height, width); `said` is what it was, and what was done to it, in a line."""

    path: Path
    said: str
    image: npt.NDArray[np.uint8]


def read(path: Path, terms: Terms) -> Picture:
    """Read a picture of any size and kind; one that is missing, is no picture or shows nothing is an `InputError`."""
    with files.reading(path, "name a picture, such as a PNG or a JPEG"), Image.open(path) as opened:
        levels, seen, done = _grey(opened)
    height, width = terms.shape
    if levels.max() - levels.min() < CONTRAST:
        raise InputError(f"{path} shows nothing: it has one colour; name a picture of one object")
    if terms.side is None:
        fitted = ImageOps.fit(Image.fromarray(levels), (width, height), Image.Resampling.HAMMING)
        image, placed = np.asarray(fitted), f"resized to {width} × {height}, as this dataset has no black background"
    else:
        levels = _light_on_black(levels, seen, done)
        if _coarse(levels)[0].max() < CONTRAST:
            raise InputError(f"{path} shows nothing that differs from its border; name a picture of one object")
        image = _place(levels, terms.side, terms, done)
        placed = f"{width} × {height}, centred by {'mass' if terms.by_mass else 'its box'}"
    said = printable(f"{path}: {', '.join(seen)}: {', '.join([*done, placed])}")
    return Picture(path, said, np.rint(image.clip(0, 255)).astype(np.uint8))


def _grey(opened: Image.Image) -> tuple[Levels, list[str], list[str]]:
    """Return a picture's grey levels, what was seen in it, and what was done to it."""
    image, done = ImageOps.exif_transpose(opened), list[str]()
    seen = [f"{image.width} × {image.height}"]
    if (pictures := getattr(opened, "n_frames", 1)) > 1:
        seen.append(f"the first of {pictures} pictures")
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float32)
        if not np.isfinite(values).all() or values.min() < 0:
            raise ValueError("a pixel is below 0 or no number")
        white = next((most for most in (1, 255, 65_535) if values.max() <= most), values.max())
        return values * np.float32(255 / white), [*seen, "grey of more than 8 bits"], ["scaled to 8 bits"]
    if image.has_transparency_data and (alpha := np.asarray((layer := image.convert("RGBA")).getchannel("A"))).min() < 255:
        dark = not alpha.any() or np.average(np.asarray(layer.convert("L")), weights=alpha) < 128
        ground = "white" if dark else "black"
        image = Image.alpha_composite(Image.new("RGBA", layer.size, ground), layer)
        seen.append("transparent")
        done.append(f"laid on {ground}")
    colours = np.asarray(image.convert("RGB"))
    coloured = bool((colours.max(axis=2) != colours.min(axis=2)).any())
    seen.append("colour" if coloured else "grey")
    return np.asarray(image.convert("L"), np.float32), seen, [*done, *["made grey"] * coloured]


def _light_on_black(levels: Levels, seen: list[str], done: list[str]) -> Levels:
    """Make the border's colour black, and what differs from it light; add what is seen and done to the two lists."""
    border = _border(levels)
    background, spread = np.full_like(levels, np.median(border)), _spread(border)
    if spread:  # light that falls from one side: a plane through the border's pixels, if it explains most of their spread
        axes = [*np.indices(levels.shape, np.float32) / max(levels.shape), np.ones_like(levels)]
        slopes, *_ = np.linalg.lstsq(np.stack([_border(axis) for axis in axes], axis=1), border, rcond=None)
        light = np.tensordot(slopes, axes, 1)
        if (left := _spread(border - _border(light))) < spread / 2:
            background, spread = light, left
            done.append("light evened")
    difference = levels - background
    difference[np.abs(difference) <= 3 * spread] = 0  # the background's noise
    lighter, darker = difference.clip(0), (-difference).clip(0)
    dark = np.square(darker).sum() > np.square(lighter).sum()
    seen.append("dark on light" if dark else "light on dark")
    if dark or np.any(background):
        done.append("turned light on black" if dark else "background made black")
    return np.asarray(darker if dark else lighter, np.float32)


def _border(levels: Levels) -> Levels:
    return np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])


def _spread(levels: Levels) -> float:
    """Return the standard deviation that normal noise would have, by the median: an object that reaches in changes little."""
    return 1.4826 * float(np.median(np.abs(levels - np.median(levels))))


def _coarse(levels: Levels) -> tuple[Levels, int]:
    """Return a small copy, and how many pixels a side make one of its own."""
    step = max(1, max(levels.shape) // COARSE)
    return np.asarray(Image.fromarray(levels).reduce(step)), step


def _box(levels: Levels) -> tuple[int, int, int, int]:
    """Return the box of the object on black, its top, left, bottom and right: in a coarse copy first, then to the pixel."""
    small, step = _coarse(levels)
    ends = [(max(line[0] - 1, 0) * step, (line[-1] + 2) * step) for line in _shown(small)]
    (top, bottom), (left, right) = ends
    rows, columns = _shown(levels[top:bottom, left:right])
    return int(top + rows[0]), int(left + columns[0]), int(top + rows[-1] + 1), int(left + columns[-1] + 1)


def _shown(levels: Levels) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the rows and the columns in which there is more than the background."""
    shown = levels > EDGE * levels.max()
    return np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))


def _centre_of_mass(levels: Levels) -> tuple[float, float]:
    sums = [levels.sum(axis=axis) for axis in (1, 0)]
    down, right = (float((np.arange(len(line)) + 0.5) @ line / line.sum()) for line in sums)
    return down, right


def _place(levels: Levels, side: int, terms: Terms, done: list[str]) -> Levels:
    """Cut an object on black out, and lay it where a dataset has its objects, as large and as bright as those."""
    top, left, bottom, right = _box(levels)
    size = np.array([bottom - top, right - left])
    if tuple(size) != levels.shape:
        done.append(f"cut to its object of {size[1]} × {size[0]}")
    factor = min(side / size.max(), *(terms.shape / size))
    rows, columns = np.maximum(np.rint(size * factor).astype(int), 1).tolist()
    way = Image.Resampling.BOX if factor <= 0.5 else Image.Resampling.HAMMING  # means of many pixels, or a blend of few
    box: Any = (left, top, right, bottom)
    cut = np.asarray(Image.fromarray(levels).resize((columns, rows), way, box=box))
    found = _centre_of_mass(cut) if terms.by_mass else (rows / 2, columns / 2)
    corner = [floor(target - own + 0.5) for target, own in zip(terms.centre, found, strict=True)]
    down, across = np.clip(corner, 0, np.array(terms.shape) - cut.shape)
    canvas = np.zeros(terms.shape, np.float32)
    canvas[down : down + rows, across : across + columns] = cut * np.float32(terms.white / cut.max())
    return canvas
