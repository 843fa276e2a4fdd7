"""Two small datasets of real images that are part of the package, so that the whole pipeline runs offline in minutes.

`fashion` is a sample of Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017, https://github.com/zalandoresearch/fashion-mnist):
Copyright © 2017 Zalando SE, https://tech.zalando.com, under the MIT licence, whose text is in LICENSE. `digits` are the
handwritten digits that come with scikit-learn (Alpaydin and Kaynak, UCI, 1998, CC BY 4.0).
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from mnist_transfer import paths
from mnist_transfer.data import idx

#: Side of MNIST's images, in pixels, and its number of classes.
SIDE, CLASSES = 28, 10
#: A lossless picture, with `COLUMNS` images in each row and column: five rows a class, the last of them for testing. How they
#: were drawn from the official images, tests/demo/test_sample.py says, which draws them again.
SHEET, COLUMNS = Path(__file__).with_name("fashion_mnist.webp"), 50
FASHION_TRAIN, FASHION_TEST = 2_000, 500
#: A fifth of the 1,797 digits is for testing.
DIGITS_TEST = 360
#: Digits fill the central 20 x 20 pixels, as in MNIST (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
DIGIT_SIDE = 20

Images = npt.NDArray[np.uint8]


class Sample(NamedTuple):
    """A dataset in the form of MNIST: grey images (n, 28, 28), a bright object on black, and labels 0 to 9."""

    train_images: Images
    train_labels: Images
    test_images: Images
    test_labels: Images


def fashion() -> Sample:
    """Read the sample of Fashion-MNIST: 2,000 images for training and 500 for testing, sorted by class, all of equal size."""
    with Image.open(SHEET) as picture:
        sheet = np.asarray(picture.convert("L"))
    images = sheet.reshape(COLUMNS, SIDE, COLUMNS, SIDE).swapaxes(1, 2).reshape(CLASSES, -1, SIDE, SIDE)
    train, test = (split.reshape(-1, SIDE, SIDE) for split in np.split(images, [FASHION_TRAIN // CLASSES], axis=1))
    labels = np.arange(CLASSES, dtype=np.uint8)
    return Sample(train, labels.repeat(len(train) // CLASSES), test, labels.repeat(len(test) // CLASSES))


def digits(seed: int) -> Sample:
    """Enlarge scikit-learn's handwritten digits to 28 x 28 pixels and split them by class.

    Parameters
    ----------
    seed
        Decides which digits are for testing, and the order.

    Returns
    -------
    Sample
        1,437 images for training, 360 for testing, ten classes of about equal size.

    Notes
    -----
    The source is the test part of "Optical Recognition of Handwritten Digits" (Alpaydin and Kaynak, UCI, 1998): 1,797 images
    of 8 x 8 pixels with values 0 to 16, each the count of ink in a 4 x 4 block of a 32 x 32 bitmap.
    """
    source = load_digits()
    factor = DIGIT_SIDE / 8
    enlarged = zoom(source.images, (1, factor, factor), order=3, mode="grid-constant", grid_mode=True)
    border = (SIDE - DIGIT_SIDE) // 2
    # Ink of 2 of 16 and less becomes background, 13 and more becomes white: the crisp strokes on black of MNIST.
    framed = np.pad(enlarged, ((0, 0), (border, border), (border, border)))
    images = np.rint(255 * np.clip((framed - 2) / 11, 0, 1)).astype(np.uint8)
    labels = source.target.astype(np.uint8)
    train, test, train_labels, test_labels = train_test_split(
        images, labels, test_size=DIGITS_TEST, stratify=labels, random_state=seed
    )
    return Sample(train, train_labels, test, test_labels)


def write(folder: Path, sample: Sample) -> None:
    """Write a sample as the four IDX files of MNIST, under their official names."""
    files = [file(folder.name, split).name for split in paths.SPLITS for file in (paths.images, paths.labels)]
    for name, array in zip(files, sample, strict=True):
        idx.write(folder / name, array)
