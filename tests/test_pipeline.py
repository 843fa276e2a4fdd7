"""The pipeline from end to end, with the real DVC: a small study on the embedded sample, and this repository's lock file."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mnist_transfer import paths, study, yaml
from mnist_transfer.demo import workspace as demo
from tests.commands import ROOT

pytestmark = pytest.mark.slow

#: As the Makefile does: the commands of this very interpreter first.
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
CLASSIFIERS = ["knn", "lda"]
ROWS = ["knn-3", "knn-5", "lda"]
SIZES = {"train": 200, "test": 100}
#: Of these, for recipes.
FEW = {"train": 60, "test": 40}
#: The stages of recipes whose settings may be the study's own classifiers, for each dataset.
LADDER = [f"ladder@{{}}-{recipe}" for recipe in demo.REPLICATION["ladder"]["rungs"]]


def run(folder: Path, *command: str) -> str:
    """Run a command, and fail with what it printed if it fails."""
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"
    return done.stdout


#: The measures that read what the classifiers said, and the stages that show what the others found.
COMPARING = {"mcnemar", "merged", "resolution", "shared_errors"}
SHOWING = {"collect", "metrics", "claims", "plot", "report"}


def stages_run(output: str) -> set[str]:
    return set(re.findall(r"Running stage '([^']+)'", output))


def change(folder: Path, edit: Callable[[Any], None]) -> None:
    parameters = yaml.load((folder / "params.yaml").read_text())
    edit(parameters)
    (folder / "params.yaml").write_text(yaml.dump(parameters))


def lock(folder: Path) -> Any:
    return yaml.load((folder / "dvc.lock").read_text())["stages"]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study that has run once and is committed."""
    folder = tmp_path_factory.mktemp("study")
    demo.prepare(ROOT, folder)

    def shrink(parameters: dict[str, Any]) -> None:
        parameters["study"]["classifiers"] = CLASSIFIERS
        for dataset in parameters["datasets"].values():
            dataset.update(SIZES)
        for tried in ("search", "ladder"):
            parameters["replication"][tried].update(FEW)
        for name, parts in {"learning_curves": "features", "depth": "networks", "one_pixel": "features"}.items():
            parameters["difficulty"][name][parts] = []  # each stage takes seconds to start, and others do as well
        settings = parameters["replication"]["settings"]["sklearn-2018"]
        parameters["replication"]["settings"]["sklearn-2018"] = {"knn": settings["knn"]}

    change(folder, shrink)
    shutil.copy(ROOT / ".gitignore", folder)
    run(folder, "git", "init", "--quiet")
    run(folder, "git", "config", "user.email", "tests@example.org")
    run(folder, "git", "config", "user.name", "Tests")
    run(folder, "dvc", "init", "--quiet")
    run(folder, "dvc", "config", "core.analytics", "false")
    run(folder, "dvc", "repro")
    run(folder, "git", "add", "--all")
    run(folder, "git", "commit", "--quiet", "--message", "Run the small study")
    return folder


def test_the_results_hold_every_row_and_its_accuracy_alone(workspace: Path) -> None:
    metrics = json.loads((workspace / "results/metrics.json").read_text())
    assert list(metrics) == ["garments", "digits", "difficulty"]
    for kinds in (metrics["garments"], metrics["digits"]):
        assert list(kinds) == list(demo.FEATURES)
        for rows in kinds.values():
            assert list(rows) == ROWS
            assert all(0.3 < accuracy <= 1 for accuracy in rows.values())


def test_a_second_run_does_nothing(workspace: Path) -> None:
    before = (workspace / "dvc.lock").read_bytes()
    assert stages_run(run(workspace, "dvc", "repro")) == set()
    assert (workspace / "dvc.lock").read_bytes() == before
    assert run(workspace, "git", "status", "--porcelain") == ""


def test_a_forced_run_gives_the_same_features_and_metrics(workspace: Path) -> None:
    metrics = (workspace / "results/metrics.json").read_bytes()
    before = lock(workspace)
    stages = [
        "features@garments-vgg16-random",
        "project@garments-vgg16-random/block5",
        "classify@garments-vgg16-random/block5-knn",
    ]
    for stage in stages:
        run(workspace, "dvc", "repro", "--force", "--single-item", stage)
    after = lock(workspace)
    assert [after[stage]["outs"] for stage in stages[:2]] == [before[stage]["outs"] for stage in stages[:2]]
    run(workspace, "dvc", "repro")
    assert (workspace / "results/metrics.json").read_bytes() == metrics


def test_changing_one_classifier_reruns_its_own_stages_and_what_shows_them(workspace: Path) -> None:
    change(workspace, lambda parameters: parameters["classifiers"]["knn"]["arguments"].update(n_neighbors=[3, 5, 60]))
    expected = {f"classify@{dataset}-{features}-knn" for dataset in ("digits", "garments") for features in demo.FEATURES}
    rungs = {stage.format(dataset) for stage in LADDER for dataset in ("digits", "garments")}
    measures = {f"{name}@{dataset}-pixels/all" for name in COMPARING for dataset in ("digits", "garments")}
    assert stages_run(run(workspace, "dvc", "repro")) == expected | rungs | measures | SHOWING
    difference = set(json.loads(run(workspace, "dvc", "metrics", "diff", "--json"))["results/metrics.json"])
    headlines = {name for name in difference if name.startswith("difficulty.")}
    assert difference - headlines == {
        f"{dataset}.{features}.knn-60" for dataset in ("digits", "garments") for features in demo.FEATURES
    }
    assert headlines
    assert {name.split(".")[1] for name in headlines} <= COMPARING
    run(workspace, "git", "checkout", "--quiet", "params.yaml")
    # DVC remembers the earlier run: going back costs no training.
    assert "Stage 'classify@digits-pixels/all-knn' is cached" in run(workspace, "dvc", "repro")


def test_the_pictures_of_plots_need_no_network(workspace: Path) -> None:
    run(workspace, "dvc", "plots", "show", "--out", "plots")
    assert len(list((workspace / "plots").rglob("*.svg"))) == 1 + 2 + 1
    shutil.rmtree(workspace / "plots")


def test_a_clone_without_cache_finds_nothing_to_run(workspace: Path, tmp_path: Path) -> None:
    run(tmp_path, "git", "clone", "--quiet", str(workspace), "clone")
    clone = tmp_path / "clone"
    assert stages_run(run(clone, "dvc", "repro", "--dry", "--allow-missing")) == set()
    assert run(clone, "git", "status", "--porcelain") == ""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What git tracks of this repository, as it is now, without data or caches."""
    folder = tmp_path / "clone"
    tracked = run(ROOT, "git", "ls-files", "-z").split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    run(folder, "git", "init", "--quiet")
    return folder


def test_the_demo_leaves_the_repository_alone(clone: Path, tmp_path: Path) -> None:
    before = run(clone, "git", "status", "--porcelain", "-uall")
    run(clone, sys.executable, "-m", "mnist_transfer", "demo", str(tmp_path / "demo"))
    assert run(clone, "git", "status", "--porcelain", "-uall") == before
    first = {path: path.stat().st_mtime_ns for path in (tmp_path / "demo/src").rglob("*.py")}
    run(clone, sys.executable, "-m", "mnist_transfer", "demo", str(tmp_path / "demo"))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "demo/src").rglob("*.py")} == first


def test_the_lock_file_is_that_of_this_code_and_these_parameters(clone: Path) -> None:
    assert stages_run(run(clone, "dvc", "repro", "--dry", "--allow-missing")) == set()


@pytest.mark.skipif("MNIST_TRANSFER_MIRROR" not in os.environ, reason="needs the datasets: set MNIST_TRANSFER_MIRROR")
def test_fetched_data_are_those_that_are_pinned_and_split_as_in_the_lock_file(clone: Path) -> None:
    assert "data" in run(clone, "dvc", "status", "data.dvc")
    run(clone, sys.executable, "-m", "mnist_transfer", "fetch")
    assert "up to date" in run(clone, "dvc", "status", "data.dvc")
    before = lock(clone)
    for dataset in study.load(clone / paths.PARAMS).selection.datasets:
        run(clone, "dvc", "repro", "--force", "--single-item", f"split@{dataset}")
        assert lock(clone)[f"split@{dataset}"]["outs"] == before[f"split@{dataset}"]["outs"]
