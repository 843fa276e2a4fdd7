"""What lies in ``data/<name>/``: recognised in whichever form it has, and read as grey images of bytes and labels from 0."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_transfer import paths
from mnist_transfer.data import labels, pixels, sources
from mnist_transfer.data.forms import folders, npz, table
from mnist_transfer.data.forms import idx as idx_files
from mnist_transfer.data.forms.form import Form, below
from mnist_transfer.data.labels import Labels
from mnist_transfer.data.pixels import Bytes
from mnist_transfer.entries import Dataset
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.wording import counted

#: In the order in which they are looked for.
FORMS: tuple[Callable[[Path], Form | None], ...] = (idx_files.find, npz.find, table.find, folders.find)


@dataclass(frozen=True)
class Known:
    """A dataset's form, the names of its classes, and the labels of its images by split."""

    form: Form
    classes: tuple[str, ...]
    labels: dict[Split, Labels]


def form_of(name: str) -> Form:
    """Return the form of a dataset: the official files where it has a public source, else what is recognised.

    No form, or not all of its files, is an `InputError` that says what is expected.
    """
    if name in sources.DATASETS:
        return idx_files.official(name)
    folder, problem = paths.DATA / name, None
    for recognise in FORMS:
        try:
            if (found := recognise(folder)) is not None:
                return found
        except InputError as error:  # another form may be there as a whole
            problem = problem or error
    if problem is not None:
        raise problem
    there = ", ".join(path.name for path in below(folder)[:6]) or "nothing"
    raise InputError(
        f"{folder}: no dataset is recognised, there is {there}; put there four IDX files, an .npz of x_train, y_train, x_test "
        "and y_test, train.csv and test.csv, or folders of images train/<class>/ and test/<class>/ (docs/data.md)"
    )


def look_up(name: str, entry: Dataset) -> Known:
    """Look up a dataset's form, classes and labels; what does not fit its entry is an `InputError`."""
    form = form_of(name)
    classes, numbers = labels.numbered(form, entry.classes)
    smallest = np.min_scalar_type(len(classes) - 1)
    return Known(form, classes, {split: numbers[split].astype(smallest) for split in SPLITS})


def read(name: str, entry: Dataset, split: Split) -> tuple[Bytes, Labels]:
    """Read a split of a dataset.

    Returns
    -------
    images : ndarray of uint8, shape (n, height, width)
        Grey, 0 to 255.
    labels : ndarray of unsigned int, shape (n,)
        From 0, in the order of the entry's classes, or of the labels' own names if it has none.

    Raises
    ------
    InputError
        Files are missing or not sound, do not belong together, or do not fit the entry.
    """
    known = look_up(name, entry)
    return _images(known, entry, split), known.labels[split]


def _images(known: Known, entry: Dataset, split: Split) -> Bytes:
    form, images = known.form, pixels.grey(known.form, split, entry.image_shape)
    if len(images) != len(known.labels[split]):
        files = form.files(split)
        has = f"{files[0]} has {len(images)} images but {files[-1]} has {len(known.labels[split])} labels"
        raise form.refused(has, "make them as many")
    return images


def examine(name: str, entry: Dataset) -> Iterator[str]:
    """Read both splits of a dataset, and yield what a user should know of them, a line each.

    Raises
    ------
    InputError
        It cannot be read, or does not fit its entry.
    """
    known = look_up(name, entry)
    form, images = known.form, {split: _images(known, entry, split) for split in SPLITS}
    shapes = [images[split].shape[1:] for split in SPLITS]
    if shapes[0] != shapes[1]:
        both = " and ".join(f"{height} × {width}" for height, width in shapes)
        raise InputError(f"{form.folder}: training and test images are of different sizes, {both}; make them one")
    if len(scaled := [split for split in SPLITS if pixels.UNIT[split] in form.notes]) == 1:
        raise InputError(f"{form.folder}: only the {scaled[0]} images have pixels from 0 to 1; scale both splits alike")
    for split in SPLITS:
        if (size := getattr(entry, split)) > len(images[split]):
            where = f"{paths.PARAMS}: datasets.{name}.{split}: {size} images asked for"
            raise InputError(f"{where}, {form.folder} has {len(images[split])}; ask for at most that")
    height, width = shapes[0]
    counts = " and ".join(f"{len(images[split]):,} {split}" for split in SPLITS)
    yield f"{form.title}, {counts} images of {height} × {width} pixels, {counted(len(known.classes), 'class', 'classes')}"
    yield from form.notes
    if not entry.classes:
        yield f"classes, by their labels: {labels.some(known.classes)}"
    for split in SPLITS:
        counted_labels = np.bincount(known.labels[split], minlength=len(known.classes))
        if empty := [title for title, number in zip(known.classes, counted_labels, strict=True) if not number]:
            yield f"no {split} image is of the {counted(len(empty), 'class', 'classes')} {labels.some(empty)}"
    yield _repeated(images, known.labels)


def _repeated(images: dict[Split, Bytes], classes: dict[Split, Labels]) -> str:
    """Say how many test images are in the training images too, to the last pixel."""
    hashes = {split: [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images[split]] for split in SPLITS}
    first = {digest: row for row, digest in reversed(list(enumerate(hashes["train"])))}
    pairs = [(row, first[digest]) for row, digest in enumerate(hashes["test"]) if digest in first]
    if not pairs:
        return "no test image is also a training image"
    other = sum(classes["test"][row] != classes["train"][same] for row, same in pairs)
    those = f"{len(pairs):,} of {len(images['test']):,} test images are also training images, to the last pixel"
    return (
        f"{those} (the first is test image {pairs[0][0]}, training image {pairs[0][1]}), {other:,} of them under another label"
    )


def described(name: str, entry: Dataset) -> dict[str, Any]:
    """Return what an entry leaves to the data: the names of the classes, and how many images there are."""
    known = look_up(name, entry)
    return {"classes": known.classes, **{split: len(known.labels[split]) for split in SPLITS}}


def digests(name: str) -> dict[str, str]:
    """Return the sha256 of every file of a dataset by its path; of images a file each, one for all of a split."""
    form = form_of(name)
    found: dict[str, str] = {}
    for split in SPLITS:
        files = {str(path): sources.digest(path, "sha256") for path in form.files(split)}
        if isinstance(form, folders.Folders):
            listing = "".join(f"{digest}  {path}\n" for path, digest in files.items())
            files = {str(form.splits[split]): hashlib.sha256(listing.encode()).hexdigest()}
        found |= files
    return found
