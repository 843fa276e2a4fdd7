"""The images of a study: splits as they are, or subsets that keep every class's share."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import artifacts, files, paths, splits
from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.data import idx
from mnist_transfer.errors import InputError
from mnist_transfer.study import Study
from tests.studies import changed

Array = npt.NDArray[np.uint8]


@st.composite
def draws(draw: st.DrawFn) -> tuple[Array, int, int]:
    """Labels in any order, a size that leaves every class something on both sides, and a seed."""
    counts = draw(st.lists(st.integers(2, 40), min_size=2, max_size=10))
    labels = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    np.random.default_rng(draw(st.integers(0, 9))).shuffle(labels)
    size = draw(st.integers(len(counts), len(labels) - len(counts)))
    return labels, size, draw(st.integers(0, 2**32 - 1))


@given(draws())
def test_a_subset_is_stratified_ascending_and_decided_by_its_seed(drawn: tuple[Array, int, int]) -> None:
    labels, size, seed = drawn
    rows = stratified_subset(labels, size, seed)
    assert rows.shape == (size,)
    assert rows.dtype == np.int32
    assert 0 <= rows.min() <= rows.max() < len(labels)
    assert (np.diff(rows) > 0).all(), "ascending, none twice"
    shares = np.bincount(labels) * size / len(labels)
    assert (np.abs(np.bincount(labels[rows], minlength=len(shares)) - shares) < 1).all()
    np.testing.assert_array_equal(stratified_subset(labels, size, seed), rows)
    everything = np.arange(len(labels), dtype=np.int32)
    np.testing.assert_array_equal(stratified_subset(labels, len(labels), seed), everything, strict=True)


IMAGES = np.random.default_rng(0).integers(0, 256, (200, 20, 24), dtype=np.uint8)
LABELS = np.tile(np.arange(10, dtype=np.uint8), 20)


def study(train: int = 200, test: int = 200) -> Study:
    """A study of 200 images of 20 × 24 pixels in 10 classes."""
    entry = {"title": "Toys", "train": train, "test": test, "classes": list("abcdefghij"), "image_shape": [20, 24]}
    without = dict.fromkeys(("replay", "difficulty", "study.measures", "study.comparisons"), ...)
    return Study.model_validate(changed({"datasets.toys": entry, **without}))


def write(split: paths.Split, images: Array, labels: Array) -> None:
    idx.write(paths.images("toys", split), np.ascontiguousarray(images))
    idx.write(paths.labels("toys", split), labels)


@pytest.fixture
def toys(empty_folder: Path) -> None:
    write("train", IMAGES, LABELS)
    write("test", IMAGES[::-1], LABELS[::-1])


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("size", [200, 120])
def test_rows_labels_and_images_belong_together_and_the_test_split_is_the_official_one(size: int) -> None:
    splits.run(study(train=size), "toys")
    train, test = artifacts.read_splits("toys").values()
    assert train.index.shape == (size,)
    np.testing.assert_array_equal(train.labels, LABELS[train.index], strict=True)
    np.testing.assert_array_equal(artifacts.read_images(study(), "toys", "train"), IMAGES[train.index], strict=True)
    assert np.bincount(train.labels).tolist() == [size // 10] * 10
    np.testing.assert_array_equal(artifacts.read_images(study(), "toys", "test"), IMAGES[::-1], strict=True)
    np.testing.assert_array_equal(test.labels, LABELS[::-1], strict=True)


@pytest.mark.usefixtures("toys")
def test_a_size_that_cannot_be_had_is_one_line_that_names_its_key() -> None:
    for known, complaint in (
        (study(test=1000), "test: 1000 images asked for, data/toys/t10k-images-idx3-ubyte has 200; ask for at most that"),
        (study(train=195), "train: no stratified subset of 195"),
    ):
        with pytest.raises(InputError, match=f"^params.yaml: datasets.toys.{complaint}"):
            splits.run(known, "toys")
        assert not Path("splits").exists()


@pytest.mark.usefixtures("toys")
def test_rows_that_are_missing_or_cannot_be_name_the_stage_that_writes_them() -> None:
    path, labels = paths.splits("toys"), np.zeros(2, np.uint8)
    with pytest.raises(InputError, match=rf"^{path} is missing; run `dvc repro split@toys`, or"):
        artifacts.read_images(study(), "toys", "train")
    for rows, reason in (([2, 2], ".* do not ascend"), ([-1, 0], ".* do not ascend"), ([0, 300], "row 300 of 200 images")):
        files.write_npz(path, train_index=np.array(rows), train_labels=labels, test_index=np.arange(2), test_labels=labels)
        with pytest.raises(InputError, match=rf"^{path} is damaged \({reason}\); run `dvc repro split@toys`"):
            artifacts.read_images(study(), "toys", "train")
