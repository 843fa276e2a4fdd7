"""Many small grey images side by side in one WebP picture, which git can hold and a page can show as it is."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_transfer import files
from mnist_transfer.tables import REMEDY

#: Images in a row of the picture.
COLUMNS = 96
#: Of the picture, from 0 to 100: so small a loss that nobody sees it. Without any, it would be several times as large.
QUALITY = 30
#: The longest side of an image, in pixels; of a larger one every second pixel is kept, or every third, and so on.
SIDE = 64


@dataclass(frozen=True)
class Sheet:
    """Images of one size in a picture, `COLUMNS` a row, from left to right, then down; its last places may be empty."""

    webp: bytes
    number: int
    height: int
    width: int

    def images(self) -> npt.NDArray[np.uint8]:
        """Return the images: uint8 (number, height, width), grey levels within a few of the original's."""
        from PIL import Image

        with Image.open(io.BytesIO(self.webp)) as picture:
            pixels = np.asarray(picture.convert("L"))
        places = pixels.reshape(-1, self.height, COLUMNS, self.width).swapaxes(1, 2)
        return places.reshape(-1, self.height, self.width)[: self.number]


def write(path: Path, images: npt.NDArray[np.uint8]) -> None:
    """Write grey images (n, height, width) as a sheet, ``.webp``; none at all give a row of empty places."""
    from PIL import Image

    step = _step(images.shape[1:])
    images = images[:, ::step, ::step]
    number, height, width = images.shape
    rows = _rows(number)
    places = np.zeros((rows * COLUMNS, height, width), np.uint8)
    places[:number] = images
    pixels = places.reshape(rows, COLUMNS, height, width).swapaxes(1, 2).reshape(rows * height, COLUMNS * width)
    with files.whole_file(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="webp", quality=QUALITY, method=6)


def read(path: Path, number: int, image_shape: tuple[int, int]) -> Sheet:
    """Read a sheet that `write` wrote of so many images of this height and width.

    Raises
    ------
    InputError
        The file is missing, damaged, or of another size.
    """
    from PIL import Image

    height, width = (-(-side // _step(image_shape)) for side in image_shape)
    size = (COLUMNS * width, _rows(number) * height)
    with files.reading(path, REMEDY, files.LARGEST):
        webp = path.read_bytes()
        with Image.open(io.BytesIO(webp), formats=["webp"]) as picture:
            if picture.size != size:
                found, expected = (" × ".join(map(str, pixels)) for pixels in (picture.size, size))
                raise ValueError(f"{found} pixels, not the {expected} of {number} images")
            picture.load()  # which shows whether all of it is there
    return Sheet(webp, number, height, width)


def _step(image_shape: Sequence[int]) -> int:
    return -(-max(image_shape) // SIDE)


def _rows(number: int) -> int:
    return max(1, -(-number // COLUMNS))
