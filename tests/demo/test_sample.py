"""The samples that stand for the datasets: real images with their own labels, as hard as the whole datasets are."""

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
from mnist_transfer.errors import InputError

SEED = 4432


@pytest.fixture(scope="module")
def fashion() -> sample.Sample:
    return sample.fashion()


@pytest.fixture(scope="module")
def digits() -> sample.Sample:
    return sample.digits(SEED)


def same(one: sample.Sample, other: sample.Sample) -> bool:
    return all(np.array_equal(ours, theirs) for ours, theirs in zip(one, other, strict=True))


def test_the_sample_of_fashion_mnist_is_balanced_and_has_no_image_twice(fashion: sample.Sample) -> None:
    assert fashion.train_images.shape == (2000, 28, 28)
    assert fashion.test_images.shape == (500, 28, 28)
    assert fashion.train_images.dtype == fashion.train_labels.dtype == np.uint8
    assert np.bincount(fashion.train_labels).tolist() == [200] * 10
    assert np.bincount(fashion.test_labels).tolist() == [50] * 10
    assert len(np.unique(np.concatenate([fashion.train_images, fashion.test_images]), axis=0)) == 2500


@pytest.mark.skipif(MIRROR_VARIABLE not in os.environ, reason="needs the official Fashion-MNIST")
def test_the_picture_is_what_its_seed_draws_from_the_official_images(fashion: sample.Sample) -> None:
    folder = Path(os.environ[MIRROR_VARIABLE]) / "fashion_mnist"
    names = [f"{split}-{content}-ubyte.gz" for split in ("train", "t10k") for content in ("images-idx3", "labels-idx1")]
    official = sample.Sample(*(idx.parse(gzip.decompress((folder / name).read_bytes()), name) for name in names))
    places = sample.make_sheet(official).reshape(10, 5, 28, 50, 28).swapaxes(2, 3)
    assert np.array_equal(places[:, :4].reshape(-1, 28, 28), fashion.train_images)
    assert np.array_equal(places[:, 4:].reshape(-1, 28, 28), fashion.test_images)


@pytest.mark.parametrize(("name", "low", "high"), [("fashion", 0.7, 0.9), ("digits", 0.95, 1)])
def test_labels_belong_to_their_images_and_digits_are_easier(
    name: str, low: float, high: float, request: pytest.FixtureRequest
) -> None:
    content = request.getfixturevalue(name)
    train, test = (images.reshape(len(images), -1).astype(np.float32) for images in (content.train_images, content.test_images))
    assert low < KNeighborsClassifier(5).fit(train, content.train_labels).score(test, content.test_labels) < high


def test_the_seed_decides_every_byte_of_the_digits(digits: sample.Sample) -> None:
    assert same(sample.digits(SEED), digits)
    assert not same(sample.digits(1), digits)


def test_digits_are_those_of_scikit_learn_each_used_once(digits: sample.Sample) -> None:
    source = load_digits()
    labels = np.concatenate([digits.train_labels, digits.test_labels])
    assert np.bincount(labels).tolist() == np.bincount(source.target).tolist()
    images = np.concatenate([digits.train_images, digits.test_images])
    assert len(np.unique(images, axis=0)) == len(np.unique(source.images, axis=0)) == len(images)
    # Shrunk again, each is nearest to a digit of its own class, so it still is the digit that its label says.
    small = zoom(images[:, 4:-4, 4:-4].astype(float), (1, 0.4, 0.4), order=1, grid_mode=True, mode="nearest") * (16 / 255)
    nearest = KNeighborsClassifier(1).fit(source.data, source.target)
    assert nearest.score(small.reshape(len(small), -1), labels) > 0.99


def test_digits_keep_the_border_and_the_shares_of_mnist(digits: sample.Sample) -> None:
    border = np.ones((28, 28), bool)
    border[4:-4, 4:-4] = False
    assert not digits.train_images[:, border].any()
    assert digits.train_images.max() == 255
    assert len(digits.test_labels) == 360
    assert np.bincount(digits.test_labels).min() >= 34


def test_written_files_read_back_under_the_official_names(fashion: sample.Sample, tmp_path: Path) -> None:
    folder = tmp_path / "new/fashion"
    sample.write(folder, fashion)
    arrays = [
        idx.read_split(folder / f"{name}-images-idx3-ubyte", folder / f"{name}-labels-idx1-ubyte", shape=(28, 28), classes=10)
        for name in ("train", "t10k")
    ]
    assert same(fashion, sample.Sample(*arrays[0], *arrays[1]))
    assert len(list(folder.iterdir())) == 4


def test_a_file_in_the_way_is_an_error_that_names_it(digits: sample.Sample, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(InputError, match="taken"):
        sample.write(tmp_path / "taken", digits)
