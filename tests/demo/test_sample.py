"""The samples that stand for the datasets: real images with their own labels."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer.data import idx
from mnist_transfer.data.sources import MIRROR_VARIABLE
from mnist_transfer.demo import sample

FASHION, DIGITS = sample.fashion(), sample.digits(4432)


def test_the_sample_of_fashion_mnist_is_balanced_has_no_image_twice_and_labels_that_belong_to_its_images() -> None:
    assert FASHION.train_images.dtype == FASHION.train_labels.dtype == np.uint8
    assert np.bincount(FASHION.train_labels).tolist() == [200] * 10
    assert np.bincount(FASHION.test_labels).tolist() == [50] * 10
    assert np.unique(np.concatenate([FASHION.train_images, FASHION.test_images]), axis=0).shape == (2500, 28, 28)
    train, test = (images.reshape(len(images), -1).astype(np.float32) for images in (FASHION.train_images, FASHION.test_images))
    assert 0.7 < KNeighborsClassifier(5).fit(train, FASHION.train_labels).score(test, FASHION.test_labels) < 0.9


@pytest.mark.skipif(MIRROR_VARIABLE not in os.environ, reason="needs the official Fashion-MNIST")
def test_the_sample_is_what_one_seed_draws_from_the_official_images() -> None:
    folder = Path(os.environ[MIRROR_VARIABLE]) / "fashion_mnist"
    names = [f"{split}-{content}-ubyte.gz" for split in ("train", "t10k") for content in ("images-idx3", "labels-idx1")]
    train, train_labels, test, test_labels = (idx.parse(gzip.decompress((folder / name).read_bytes()), name) for name in names)
    rng = np.random.default_rng(4432)
    for label in range(10):
        splits = ((FASHION.train_images, train, train_labels, 200), (FASHION.test_images, test, test_labels, 50))
        for ours, official, labels, number in splits:
            drawn = np.sort(rng.choice(np.flatnonzero(labels == label), number, replace=False))
            assert np.array_equal(ours[label * number :][:number], official[drawn])


def test_digits_are_those_of_scikit_learn_each_used_once_within_the_border_of_mnist() -> None:
    assert not np.array_equal(sample.digits(1).train_images, DIGITS.train_images)
    source = load_digits()
    labels = np.concatenate([DIGITS.train_labels, DIGITS.test_labels])
    assert np.bincount(labels).tolist() == np.bincount(source.target).tolist()
    images = np.concatenate([DIGITS.train_images, DIGITS.test_images])
    assert len(np.unique(images, axis=0)) == len(np.unique(source.images, axis=0)) == len(images)
    # Shrunk again, each is nearest to a digit of its own class, so it still is the digit that its label says.
    small = zoom(images[:, 4:-4, 4:-4].astype(float), (1, 0.4, 0.4), order=1, grid_mode=True, mode="nearest") * (16 / 255)
    nearest = KNeighborsClassifier(1).fit(source.data, source.target)
    assert nearest.score(small.reshape(len(small), -1), labels) > 0.99
    images[:, 4:-4, 4:-4] = 0
    assert not images.any()
    assert np.bincount(DIGITS.test_labels).min() >= 34
