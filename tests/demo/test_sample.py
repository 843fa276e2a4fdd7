"""The sample that stands for the datasets: real digits, drawn garments, each class recognisable and as hard as it should be."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import zoom
from sklearn.datasets import load_digits
from sklearn.metrics import recall_score
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer.data import idx
from mnist_transfer.demo import sample
from mnist_transfer.errors import InputError

Labels = npt.NDArray[np.uint8]

SEED = 4432
TROUSER, DRESS, SANDAL, SNEAKER = 1, 3, 5, 7
TOPS = {0, 2, 3, 4, 6}  # T-shirt/top, pullover, dress, coat, shirt
SHOES = {5, 7, 9}  # sandal, sneaker, ankle boot


@pytest.fixture(scope="module")
def garments() -> sample.Sample:
    return sample.garments(SEED)


@pytest.fixture(scope="module")
def digits() -> sample.Sample:
    return sample.digits(SEED)


def nearest_neighbours(content: sample.Sample) -> Labels:
    train, test = (images.reshape(len(images), -1).astype(np.float32) for images in (content.train_images, content.test_images))
    predicted: Labels = KNeighborsClassifier(5).fit(train, content.train_labels).predict(test)
    return predicted


@pytest.fixture(scope="module")
def predictions(garments: sample.Sample) -> Labels:
    return nearest_neighbours(garments)


def same(one: sample.Sample, other: sample.Sample) -> bool:
    return all(np.array_equal(array, getattr(other, name)) for name, array in vars(one).items())


@pytest.mark.parametrize("make", [lambda seed: sample.garments(seed, 40, 10), sample.digits], ids=["garments", "digits"])
def test_the_seed_decides_every_byte(make: Callable[[int], sample.Sample]) -> None:
    assert same(make(1), make(1))
    assert not same(make(1), make(2))


def test_garments_are_mnist_shaped_balanced_and_shuffled(garments: sample.Sample) -> None:
    assert garments.train_images.shape == (2000, 28, 28)
    assert garments.test_images.shape == (500, 28, 28)
    assert garments.train_images.dtype == garments.train_labels.dtype == np.uint8
    assert np.bincount(garments.train_labels).tolist() == [200] * 10
    assert np.bincount(garments.test_labels).tolist() == [50] * 10
    assert len(set(garments.train_labels[:50])) == 10


def test_no_garment_is_drawn_twice(garments: sample.Sample) -> None:
    everything = np.concatenate([garments.train_images, garments.test_images])
    assert len(np.unique(everything, axis=0)) == len(everything)


def test_garments_are_bright_on_black(garments: sample.Sample) -> None:
    images = garments.train_images
    assert np.all((images == 0).mean(axis=(1, 2)) > 0.15)
    assert np.all(images.max(axis=(1, 2)) > 30)
    assert images[:, [0, 0, -1, -1], [0, -1, 0, -1]].mean() < 2


def test_garments_have_the_proportions_of_their_class(garments: sample.Sample) -> None:
    def median_width_over_height(label: int) -> float:
        drawn = garments.train_images[garments.train_labels == label] > 0
        return float(np.median(drawn.any(axis=1).sum(axis=1) / drawn.any(axis=2).sum(axis=1)))

    assert median_width_over_height(TROUSER) < median_width_over_height(DRESS) < 0.8
    assert min(median_width_over_height(SANDAL), median_width_over_height(SNEAKER)) > 1.5


def test_garments_are_about_as_hard_as_the_real_ones(garments: sample.Sample, predictions: Labels) -> None:
    assert 0.70 < np.mean(predictions == garments.test_labels) < 0.97
    assert recall_score(garments.test_labels, predictions, average=None).min() > 0.3


def test_mistakes_stay_among_tops_and_among_shoes(garments: sample.Sample, predictions: Labels) -> None:
    mistakes = [(int(a), int(b)) for a, b in zip(garments.test_labels, predictions, strict=True) if a != b]
    inside = [pair for pair in mistakes if set(pair) <= TOPS or set(pair) <= SHOES]
    assert len(inside) > 0.9 * len(mistakes)
    assert any(set(pair) <= SHOES for pair in inside)
    assert any(set(pair) <= TOPS for pair in inside)


def test_digits_are_easier_than_garments(garments: sample.Sample, digits: sample.Sample, predictions: Labels) -> None:
    digits_accuracy = np.mean(nearest_neighbours(digits) == digits.test_labels)
    assert digits_accuracy > np.mean(predictions == garments.test_labels) + 0.05


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


@pytest.mark.parametrize("content", ["garments", "digits"])
def test_written_files_read_back_under_the_official_names(content: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    expected = request.getfixturevalue(content)
    sample.write(tmp_path / "new" / content, expected)
    folder = tmp_path / "new" / content
    splits = [
        idx.read_split(folder / f"{name}-images-idx3-ubyte", folder / f"{name}-labels-idx1-ubyte", shape=(28, 28), classes=10)
        for name in ("train", "t10k")
    ]
    assert same(expected, sample.Sample(*splits[0], *splits[1]))
    assert len(list(folder.iterdir())) == 4


def test_a_file_in_the_way_is_an_error_that_names_it(digits: sample.Sample, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(InputError, match="taken"):
        sample.write(tmp_path / "taken", digits)


@given(size=st.integers(-30, 10_000).filter(lambda size: size < 10 or size % 10))
def test_sizes_that_cannot_be_balanced_are_refused(size: int) -> None:
    with pytest.raises(InputError, match=f"train={size} "):
        sample.garments(0, train=size)
    with pytest.raises(InputError, match=f"test={size} "):
        sample.garments(0, train=10, test=size)
