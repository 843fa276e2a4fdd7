"""One ``.npz`` archive of four arrays, as Keras' mnist.npz and MedMNIST's archives have them."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mnist_transfer import files
from mnist_transfer.data.forms.form import Form, below, place
from mnist_transfer.errors import InputError
from mnist_transfer.paths import Split

#: What images and labels of a split are called: by Keras, and by MedMNIST.
CONVENTIONS: tuple[dict[Split, tuple[str, str]], ...] = (
    {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")},
    {"train": ("train_images", "train_labels"), "test": ("test_images", "test_labels")},
)
_REMEDY = "write it anew, as with numpy.savez(path, x_train=…, y_train=…, x_test=…, y_test=…) and arrays of numbers"


@dataclass
class Npz(Form):
    """An archive of arrays."""

    title: ClassVar[str] = "an archive of arrays"

    path: Path
    names: dict[Split, tuple[str, str]]

    def files(self, split: Split) -> list[Path]:
        """List the archive."""
        return [self.path]

    def labels(self, split: Split) -> npt.NDArray[Any]:
        """Read a split's labels."""
        return self._array(self.names[split][1])

    def images(self, split: Split, shape: tuple[int, int]) -> npt.NDArray[Any]:
        """Read a split's images."""
        return self._array(self.names[split][0])

    def label_at(self, split: Split, row: int) -> tuple[Path, str]:
        """Say where a label stands."""
        return self.path, f"row {row} of {self.names[split][1]}"

    def pixel_at(self, split: Split, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Path, str]:
        """Say where a pixel stands."""
        return self.path, f"{place(index)} of {self.names[split][0]}"

    def _array(self, name: str) -> npt.NDArray[Any]:
        with files.reading(self.path, _REMEDY), np.load(self.path, allow_pickle=False) as archive:
            array: npt.NDArray[Any] = archive[name]
            return array


def find(folder: Path) -> Npz | None:
    """Recognise an archive with the arrays of one convention in a folder or below it; two of them are an `InputError`."""
    archives = [path for path in below(folder) if path.suffix == ".npz"]
    found: list[Npz] = []
    for path in archives:
        with files.reading(path, _REMEDY), zipfile.ZipFile(path) as archive:
            arrays = [member.removesuffix(".npy") for member in archive.namelist()]
        for names in CONVENTIONS:
            if {name for pair in names.values() for name in pair} <= set(arrays):
                form = Npz(folder, path, names)
                if others := [name for name in arrays if not any(name in pair for pair in names.values())]:
                    form.note(f"{path} has more arrays, which are not read: {', '.join(others[:6])}")
                found.append(form)
    if len(found) > 1:
        raise InputError(f"{folder} has several archives ({', '.join(form.path.name for form in found)}); leave one of them")
    if archives and not found:
        raise InputError(
            f"{path} has the arrays {', '.join(arrays[:6]) or 'none'}, expected x_train, y_train, x_test, y_test; {_REMEDY}"
        )
    return found[0] if found else None
