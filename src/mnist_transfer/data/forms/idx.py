"""IDX files, as MNIST, Fashion-MNIST, EMNIST, KMNIST and QMNIST are distributed: packed or not, under their various names."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from mnist_transfer import memory, paths
from mnist_transfer.data import idx
from mnist_transfer.data.forms.form import Form, below, place
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split

Part = tuple[Split, Literal["images", "labels"]]

#: Such as train-images.idx3-ubyte, qmnist-test-labels-idx2-int.gz or emnist-letters-train-images-idx3-ubyte; where a split has
#: several files, shards, each says which of how many it is, from 0, as train-images-00-of-10-idx3-ubyte does.
_NAME = re.compile(
    r"(?P<before>.*?)(?P<split>train|t10k|test)[-_. ](?P<kind>images|labels)"
    r"([-_. ](?P<shard>\d+)-of-(?P<shards>\d+))?[-_. ]idx\d?([-_. ][a-z]+)?(\.gz)?$",
    re.IGNORECASE,
)
#: What to do where a file of one's own is not sound.
REMEDY = "correct the file"
#: EMNIST's name, on its own or before others.
EMNIST = re.compile(r"(?<![a-z])emnist", re.IGNORECASE)
TURNED = (
    "EMNIST's files have the rows and columns of all images exchanged, so they are turned upright; "
    "if yours are upright already, take emnist out of their names"
)
#: Columns of QMNIST's labels (https://github.com/facebookresearch/qmnist), of which the first is the class.
_QMNIST_COLUMNS = 8


@dataclass
class Idx(Form):
    """Four IDX files, or shards of them."""

    title: ClassVar[str] = "IDX files"

    #: The files of each, in order: several where the split is in shards.
    parts: dict[Part, list[Path]]

    def __post_init__(self) -> None:
        self.transposed = any(EMNIST.search(path.name) for files in self.parts.values() for path in files)
        if self.transposed:
            self.note(TURNED)

    def files(self, split: Split) -> list[Path]:
        """List the files of a split, images first."""
        return [*self.parts[split, "images"], *self.parts[split, "labels"]]

    def labels(self, split: Split) -> npt.NDArray[Any]:
        """Read a split's labels; of QMNIST's table the first column."""
        found = self._read((split, "labels"))
        if found.ndim == 2 and found.shape[1] == _QMNIST_COLUMNS:
            self.note(f"labels of {_QMNIST_COLUMNS} columns, as QMNIST has them: the first is read, which is the class")
            found = found[:, 0]
        return found

    def images(self, split: Split, shape: tuple[int, int]) -> npt.NDArray[Any]:
        """Read a split's images; of shards, each must have as many as the one of the labels."""
        pair = [self.parts[split, "images"], self.parts[split, "labels"]]
        if len(pair[0]) == len(pair[1]) > 1:
            for images, labels in zip(*pair, strict=True):
                counts = [idx.shape(path, REMEDY)[0] for path in (images, labels)]
                if counts[0] != counts[1]:
                    raise InputError(f"{images} has {counts[0]} images but {labels} has {counts[1]} labels; make them as many")
        return self._read((split, "images"))

    def _read(self, part: Part) -> npt.NDArray[Any]:
        """Read the files of a part one after the other, so that no more than one of them is in memory beside the whole."""
        remedy = idx.REMEDY if self.public else REMEDY
        first, *others = self.parts[part]
        whole = idx.read(first, remedy)
        if not others:
            return whole
        kind, end = (whole.dtype, whole.shape[1:]), len(whole)
        number = end + sum(idx.shape(path, remedy)[0] for path in others)
        joined = memory.empty((number, *kind[1]), kind[0])
        joined[:end] = whole
        del whole
        for path in others:
            shard = idx.read(path, remedy)
            if (shard.dtype, shard.shape[1:]) != kind:
                pairs = (shard.dtype, shard.shape[1:]), kind
                other, known = (f"{dtype} of shape (n, {str(shape)[1:]}" for dtype, shape in pairs)
                raise InputError(f"{path} has {other} and the first shard {known}; make them alike")
            joined[end : (end := end + len(shard))] = shard
            del shard
        return joined

    def _at(self, part: Part, row: int) -> tuple[Path, int]:
        """Return the file that has a row of a part, and which row of it that is."""
        for path in self.parts[part]:
            if row < (number := idx.shape(path)[0]):
                break
            row -= number
        return path, row

    def label_at(self, split: Split, row: int) -> tuple[Path, str]:
        """Say where a label stands."""
        path, row = self._at((split, "labels"), row)
        return path, f"row {row}"

    def pixel_at(self, split: Split, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Path, str]:
        """Say where a pixel stands."""
        path, row = self._at((split, "images"), index[0])
        return path, place((row, *index[1:]))


def official(name: str) -> Idx:
    """Return the four files of a dataset with a public source, where `fetch` puts them."""
    parts: dict[Part, list[Path]] = {}
    for split in SPLITS:
        parts |= {(split, "images"): [paths.images(name, split)], (split, "labels"): [paths.labels(name, split)]}
    form = Idx(paths.DATA / name, parts)
    form.public = True
    return form


#: The files of a part, by how many shards there are and which of them a file is; several where they repeat each other.
_Shards = dict[tuple[int, int], list[Path]]


def find(folder: Path) -> Idx | None:
    """Recognise four IDX files, or shards of them, in a folder or below it.

    Raises
    ------
    InputError
        One of the four, or a shard, is missing, or there are several sets of them.
    """
    sets: dict[tuple[Path, str], dict[Part, _Shards]] = {}
    for path in below(folder):
        if match := _NAME.match(path.name):
            # Kaggle's archives have each file in a folder of its own, which is called like the file.
            parent = path.parent.parent if _NAME.match(path.parent.name) else path.parent
            part: Part = (
                "train" if match["split"].lower() == "train" else "test",
                "images" if match["kind"].lower() == "images" else "labels",
            )
            known = sets.setdefault((parent, match["before"]), {}).setdefault(part, {})
            known.setdefault((int(match["shards"] or 1), int(match["shard"] or 0)), []).append(path)
    whole = {key: parts for key, parts in sets.items() if len(parts) == 4}
    if len(whole) > 1 and (folder, "") in whole:
        whole = {(folder, ""): whole[folder, ""]}
    if len(whole) > 1:
        names = ", ".join(str(next(iter(parts["train", "images"].values()))[0].relative_to(folder)) for parts in whole.values())
        raise InputError(f"{folder} has several sets of IDX files ({names}); leave one, and move the others away")
    for found in whole.values():
        return Idx(folder, {part: _in_order(folder, part, shards) for part, shards in found.items()})
    for parts in sets.values():
        absent = [f"{split} {kind}" for split in SPLITS for kind in ("images", "labels") if (split, kind) not in parts]
        there = next(files[0].name for shards in parts.values() for files in shards.values())
        called = f"called like {paths.images(folder.name, 'test').name}"
        raise InputError(f"{folder} has {there} but no IDX file of {', '.join(absent)}; add it, {called}")
    return None


def _in_order(folder: Path, part: Part, shards: _Shards) -> list[Path]:
    """Return the files of a part in order; one too few or too many is an `InputError`."""
    name, counts = " ".join(part), sorted({number for number, _ in shards})
    if len(counts) > 1:
        raise InputError(f"{folder} has the {name} in {counts[0]} and in {counts[1]} files; move one set away")
    number = counts[0]
    missing = next((shard for shard in range(number) if (number, shard) not in shards), None)
    if missing is not None:
        raise InputError(f"{folder} has no {missing:02}-of-{number:02} of the {name}; add it: shards are counted from 0")
    if more := [files[0] for (_, shard), files in shards.items() if shard >= number]:
        raise InputError(f"{more[0]} is none of the {number} shards of the {name}, which are counted from 0; move it away")
    return [_one_of(shards[number, shard]) for shard in range(number)]


def _one_of(found: list[Path]) -> Path:
    """Return one of the files that repeat each other, unpacked if there is one; files that differ are an `InputError`."""
    first, *others = sorted(found, key=lambda path: (path.suffix == ".gz", len(path.parts)))
    for other in others:
        if not np.array_equal(idx.read(first, REMEDY), idx.read(other, REMEDY)):
            raise InputError(f"{first} and {other.name} stand for the same, and differ; leave one, and move the other away")
    return first
