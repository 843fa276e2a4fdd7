"""The demo's workspace: the repository's own pipeline on the samples, brought up to date but never over something else."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from mnist_transfer import paths, study, yaml
from mnist_transfer.data import own
from mnist_transfer.demo import workspace
from mnist_transfer.errors import InputError
from tests.commands import ROOT, files_in

#: Stages that take no time; the last one fails at first.
PIPELINE = """
vars: [params.yaml]
stages:
  first:
    matrix: {dataset: "${study.datasets}"}
    cmd: cp src/code ${item.dataset}
    deps: [src]
    outs: ["${item.dataset}"]
  none:
    matrix: {dataset: "${replay.datasets}"}
    cmd: exit 1
  second:
    cmd: cp permitted out
    deps: [digits, replay]
    outs: [out]
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo as laid out from this repository; not to be changed."""
    folder = tmp_path_factory.mktemp("demo") / "new/workspace"
    workspace.prepare(ROOT, folder)
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with other stages and code."""
    for name in (".dvcignore", "CITATION.cff", paths.PARAMS, workspace.PROJECT):
        (tmp_path / "other" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "other" / name)
    (tmp_path / "other/src").mkdir()
    (tmp_path / "other/src/code").write_text("code")
    (tmp_path / "other/dvc.yaml").write_text(PIPELINE)
    return tmp_path / "other"


def test_the_workspace_has_the_repositorys_own_pipeline_and_report(prepared: Path) -> None:
    assert (prepared / "src").resolve() == ROOT / "src", "its code is no copy, which would never run"
    for name in (".dvcignore", "CITATION.cff", "dvc.yaml"):
        assert (prepared / name).read_bytes() == (ROOT / name).read_bytes()
    copied = files_in(prepared / "report")
    theirs, ours = yaml.load(copied.pop("_quarto.yml").decode()), yaml.load((ROOT / workspace.PROJECT).read_text("utf-8"))
    assert theirs == ours | {"project": ours["project"] | {"render": ["demo.qmd"]}}
    assert copied == {name: (ROOT / "report" / name).read_bytes() for name in copied}


def test_its_study_chooses_from_the_repositorys_and_its_data_fit(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(prepared)
    ours, theirs = study.load(ROOT / paths.PARAMS), study.load()
    assert (theirs.seed, theirs.classifiers, theirs.titles) == (ours.seed, ours.classifiers, ours.titles)
    assert theirs.selection.classifiers == ours.selection.classifiers[:9], "the paper's"
    assert "imagenet" not in str([theirs.network(name) for name in theirs.selection.networks]), "a download"
    assert theirs.dataset("fashion_sample").classes == ours.dataset("fashion_mnist").classes
    for name, dataset in theirs.datasets.items():
        for split, size in zip(paths.SPLITS, (dataset.train, dataset.test), strict=True):
            labels = own.read(name, dataset, split)[1]
            assert (len(labels), set(labels)) == (size, set(range(len(dataset.classes))))


@pytest.mark.parametrize("interrupted", [True, False])
def test_laying_it_out_again_brings_it_up_to_date(prepared: Path, tmp_path: Path, interrupted: bool) -> None:
    if interrupted:
        (tmp_path / workspace.MARK).mkdir(parents=True)
    else:
        shutil.copytree(prepared, tmp_path, symlinks=True, dirs_exist_ok=True)
        for path in (tmp_path / "report/index.qmd", tmp_path / paths.PARAMS, next((tmp_path / "data/digits").iterdir())):
            path.write_text("old")
    workspace.prepare(ROOT, tmp_path)
    assert files_in(tmp_path) == files_in(prepared)


@pytest.mark.parametrize("file", ["data/mnist/train-images-idx3-ubyte", "params.yaml", "dvc.yaml", "src/mine.py"])
def test_what_is_not_the_demo_is_left_as_it_is(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("mine")
    with pytest.raises(InputError, match="holds something else than the demo; name another folder"):
        workspace.prepare(ROOT, tmp_path)
    assert files_in(tmp_path) == {file: b"mine"}


def test_the_repository_itself_and_a_folder_that_is_none_are_refused(repository: Path, tmp_path: Path) -> None:
    (repository / workspace.MARK).mkdir(parents=True)  # even where the user's own data have such a name
    with pytest.raises(InputError, match="holds something else than the demo"):
        workspace.prepare(repository, repository / "src/..")
    for missing in ("dvc.yaml", "params.yaml"):
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
    shown = capfd.readouterr().err
    assert "running 3 stages" in shown
    assert "No such file or directory" in shown, "the stage's own error"
    (folder / "permitted").write_text("yes")
    workspace.run(repository, folder)
    assert (folder / "out").read_text() == "yes"
    assert re.findall("Running stage '(.*)'", (folder / workspace.LOG).read_text()) == ["second"], "and no other again"
    shown = capfd.readouterr().err
    assert shown.count("\n") < 8
    assert "demo: 3 of 3 stages" in shown
    assert shown.endswith(f"report: {folder}/report/_site/demo.html\n")


def test_the_picture_shows_the_sample_on_white(tmp_path: Path) -> None:
    workspace.picture(study.load(ROOT / paths.PARAMS), tmp_path / "new/sample.png")
    pixels = np.asarray(image.imread(tmp_path / "new/sample.png"))[..., :3]
    assert pixels[0, 0].tolist() == [1, 1, 1]
    assert 0.2 < np.mean(pixels == 0) < 0.8, "objects on black"
