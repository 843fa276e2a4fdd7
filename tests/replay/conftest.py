"""A folder with the toys' images, splits and weights, made once."""

import shutil
from pathlib import Path

import pytest

from mnist_transfer import files, paths, yaml
from mnist_transfer.extraction import weights
from tests.extraction import runs
from tests.replay import toys


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    folder = tmp_path_factory.mktemp("toys")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        runs.lay_out()
        weights.run(toys.study(), "net")
        files.write_text(paths.PARAMS, yaml.dump(toys.parameters()))
    return folder


@pytest.fixture
def folder(laid_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it as the working folder, but for the weights, which are large: the same file by another name."""
    copy = Path(shutil.copytree(laid_out, tmp_path / "copy", ignore=shutil.ignore_patterns(paths.weights("net").name)))
    (copy / paths.weights("net")).hardlink_to(laid_out / paths.weights("net"))
    monkeypatch.chdir(copy)
    return copy
