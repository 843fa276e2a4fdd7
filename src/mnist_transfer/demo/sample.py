"""A small stand-in for MNIST and Fashion-MNIST, so that the whole pipeline runs offline in minutes.

`digits` are the real handwritten digits that come with scikit-learn; `garments` are drawn, class by class, in the classes
of Fashion-MNIST. They look like the datasets they stand for and differ in difficulty as these do, but the scores are their own.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from mnist_transfer import paths
from mnist_transfer.data import idx
from mnist_transfer.demo import garments as drawing
from mnist_transfer.errors import InputError

#: Side of MNIST's images, in pixels, and its number of classes.
SIDE = 28
CLASSES = 10
#: Digits fill the central 20 x 20 pixels, as in MNIST (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
DIGIT_SIDE = 20
#: A fifth of the 1,797 digits is for testing.
DIGITS_TRAIN, DIGITS_TEST = 1_437, 360

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sample:
    """A small dataset in the form of MNIST.

    Attributes
    ----------
    train_images, test_images : ndarray of uint8, shape (n, 28, 28)
        Grey, a bright object on black.
    train_labels, test_labels : ndarray of uint8, shape (n,), values 0 to 9
    """

    train_images: Images
    train_labels: Images
    test_images: Images
    test_labels: Images


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


def garments(seed: int, train: int = 2000, test: int = 500) -> Sample:
    """Draw garments in Fashion-MNIST's ten classes, in its order.

    Cut, pose, grey, fabric and details vary at random. T-shirts, pullovers, coats, shirts and dresses share most of what they
    are drawn from, and so do sandals, sneakers and ankle boots, so these are mistaken for each other as in the real data.

    Parameters
    ----------
    seed
        The same seed gives the same images.
    train, test
        How many images each split has; multiples of 10, so that the classes are of equal size.

    Returns
    -------
    Sample
        In random order; every class has a tenth of each split.

    Raises
    ------
    InputError
        `train` or `test` is not a positive multiple of 10.
    """
    for name, size in (("train", train), ("test", test)):
        if size < CLASSES or size % CLASSES:
            raise InputError(f"{name}={size} garments cannot be shared equally by {CLASSES} classes; use a multiple of 10")
    rng = np.random.default_rng(seed)
    return Sample(*_draw_split(rng, train), *_draw_split(rng, test))


def write(folder: Path, sample: Sample) -> None:
    """Write a sample as the four IDX files of MNIST, under their official names.

    Raises
    ------
    InputError
        `folder` cannot be written.
    """
    images, labels = (sample.train_images, sample.test_images), (sample.train_labels, sample.test_labels)
    for number, split in enumerate(paths.SPLITS):
        idx.write(folder / paths.images(folder.name, split).name, images[number])
        idx.write(folder / paths.labels(folder.name, split).name, labels[number])


def _draw_split(rng: np.random.Generator, size: int) -> tuple[Images, Images]:
    labels = rng.permutation(np.repeat(np.arange(CLASSES, dtype=np.uint8), size // CLASSES))
    return drawing.draw(labels, rng), labels
