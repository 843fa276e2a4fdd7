"""Two small datasets of real images that are part of the package, so that the whole pipeline runs offline in minutes.

`fashion` is a sample of Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017, https://github.com/zalandoresearch/fashion-mnist):
Copyright © 2017 Zalando SE, https://tech.zalando.com, under the MIT licence, whose text is in LICENSE. `digits` are the
handwritten digits that come with scikit-learn (Alpaydin and Kaynak, UCI, 1998, CC BY 4.0).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_transfer import paths
from mnist_transfer.data import idx

#: Side of MNIST's images, in pixels, and its number of classes.
SIDE = 28
CLASSES = 10
#: Fashion-MNIST's images in one lossless picture: five rows of 50 a class, four for training and the last one for testing.
SHEET = Path(__file__).with_name("fashion_mnist.webp")
SHEET_SIDE = 50
FASHION_CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
FASHION_TRAIN, FASHION_TEST = 2_000, 500
#: Which images of Fashion-MNIST are in the picture.
SHEET_SEED = 4432
#: Digits fill the central 20 x 20 pixels, as in MNIST (LeCun, Cortes and Burges, "The MNIST database of handwritten digits").
DIGIT_SIDE = 20
#: A fifth of the 1,797 digits is for testing.
DIGITS_TRAIN, DIGITS_TEST = 1_437, 360

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sample:
    """A dataset in the form of MNIST.

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


def fashion() -> Sample:
    """Read the sample of Fashion-MNIST: 2,000 images for training and 500 for testing, equally many of each class, in order."""
    from PIL import Image

    with Image.open(SHEET) as picture:
        sheet = np.asarray(picture.convert("L"))
    images = sheet.reshape(SHEET_SIDE, SIDE, SHEET_SIDE, SIDE).swapaxes(1, 2).reshape(CLASSES, -1, SIDE, SIDE)
    labels = np.arange(CLASSES, dtype=np.uint8)
    train, test = FASHION_TRAIN // CLASSES, FASHION_TEST // CLASSES
    return Sample(
        images[:, :train].reshape(-1, SIDE, SIDE),
        labels.repeat(train),
        images[:, train:].reshape(-1, SIDE, SIDE),
        labels.repeat(test),
    )


def make_sheet(official: Sample) -> Images:
    """Draw the sample from the official Fashion-MNIST, and lay it out as the picture that `fashion` reads.

    Parameters
    ----------
    official
        All 60,000 images for training and 10,000 for testing. The sample keeps each split, and the order within a class.

    Returns
    -------
    ndarray of uint8, shape (1400, 1400)
        ``PIL.Image.fromarray(sheet).save(SHEET, lossless=True, quality=100, method=6)`` wrote the file, the smallest of those
        that lose nothing.
    """
    rng = np.random.default_rng(SHEET_SEED)
    splits = (
        (official.train_images, official.train_labels, FASHION_TRAIN // CLASSES),
        (official.test_images, official.test_labels, FASHION_TEST // CLASSES),
    )
    drawn = [
        images[np.sort(rng.choice(np.flatnonzero(labels == label), number, replace=False))]
        for label in range(CLASSES)
        for images, labels, number in splits
    ]
    places = np.concatenate(drawn).reshape(SHEET_SIDE, SHEET_SIDE, SIDE, SIDE)
    return places.swapaxes(1, 2).reshape(SHEET_SIDE * SIDE, SHEET_SIDE * SIDE)


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
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

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
