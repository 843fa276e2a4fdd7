"""A dataset of one's own: each form is read as the same arrays, what is unusual of it is said, and what is wrong is refused."""

import functools
import gzip
import struct
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_digits

from mnist_transfer import artifacts, paths, projection, splits, study
from mnist_transfer.classifiers import classify
from mnist_transfer.data import idx, own
from mnist_transfer.data.forms import npz
from mnist_transfer.data.labels import SHOWN
from mnist_transfer.entries import Dataset
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features
from mnist_transfer.paths import SPLITS, Split
from tests.commands import ROOT, assert_refused, run_here
from tests.data.toys import STUDY

Array = npt.NDArray[Any]
Change = Callable[[Array], Array]

pytestmark = pytest.mark.usefixtures("folder")

#: scikit-learn's digits, 8 × 8 pixels from 0 to 255: upright, and different from what they are when rows are columns.
IMAGES, LABELS = (load_digits().images * 15.9375).round().astype(np.uint8), load_digits().target.astype(np.uint8)
DIGITS: dict[Split, tuple[Array, Array]] = {"train": (IMAGES[:300], LABELS[:300]), "test": (IMAGES[300:400], LABELS[300:400])}
ENTRY = Dataset(title="Digits", classes=tuple("0123456789"))
FOLDER = paths.DATA / "mine"


@pytest.fixture
def folder(empty_folder: Path) -> None:
    FOLDER.mkdir(parents=True)


def write_idx(name: str, pack: Callable[[bytes], bytes] = bytes, *, turn: bool = False, labels: Any = idx.serialize) -> None:
    """Write IDX files of a name in which {o}, {s}, {k} and {n} stand for t10k, test, images and 3, say."""
    for split, (images, classes) in DIGITS.items():
        contents = {"images": idx.serialize(images.swapaxes(1, 2) if turn else images), "labels": labels(classes)}
        for kind, content in contents.items():
            path = FOLDER / name.format(o={"train": "train", "test": "t10k"}[split], s=split, k=kind, n=content[3])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pack(content))


def qmnist(labels: Array) -> bytes:
    """Return labels as QMNIST has them: big-endian integers of 32 bits in eight columns, of which others are no class."""
    columns = np.column_stack([labels, *[np.arange(len(labels)) + 1000] * 7])
    return struct.pack(">BBBBII", 0, 0, 0x0C, 2, len(labels), 8) + columns.astype(">i4").tobytes()


def write_npz(images: Change = np.asarray, labels: Change = np.asarray, at: int = 0) -> None:
    arrays: dict[str, Any] = {}
    for split, pair in npz.CONVENTIONS[at].items():
        arrays |= dict(zip(pair, (images(DIGITS[split][0]), labels(DIGITS[split][1])), strict=True))
    np.savez(FOLDER / "digits.npz", **arrays)


@functools.cache
def lines(split: Split, form: str = "{label},{pixels}", header: str = "label,{names}") -> tuple[str, ...]:
    """Return a split as lines of CSV."""
    names = ",".join(f"pixel{number}" for number in range(1, 65))
    found = [header.format(names=names)] if header else []
    for row, (image, label) in enumerate(zip(*DIGITS[split], strict=True)):
        pixels, turned = (",".join(map(str, way.ravel())) for way in (image, image.T))
        found.append(form.format(label=label, pixels=pixels, turned=turned, row=row))
    return tuple(found)


def write_csv(name: str = "{split}.csv", **form: str) -> None:
    for split in SPLITS:
        (FOLDER / name.format(split=split)).write_text("\n".join(lines(split, **form)) + "\n")


def write_folders(train: str = "train", test: str = "test", mode: str = "L") -> None:
    for split, name in (("train", train), ("test", test)):
        for row, (image, label) in enumerate(zip(*DIGITS[split], strict=True)):  # type: ignore[index]
            path = FOLDER / name / str(label) / f"{row:04}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).convert(mode).save(path)
    (FOLDER / train / "0" / ".DS_Store").write_bytes(b"of macOS")


#: How each form is written, and what is said of it beside its sizes.
FORMS: dict[str, tuple[Callable[[], None], str]] = {
    "kaggle's names": (lambda: write_idx("{o}-{k}.idx{n}-ubyte"), "IDX files"),
    "kaggle's folders, each named like its file": (lambda: write_idx("{o}-{k}-idx{n}-ubyte/{o}-{k}-idx{n}-ubyte"), "IDX files"),
    "packed under a plain name": (lambda: write_idx("raw/{o}-{k}-idx{n}-ubyte", gzip.compress), "IDX files"),
    "emnist": (lambda: write_idx("emnist-digits-{s}-{k}-idx{n}-ubyte.gz", gzip.compress, turn=True), "turned upright"),
    "qmnist": (lambda: write_idx("qmnist-{s}-{k}-idx{n}-int", labels=qmnist), "the first is read, which is the class"),
    "labels from 1": (lambda: write_npz(labels=lambda labels: labels + 1), "labels from 1 to 10: 1 is 0"),
    "medmnist": (lambda: write_npz(labels=lambda labels: labels[:, None], at=1), "an archive of arrays"),
    "0 to 1": (lambda: write_npz(lambda images: (images / 255).astype(np.float32)), "from 0 to 1: read as 0 to 255"),
    "floats": (
        lambda: write_npz(lambda images: np.minimum(images + 0.2, 255), lambda labels: labels / 1),
        "an archive of arrays",
    ),
    "colour": (lambda: write_npz(lambda images: np.stack([images] * 3, -1)), "colour images: read as grey"),
    "colour first": (lambda: write_npz(lambda images: np.stack([images] * 3, 1)), "colours as the first axis"),
    "one-hot": (lambda: write_npz(labels=lambda labels: np.eye(10)[labels]), "one-hot"),
    "text": (lambda: write_npz(labels=lambda labels: labels.astype("S")), "an archive of arrays"),
    "csv": (lambda: write_csv("fashion-mnist_{split}.csv"), "CSV files"),
    "csv of emnist": (lambda: write_csv("emnist-digits-{split}.csv", header="", form="{label},{turned}"), "turned upright"),
    "csv of pandas": (lambda: write_csv(form="{row},{pixels},{label}.0", header=",{names},class"), "CSV files"),
    "folders in colour": (lambda: write_folders("digits/training", "digits/testing", "RGB"), "colour images: read as grey"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_digits_come_back_from_each_form_and_what_is_unusual_of_it_is_said(form: str) -> None:
    write, said = FORMS[form]
    write()
    for split, arrays in DIGITS.items():
        order = np.argsort(arrays[1], kind="stable") if form.startswith("folders") else slice(None)  # by class
        for found, expected in zip(own.read("mine", ENTRY, split), arrays, strict=True):
            np.testing.assert_array_equal(found, expected[order], strict=True)
    told = list(own.examine("mine", ENTRY))
    assert told[0].endswith(", 300 train and 100 test images of 8 × 8 pixels, 10 classes")
    assert said in " ".join(told)
    assert set(own.digests("mine")) <= {str(path) for path in FOLDER.rglob("*")}


def test_what_an_entry_leaves_out_is_taken_from_the_data(capsys: pytest.CaptureFixture[str]) -> None:
    content = STUDY.model_dump(mode="json", by_alias=True) | {"datasets": {"mine": {"title": "Mine"}}}
    content["study"]["datasets"] = ["mine"]
    mine = study.Study.model_validate(content)
    with pytest.raises(InputError, match=r"^data/mine: no dataset is recognised, there is nothing; put there four IDX files"):
        mine.dataset("mine")
    write_npz(labels=lambda labels: np.array(["zero", "one", "a two", *map(str, range(3, 10))])[labels])
    assert mine.dataset("mine").classes == ("3", "4", "5", "6", "7", "8", "9", "a two", "one", "zero")
    assert (mine.dataset("mine").train, mine.dataset("mine").test) == (300, 100)
    images, labels = artifacts.read_raw(mine, "mine", "test")
    np.testing.assert_array_equal(images, DIGITS["test"][0], strict=True)
    np.testing.assert_array_equal(labels, np.array([9, 8, 7, 0, 1, 2, 3, 4, 5, 6], np.uint8)[DIGITS["test"][1]], strict=True)
    arrays = {f"{name}_{split}": np.zeros((1001, 8, 8) if name == "x" else 1001, np.uint8) for name in "xy" for split in SPLITS}
    np.savez(FOLDER / "digits.npz", **arrays | {"y_train": np.arange(1001)})  # type: ignore[arg-type]
    other = study.Study.model_validate(content)
    with pytest.raises(InputError, match=r"^data/mine: classes: tuple should have at most 1000 items.*; see datasets.mine"):
        other.dataset("mine")


def test_classes_without_images_images_in_both_splits_and_dark_ones_are_said() -> None:
    write_npz(lambda images: images // 8, lambda labels: labels % 5)
    told = "\n".join(own.examine("mine", Dataset(title="Mine", classes=tuple("abcdefghijklmnopqrstuvwxyz"))))
    for split in SPLITS:
        assert f"no {split} image is of the 21 classes f, g, h, i, j, k, l, m, n, o and 11 more" in told
        assert f"the brightest pixel of the {split} images is 31 of 255" in told
    assert len("fghijklmno") == SHOWN
    assert "no test image is also a training image" in told
    test = IMAGES[300:400].copy()
    test[[3, 7]] = IMAGES[[20, 5]]
    np.savez(FOLDER / "digits.npz", x_train=IMAGES[:300], y_train=LABELS[:300], x_test=test, y_test=LABELS[300:400])
    other = sum(LABELS[300 + row] != LABELS[train] for row, train in ((3, 20), (7, 5)))
    assert list(own.examine("mine", ENTRY))[-1] == (
        "2 of 100 test images are also training images, to the last pixel (the first is test image 3, training image 20), "
        f"{other} of them under another label"
    )


def spoil(row: int, column: int, value: str | None, split: Split = "train", **form: str) -> None:
    """Write CSV files with another value in one cell of a split, counted from the first line; None takes it away."""
    write_csv(**form)
    every = list(lines(split, **form))
    cells = every[row].split(",")
    cells[column : column + 1] = [] if value is None else [value]
    every[row] = ",".join(cells)
    (FOLDER / f"{split}.csv").write_text("\n".join(every))


def both(*steps: Callable[[], object]) -> Callable[[], object]:
    """Return a function that takes one step after another."""
    return lambda: [step() for step in steps]


def replaced(images: Array, value: float) -> Array:
    changed = images.astype(np.float64)
    changed[7, 2, 3] = value
    return changed


def picture(name: str, image: Image.Image) -> None:
    write_folders()
    image.save(FOLDER / name)


def remove(name: str) -> None:
    (FOLDER / name).unlink()


#: How what is wrong is made, and what is said of it.
WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "cell of the first line": (lambda: spoil(0, 3, "x", header=""), "train.csv: line 1, column 4: 'x', expected a number"),
    "row too short": (lambda: spoil(9, 3, None, "test"), "test.csv: line 10 has 64 columns, the first has 65; correct"),
    "label missing": (lambda: spoil(4, 0, ""), "train.csv: line 5, column label (1): the label is missing; add it"),
    "integer above 255": (lambda: spoil(5, 3, "256"), "train.csv: line 6, column pixel3 (4) is 256.0, expected"),
    "label of no class": (lambda: spoil(5, 0, "10"), "train.csv: label 10 at line 6, expected 0 to 9; correct it, or d"),
    "csv empty": (both(lambda: write_csv(), lambda: (FOLDER / "test.csv").write_text("")), "test.csv is empty; write a label"),
    "csv with a header alone": (
        both(lambda: write_csv(), lambda: (FOLDER / "test.csv").write_text(lines("test")[0])),
        "test.csv has no rows; write a label",
    ),
    "csv without labels": (
        lambda: write_csv(form="{pixels}", header="{names}"),
        "train.csv has no labels: its columns are pixel1, pixel2, …; add a column label",
    ),
    "kaggle's test.csv": (
        both(lambda: write_csv(header=""), lambda: (FOLDER / "test.csv").write_text("\n".join(lines("test", "{pixels}", "")))),
        "test.csv has 64 columns (it seems to lack the labels), ",
    ),
    "csv of no square": (lambda: write_csv(form="{label},{pixels},0", header="label,{names},more"), "65 pixels an image"),
    "one csv": (both(lambda: write_csv(), lambda: remove("test.csv")), "has train.csv but no CSV file of test images; add it"),
    "two csvs": (both(lambda: write_csv(), lambda: write_csv("more_{split}.csv")), "has several CSV files of train (more_tr"),
    "below 0": (lambda: write_npz(lambda images: replaced(images, -1)), "image 7, row 2, column 3 of x_train is -1.0"),
    "not a number": (lambda: write_npz(lambda images: replaced(images / 255, np.nan)), "row 2, column 3 of x_train is nan"),
    "objects": (lambda: write_npz(labels=lambda labels: labels.astype(object)), "digits.npz is damaged (Object arrays cannot"),
    "other arrays": (lambda: np.savez(FOLDER / "digits.npz", x=IMAGES), "digits.npz has the arrays x, expected x_train"),
    "no archive": (lambda: (FOLDER / "digits.npz").write_bytes(b"PK no"), "digits.npz is damaged (File is not a zip"),
    "half a label": (lambda: write_npz(labels=lambda labels: labels / 2), "label 0.5 at row 1 of y_train, expected a wh"),
    "label of another name": (
        lambda: write_npz(labels=lambda labels: np.where(labels == 3, "three", labels.astype("U"))),
        "digits.npz: label three at row 3 of y_train, expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8 and 9; correct it",
    ),
    "fewer labels": (lambda: write_npz(labels=lambda labels: labels[1:]), "has 300 images but data/mine/digits.npz has 299"),
    "one split from 0 to 1": (
        lambda: write_npz(lambda images: images / 255 if len(images) == 100 else images),
        "only the test images have pixels from 0 to 1; scale both",
    ),
    "two sizes": (lambda: write_npz(lambda images: images[:, : 7 + len(images) // 300]), "of different sizes, 8 × 8 and 7"),
    "gzip cut short": (
        lambda: write_idx("{o}-{k}-idx{n}-ubyte.gz", lambda content: gzip.compress(content)[:-9]),
        ": damaged gzip (",
    ),
    "an IDX file missing": (
        both(lambda: write_idx("{o}-{k}-idx{n}-ubyte"), lambda: remove("t10k-labels-idx1-ubyte")),
        "but no IDX file of test labels; add it, called like t10k-images-idx3-ubyte",
    ),
    "two sets": (
        both(*(partial(write_idx, f"emnist-{name}-{{s}}-{{k}}-idx{{n}}-ubyte") for name in ("letters", "digits"))),
        "has several sets of IDX files (emnist-digits-train-images-idx3-ubyte, emnist-letters-",
    ),
    "another size": (lambda: picture("train/3/9999.png", Image.new("L", (9, 8))), "9999.png has 8 × 9 where others have 8"),
    "16 bits a pixel": (lambda: picture("test/3/9999.png", Image.new("I;16", (8, 8))), "9999.png has more than 8 bits a pixel"),
    "transparent": (lambda: picture("test/3/9999.png", Image.new("LA", (8, 8))), "9999.png has transparent pixels"),
    "no class": (lambda: picture("test/9999.png", Image.new("L", (8, 8))), "9999.png is in no class's folder"),
    "no image": (
        both(lambda: write_folders(), lambda: (FOLDER / "test/3/a.png").write_bytes(b"x")),
        "a.png is damaged (cannot ident",
    ),
    "one folder": (lambda: write_folders(test="rest"), "train has images, but no folder beside it has test images; add it"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_refused_with_what_it_is_and_where_it_stands(kind: str) -> None:
    make, said = WRONG[kind]
    make()
    with pytest.raises(InputError) as caught:
        list(own.examine("mine", ENTRY))
    assert said in str(caught.value)
    assert str(caught.value).startswith("data/mine")
    assert "\n" not in str(caught.value)


def test_images_of_several_sizes_are_resized_where_the_entry_says_to_what() -> None:
    write_folders()
    Image.new("L", (30, 20), 255).save(FOLDER / "test/0/9999.png")
    told = " ".join(own.examine("mine", Dataset(title="Digits", image_shape=(8, 8))))
    assert "images of another size: resized to 8 × 8 pixels, as params.yaml says" in told
    assert (own.read("mine", Dataset(title="Digits", image_shape=(8, 8)), "test")[0] == 255).all(axis=(1, 2)).sum() == 1


@settings(max_examples=30)
@given(st.integers(1, 300), st.integers(1, 64), st.text("abc-. \u00fc\x00", max_size=5) | st.just("1e999") | st.just('"'))
def test_a_bad_cell_anywhere_is_named_by_its_line_and_column(line: int, column: int, value: str) -> None:
    spoil(line, column, value)
    with pytest.raises(InputError) as caught:
        own.read("mine", ENTRY, "train")
    assert f"train.csv: line {line + 1}" in str(caught.value) or value == '"'  # which may swallow lines
    assert f"column pixel{column} ({column + 1})" in str(caught.value) or value == '"'


def test_a_user_reads_one_line() -> None:
    ours = (ROOT / paths.PARAMS).read_text()
    entry = ours.replace("\ndatasets:", "\ndatasets:\n  mine: {title: Mine}\n", 1)
    paths.PARAMS.write_text(entry.replace("datasets: [fashion_mnist, mnist]", "datasets: [fashion_mnist, mnist, mine]", 1))
    assert_refused(run_here("check"), "data/mine: no dataset is recognised, there is nothing; put there four IDX files")
    spoil(5, 3, "x")
    assert run_here("check").returncode == 0
    for command in (("fetch", "mine"), ("split", "mine")):
        assert_refused(run_here(*command), "data/mine/train.csv: line 6, column pixel3 (4): 'x'")


def test_more_classes_than_a_byte_counts_go_through_the_stages() -> None:
    number = 300
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 256, (number, 8, 8))
    arrays: dict[str, Any] = {}
    for split, times in (("train", 3), ("test", 1)):
        labels = np.tile(np.arange(number), times)
        noise = rng.integers(0, 9, (len(labels), 8, 8))
        arrays |= {f"x_{split}": np.minimum(classes[labels] + noise, 255).astype(np.uint8), f"y_{split}": labels}
    np.savez(FOLDER / "many.npz", **arrays)
    lda = {"class": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis", "scale": False}
    neighbours = {"class": "sklearn.neighbors.KNeighborsClassifier", "arguments": {"n_neighbors": [1, 2]}}
    content = STUDY.model_dump(by_alias=True) | {
        "study": {"datasets": ["mine"], "networks": ["pixels"], "features": ["pixels/all"], "classifiers": ["lda", "knn"]},
        "datasets": {"mine": {"title": "Many", "train": 900, "test": 300}},
        "classifiers": {"lda": lda, "knn": neighbours},
        "titles": {"knn": "Neighbours ({n_neighbors})"},
    }
    many = study.Study.model_validate(content)
    splits.run(many, "mine")
    features.run(many, "mine", "pixels")
    projection.run(many, "mine")
    for name in ("lda", "knn"):
        classify.run(many, "mine", "pixels/all", name)
    predicted = artifacts.read_predictions(many, "mine", "pixels/all", artifacts.read_splits("mine")["test"].labels)
    assert set(predicted) == {"lda", "knn-1", "knn-2"}
    for name, found in predicted.items():
        np.testing.assert_array_equal(found, np.arange(number, dtype=np.uint16), name, strict=True)
    assert artifacts.read_projection(many, "mine", "pixels/all")["train_cluster"].max() == number - 1
