"""A dataset of the user's own in other forms than IDX: the command that is named turns the one into the other."""

import gzip
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_transfer import artifacts, paths
from mnist_transfer.data import idx, own
from mnist_transfer.errors import InputError
from tests.data.toys import COUNTS, IMAGES, LABELS, STUDY, arrays

pytestmark = pytest.mark.usefixtures("empty_folder")

FOLDER = paths.DATA / "toys"
SPLITS = {"t10k": "test", "train": "train"}


@pytest.fixture(autouse=True)
def folder(empty_folder: Path) -> None:
    FOLDER.mkdir(parents=True)


def refusal() -> str:
    """Return what is said of the dataset as it is."""
    with pytest.raises(InputError) as caught:
        own.check(STUDY, "toys")
    message = str(caught.value)
    assert message.startswith("data/toys")
    assert "\n" not in message
    return message


def write(name: str, pack: Callable[[bytes], bytes] = bytes, first: int = 0) -> None:
    """Write IDX files of any name, in which {o}, {s}, {k} and {n} stand for t10k, test, images and 3, say."""
    for official, array in arrays("toys", first).items():
        split, kind = Path(official).name.split("-")[:2]
        path = FOLDER / name.format(o=split, s=SPLITS[split], k=kind, n=array.ndim)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pack(idx.serialize(array)))


def write_csv(*, header: bool) -> None:
    for split in paths.SPLITS:
        rows = np.column_stack([LABELS[split], IMAGES[split].reshape(COUNTS[split], -1)])
        names = ",".join(["label", *(f"pixel{number}" for number in range(1, 481))]) if header else ""
        np.savetxt(FOLDER / f"fashion-mnist_{split}.csv", rows, "%d", ",", header=names, comments="")


def write_npz(*names: str) -> None:
    content = [IMAGES["train"], LABELS["train"][:, None], IMAGES["test"], LABELS["test"].astype(np.int64)]
    np.savez(FOLDER / "mnist.npz", **dict(zip(names, content, strict=True)))  # type: ignore[arg-type]


FORMS: dict[str, Callable[[], None]] = {
    "kaggle's names": lambda: write("{o}-{k}.idx{n}-ubyte"),
    "kaggle's folders": lambda: write("{o}-{k}-idx{n}-ubyte/{o}-{k}-idx{n}-ubyte"),
    "packed": lambda: write("{o}-{k}-idx{n}-ubyte.gz", gzip.compress),
    "emnist's names": lambda: write("emnist-letters-{s}-{k}-idx{n}-ubyte.gz", gzip.compress),
    "labels from 1": lambda: write("{o}-{k}-idx{n}-ubyte", first=1),
    "csv": lambda: write_csv(header=True),
    "csv without header": lambda: write_csv(header=False),
    "npz of keras": lambda: write_npz("x_train", "y_train", "x_test", "y_test"),
    "npz of medmnist": lambda: write_npz("train_images", "train_labels", "test_images", "test_labels"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_command_that_is_named_makes_the_files_that_are_expected(form: str) -> None:
    FORMS[form]()
    command = re.search(r"; .*run `(.*)`$", refusal())
    assert command
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", command[1]], check=True, env=environment)
    own.check(STUDY, "toys")
    for split in paths.SPLITS:
        images, labels = artifacts.read_raw(STUDY, "toys", split)
        np.testing.assert_array_equal(images, IMAGES[split], strict=True)
        np.testing.assert_array_equal(labels, LABELS[split], strict=True)


def test_what_cannot_be_turned_into_it_is_named_beside_what_is_expected() -> None:
    with (FOLDER / "x.npz").open("wb") as stream:
        np.save(stream, np.zeros(3))  # no archive
    message = refusal()
    assert "toys: its four files must be here, as toys has no public source; expected are IDX files" in message
    assert "images (n, 20, 24) and labels (n,) from 0; there is x.npz. Python writes" in message
    (FOLDER / "x.npz").unlink()
    for split in paths.SPLITS:
        (FOLDER / f"{split}.csv").write_text(",".join(map(str, range(480))))  # without labels
    assert "train.csv has 480 columns, expected are a label and 20 × 24 pixels; " in refusal()


def test_files_as_expected_will_do_beside_packed_ones_and_images_of_another_shape_are_the_users_to_correct() -> None:
    write("{o}-{k}-idx{n}-ubyte")
    write("{o}-{k}-idx{n}-ubyte.gz", gzip.compress)
    own.check(STUDY, "toys")
    idx.write(paths.images("toys", "test"), IMAGES["test"][:, :10])
    shapes = "images of shape (12, 10, 24), expected (n, 20, 24)"
    assert f"t10k-images-idx3-ubyte: {shapes}; correct the file, or what params.yaml" in refusal()
