"""A dataset of the user's own in other forms than IDX: the command that is named turns the one into the other."""

import gzip
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer import artifacts, paths
from mnist_transfer.data import idx, own
from mnist_transfer.errors import InputError
from tests.data.toys import COUNTS, IMAGES, LABELS, study

pytestmark = pytest.mark.usefixtures("empty_folder")

STUDY = study()
FOLDER = paths.DATA / "toys"
OFFICIAL = {"train": "train", "test": "t10k"}


def write(name: str, pack: Callable[[bytes], bytes] = bytes, first: int = 0) -> None:
    """Write IDX files of any name, in which {o}, {s}, {k} and {n} stand for t10k, test, images and 3, say."""
    for split in paths.SPLITS:
        contents: dict[str, tuple[int, npt.NDArray[np.uint8]]] = {"images": (3, IMAGES[split]), "labels": (1, LABELS[split])}
        for kind, (dimensions, array) in contents.items():
            path = FOLDER / name.format(o=OFFICIAL[split], s=split, k=kind, n=dimensions)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pack(idx.serialize(array + first if kind == "labels" else array)))


def write_csv(*, header: bool) -> None:
    FOLDER.mkdir(parents=True)
    for split in paths.SPLITS:
        rows = np.column_stack([LABELS[split], IMAGES[split].reshape(COUNTS[split], -1)])
        names = ",".join(["label", *(f"pixel{number}" for number in range(1, 481))]) if header else ""
        np.savetxt(FOLDER / f"fashion-mnist_{split}.csv", rows, "%d", ",", header=names, comments="")


def write_npz(*names: str) -> None:
    FOLDER.mkdir(parents=True)
    arrays = [IMAGES["train"], LABELS["train"][:, None], IMAGES["test"], LABELS["test"].astype(np.int64)]
    np.savez(FOLDER / "mnist.npz", **dict(zip(names, arrays, strict=True)))  # type: ignore[arg-type]


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
    with pytest.raises(InputError) as caught:
        own.check(STUDY, "toys")
    message = str(caught.value)
    assert message.startswith("data/toys")
    assert "\n" not in message
    command = re.search(r"; .*run `(.*)`$", message)
    assert command
    program, *arguments = shlex.split(command[1])
    if program == "python" and form != "csv":
        exec(arguments[1], {})  # noqa: S102  without the second that a new Python takes
    else:
        environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run(["sh", "-c", command[1]], check=True, env=environment)
    own.check(STUDY, "toys")
    for split in paths.SPLITS:
        images, labels = artifacts.read_raw(STUDY, "toys", split)
        np.testing.assert_array_equal(images, IMAGES[split], strict=True)
        np.testing.assert_array_equal(labels, LABELS[split], strict=True)


def test_what_is_packed_beside_the_files_is_in_nobodys_way() -> None:
    for name, pack in (("{o}-{k}-idx{n}-ubyte", bytes), ("{o}-{k}-idx{n}-ubyte.gz", gzip.compress)):
        write(name, pack)
    own.check(STUDY, "toys")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("0001.png", b"", r"images \(n, 20, 24\) and labels \(n,\) from 0; there is 0001.png. Python writes"),
        ("x.npz", b"no archive", r"expected are IDX files .* there is x\.npz"),
        ("train.csv", b"0," * 479 + b"0", r"train.csv has 480 columns, expected are a label and 20 × 24 pixels; "),
    ],
)
def test_what_cannot_be_turned_into_it_is_named_beside_what_is_expected(name: str, content: bytes, message: str) -> None:
    FOLDER.mkdir(parents=True)
    for path in (FOLDER / name, FOLDER / name.replace("train", "test")):
        path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        own.check(STUDY, "toys")


def test_images_of_another_shape_are_the_users_to_correct() -> None:
    write("{o}-{k}-idx{n}-ubyte")
    idx.write(paths.images("toys", "test"), IMAGES["test"][:, :10])
    message = (
        r"t10k-images-idx3-ubyte: images of shape \(60, 10, 24\), expected \(n, 20, 24\); correct the file, or what params.yaml"
    )
    with pytest.raises(InputError, match=message):
        own.check(STUDY, "toys")
