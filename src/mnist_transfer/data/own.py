"""A dataset of the user's own: four IDX files in ``data/<name>/``, or what to do with the other forms that lie there."""

import json
import re
import shlex
from pathlib import Path

import numpy as np

from mnist_transfer import artifacts, files, paths
from mnist_transfer.data import idx
from mnist_transfer.entries import Dataset
from mnist_transfer.errors import InputError
from mnist_transfer.study import Study

#: What a file of a split is called elsewhere: train-images.idx3-ubyte, emnist-letters-test-labels-idx1-ubyte.gz.
_IDX_NAME = re.compile(r"(train|t10k|test)[-_. ](images|labels)[-_. ]idx[13][-_. ]ubyte(\.gz)?$")
_ORDER = ("train-images", "train-labels", "test-images", "test-labels")
#: What the arrays of an ``.npz`` are called, in that order, by Keras and by MedMNIST.
_ARRAYS = (("x_train", "y_train", "x_test", "y_test"), ("train_images", "train_labels", "test_images", "test_labels"))


def check(study: Study, name: str) -> None:
    """Raise an `InputError` unless a dataset's four files are there and fit its entry; it says how to make them so."""
    entry = study.dataset(name)
    if missing := [path for path in _files(name) if not path.is_file()]:
        which = "its four files" if len(missing) == 4 else ", ".join(path.name for path in missing)
        advice = remedy(name, entry) or _expected(name, entry)
        raise InputError(f"{paths.DATA / name}: {which} must be here, as {name} has no public source; {advice}")
    try:
        for split in paths.SPLITS:
            labels = idx.read(path := paths.labels(name, split))
            if labels.size and labels.min() == 1 and labels.max() == len(entry.classes):
                code = '[write(p, read(p) - 1) for p in d.glob("*-labels-idx1-ubyte")]'
                raise InputError(f"{path}: labels from 1, expected from 0; run {_python(name, code)}")
            artifacts.read_raw(study, name, split)
    except InputError as error:
        what, _, advice = str(error).rpartition("; ")
        if "fetch" in advice:  # of what has a public source
            advice = f"correct the file, or what {paths.PARAMS} says under datasets.{name}"
        raise InputError(f"{what}; {advice}") from None


def _files(name: str) -> list[Path]:
    return [path for split in paths.SPLITS for path in (paths.images(name, split), paths.labels(name, split))]


def remedy(name: str, entry: Dataset) -> str:
    """Say how other forms that lie in a dataset's folder become its four files; an empty string if none is there."""
    found = _found(name)
    return _renamed(name, found) or _from_csv(name, entry, found) or _from_npz(name, found)


def _found(name: str) -> list[Path]:
    return sorted(path for path in (paths.DATA / name).rglob("*") if path.is_file() and not path.name.startswith("."))


def _expected(name: str, entry: Dataset) -> str:
    """Say what is expected and what is there."""
    height, width = entry.image_shape
    there = ", ".join(path.name for path in _found(name)[:6]) or "nothing"
    place = json.dumps(str(_files(name)[0]))
    return (
        f"expected are IDX files of uint8, images (n, {height}, {width}) and labels (n,) from 0; there is {there}. "
        f"Python writes an array as one: from mnist_transfer.data.idx import write; write(Path({place}), images)"
    )


def _python(name: str, code: str) -> str:
    """Return the command that runs some code on a dataset's folder `d`."""
    folder = json.dumps(str(paths.DATA / name), ensure_ascii=False)
    lead = f"from mnist_transfer.data.idx import read, write; from pathlib import Path; d = Path({folder})"
    return f"`python -c {shlex.quote(f'{lead}; {code}')}`"


def _renamed(name: str, found: list[Path]) -> str:
    """Say how IDX files of other names, or packed ones, are put in place."""
    by_kind: dict[str, Path] = {}
    for path in found:
        if match := _IDX_NAME.search(path.name):
            kind = f"{match[1].replace('t10k', 'test')}-{match[2]}"
            by_kind[kind] = min(path, by_kind.get(kind, path), key=lambda other: (other.suffix == ".gz", len(other.parts)))
    if set(by_kind) != set(_ORDER):
        return ""
    commands = []
    for kind, target in zip(_ORDER, _files(name), strict=True):
        source = by_kind[kind]
        if target.is_dir():
            aside = target.with_name(f"{target.name}.folder")
            commands.append(shlex.join(["mv", str(target), str(aside)]))
            source = aside / source.relative_to(target) if source.is_relative_to(target) else source
        if source.suffix == ".gz":
            commands.append(f"gunzip -c {shlex.quote(str(source))} > {shlex.quote(str(target))}")
            commands.append(shlex.join(["rm", str(source)]))
        elif source != target:
            commands.append(shlex.join(["mv", str(source), str(target)]))
    return f"they are there under other names or packed: run `{' && '.join(commands)}`"


def _from_csv(name: str, entry: Dataset, found: list[Path]) -> str:
    """Say how tables of a label and the pixels a row, as Kaggle has them, become IDX files."""
    tables = {
        split: path
        for split in paths.SPLITS
        for path in found
        if path.suffix == ".csv" and split in path.stem and path.parent == paths.DATA / name
    }
    if set(tables) != set(paths.SPLITS):
        return ""
    height, width = entry.image_shape
    for path in tables.values():
        with path.open(encoding="utf-8", errors="replace") as stream:
            first = stream.readline(1 << 20).strip().split(",")
        if len(first) != 1 + height * width:
            return (
                f"{path} has {len(first)} columns, expected are a label and {height} × {width} pixels; "
                f"add the labels as its first column, or correct datasets.{name}.image_shape"
            )
    header = None if first[1].isdigit() else 0
    code = "; ".join(
        f'a = pandas.read_csv(d / {json.dumps(path.name)}, header={header}, dtype="uint8").to_numpy(); '
        f'write(d / "{paths.labels(name, split).name}", a[:, 0]); '
        f'write(d / "{paths.images(name, split).name}", a[:, 1:].reshape(-1, {height}, {width}))'
        for split, path in tables.items()
    )
    return f"there are CSV files: run {_python(name, f'import pandas; {code}')}"


def _from_npz(name: str, found: list[Path]) -> str:
    """Say how the arrays of an archive become IDX files."""
    for path in (path for path in found if path.suffix == ".npz"):
        try:
            with files.reading(path, ""), np.load(path, allow_pickle=False) as archive:
                arrays = set(archive.files)
        except InputError:
            continue
        for names in (names for names in _ARRAYS if set(names) <= arrays):
            archive_name = json.dumps(path.relative_to(paths.DATA / name).as_posix())
            writes = "; ".join(
                f'write(d / "{file.name}", a["{array}"].squeeze().astype("uint8"))'
                for file, array in zip(_files(name), names, strict=True)
            )
            code = f"import numpy; a = numpy.load(d / {archive_name}); {writes}"
            return f"there is an archive of arrays: run {_python(name, code)}"
    return ""
