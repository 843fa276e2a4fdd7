"""What every form of a dataset has: the numbers and labels as they stand in its files, and the names of their places."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy.typing as npt

from mnist_transfer.data import idx
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split

#: Said of images with colours.
COLOUR = "colour images: read as grey (0.299 red, 0.587 green, 0.114 blue)"


@dataclass
class Form(ABC):
    """A dataset that was recognised in a folder; `notes` gathers what a user should know of how its files are read."""

    #: What its files are called in a sentence.
    title: ClassVar[str]

    folder: Path
    notes: list[str] = field(default_factory=list, init=False)
    #: Whether its files are those of a public source.
    public: bool = field(default=False, init=False)
    #: Whether rows and columns of the images are exchanged.
    transposed: bool = field(default=False, init=False)

    @abstractmethod
    def files(self, split: Split) -> list[Path]:
        """List the files that are read of a split."""

    @abstractmethod
    def labels(self, split: Split) -> npt.NDArray[Any]:
        """Read the labels of a split, of any type, mostly (n,)."""

    @abstractmethod
    def images(self, split: Split, shape: tuple[int, int]) -> npt.NDArray[Any]:
        """Read the images of a split, of any type: (n, height, width), with colours as a fourth axis, or flat (n, pixels).

        `shape` is what params.yaml says of height and width; zeros where it says nothing.
        """

    @abstractmethod
    def label_at(self, split: Split, row: int) -> tuple[Path, str]:
        """Say where the label of an image stands: the file, and the place in it."""

    @abstractmethod
    def pixel_at(self, split: Split, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Path, str]:
        """Say where a value of an array of images of this shape stands: the file, and the place in it."""

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.folder.name

    def refused(self, what: str, remedy: str) -> InputError:
        """Return the error for what is wrong with it; files of a public source can be had again."""
        return InputError(f"{what}; {idx.REMEDY if self.public else remedy}")

    def note(self, text: str) -> None:
        """Note once what a user should know."""
        if text not in self.notes:
            self.notes.append(text)


def place(index: tuple[int, ...]) -> str:
    """Say which value of an array of images is meant; all is counted from 0, as Python does."""
    names = ("image", "row", "column", "channel") if len(index) > 2 else ("image", "pixel")
    return ", ".join(f"{name} {number}" for name, number in zip(names, index, strict=False))


def below(folder: Path) -> list[Path]:
    """List the files below a folder in order, but for hidden ones and what macOS packs beside others."""
    found: list[Path] = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if not any(part.startswith(".") or part == "__MACOSX" for part in inside) and path.is_file():
            found.append(path)
    return found


def lacking(found: dict[Split, Any]) -> str:
    """Name the splits of which nothing was found."""
    return " and ".join({"train": "training", "test": "test"}[split] for split in SPLITS if not found.get(split))
