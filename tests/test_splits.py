"""The images of a study: all of a split as they are, or a subset that keeps every class's share."""

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
from tests.data.toys import IMAGES, LABELS, study

PATH = paths.splits("toys")


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
    rows = stratified_subset(labels, size, seed)
    assert rows.shape == (size,)
    assert rows.dtype == np.int32
    assert 0 <= rows.min() <= rows.max() < len(labels)
    assert (np.diff(rows) > 0).all(), "ascending, none twice"
    shares = np.bincount(labels) * size / len(labels)
    assert (np.abs(np.bincount(labels[rows], minlength=len(shares)) - shares) < 1).all()
    np.testing.assert_array_equal(stratified_subset(labels, size, seed), rows)


def test_another_seed_draws_other_rows_and_all_rows_come_in_order() -> None:
    labels = np.tile(np.arange(10, dtype=np.uint8), 100)
    one, other = (set(stratified_subset(labels, 500, seed)) for seed in (1, 2))
    assert 150 < len(one & other) < 350  # 250 expected of two independent halves
    np.testing.assert_array_equal(stratified_subset(labels, 1000, 0), np.arange(1000, dtype=np.int32), strict=True)


def write(images: npt.NDArray[np.uint8] = IMAGES["train"], labels: npt.NDArray[np.uint8] = LABELS["train"]) -> None:
    for split, arrays in {"train": (images, labels), "test": (IMAGES["test"], LABELS["test"])}.items():
        idx.write(paths.images("toys", split), arrays[0])  # type: ignore[arg-type]
        idx.write(paths.labels("toys", split), arrays[1])  # type: ignore[arg-type]


@pytest.fixture
def toys(empty_folder: Path) -> None:
    write()


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("size", [200, 120])
def test_rows_labels_and_images_belong_together_and_the_test_split_is_the_official_one(size: int) -> None:
    splits.run(study(train=size), "toys")
    found = artifacts.read_splits("toys")
    rows, labels = found["train"].index, found["train"].labels
    assert rows.shape == (size,)
    np.testing.assert_array_equal(labels, LABELS["train"][rows], strict=True)
    np.testing.assert_array_equal(artifacts.read_images(study(), "toys", "train"), IMAGES["train"][rows], strict=True)
    assert np.ptp(np.bincount(labels)) <= 1
    np.testing.assert_array_equal(artifacts.read_images(study(), "toys", "test"), IMAGES["test"], strict=True)
    np.testing.assert_array_equal(found["test"].labels, LABELS["test"], strict=True)


@pytest.mark.usefixtures("toys")
def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    contents = []
    for seed in (3, 3, 4):
        splits.run(study(train=120, seed=seed), "toys")
        contents.append(PATH.read_bytes())
    assert contents[0] == contents[1] != contents[2]


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("split", "size", "complaint"),
    [
        ("train", 201, "201 images asked for, data/toys/train-images-idx3-ubyte has 200; ask for at most that"),
        ("test", 1000, "1000 images asked for, data/toys/t10k-images-idx3-ubyte has 60; ask for at most that"),
        ("train", 199, "no stratified subset of 199"),
    ],
)
def test_a_size_that_cannot_be_had_is_one_line_that_names_its_key(split: str, size: int, complaint: str) -> None:
    with pytest.raises(InputError, match=rf"^params.yaml: datasets.toys.{split}: {complaint}") as caught:
        splits.run(study(**{split: size}), "toys")
    assert "\n" not in str(caught.value)
    assert not PATH.exists()


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (IMAGES["train"][:, :, 1:], LABELS["train"], r"train-images-idx3-ubyte: images of shape \(200, 20, 23\), expected"),
        (IMAGES["train"], LABELS["train"] + np.uint8(1), "train-labels-idx1-ubyte: label 3 at row 2, expected 0 to 2"),
    ],
    ids=["shape", "label"],
)
def test_files_that_are_not_what_the_entry_says_are_refused_before_anything_is_written(
    images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], complaint: str
) -> None:
    with pytest.raises(InputError, match="data/toys/train-images-idx3-ubyte is missing; run `mnist-transfer fetch`"):
        splits.run(study(), "toys")
    write(np.ascontiguousarray(images), labels)
    with pytest.raises(InputError, match=complaint):
        splits.run(study(), "toys")
    assert not PATH.exists()


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("rows", "reason"),
    [([0, 2, 2], "rows that do not ascend"), ([-1, 0], "rows that do not ascend"), ([0, 10**6], r"row 1000000 of \d+ images")],
)
def test_rows_that_cannot_be_are_damage(rows: list[int], reason: str) -> None:
    with pytest.raises(InputError, match=rf"^{PATH} is missing; run `dvc repro split@toys`, or"):
        artifacts.read_splits("toys")
    splits.run(study(), "toys")
    index = np.array(rows)
    labels = np.zeros(len(rows), np.uint8)
    files.write_npz(PATH, **dict(np.load(PATH)) | {"train_index": index, "train_labels": labels})
    with pytest.raises(InputError, match=rf"^{PATH} is damaged \({reason}\); run `dvc repro split@toys`"):
        artifacts.read_images(study(), "toys", "train")
