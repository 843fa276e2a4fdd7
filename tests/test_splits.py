"""The images of a study: whole splits as they are, subsets that keep every class's share."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import artifacts, files, paths
from mnist_transfer.data import idx, splits
from mnist_transfer.errors import InputError
from mnist_transfer.paths import Split
from mnist_transfer.study import Study
from tests.commands import files_in


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
    rows = splits.stratified_subset(labels, size, seed)
    assert rows.shape == (size,)
    assert rows.dtype == np.int32
    assert rows.min() >= 0
    assert rows.max() < len(labels)
    assert (np.diff(rows) > 0).all(), "ascending, none twice"
    shares = np.bincount(labels) * size / len(labels)
    assert (np.abs(np.bincount(labels[rows], minlength=len(shares)) - shares) < 1).all()
    np.testing.assert_array_equal(splits.stratified_subset(labels, size, seed), rows)


def test_another_seed_draws_other_rows() -> None:
    labels = np.tile(np.arange(10, dtype=np.uint8), 100)
    one, other = (set(splits.stratified_subset(labels, 500, seed)) for seed in (1, 2))
    assert 150 < len(one & other) < 350  # 250 expected of two independent halves


@given(st.integers(1, 100))
def test_the_whole_set_comes_in_order(size: int) -> None:
    rows = splits.stratified_subset(np.zeros(size, np.uint8), size, 0)
    np.testing.assert_array_equal(rows, np.arange(size, dtype=np.int32), strict=True)


IMAGES = np.random.default_rng(0).integers(0, 256, (200, 20, 24), dtype=np.uint8)
LABELS = np.tile(np.arange(10, dtype=np.uint8), 20)


def study(train: int = 200, test: int = 200, seed: int = 3) -> Study:
    """A study of 200 images of 20 × 24 pixels in 10 classes."""
    entry = {"title": "Toys", "train": train, "test": test, "classes": list("abcdefghij"), "image_shape": [20, 24]}
    return Study.model_validate(
        {
            "seed": seed,
            "study": {"datasets": ["toys"], "networks": ["pixels"], "features": ["pixels/all"], "classifiers": ["lda"]},
            "datasets": {"toys": entry},
            "networks": {"pixels": {"architecture": "none"}},
            "classifiers": {"lda": {"title": "LDA", "class": "sklearn.discriminant_analysis.LDA", "scale": True}},
        }
    )


def write(split: Split, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> None:
    idx.write(paths.images("toys", split), np.ascontiguousarray(images))
    idx.write(paths.labels("toys", split), labels)


@pytest.fixture
def toys(empty_folder: Path) -> None:
    write("train", IMAGES, LABELS)
    write("test", IMAGES[::-1], LABELS[::-1])


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("size", [200, 120])
def test_rows_labels_and_images_belong_together(size: int) -> None:
    splits.run(study(train=size), "toys")
    rows, labels = (artifacts.read_split("toys", "train", content) for content in ("index", "labels"))
    assert rows.dtype == np.int32
    assert rows.shape == (size,)
    np.testing.assert_array_equal(labels, LABELS[rows], strict=True)
    np.testing.assert_array_equal(splits.images(study(train=size), "toys", "train"), IMAGES[rows], strict=True)
    assert np.bincount(labels).tolist() == [size // 10] * 10


@pytest.mark.usefixtures("toys")
def test_the_test_split_is_the_official_one() -> None:
    splits.run(study(train=120), "toys")
    np.testing.assert_array_equal(splits.images(study(), "toys", "test"), IMAGES[::-1], strict=True)
    np.testing.assert_array_equal(artifacts.read_split("toys", "test", "labels"), LABELS[::-1], strict=True)


@pytest.mark.usefixtures("toys")
def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    splits.run(study(train=120), "toys")
    first = files_in(Path("splits"))
    assert set(first) == {f"toys/{split}_{content}.npy" for split in ("train", "test") for content in ("index", "labels")}
    splits.run(study(train=120), "toys")
    assert files_in(Path("splits")) == first
    splits.run(study(train=120, seed=4), "toys")
    assert files_in(Path("splits"))["toys/train_index.npy"] != first["toys/train_index.npy"]


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("split", "size", "complaint"),
    [
        ("train", 201, "201 images asked for, data/toys/train-images-idx3-ubyte has 200; ask for at most that"),
        ("test", 1000, "1000 images asked for, data/toys/t10k-images-idx3-ubyte has 200; ask for at most that"),
        ("train", 195, "no stratified subset of 195"),
    ],
)
def test_a_size_that_cannot_be_had_is_one_line_that_names_its_key(split: str, size: int, complaint: str) -> None:
    with pytest.raises(InputError, match=rf"^params.yaml: datasets.toys.{split}: {complaint}") as caught:
        splits.run(study(**{split: size}), "toys")
    assert "\n" not in str(caught.value)
    assert not paths.split("toys", "test", "index").exists()


@pytest.mark.usefixtures("empty_folder")
def test_missing_images_name_the_command_that_fetches_them() -> None:
    with pytest.raises(InputError, match="data/toys/train-images-idx3-ubyte is missing; run `mnist-transfer fetch`"):
        splits.run(study(), "toys")


@pytest.mark.usefixtures("toys")
def test_missing_rows_name_the_stage_that_writes_them() -> None:
    with pytest.raises(InputError, match=r"^splits/toys/train_index.npy is missing; run `dvc repro split@toys`, or"):
        splits.images(study(), "toys", "train")


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize(
    ("rows", "reason"),
    [([0, 2, 2], "rows that do not ascend"), ([-1, 0], "rows that do not ascend"), ([0, 10**6], r"row 1000000 of \d+ images")],
)
def test_rows_that_cannot_be_are_damage(rows: list[int], reason: str) -> None:
    splits.run(study(), "toys")
    path = paths.split("toys", "train", "index")
    files.write_npy(path, np.array(rows))
    with pytest.raises(InputError, match=rf"^{path} is damaged \({reason}\); run `dvc repro split@toys`"):
        splits.images(study(), "toys", "train")


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (IMAGES[:, :, 1:], LABELS, r"train-images-idx3-ubyte: images of shape \(200, 20, 23\), expected \(n, 20, 24\)"),
        (IMAGES, LABELS + 1, "train-labels-idx1-ubyte: label 10 at row 9, expected 0 to 9"),
    ],
    ids=["shape", "label"],
)
def test_files_that_are_not_what_the_entry_says_are_refused_before_anything_is_written(
    images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], complaint: str
) -> None:
    write("train", images, labels)
    with pytest.raises(InputError, match=complaint):
        splits.run(study(), "toys")
    assert not Path("splits").exists()
