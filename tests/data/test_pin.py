"""What DVC pins: the data as they are, whoever they are of, and said where that is not what it pinned before."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mnist_transfer import paths
from mnist_transfer.data import fetch, pin
from mnist_transfer.errors import InputError
from tests.commands import execute
from tests.data.toys import IMAGES, LABELS, STUDY, contents

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("empty_folder")]


def dvc(*arguments: str) -> str:
    return execute(Path(), "dvc", *arguments)


@pytest.fixture
def pinned(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Lay out a clone whose cache is empty, as git brings it, with the toys as what is pinned, and return the pin."""
    Path("data/toys").mkdir(parents=True)
    for path, content in contents("toys").items():
        Path(path).write_bytes(content)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    dvc("init", "--no-scm", "--quiet")
    dvc("add", "--quiet", "data")
    shutil.rmtree(".dvc/cache")
    return pin.PIN.read_bytes()


def test_data_that_are_what_is_pinned_are_taken_up_and_without_git_dvc_is_told_once_to_do_without(
    pinned: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(".dvc/config").write_text("")  # as a ZIP of a repository has it
    for _ in range(2):
        pin.take_up()
    assert capsys.readouterr().err == "no git here: told DVC to do without, in .dvc/config.local (core.no_scm)\n"
    assert pin.PIN.read_bytes() == pinned
    assert dvc("status").strip() == "Data and pipelines are up to date."
    shutil.rmtree("data")
    dvc("checkout", "--quiet")
    assert {path: Path(path).read_bytes() for path in contents("toys")} == contents("toys")


def test_data_in_another_form_are_pinned_in_a_clone_that_has_neither_cache_nor_data_and_that_is_said(
    pinned: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree("data")
    Path("data/toys").mkdir(parents=True)
    arrays = {f"{kind}_{split}": kept[split] for kind, kept in (("x", IMAGES), ("y", LABELS)) for split in paths.SPLITS}
    np.savez("data/toys/toys.npz", **arrays)  # type: ignore[arg-type]
    fetch.run(STUDY)
    assert pin.PIN.read_bytes() != pinned
    said = "data.dvc pins data as it is now, which is not what it pinned before: commit it, or `git checkout"
    assert said in capsys.readouterr().err
    pin.take_up()
    assert capsys.readouterr().err == ""
    assert dvc("status").strip() == "Data and pipelines are up to date."


def test_why_dvc_cannot_take_data_up_is_said_in_its_own_words() -> None:
    pin.PIN.write_text("outs: [")
    Path(".git").mkdir()
    told = r"^data is sound, but DVC cannot take it up \(.*\); `dvc status data.dvc` says"
    with pytest.raises(InputError, match=told):
        pin.take_up()
