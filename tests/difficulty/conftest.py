"""A folder with what the earlier stages of the toy study give, made once."""

import shutil
from pathlib import Path

import pytest

from mnist_transfer import files, paths, yaml
from mnist_transfer.difficulty import frozen, shared
from tests.difficulty import toys


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed."""
    folder = tmp_path_factory.mktemp("toys")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        files.write_text(paths.PARAMS, yaml.dump(toys.parameters()))
        toys.lay_out()
    return folder


@pytest.fixture
def folder(laid_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_core: None) -> Path:
    """A copy of it as the working folder; classifiers are fitted in this process, and the candidates suit six features."""
    copy = Path(shutil.copytree(laid_out, tmp_path / "copy"))
    monkeypatch.chdir(copy)
    monkeypatch.setattr(frozen, "CANDIDATES", {name: shared.CLASSIFIERS[name] for name in ("knn", "forest")})
    return copy
