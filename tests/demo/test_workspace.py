"""The demo's workspace: the repository's own pipeline on the sample, brought up to date but never over something else."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from mnist_transfer import paths, study, yaml
from mnist_transfer.data import splits
from mnist_transfer.demo import sample, workspace
from mnist_transfer.errors import InputError
from tests.commands import ROOT, assert_refused, files_in, run_here

#: How many the demo draws, train and test.
GARMENTS = (workspace.GARMENTS_TRAIN, workspace.GARMENTS_TEST)


@pytest.fixture(scope="module", autouse=True)
def few_garments() -> Iterator[None]:
    """Drawing as many as the demo has takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workspace, "GARMENTS_TRAIN", 100)
        patch.setattr(workspace, "GARMENTS_TEST", 50)
        yield


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo as laid out from this repository; not to be changed."""
    folder = tmp_path_factory.mktemp("demo") / "new/workspace"
    workspace.prepare(ROOT, folder)
    return folder


@pytest.fixture
def copy(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "copy"))


def test_the_workspace_has_the_repositorys_own_pipeline_and_report(prepared: Path) -> None:
    assert (prepared / "dvc.yaml").read_bytes() == (ROOT / "dvc.yaml").read_bytes()
    for folder in ("src", "report"):
        found = files_in(prepared / folder)
        assert found
        found.pop("_quarto.yml", None)
        assert found == {name: (ROOT / folder / name).read_bytes() for name in found}
    assert "demo.qmd" in files_in(prepared / "report")
    theirs, ours = (yaml.load((folder / workspace.PROJECT).read_text(encoding="utf-8")) for folder in (prepared, ROOT))
    assert theirs["project"].pop("render") == ["demo.qmd"]
    for told in ("Makefile", "README.md"):
        assert re.findall(r"build/demo/(report/_site/.*?html)", (ROOT / told).read_text("utf-8")) == ["report/_site/demo.html"]
    assert ours["project"].pop("render") == ["index.qmd", "appendix.qmd"]
    assert theirs == ours
    assert "mnist_transfer/demo/workspace.py" in files_in(prepared / "src")
    assert not [name for name in files_in(prepared) if "__pycache__" in name or name.startswith("report/_site")]


def test_its_study_is_the_repositorys_but_for_the_data_and_the_selection(prepared: Path) -> None:
    ours, theirs = study.load(ROOT / paths.PARAMS), study.load(prepared / paths.PARAMS)
    assert theirs.seed == ours.seed
    assert theirs.networks == ours.networks
    assert theirs.classifiers == ours.classifiers
    assert list(theirs.datasets) == list(theirs.selection.datasets) == ["garments", "digits"]
    assert theirs.selection.features == ("vgg16-random/block5", "pixels/all")
    assert theirs.selection.networks == ("vgg16-random", "pixels")
    assert set(theirs.selection.classifiers) < set(ours.selection.classifiers)
    assert any(theirs.classifier(name).path for name in theirs.selection.classifiers), "the demo shows a path too"


def test_its_recipes_are_tried_on_what_its_study_has(prepared: Path) -> None:
    ours, theirs = study.load(ROOT / paths.PARAMS), study.load(prepared / paths.PARAMS)
    assert ours.replication is not None
    assert theirs.replication is not None
    assert theirs.replication.settings == ours.replication.settings
    assert theirs.replication.network in theirs.selection.networks, "else no stage makes its weights"
    sizes = {"digits": (sample.DIGITS_TRAIN, sample.DIGITS_TEST), "garments": GARMENTS}
    for stage in (theirs.replication.search, theirs.replication.ladder):
        for train, test in sizes.values():
            assert stage.train + 10 <= train, "the rest of a stratified draw has an image of each class"
            assert stage.test + 10 <= test


def test_its_data_is_what_its_study_asks_for(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(prepared)
    theirs = study.load()
    for name in theirs.selection.datasets:
        for split, size in (("train", theirs.dataset(name).train), ("test", theirs.dataset(name).test)):
            images, labels = splits.raw(theirs, name, "train" if split == "train" else "test")
            assert len(images) == len(labels) == size
            assert set(labels) == set(range(10))


def test_laying_it_out_again_changes_nothing_and_not_even_a_date(copy: Path) -> None:
    kept = copy / "classifiers/garments/made-earlier"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept")
    shared = [path for name in workspace.SHARED for path in [copy / name, *(copy / name).rglob("*")] if path.is_file()]
    dates = {path: path.stat().st_mtime_ns for path in shared}
    before = files_in(copy)
    workspace.prepare(ROOT, copy)
    assert files_in(copy) == before
    assert {path: path.stat().st_mtime_ns for path in shared} == dates


def test_what_the_repository_changed_is_brought_up_to_date(prepared: Path, copy: Path) -> None:
    for path in (copy / "dvc.yaml", copy / "report/index.qmd", copy / paths.PARAMS, next((copy / "data/digits").iterdir())):
        path.write_text("old")
    (copy / "src/mnist_transfer/cli.py").unlink()
    workspace.prepare(ROOT, copy)
    assert files_in(copy) == files_in(prepared)


def test_a_folder_with_other_data_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "data/mnist").mkdir(parents=True)
    (tmp_path / "data/mnist/train-images-idx3-ubyte").write_bytes(b"mine")
    before = files_in(tmp_path)
    with pytest.raises(InputError, match="holds something else than the demo; name another folder"):
        workspace.prepare(ROOT, tmp_path)
    assert files_in(tmp_path) == before


def test_a_clone_and_any_other_study_are_left_as_they_are(tmp_path: Path) -> None:
    clone, other = tmp_path / "clone", tmp_path / "other"
    for folder in (clone, other):
        folder.mkdir()
        for name in workspace.SHARED:
            (folder / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / paths.PARAMS, folder)
    (clone / "data/garments").mkdir(parents=True)  # even where the user's own data have such a name
    before = files_in(tmp_path)
    for target in (".", str(clone), "../other"):
        assert_refused(
            run_here("demo", target, folder=clone), f"{target} holds something else than the demo; name another folder"
        )
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("left", ["data/garments", "data/garments/.train-images-idx3-ubyte.1.tmp", "src/mnist_transfer/cli.py"])
def test_a_layout_that_was_interrupted_is_finished(prepared: Path, tmp_path: Path, left: str) -> None:
    (tmp_path / workspace.MARK).mkdir(parents=True)
    if "." in left:
        (tmp_path / left).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / left).write_text("half of i")
    workspace.prepare(ROOT, tmp_path)
    assert {name: content for name, content in files_in(tmp_path).items() if name[-4:] != ".tmp"} == files_in(prepared)


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"params.yaml is missing; run this in the folder that holds dvc.yaml"):
        workspace.prepare(tmp_path, tmp_path / "demo")
    shutil.copy(ROOT / paths.PARAMS, tmp_path)
    with pytest.raises(InputError, match=r"dvc.yaml is missing; run this in the folder that holds dvc.yaml"):
        workspace.prepare(tmp_path, tmp_path / "demo")


def test_a_study_that_lacks_the_datasets_it_stands_for_is_refused_in_one_line(tmp_path: Path) -> None:
    content = yaml.load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))
    content["datasets"]["letters"] = content["datasets"].pop("mnist")
    content["study"]["datasets"] = ["fashion_mnist", "letters"]
    del content["difficulty"]["look_alikes"]["mnist"]
    for name in workspace.SHARED:
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / paths.PARAMS).write_text(yaml.dump(content), encoding="utf-8")
    assert_refused(run_here("demo", "demo", folder=tmp_path), "params.yaml: unknown dataset 'mnist'")


def test_the_picture_shows_the_sample_on_white(tmp_path: Path) -> None:
    ours = study.load(ROOT / paths.PARAMS)
    workspace.picture(ours, tmp_path / "new/sample.png")
    workspace.picture(ours, tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "new/sample.png").read_bytes()
    pixels = np.asarray(image.imread(tmp_path / "again.png"))[..., :3]
    assert pixels.shape[1] > pixels.shape[0] > 500
    assert pixels[0, 0].tolist() == [1, 1, 1]
    assert 0.2 < np.mean(pixels == 0) < 0.8, "objects on black"
