"""The pipeline from end to end, with the real DVC: one small study that has a stage of every kind."""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_transfer import study, yaml
from mnist_transfer.demo import workspace as demo
from tests.commands import ROOT, copy_tracked, files_in
from tests.commands import execute as run

pytestmark = pytest.mark.slow

DATASETS, FEATURES = ("fashion_sample", "digits"), ("vgg16-random/block5", "pixels/all")
ROWS = ["knn-3", "knn-5", "lda"]
COMPARISONS = ("mcnemar", "merged", "shared_errors")


def stages_run(output: str) -> set[str]:
    return set(re.findall(r"Running stage '([^']+)'", output))


def change(folder: Path, edit: Callable[[Any], None]) -> None:
    parameters = yaml.load((folder / "params.yaml").read_text())
    edit(parameters)
    (folder / "params.yaml").write_text(yaml.dump(parameters))


def shrink(parameters: dict[str, Any]) -> None:
    parameters["study"] |= {"classifiers": ["knn", "lda"], "measures": ["dropped"]}
    for dataset in parameters["datasets"].values():
        dataset |= {"train": 200, "test": 100}
    few = {"preparations": ["repeat-nearest-caffe"], "z_score": ["none"]}
    parameters["replay"] |= {
        "datasets": ["digits"],
        "network": "vgg16-random",
        "search": few | {"train": [30, 60], "test": 40},
        "full": ["repeat-nearest-caffe/none/official", "study/none/official"],
    }
    on_pixels = {"features": ["pixels/all"], "train": 100}
    parameters["difficulty"]["dropped"] = on_pixels | {"look_alikes": {"digits": [[4, 9]]}}
    parameters["comparisons"]["shared_errors"] = on_pixels


def lay_out(folder: Path) -> None:
    """Lay out a study on the demo's images that has a stage of every kind, each as small as it can be."""
    demo.prepare(demo.DEMO, ROOT, folder)
    change(folder, shrink)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study that has run once and is committed."""
    folder = tmp_path_factory.mktemp("study")
    lay_out(folder)
    # Unlike in the demo something is replayed, so that its folder is DVC's, and so are the data, as in the repository.
    (folder / demo.NOT_REPLAYED).unlink()
    with (folder / demo.IGNORED).open("a") as ignored:
        ignored.write("/replay/\n/data\n")
    run(folder, "git", "rm", "-r", "--quiet", "--cached", "data")
    run(folder, "dvc", "add", "data")
    run(folder, "dvc", "repro")
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "Run the small study")
    return folder


def test_the_results_hold_every_row_and_its_accuracy_and_a_second_run_does_nothing(workspace: Path) -> None:
    metrics = json.loads((workspace / "results/metrics.json").read_text())
    assert list(metrics) == [*DATASETS, "difficulty"]
    for dataset in DATASETS:
        assert {kind: list(rows) for kind, rows in metrics[dataset].items()} == dict.fromkeys(FEATURES, ROWS)
        assert all(0.3 < accuracy <= 1 for rows in metrics[dataset].values() for accuracy in rows.values())
    recipes = (workspace / "results/replay/recipes.csv").read_text().splitlines()[1:]
    assert {line.split(",")[0] for line in recipes} == {"search", "full"}
    assert len((workspace / "results/timing.csv").read_text().splitlines()) == 1 + len(DATASETS) * len(FEATURES) * len(ROWS)
    assert stages_run(run(workspace, "dvc", "repro")) == set()
    assert run(workspace, "git", "status", "--porcelain") == ""


def test_changing_one_classifier_reruns_its_own_fits_and_what_reads_them(workspace: Path) -> None:
    change(workspace, lambda parameters: parameters["classifiers"]["knn"]["arguments"].update(n_neighbors=[3, 5, 60]))
    fits = {f"classify@{dataset}-{features}-knn" for dataset in DATASETS for features in FEATURES}
    comparisons = {f"compare@{dataset}" for dataset in DATASETS}
    assert stages_run(run(workspace, "dvc", "repro")) == fits | comparisons | {"results", "report"}
    difference = set(json.loads(run(workspace, "dvc", "metrics", "diff", "--json"))["results/metrics.json"])
    rows = {f"{dataset}.{features}.knn-60" for dataset in DATASETS for features in FEATURES}
    assert rows <= difference
    assert {name.split(".")[1] for name in difference - rows} <= set(COMPARISONS)
    run(workspace, "git", "checkout", "--quiet", "params.yaml")
    # DVC remembers the earlier run: going back computes nothing, and brings the very files back.
    assert stages_run(run(workspace, "dvc", "repro")) == {"results"}
    changed = set(run(workspace, "git", "status", "--porcelain").splitlines())
    assert changed <= {" M results/stages.csv", " M results/timing.csv"}
    run(workspace, "git", "checkout", "--quiet", "results")


def test_the_pictures_of_plots_need_no_network(workspace: Path) -> None:
    run(workspace, "dvc", "plots", "show", "--out", "dvc_plots")
    assert len(list((workspace / "dvc_plots").rglob("*.svg"))) == 2 + len(DATASETS)


def test_a_clone_finds_nothing_to_run_and_takes_what_was_pushed(workspace: Path, tmp_path: Path) -> None:
    """The commands are those of docs/remotes.md, on this place instead of the page's."""
    page = (ROOT / "docs/remotes.md").read_text(encoding="utf-8")
    shown = page.split("\n## A folder\n")[1].split("```")[1].removeprefix("bash\n")
    add, push, pull = re.sub(r"/somewhere/\S+", str(tmp_path / "store"), shown).splitlines()
    ours, clone = shutil.copytree(workspace, tmp_path / "ours", symlinks=True), tmp_path / "clone"
    run(ours, "bash", "-ec", add)
    run(ours, "git", "commit", "--quiet", "--all", "--message", "Name the remote")
    run(ours, "bash", "-ec", push)
    run(tmp_path, "git", "clone", "--quiet", "ours", "clone")
    assert stages_run(run(clone, "dvc", "repro", "--dry", "--allow-missing")) == set(), "without cache"
    run(clone, "bash", "-ec", pull)
    assert run(clone, "git", "status", "--porcelain") == ""
    assert "up to date" in run(clone, "dvc", "status")
    for name in ("data", "features", "report/_site"):
        assert files_in(clone / name) == files_in(workspace / name)


@pytest.mark.skipif("MNIST_TRANSFER_MIRROR" not in os.environ, reason="needs the datasets: set MNIST_TRANSFER_MIRROR")
def test_fetched_data_are_those_that_are_pinned(tmp_path: Path) -> None:
    copy_tracked(clone := tmp_path / "clone")
    assert "data" in run(clone, "dvc", "status", "data.dvc")
    before = (clone / "data.dvc").read_bytes()
    run(clone, sys.executable, "-m", "mnist_transfer", "fetch")
    assert "up to date" in run(clone, "dvc", "status", "data.dvc")
    assert (clone / "data.dvc").read_bytes() == before
    assert study.load(clone / "params.yaml").selection.datasets == ("fashion_mnist", "mnist")
