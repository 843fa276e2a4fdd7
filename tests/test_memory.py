"""Data larger than memory: shards are one split, the stages give the same bytes from files, and memory stays within a bound."""

import gzip
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from mnist_transfer import files, memory, paths, splits, study
from mnist_transfer.classifiers import classify
from mnist_transfer.classifiers.scaling import Scaler
from mnist_transfer.data import idx, own
from mnist_transfer.entries import Dataset
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features
from tests import large
from tests.commands import files_in, may_mount, mounted

pytestmark = pytest.mark.usefixtures("empty_folder")

FOLDER = paths.DATA / large.NAME
ENTRY = Dataset(title="Large", classes=tuple("0123456789"))


def write(train: int = 1_000, test: int = 100, shards: int = 3) -> None:
    """Write images of ten classes that a classifier can tell apart, though not easily, and their params.yaml."""
    rng = np.random.default_rng(0)
    centres = rng.integers(0, 96, (10, 28, 28))
    for split, number, parts in (("train", train, shards), ("test", test, 1)):
        labels = (np.arange(number) % 10).astype(np.uint8)
        images = (centres[labels] + rng.integers(0, 160, (number, 28, 28), dtype=np.uint8)).astype(np.uint8)
        large.write_shards(FOLDER, split, images, labels, parts)
    pixels = {"pixels": {"architecture": "none"}}
    paths.PARAMS.write_text(large.params(train - 10, test, pixels, ["pixels/all"], list(large.CLASSIFIERS)))


def shard(kind: str, which: str) -> Path:
    return FOLDER / f"train-{kind}-{which}-of-3-idx{ {'images': 3, 'labels': 1}[kind] }-ubyte"


def test_shards_are_read_as_one_split_packed_or_not() -> None:
    write()
    parts = [idx.read(shard("images", f"0{number}")) for number in range(3)]
    packed = shard("images", "01").rename(shard("images", "01").with_suffix(".gz"))
    packed.write_bytes(gzip.compress(packed.read_bytes()))
    images, labels = own.read(large.NAME, ENTRY, "train")
    np.testing.assert_array_equal(images, np.concatenate(parts), strict=True)
    np.testing.assert_array_equal(labels, (np.arange(1_000) % 10).astype(np.uint8), strict=True)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: shard("images", "02").unlink(), "has no 02-of-03 of the train images; add it: shards are counted from 0"),
        (
            lambda: shard("labels", "03").write_bytes(b""),
            "train-labels-03-of-3-idx1-ubyte is none of the 3 shards of the train labels, which are counted from 0; move",
        ),
        (
            lambda: idx.write(shard("images", "01"), np.zeros((333, 8, 8), np.uint8)),
            "01-of-3-idx3-ubyte has uint8 of shape (n, 8, 8) and the first shard uint8 of shape (n, 28, 28)",
        ),
        (
            lambda: idx.write(shard("images", "00"), np.zeros((333, 28, 28), np.uint8)),
            "train-images-00-of-3-idx3-ubyte has 333 images but data/large/train-labels-00-of-3-idx1-ubyte has 334 labels",
        ),
        (
            lambda: idx.write(FOLDER / "train-images-0-of-3-idx3-ubyte", np.zeros((334, 28, 28), np.uint8)),
            "stand for the same, and differ; leave one, and move the other away",
        ),
        (
            lambda: idx.write(FOLDER / "train-images-00-of-2-idx3-ubyte", np.zeros((500, 28, 28), np.uint8)),
            "data/large has the train images in 2 and in 3 files; move one set away",
        ),
        (
            lambda: idx.write(shard("labels", "01"), np.full(333, 10, np.uint8)),
            "train-labels-01-of-3-idx1-ubyte: label 10 at row 0, expected 0 to 9",
        ),
    ],
    ids=["missing", "too many", "size", "labels", "twice", "two sets", "no class"],
)
def test_what_is_wrong_with_a_shard_is_refused_with_its_name(make: Callable[[], object], said: str) -> None:
    write()
    make()
    with pytest.raises(InputError, match=re.escape(said)):
        own.read(large.NAME, ENTRY, "train")


def test_stages_give_the_same_bytes_where_arrays_lie_in_files(monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    made: list[dict[str, bytes]] = []
    for gigabytes in ("8", "0.0001"):
        monkeypatch.setenv(memory.VARIABLE, gigabytes)
        known = study.load()
        splits.run(known, large.NAME)
        features.run(known, large.NAME, "pixels")
        for name in large.CLASSIFIERS:
            classify.run(known, large.NAME, "pixels/all", name)
        made.append({name: found for name, found in files_in(Path()).items() if not name.startswith("build/timing")})
        assert isinstance(memory.empty((100, 100), np.uint8), np.memmap) == (gigabytes == "0.0001")
    assert made[0] == made[1]
    assert not list(paths.SCRATCH.iterdir()), "files go with their arrays"


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 300), st.integers(1, 70), st.integers(0, 99), st.floats(1e-6, 1e-3))
def test_the_scaler_is_scikit_learns_to_the_last_bit(rows: int, columns: int, seed: int, gigabytes: float) -> None:
    rng = np.random.default_rng(seed)
    plain = (rng.gamma(0.1, 30, (rows, columns)) * rng.integers(0, 2, columns)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(memory.VARIABLE, "1e-9")
        mapped = memory.empty(plain.shape, plain.dtype)
        mapped[:] = plain
        assert isinstance(mapped, np.memmap)
        patch.setenv(memory.VARIABLE, str(gigabytes))
        expected, found = StandardScaler().fit(plain), Scaler().fit(mapped)
        np.testing.assert_array_equal(found.transform(mapped), expected.transform(plain), strict=True)
    for name in ("mean_", "var_", "scale_", "n_samples_seen_", "n_features_in_"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def test_files_of_killed_processes_are_removed_and_what_others_have_in_the_folder_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(memory.VARIABLE, "1e-9")
    code = "import os; from mnist_transfer import memory; array = memory.empty((9,), 'u1'); os._exit(1)"
    subprocess.run([sys.executable, "-c", code], check=False)
    assert len(list(paths.SCRATCH.iterdir())) == 1
    array = memory.empty((9,), np.uint8)
    (paths.SCRATCH / ".DS_Store").touch()
    subprocess.run([sys.executable, "-c", code.replace("_exit(1)", "getpid()")], check=True)
    assert {path.name for path in paths.SCRATCH.iterdir()} == {".DS_Store", Path(str(array.filename)).name}  # type: ignore[attr-defined]
    del array
    assert [path.name for path in paths.SCRATCH.iterdir()] == [".DS_Store"]


@pytest.mark.parametrize("rows", [100, 900], ids=["Fortran order", "a shape of more than there is"])
def test_what_a_large_archive_must_not_hold_is_damage(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    array, path = np.asfortranarray(np.arange(400.0).reshape(100, 4)), Path("x.npz")
    with zipfile.ZipFile(path, "w") as archive, archive.open("x.npy", "w") as stream:
        header = {"descr": "<f8", "fortran_order": rows == 100, "shape": (rows, 4)}
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(array.tobytes("A"))
    monkeypatch.setenv(memory.VARIABLE, "1e-6")
    with pytest.raises(InputError, match=r"x.npz is damaged \(3,328 bytes, which are not those of float64 .*; again"):
        files.read_npz(path, "again")


@pytest.mark.skipif(not may_mount(), reason="only root can mount a disk")
def test_a_disk_that_is_full_is_one_line_before_any_page_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(memory.VARIABLE, "1e-9")
    paths.SCRATCH.mkdir(parents=True)
    with mounted(paths.SCRATCH, 8_000_000):
        first = memory.empty((6_000_000,), np.uint8)
        with pytest.raises(InputError, match=r"cannot write build/scratch \(No space left on device, for 6 MB\)"):
            memory.empty((6_000_000,), np.uint8)
        first[:] = 1


def test_a_memory_that_is_no_number_and_an_array_that_the_disk_cannot_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"cannot write build/scratch \(.*\); it needs a writable disk with free space"):
        memory.empty((10**18,), np.uint8)
    for value in ("much", "0", "nan", "inf"):
        monkeypatch.setenv(memory.VARIABLE, value)
        with pytest.raises(InputError, match=f"{memory.VARIABLE} is '{value}'; it is a number of gigabytes"):
            memory.limit()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count files as memory of the process")
def test_extraction_and_classifiers_keep_within_their_memory() -> None:
    # The features are 376 MB, and 752 MB with their z-scores; the programs themselves take 400 MB.
    write(train=120_000, test=100, shards=4)
    fits = [("classify", large.NAME, "pixels/all", name) for name in ("knn", "logistic-regression")]
    for command in (("split", large.NAME), ("features", large.NAME, "pixels"), *fits):
        large.run(Path(), *command, arrays=0.1, bound=0.6)
    with pytest.raises(AssertionError, match=r"error: there is too little memory \(Unable to allocate"):
        large.run(Path(), "classify", large.NAME, "pixels/all", "knn", arrays=100, bound=0.6)
