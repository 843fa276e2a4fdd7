"""The images of a study: whole splits as they are, subsets that keep every class's share."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import datasets, idx, paths
from mnist_transfer.errors import InputError


@st.composite
def draws(draw: st.DrawFn) -> tuple[npt.NDArray[np.uint8], int, int]:
    """Labels in any order, a size that leaves every class something on both sides, and a seed."""
    counts = draw(st.lists(st.integers(2, 40), min_size=2, max_size=10))
    labels = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    np.random.default_rng(draw(st.integers(0, 9))).shuffle(labels)
    size = draw(st.integers(len(counts), len(labels) - len(counts)))
    return labels, size, draw(st.integers(0, 2**32 - 1))


@given(draws())
def test_a_subset_is_stratified_ascending_and_decided_by_its_seed(drawn: tuple[npt.NDArray[np.uint8], int, int]) -> None:
    labels, size, seed = drawn
    rows = datasets.stratified_subset(labels, size, seed)
    assert rows.shape == (size,)
    assert rows.dtype == np.int32
    assert rows.min() >= 0
    assert rows.max() < len(labels)
    assert (np.diff(rows) > 0).all(), "ascending, none twice"
    shares = np.bincount(labels) * size / len(labels)
    assert (np.abs(np.bincount(labels[rows], minlength=len(shares)) - shares) < 1).all()
    np.testing.assert_array_equal(datasets.stratified_subset(labels, size, seed), rows)


def test_another_seed_draws_other_rows() -> None:
    labels = np.tile(np.arange(10, dtype=np.uint8), 100)
    one, other = (set(datasets.stratified_subset(labels, 500, seed)) for seed in (1, 2))
    assert 150 < len(one & other) < 350  # 250 expected of two independent halves


@given(st.integers(1, 100))
def test_the_whole_set_comes_in_order(size: int) -> None:
    rows = datasets.stratified_subset(np.zeros(size, np.uint8), size, 0)
    np.testing.assert_array_equal(rows, np.arange(size, dtype=np.int32), strict=True)


IMAGES = np.random.default_rng(0).integers(0, 256, (200, 28, 28), dtype=np.uint8)
LABELS = np.tile(np.arange(10, dtype=np.uint8), 20)


@pytest.fixture
def toys(empty_folder: Path) -> None:
    for split, images in (("train", IMAGES), ("test", IMAGES[::-1])):
        idx.write(paths.images("toys", split), np.ascontiguousarray(images))
        idx.write(paths.labels("toys", split), LABELS)


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("size", [200, 120])
def test_images_labels_and_rows_belong_together(size: int) -> None:
    split = datasets.load("toys", "train", size, seed=3)
    assert len(split.index) == size
    np.testing.assert_array_equal(split.images, IMAGES[split.index], strict=True)
    np.testing.assert_array_equal(split.labels, LABELS[split.index], strict=True)
    assert np.bincount(split.labels).tolist() == [size // 10] * 10


@pytest.mark.usefixtures("toys")
def test_the_test_split_is_the_official_one() -> None:
    np.testing.assert_array_equal(datasets.load("toys", "test", 200, seed=3).images, IMAGES[::-1], strict=True)


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("size", "complaint"), [(201, "201 images asked for, .* has 200"), (195, "no stratified subset of 195")]
)
def test_a_size_that_cannot_be_had_is_one_line_that_names_its_key(size: int, complaint: str) -> None:
    with pytest.raises(InputError, match=rf"^params.yaml: datasets.toys.train: {complaint}") as caught:
        datasets.load("toys", "train", size, seed=3)
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("empty_folder")
def test_missing_files_name_the_command_that_fetches_them() -> None:
    with pytest.raises(InputError, match="data/toys/train-images-idx3-ubyte is missing; run `mnist-transfer fetch`"):
        datasets.load("toys", "train", 200, seed=3)
