"""The toys' images and splits in the working folder, and passes that need no network."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer import files, paths, yaml
from mnist_transfer.extraction.features import Extract, Features
from mnist_transfer.recipes import Preprocessing
from mnist_transfer.replay import images as prepared
from mnist_transfer.replay import passes
from tests.extraction import runs
from tests.replay import toys


@pytest.fixture
def folder(empty_folder: Path, one_core: None) -> Path:
    runs.lay_out()
    files.write_text(paths.PARAMS, yaml.dump(toys.parameters()))
    return empty_folder


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of a network's features give the pixels of the prepared images; name each time that one would be built."""
    built = []

    def make_extract(network: Any, layer: str, preprocessing: Preprocessing, seed: int) -> Extract:
        built.append(str(preprocessing))

        def extract(images: npt.NDArray[np.uint8]) -> Features:
            shown = prepared.show(images, preprocessing, network.preparation.size)
            return {layer: shown[:, ::8, ::8].reshape(len(images), -1).astype(np.float32)}

        return extract

    monkeypatch.setattr(passes, "make_extract", make_extract)
    return built
