"""The demo's workspace: the repository's own pipeline on the samples, brought up to date but never over something else."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import image

from mnist_transfer import paths, study, yaml
from mnist_transfer.data import idx
from mnist_transfer.demo import workspace
from mnist_transfer.errors import InputError
from tests.commands import ROOT, files_in

PIPELINE = """
vars:
  - params.yaml
stages:
  first:
    matrix:
      dataset: ${study.datasets}
    cmd: cp src/code ${item.dataset}
    deps:
      - src/code
    outs:
      - ${item.dataset}
  none:
    matrix:
      dataset: ${replay.datasets}
    cmd: exit 1
  second:
    cmd: cp permitted out
    deps:
      - digits
      - replay
    outs:
      - out
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo as laid out from this repository; not to be changed."""
    folder = tmp_path_factory.mktemp("demo") / "new/workspace"
    workspace.prepare(ROOT, folder)
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose stages take no time."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "report", folder / "report")
    for name in (".dvcignore", "CITATION.cff", paths.PARAMS):
        shutil.copy(ROOT / name, folder)
    (folder / "src").mkdir()
    (folder / "src/code").write_text("code")
    (folder / "dvc.yaml").write_text(PIPELINE)
    return folder


def test_the_workspace_has_the_repositorys_own_pipeline_and_report(prepared: Path) -> None:
    for name in workspace.SHARED:
        assert (prepared / name).resolve() == (ROOT / name).resolve()
    copied = files_in(prepared / "report")
    theirs, ours = (yaml.load(text.decode()) for text in (copied.pop("_quarto.yml"), (ROOT / workspace.PROJECT).read_bytes()))
    assert copied == {name: (ROOT / "report" / name).read_bytes() for name in copied}
    assert theirs == ours | {"project": ours["project"] | {"render": ["demo.qmd"]}}
    assert copied["demo.qmd"]


def test_its_study_is_the_repositorys_but_for_the_data_and_the_selection(prepared: Path) -> None:
    ours, theirs = study.load(ROOT / paths.PARAMS), study.load(prepared / paths.PARAMS)
    for same in ("seed", "networks", "classifiers", "titles"):
        assert getattr(theirs, same) == getattr(ours, same)
    assert theirs.selection.classifiers == ours.selection.classifiers[:9], "the paper's"
    assert "imagenet" not in str([theirs.network(name) for name in theirs.selection.networks]), "a download"
    assert set(theirs.measures) == {"one_pixel", "mcnemar", "merged"}
    assert theirs.replay is None or theirs.replay.datasets == ()
    assert theirs.dataset("fashion_sample").classes == ours.dataset("fashion_mnist").classes


def test_its_data_is_what_its_study_asks_for(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(prepared)
    for name, dataset in study.load().datasets.items():
        for split, size in zip(paths.SPLITS, (dataset.train, dataset.test), strict=True):
            images, labels = idx.read_split(paths.images(name, split), paths.labels(name, split), shape=(28, 28), classes=10)
            assert len(images) == len(labels) == size
            assert set(labels) == set(range(len(dataset.classes)))


def make_old(folder: Path) -> None:
    for path in (folder / "report/index.qmd", folder / paths.PARAMS, next((folder / "data/digits").iterdir())):
        path.write_text("old")


def interrupt_layout(folder: Path) -> None:
    shutil.rmtree(folder)
    (folder / workspace.MARK).mkdir(parents=True)


@pytest.mark.parametrize("change", [lambda _: None, make_old, interrupt_layout])
def test_laying_it_out_again_brings_it_up_to_date(prepared: Path, tmp_path: Path, change: Callable[[Path], None]) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(prepared, folder, symlinks=True)
    change(folder)
    workspace.prepare(ROOT, folder)
    assert files_in(folder) == files_in(prepared)


@pytest.mark.parametrize("file", ["data/mnist/train-images-idx3-ubyte", "params.yaml", "dvc.yaml", "src/mine.py"])
def test_what_is_not_the_demo_is_left_as_it_is(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("mine")
    with pytest.raises(InputError, match="holds something else than the demo; name another folder"):
        workspace.prepare(ROOT, tmp_path)
    assert files_in(tmp_path) == {file: b"mine"}


def test_the_repository_itself_is_left_as_it_is(repository: Path) -> None:
    (repository / workspace.MARK).mkdir(parents=True)  # even where the user's own data have such a name
    before = files_in(repository)
    with pytest.raises(InputError, match="holds something else than the demo"):
        workspace.prepare(repository, repository / "src/..")
    assert files_in(repository) == before


@pytest.mark.parametrize("missing", ["params.yaml", "dvc.yaml"])
def test_a_folder_that_is_no_repository_is_refused(repository: Path, tmp_path: Path, missing: str) -> None:
    (repository / missing).unlink()
    with pytest.raises(InputError, match=rf"{missing} is missing; run this in the folder that holds dvc.yaml"):
        workspace.prepare(repository, tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


@pytest.mark.slow
def test_a_run_that_a_stage_stops_says_why_and_goes_on_the_next_time(
    repository: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    with pytest.raises(InputError, match=r"DVC stopped.*build/dvc.log; to continue, run the same again"):
        workspace.run(repository, folder)
    printed = capfd.readouterr()
    assert "running 3 stages" in printed.err
    assert "'permitted'" in printed.err, "the stage's own error"
    (folder / "permitted").write_text("yes")
    workspace.run(repository, folder)
    printed = capfd.readouterr()
    assert (folder / "out").read_text() == "yes"
    assert "Running stage" not in printed.out + printed.err
    assert printed.err.count("\n") < 8
    assert printed.err.endswith(f"report: {folder}/report/_site/demo.html\n")
    log: Any = (folder / workspace.LOG).read_text()
    assert "Running stage 'second'" in log
    assert "Running stage 'first" not in log, "what was finished is not run again"


def test_the_picture_shows_the_sample_on_white(tmp_path: Path) -> None:
    workspace.picture(study.load(ROOT / paths.PARAMS), tmp_path / "new/sample.png")
    pixels = np.asarray(image.imread(tmp_path / "new/sample.png"))[..., :3]
    assert pixels.shape[1] > pixels.shape[0] > 500
    assert pixels[0, 0].tolist() == [1, 1, 1]
    assert 0.2 < np.mean(pixels == 0) < 0.8, "objects on black"
