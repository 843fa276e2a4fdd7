"""A folder for each class, with its images as PNG, JPEG and the like: ``train/<class>/…`` and ``test/<class>/…``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mnist_transfer import files
from mnist_transfer.data.forms.form import COLOUR, Form, below, lacking, place
from mnist_transfer.errors import InputError
from mnist_transfer.paths import Split

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
_NAMES: dict[Split, tuple[str, ...]] = {"train": ("train", "training"), "test": ("test", "testing")}


@dataclass
class Folders(Form):
    """Folders of images."""

    title: ClassVar[str] = "folders of images"

    splits: dict[Split, Path]

    def __post_init__(self) -> None:
        self._found: dict[Split, list[Path]] = {}
        for split, folder in self.splits.items():
            every = below(folder)
            self._found[split] = [path for path in every if path.suffix.lower() in SUFFIXES]
            for path in self._found[split]:
                if path.parent == folder:
                    raise InputError(f"{path} is in no class's folder; put it into {folder}/<its class>/")
            if others := len(every) - len(self._found[split]):
                self.note(f"{folder} has {others:,} files that are no images; they are not read")
            empty = {path.name for path in folder.iterdir() if path.is_dir()} - set(self.labels(split).tolist())
            if empty:
                self.note(f"{folder} has folders without images, which are no classes: {', '.join(sorted(empty)[:10])}")

    def files(self, split: Split) -> list[Path]:
        """List the images of a split."""
        return self._found[split]

    def labels(self, split: Split) -> npt.NDArray[Any]:
        """Return the names of the images' folders."""
        return np.array([path.relative_to(self.splits[split]).parts[0] for path in self._found[split]], dtype=np.str_)

    def images(self, split: Split, shape: tuple[int, int]) -> npt.NDArray[Any]:
        """Read the images, as grey: uint8 (n, height, width); those of another size than `shape` are resized to it."""
        found: list[npt.NDArray[np.uint8]] = []
        for path in self._found[split]:
            image = self._read(path, shape)
            if found and image.shape != found[0].shape:
                sizes = " where others have ".join(f"{height} × {width}" for height, width in (image.shape, found[0].shape))
                name = self.folder.name
                raise InputError(f"{path} has {sizes} pixels; image_shape: [height, width] in datasets.{name} resizes all")
            found.append(image)
        return np.stack(found)

    def label_at(self, split: Split, row: int) -> tuple[Path, str]:
        """Say where a label stands."""
        return self._found[split][row], "the folder's name"

    def pixel_at(self, split: Split, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[Path, str]:
        """Say where a pixel stands."""
        return self._found[split][index[0]], place(index)

    def _read(self, path: Path, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
        from PIL import Image, ImageOps

        with files.reading(path, "replace it"), Image.open(path) as image:
            if image.mode.startswith(("I", "F")):
                raise InputError(f"{path} has more than 8 bits a pixel; save it with 8")
            if image.has_transparency_data and np.asarray(image.convert("RGBA"))[..., 3].min() < 255:
                raise InputError(f"{path} has transparent pixels, whose colour nobody knows; save it without")
            upright = ImageOps.exif_transpose(image)
            if upright.mode not in ("L", "1"):
                self.note(COLOUR)
            grey = upright.convert("L")
            if any(shape) and grey.size != shape[::-1]:
                self.note(f"images of another size: resized to {shape[0]} × {shape[1]} pixels, as params.yaml says")
                grey = grey.resize(shape[::-1], Image.Resampling.BILINEAR)
            return np.asarray(grey)


def find(folder: Path) -> Folders | None:
    """Recognise the folders ``train`` and ``test`` in a folder, or in one in it; one alone is an `InputError`."""
    if not folder.is_dir():
        return None
    for base in (folder, *sorted(path for path in folder.iterdir() if path.is_dir())):
        found = {
            split: path
            for split, names in _NAMES.items()
            for path in (base / name for name in names)
            if any(image.suffix.lower() in SUFFIXES for image in below(path))
        }
        if missing := lacking(found):
            if found:
                there = next(iter(found.values()))
                raise InputError(
                    f"{there} has images, but no folder beside it has {missing} images; add it, called train or test"
                )
            continue
        return Folders(folder, found)
    return None
