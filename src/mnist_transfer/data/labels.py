"""Labels of any kind, as numbers from 0 in the order of the classes."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import paths
from mnist_transfer.data.forms.form import Form
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.wording import listed

#: The classes of images, or predictions of them: uint8, or uint16 where there are more than 256 classes.
Labels = npt.NDArray[np.unsignedinteger]
#: How many names a line shows.
SHOWN = 10


def numbered(form: Form, classes: tuple[str, ...]) -> tuple[tuple[str, ...], dict[Split, npt.NDArray[np.int64]]]:
    """Give the labels of both splits their numbers.

    Parameters
    ----------
    form
        Where they stand.
    classes
        The names of the classes; the distinct labels themselves, in their order, if there are none.

    Returns
    -------
    classes
        Their names, by number.
    labels : dict of ndarray of int64, shape (n,)

    Raises
    ------
    InputError
        Labels are missing or none, or one is of no class.
    """
    raw = {split: _read(form, split) for split in SPLITS}
    if len({labels.dtype.kind for labels in raw.values()}) > 1:
        raw = {split: labels.astype(np.str_) for split, labels in raw.items()}
    names, places = np.unique(np.concatenate(list(raw.values())), return_inverse=True)
    classes, numbers = _by_name(form, classes, raw, names)
    train, test = np.split(numbers[places], [len(raw["train"])])
    return classes, {"train": train, "test": test}


def _read(form: Form, split: Split) -> npt.NDArray[Any]:
    """Return the labels as a flat array of whole numbers or of text."""
    found = form.labels(split)
    path = form.label_at(split, 0)[0] if found.size else form.folder
    several = found.ndim == 2 and found.shape[1] > 1 and found.dtype.kind in "biuf"
    if several and np.isin(found, (0, 1)).all() and (found.sum(axis=1) == 1).all():
        form.note(f"{path}: each label is a row with a 1 at its class (one-hot)")
        found = found.argmax(axis=1)
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1 or found.dtype.kind not in "biufSU":
        raise form.refused(
            f"{path}: labels of shape {found.shape} and type {found.dtype}, expected numbers or text (n,)", "correct it"
        )
    if not found.size:
        raise form.refused(f"{path}: no {split} labels", "add them")
    if found.dtype.kind == "S":
        found = np.char.decode(found, "utf-8", "replace")
    if found.dtype.kind == "U":
        texts = np.unique(found).tolist()
        if not all(re.fullmatch(r"-?\d{1,15}(\.0*)?", text) for text in texts) or not any("." in text for text in texts):
            return found
        found = found.astype(np.float64)  # 3.0, as pandas writes whole numbers beside missing ones
    if found.dtype.kind == "f" and (wrong := np.flatnonzero(found != np.rint(found))).size:
        raise _wrong(form, split, int(wrong[0]), found[wrong[0]], "a whole number")
    return found.astype(np.int64)


def _wrong(form: Form, split: Split, row: int, label: object, expected: str) -> InputError:
    path, place = form.label_at(split, row)
    remedy = f"correct it, or datasets.{form.name}.classes in {paths.PARAMS}"
    return form.refused(f"{path}: label {label} at {place}, expected {expected}", remedy)


def _by_name(
    form: Form, classes: tuple[str, ...], raw: dict[Split, npt.NDArray[Any]], names: npt.NDArray[Any]
) -> tuple[tuple[str, ...], npt.NDArray[np.int64]]:
    """Give the distinct labels their numbers: by the names of the classes, or as the numbers that they are, from 0 or from 1.

    Returns
    -------
    classes
        The names of the classes, by number.
    numbers : ndarray of int64, shape (distinct labels,)
    """
    texts = [str(name) for name in names.tolist()]
    whole = all(re.fullmatch(r"-?\d{1,18}", text) for text in texts)
    if not classes:
        order = sorted(range(len(texts)), key=lambda at: (int(texts[at]), texts[at]) if whole else (0, texts[at]))
        return tuple(texts[at] for at in order), np.argsort(order)
    if all(text in classes for text in texts):
        return classes, np.array([classes.index(text) for text in texts])
    most = len(classes) - 1
    if whole:
        numbers = np.array([int(text) for text in texts])
        if numbers.min() >= 0 and numbers.max() <= most:
            return classes, numbers
        if not form.public and numbers.min() == 1 and numbers.max() == most + 1:
            form.note(f"labels from 1 to {most + 1}: 1 is {classes[0]}, the first of the classes")
            return classes, numbers - 1
        wrong = (numbers < 0) | (numbers > most)
        expected = f"0 to {most}"
    else:
        wrong = np.array([text not in classes for text in texts])
        expected = f"one of {some(classes)}"
    split, row = next(
        (split, int(rows[0])) for split in SPLITS if (rows := np.flatnonzero(np.isin(raw[split], names[wrong]))).size
    )
    raise _wrong(form, split, row, raw[split][row], expected)


def some(names: Sequence[str]) -> str:
    """List names, and count them where there are many."""
    more = [f"{len(names) - SHOWN:,} more"] if len(names) > SHOWN else []
    return listed([*names[:SHOWN], *more])
