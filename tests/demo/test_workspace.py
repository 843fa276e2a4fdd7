"""The workspaces of small studies: the repository's own pipeline, brought up to date but never over something else."""

import re
import shutil
from pathlib import Path

import pytest

from mnist_transfer import git, paths, study, yaml
from mnist_transfer.data import own
from mnist_transfer.demo import workspace
from mnist_transfer.entries import Network
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
    cmd: mkdir -p results && cp permitted results/out
    deps: [digits, replay]
    outs: [results/out]
"""


@pytest.fixture(scope="module", params=[workspace.DEMO, workspace.SMALL], ids=lambda kind: kind.name)
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[workspace.Kind, Path]:
    """A small study as laid out from this repository; not to be changed."""
    folder = tmp_path_factory.mktemp(request.param.name) / "new/workspace"
    workspace.prepare(request.param, ROOT, folder)
    return request.param, folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with other stages and code."""
    small = (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitattributes", ".gitignore", "CITATION.cff")
    for name in (*small, paths.PARAMS, workspace.PROJECT):
        (tmp_path / "other" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "other" / name)
    (tmp_path / "other/src").mkdir()
    (tmp_path / "other/src/code").write_text("code")
    (tmp_path / "other/dvc.yaml").write_text(PIPELINE)
    return tmp_path / "other"


def laid_out(folder: Path) -> dict[str, bytes]:
    made = (".git/", ".dvc/tmp/", "build/")  # by what ran there
    return {name: content for name, content in files_in(folder).items() if not name.startswith(made)}


def test_the_workspace_has_the_repositorys_own_pipeline_report_and_parameters(prepared: tuple[workspace.Kind, Path]) -> None:
    kind, folder = prepared
    assert (folder / "src").resolve() == ROOT / "src", "its code is no copy, which would never run"
    for name in (".dvcignore", ".gitattributes", "CITATION.cff", "dvc.yaml"):
        assert (folder / name).read_bytes() == (ROOT / name).read_bytes()
    copied = files_in(folder / "report")
    theirs, ours = yaml.load(copied.pop("_quarto.yml").decode()), yaml.load((ROOT / workspace.PROJECT).read_text("utf-8"))
    assert theirs == ours | {"project": ours["project"] | {"render": ["demo.qmd"]}}
    assert copied == {name: (ROOT / "report" / name).read_bytes() for name in copied}
    text = (ROOT / paths.PARAMS).read_text("utf-8")
    assert text[text.index("\nclassifiers:") : text.index("\ntitles:")] in (folder / paths.PARAMS).read_text("utf-8")
    odd = "{seed: 1, 'study': &other 2, titles: *other}"
    assert yaml.load(workspace.parameters(kind, odd)) == {"seed": 1, "titles": 2} | kind.content


def test_its_study_chooses_from_the_repositorys_and_the_demos_data_are_its_own(
    prepared: tuple[workspace.Kind, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, folder = prepared
    ours, theirs = study.load(ROOT / paths.PARAMS), study.load(folder / paths.PARAMS)
    assert (theirs.seed, theirs.classifiers, theirs.titles) == (ours.seed, ours.classifiers, ours.titles)
    assert theirs.selection.classifiers == ours.selection.classifiers[:9], "the paper's"
    for name, dataset in zip(theirs.datasets, ours.datasets.values(), strict=True):
        assert (theirs.dataset(name).train, theirs.dataset(name).test) in ((2000, 500), (1437, 360))
        assert theirs.dataset(name).classes == dataset.classes
    chosen = [theirs.network(name) for name in theirs.selection.networks]
    weights = {entry.weights for entry in chosen if isinstance(entry, Network)}
    assert weights == {"random" if kind is workspace.DEMO else "imagenet"}
    if kind is workspace.SMALL:
        assert (folder / paths.DATA).readlink() == ROOT / paths.DATA
        return
    monkeypatch.chdir(folder)
    for name, dataset in theirs.datasets.items():
        assert [len(own.read(name, dataset, split)[1]) for split in paths.SPLITS] == [dataset.train, dataset.test]


@pytest.mark.slow
def test_dvc_takes_the_small_studies(prepared: tuple[workspace.Kind, Path]) -> None:
    kind, folder = prepared
    chosen = kind.content["study"]
    stages = list(workspace._dvc(folder, "stage", "list", "--name-only"))
    assert len([stage for stage in stages if stage.startswith("classify@")]) == 2 * 9 * len(chosen["features"])
    assert not any(stage.startswith("replay") for stage in stages)


@pytest.mark.parametrize("interrupted", [True, False])
def test_laying_it_out_again_brings_it_up_to_date_but_for_changes_that_git_has_not(
    prepared: tuple[workspace.Kind, Path], tmp_path: Path, interrupted: bool
) -> None:
    kind, folder = prepared
    if interrupted:
        (tmp_path / workspace.MARK).write_text(f"# {kind.title}\n")
    else:
        shutil.copytree(folder, tmp_path, symlinks=True, dirs_exist_ok=True)
        for path in (tmp_path / "report/index.qmd", tmp_path / paths.PARAMS):
            path.write_text("old")
        with pytest.raises(InputError, match=r"params\.yaml has changes that are not committed; commit it there, or take it b"):
            workspace.prepare(kind, ROOT, tmp_path)
        assert (tmp_path / paths.PARAMS).read_text() == "old"
        git.run("commit", "--quiet", "--all", "--message", "An earlier state", folder=tmp_path)
    workspace.prepare(kind, ROOT, tmp_path)
    assert laid_out(tmp_path) == laid_out(folder)
    assert git.run("status", "--porcelain", folder=tmp_path) == "", "all is committed"


def test_git_has_it_all_whatever_the_user_has_told_git(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ignore").write_text("data\n*.yaml\n")
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "hooks/pre-commit").chmod(0o755)
    core = f"excludesFile = {tmp_path}/ignore\nhooksPath = {tmp_path}/hooks\nautocrlf = true\n"
    (tmp_path / "config").write_text(f"[core]\n{core}[commit]\ngpgSign = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "none"))  # as within a hook
    workspace.prepare(workspace.DEMO, repository, tmp_path / "demo")
    committed = set(git.run("ls-files", folder=tmp_path / "demo").split())
    assert committed == set(laid_out(tmp_path / "demo")) | {"src"}


@pytest.mark.parametrize("file", ["data/mnist/train-images-idx3-ubyte", "src/mine.py", "README.md"])
def test_what_is_not_the_demo_is_left_as_it_is(tmp_path: Path, file: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text("mine")
    with pytest.raises(InputError, match="holds something else than `mnist-transfer demo` lays out; name another folder"):
        workspace.prepare(workspace.DEMO, ROOT, tmp_path)
    assert files_in(tmp_path) == {file: b"mine"}


def test_the_repository_itself_and_a_folder_that_is_none_are_refused(repository: Path, tmp_path: Path) -> None:
    (repository / workspace.MARK).write_text(f"# {workspace.DEMO.title}\n")
    with pytest.raises(InputError, match="holds something else"):
        workspace.prepare(workspace.DEMO, repository, repository / "src/..")
    for missing in ("dvc.yaml", "params.yaml"):
        (repository / missing).unlink()
        with pytest.raises(InputError, match=rf"{missing} is missing; run this in the folder that holds dvc.yaml"):
            workspace.prepare(workspace.DEMO, repository, tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


@pytest.mark.slow
def test_a_run_that_a_stage_stops_says_why_and_goes_on_the_next_time(
    repository: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    with pytest.raises(InputError, match=r"DVC stopped.*build/dvc.log; to continue, run the same again"):
        workspace.run(workspace.DEMO, repository, folder)
    shown = capfd.readouterr().err
    assert "running 3 stages" in shown
    assert "No such file or directory" in shown, "the stage's own error"
    (folder / "permitted").write_text("yes")
    workspace.run(workspace.DEMO, repository, folder)
    assert (folder / "results/out").read_text() == "yes"
    assert re.findall("Running stage '(.*)'", (folder / workspace.LOG).read_text()) == ["second"], "and no other again"
    shown = capfd.readouterr().err
    assert shown.count("\n") < 8
    assert "demo: 3 of 3 stages" in shown
    assert shown.endswith(f"report: {folder}/report/_site/demo.html\n")
