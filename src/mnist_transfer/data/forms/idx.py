"""IDX files, as MNIST, Fashion-MNIST, EMNIST, KMNIST and QMNIST are distributed: packed or not, under their various names."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy.typing as npt

from mnist_transfer import paths
from mnist_transfer.data import idx
from mnist_transfer.data.forms.form import Form, below, place
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split

Part = tuple[Split, Literal["images", "labels"]]

#: Such as train-images.idx3-ubyte, qmnist-test-labels-idx2-int.gz or emnist-letters-train-images-idx3-ubyte.
_NAME = re.compile(r"(.*?)(train|t10k|test)[-_. ](images|labels)[-_. ]idx\d?([-_. ][a-z]+)?(\.gz)?$", re.IGNORECASE)
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
    """Four IDX files."""

    title: ClassVar[str] = "IDX files"

    parts: dict[Part, Path]

    def __post_init__(self) -> None:
        self.transposed = any(EMNIST.search(path.name) for path in self.parts.values())
        if self.transposed:
            self.note(TURNED)

    def files(self, split: Split) -> list[Path]:
        """List the two files of a split."""
        return [self.parts[split, "images"], self.parts[split, "labels"]]

    def labels(self, split: Split) -> npt.NDArray[Any]:
        """Read a split's labels; of QMNIST's table the first column."""
        found = idx.read(self.parts[split, "labels"], idx.REMEDY if self.public else REMEDY)
        if found.ndim == 2 and found.shape[1] == _QMNIST_COLUMNS:
            self.note(f"labels of {_QMNIST_COLUMNS} columns, as QMNIST has them: the first is read, which is the class")
            found = found[:, 0]
        return found

    def images(self, split: Split, shape: tuple[int, int]) -> npt.NDArray[Any]:
        """Read a split's images."""
        return idx.read(self.parts[split, "images"], idx.REMEDY if self.public else REMEDY)

    def label_at(self, split: Split, row: int) -> tuple[Path, str]:
        """Say where a label stands."""
        return self.parts[split, "labels"], f"row {row}"

    def pixel_at(self, split: Split, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Path, str]:
        """Say where a pixel stands."""
        return self.parts[split, "images"], place(index)


def official(name: str) -> Idx:
    """Return the four files of a dataset with a public source, where `fetch` puts them."""
    parts: dict[Part, Path] = {}
    for split in SPLITS:
        parts |= {(split, "images"): paths.images(name, split), (split, "labels"): paths.labels(name, split)}
    form = Idx(paths.DATA / name, parts)
    form.public = True
    return form


def find(folder: Path) -> Idx | None:
    """Recognise four IDX files in a folder or below it; three of them, or two sets of four, are an `InputError`."""
    sets: dict[tuple[Path, str], dict[Part, Path]] = {}
    for path in below(folder):
        if match := _NAME.match(path.name):
            # Kaggle's archives have each file in a folder of its own, which is called like the file.
            parent = path.parent.parent if _NAME.match(path.parent.name) else path.parent
            part: Part = (
                "train" if match[2].lower() == "train" else "test",
                "images" if match[3].lower() == "images" else "labels",
            )
            known = sets.setdefault((parent, match[1]), {})
            known[part] = min(path, known.get(part, path), key=lambda other: (other.suffix == ".gz", len(other.parts)))
    whole = {key: parts for key, parts in sets.items() if len(parts) == 4}
    if len(whole) > 1 and (folder, "") in whole:
        whole = {(folder, ""): whole[folder, ""]}
    if len(whole) > 1:
        names = ", ".join(str(parts["train", "images"].relative_to(folder)) for parts in whole.values())
        raise InputError(f"{folder} has several sets of IDX files ({names}); leave one, and move the others away")
    if whole:
        return Idx(folder, next(iter(whole.values())))
    for parts in sets.values():
        absent = [f"{split} {kind}" for split in SPLITS for kind in ("images", "labels") if (split, kind) not in parts]
        raise InputError(
            f"{folder} has {next(iter(parts.values())).name} but no IDX file of {', '.join(absent)}; add it, "
            f"called like {paths.images(folder.name, 'test').name}"
        )
    return None
