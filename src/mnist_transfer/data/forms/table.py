"""Two CSV files, as Kaggle has MNIST and Fashion-MNIST: an image a row, its label and then its pixels."""

import csv
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any, ClassVar, TextIO

import numpy as np
import numpy.typing as npt

from mnist_transfer.data.forms.form import Form, below, lacking
from mnist_transfer.data.forms.idx import EMNIST, TURNED
from mnist_transfer.errors import InputError
from mnist_transfer.files import damaged
from mnist_transfer.paths import Split

_NAME = re.compile(r"(?<![a-z])(train|test|t10k)", re.IGNORECASE)
#: What the column of the labels is called.
_LABEL = {"label", "labels", "class", "target", "y"}


@dataclass(frozen=True)
class Head:
    """What the first line of a CSV file says: the names of its columns or none, and which of them are what."""

    names: list[str]
    label: int
    pixels: range
    width: int

    def column(self, at: int) -> str:
        """Say which column is meant, counted from 1."""
        return f"column {self.names[at]} ({at + 1})" if self.names else f"column {at + 1}"


@dataclass
class Table(Form):
    """Two CSV files."""

    title: ClassVar[str] = "CSV files"

    tables: dict[Split, Path]

    def __post_init__(self) -> None:
        self.heads = {split: _head(path) for split, path in self.tables.items()}
        train, test = (self.heads[split].width for split in ("train", "test"))
        if train != test:
            lacks = " (it seems to lack the labels)" if test == train - 1 else ""
            raise InputError(
                f"{self.tables['test']} has {test} columns{lacks}, {self.tables['train']} has {train}; both need a label and "
                "the pixels, in the same columns"
            )
        for split, path in self.tables.items():
            head = self.heads[split]
            if head.names and head.names[head.label].lower() not in _LABEL:
                self.note(f"{path}: no column is called label, so the labels are taken from {head.column(head.label)}")
        self.transposed = any(EMNIST.search(path.name) for path in self.tables.values())
        if self.transposed:
            self.note(TURNED)

    def files(self, split: Split) -> list[Path]:
        """List the file of a split."""
        return [self.tables[split]]

    def labels(self, split: Split) -> npt.NDArray[Any]:
        """Read a split's labels, as text."""
        label = self.heads[split].label
        found = np.char.strip(self._read(split, [label]).to_numpy(np.str_)[:, 0])
        if "" in found:
            raise InputError(self._first_fault(split) or f"{self.tables[split]}: a label is missing; add it")
        return found

    def images(self, split: Split, shape: tuple[int, int]) -> npt.NDArray[Any]:
        """Read a split's pixels: float32 (n, pixels)."""
        found: npt.NDArray[np.float32] = self._read(split).iloc[:, list(self.heads[split].pixels)].to_numpy(np.float32)
        return found

    def label_at(self, split: Split, row: int) -> tuple[Path, str]:
        """Say where a label stands."""
        return self.tables[split], f"line {row + 1 + bool(self.heads[split].names)}"

    def pixel_at(self, split: Split, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Path, str]:
        """Say where a pixel stands."""
        path, line = self.label_at(split, index[0])
        at = int(np.ravel_multi_index(index[1:], shape[1:]))
        return path, f"{line}, {self.heads[split].column(self.heads[split].pixels[at])}"

    def _read(self, split: Split, columns: list[int] | None = None) -> Any:
        """Read some columns, or all and so that a row of another width is seen, as a table of pandas."""
        import pandas as pd

        path, head = self.tables[split], self.heads[split]
        kinds = {at: np.float32 if at in head.pixels else str for at in range(head.width)}
        skipped = 1 if head.names else 0
        try:
            with _opened(path) as stream:
                return pd.read_csv(stream, header=None, skiprows=skipped, usecols=columns, dtype=kinds, na_filter=False)
        except (ValueError, OSError, EOFError) as error:  # pandas' own errors, too, are ValueErrors; they name no row
            raise InputError(self._first_fault(split) or str(damaged(path, str(error), "write it anew"))) from None

    def _first_fault(self, split: Split) -> str:
        """Find the first row or cell that is not as it should be, and say where it is; an empty string if none is."""
        path, head = self.tables[split], self.heads[split]
        try:
            with _opened(path) as stream:
                rows = csv.reader(stream)
                for number, row in enumerate(rows):
                    where = f"{path}: line {rows.line_num}"
                    if not row or (head.names and number == 0):
                        continue
                    if len(row) != head.width:
                        return f"{where} has {len(row)} columns, the first has {head.width}; correct or remove it"
                    if not row[head.label].strip():
                        return f"{where}, {head.column(head.label)}: the label is missing; add it or remove the line"
                    for at in head.pixels:
                        if not _is_number(row[at]):
                            return f"{where}, {head.column(at)}: {row[at][:50]!r}, expected a number from 0 to 255; correct it"
                if rows.line_num <= bool(head.names):
                    return f"{path} has no rows; write a label and the pixels of an image into each"
        except (csv.Error, OSError, EOFError):
            pass
        return ""


def find(folder: Path) -> Table | None:
    """Recognise a CSV file of each split in a folder or below it; one alone, or two of a split, are an `InputError`."""
    found: dict[Split, list[Path]] = {"train": [], "test": []}
    for path in below(folder):
        if path.name.lower().endswith((".csv", ".csv.gz")) and (match := _NAME.search(path.name)):
            found["train" if match[1].lower() == "train" else "test"].append(path)
    if not any(found.values()):
        return None
    for split, several in found.items():
        if len(several) > 1:
            names = ", ".join(str(path.relative_to(folder)) for path in several)
            raise InputError(f"{folder} has several CSV files of {split} ({names}); leave one, and move the others away")
    if missing := lacking(found):
        there = next(path for several in found.values() for path in several)
        raise InputError(f"{folder} has {there.name} but no CSV file of {missing} images; add it, called train.csv or test.csv")
    return Table(folder, {split: several[0] for split, several in found.items()})


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    """Open a CSV file, packed or not; what is not UTF-8 shows as a wrong value in its place."""
    with path.open("rb") as file:
        binary: Any = gzip.open(file) if path.suffix.lower() == ".gz" else file  # noqa: SIM115  closed with the file
        yield TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")


def _head(path: Path) -> Head:
    """Look at the first line of a file: whether it has names, and where labels and pixels are."""
    try:
        with _opened(path) as stream:
            first = next((row for row in csv.reader(stream) if row), [])
    except (csv.Error, OSError, EOFError) as error:
        raise damaged(path, str(error), "write it anew") from None
    if not first:
        raise InputError(f"{path} is empty; write a label and the pixels of an image into each line")
    if len(first) < 3:
        raise InputError(f"{path} has {len(first)} column, expected are a label and pixels, with commas between; correct it")
    cells = [cell.strip() for cell in first]
    counted = [[str(number) for number in range(start, start + len(cells) - 1)] for start in (0, 1)]
    # One number among them makes it an image, of which another cell may be wrong.
    named = any(cell.lower() in _LABEL for cell in cells) or cells[1:] in counted or not any(map(_is_number, cells[1:]))
    if not named:
        return Head([], 0, range(1, len(cells)), len(cells))
    start = 1 if not cells[0] or cells[0].startswith("Unnamed") else 0  # pandas writes the numbers of its rows there
    label = next((at for at, cell in enumerate(cells) if cell.lower() in _LABEL), start)
    if label == start:
        if re.sub(r"\d+$", "", cells[start]) == re.sub(r"\d+$", "", cells[start + 1]) and not cells[start].isdigit():
            raise InputError(f"{path} has no labels: its columns are {cells[start]}, {cells[start + 1]}, …; add a column label")
        return Head(cells, label, range(start + 1, len(cells)), len(cells))
    if label == len(cells) - 1:
        return Head(cells, label, range(start, label), len(cells))
    raise InputError(f"{path} has its labels between the pixels, in column {label + 1}; put them first or last")


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(float(cell)))
    except ValueError:
        return False
