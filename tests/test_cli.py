"""The commands in a folder of their own: what they write, what they refuse, and that a refusal leaves nothing."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
from typer.testing import CliRunner

from mnist_transfer import paths, study, yaml
from mnist_transfer.classifiers import statistics
from mnist_transfer.cli import app
from mnist_transfer.demo import sample
from mnist_transfer.paths import Split
from tests.commands import ROOT, assert_refused, files_in, run, run_here

TRAIN, TEST = 400, 300
PIXELS = "pixels/all"
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_commands_are_those_that_the_pipeline_calls() -> None:
    stages = yaml.load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    called = {stage["cmd"].split()[1] for stage in stages.values()}
    assert called <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_argument_has_help(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    described = typer.main.get_command(app).commands[command]  # type: ignore[attr-defined]
    assert described.help
    assert all(getattr(parameter, "help", None) for parameter in described.params)


def test_help_lists_every_command() -> None:
    result = run("--help")
    assert result.returncode == 0
    assert result.stderr == ""
    for command in COMMANDS:
        assert re.search(rf"^\W*{command}\s{{2,}}", result.stdout, re.MULTILINE), command


def test_a_wrong_number_of_names_is_a_usage_error() -> None:
    result = run("classify", "mnist")
    assert result.returncode == 2
    assert "FEATURES" in result.stderr.upper()
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_in_another_folder_than_the_studys_every_command_says_where_to_go(tmp_path: Path, command: str) -> None:
    parameters = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    names = ["name" for parameter in parameters if parameter.param_type_name == "argument" and parameter.required]
    result = run_here(command, *names, folder=tmp_path)
    assert_refused(result, "error: params.yaml is missing; run this in the folder that holds dvc.yaml\n")
    assert files_in(tmp_path) == {}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_cannot_be_printed_for_want_of_space_is_said_in_one_line() -> None:
    command = [sys.executable, "-m", "mnist_transfer", "table"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == 2
    assert (
        result.stderr == "error: cannot write what is printed: No space left on device; free some space, and run this again\n"
    )


# A study of one small dataset and the pixels


def parameters(**changes: Any) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))
    content["datasets"]["mnist"] |= {"train": TRAIN, "test": TEST}
    return content | changes


@pytest.fixture(scope="session")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with digits in the place of MNIST, their splits and their pixels; not to be changed."""
    folder = tmp_path_factory.mktemp("extracted")
    (folder / paths.PARAMS).write_text(yaml.dump(parameters()), encoding="utf-8")
    sample.write(folder / paths.images("mnist", "train").parent, sample.digits(1))
    for arguments in (("split", "mnist"), ("features", "mnist", "pixels")):
        result = run(*arguments, folder=folder)
        assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def folder(extracted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(extracted, tmp_path / "copy"))


def features_of(folder: Path, split: Split) -> Any:
    return np.load(folder / paths.features("mnist", PIXELS, split), allow_pickle=False)


def labels_of(folder: Path, split: Split) -> Any:
    return np.load(folder / paths.split("mnist", split, "labels"), allow_pickle=False)


def test_features_labels_and_rows_are_those_of_the_images(extracted: Path) -> None:
    digits = sample.digits(1)
    raw = {"train": (digits.train_images, digits.train_labels), "test": (digits.test_images, digits.test_labels)}
    sizes = {"train": TRAIN, "test": TEST}
    for split in paths.SPLITS:
        images, labels = raw[split]
        index = np.load(extracted / paths.split("mnist", split, "index"), allow_pickle=False)
        assert len(index) == sizes[split]
        np.testing.assert_array_equal(labels_of(extracted, split), labels[index], strict=True)
        np.testing.assert_allclose(features_of(extracted, split) * 255, images[index].reshape(len(index), -1), atol=1e-4)
    assert [path for path in files_in(extracted) if path.startswith("build")] == [], "what is whole is partial no more"


def test_splits_and_features_are_the_same_bytes_every_time(folder: Path) -> None:
    before = files_in(folder)
    shutil.rmtree(folder / "features")
    shutil.rmtree(folder / "splits")
    assert run_here("split", "mnist", folder=folder).returncode == 0
    assert run_here("features", "mnist", "pixels", folder=folder).returncode == 0
    assert files_in(folder) == before


def test_a_network_that_is_none_has_no_tensors_and_no_layers(folder: Path) -> None:
    result = run_here("weights", "pixels", folder=folder)
    assert result.returncode == 0, result.stderr
    assert json.loads((folder / paths.layers("pixels")).read_text()) == {"layers": []}
    assert "0 tensors" in result.stderr


def assert_files_agree(folder: Path, target: Path) -> dict[str, Any]:
    """The metrics in a row's folder are those of the predictions beside them; return what else stands there."""
    assert sorted(path.name for path in target.iterdir()) == ["metrics.json", "predictions.npy", "timing.json"]
    metrics: dict[str, Any] = json.loads((target / "metrics.json").read_text())
    predictions = np.load(target / "predictions.npy", allow_pickle=False)
    assert predictions.dtype == np.uint8
    expected = statistics.score(labels_of(folder, "test"), predictions)
    assert {name: metrics[name] for name in expected} == expected
    return metrics


def test_a_classifiers_files_agree_with_each_other(folder: Path) -> None:
    result = run("classify", "mnist", PIXELS, "svm-linear", folder=folder)
    assert result.returncode == 0, result.stderr
    metrics = assert_files_agree(folder, folder / paths.classifier("mnist", PIXELS, "svm-linear"))
    assert metrics["n_iter"] > 1
    assert f"mnist pixels/all svm-linear: accuracy {metrics['accuracy']:.4f}" in result.stderr


def test_a_path_has_a_folder_of_files_for_each_value(folder: Path) -> None:
    result = run_here("classify", "mnist", PIXELS, "knn", folder=folder)
    assert result.returncode == 0, result.stderr
    parent = folder / paths.classifier("mnist", PIXELS, "knn")
    assert sorted(path.name for path in parent.iterdir()) == ["3", "5"]
    for value in (3, 5):
        metrics = assert_files_agree(folder, parent / str(value))
        assert "n_iter" not in metrics
        assert f"mnist pixels/all knn-{value}: accuracy {metrics['accuracy']:.4f}" in result.stderr
        assert json.loads((parent / f"{value}/timing.json").read_text())["shared_by"] == 2


def test_a_projection_has_both_splits_and_a_cluster_a_class(folder: Path) -> None:
    result = run_here("project", "mnist", PIXELS, folder=folder)
    assert result.returncode == 0, result.stderr
    with np.load(folder / paths.projection("mnist", PIXELS), allow_pickle=False) as projected:
        assert {name: len(array) for name, array in projected.items()} == {
            "train_xyz": TRAIN,
            "test_xyz": TEST,
            "train_cluster": TRAIN,
            "test_cluster": TEST,
            "variance": 3,
        }
        assert len(set(projected["train_cluster"])) == 10


# Refusals


def test_what_has_not_converged_is_not_written(folder: Path) -> None:
    content = parameters()
    content["classifiers"]["svm-linear"]["arguments"]["max_iter"] = 2
    (folder / paths.PARAMS).write_text(yaml.dump(content), encoding="utf-8")
    before = files_in(folder)
    result = run_here("classify", "mnist", PIXELS, "svm-linear", folder=folder)
    assert_refused(result, "svm-linear on mnist, pixels/all: not converged", "max_iter")
    assert files_in(folder) == before


def test_missing_and_damaged_features_name_the_stage_that_makes_them(folder: Path) -> None:
    train = folder / paths.features("mnist", PIXELS, "train")
    train.write_bytes(train.read_bytes()[:1000])
    stage = "run `dvc repro features@mnist-pixels`"
    assert_refused(run_here("project", "mnist", PIXELS, folder=folder), "train.npy is damaged", stage)
    train.unlink()
    assert_refused(run_here("classify", "mnist", PIXELS, "knn", folder=folder), "train.npy is missing", stage)


def test_missing_splits_name_the_stage_that_makes_them(folder: Path) -> None:
    shutil.rmtree(folder / "splits")
    for arguments in (("features", "mnist", "pixels"), ("classify", "mnist", PIXELS, "knn")):
        assert_refused(run_here(*arguments, folder=folder), "train_", "is missing; run `dvc repro split@mnist`")
    shutil.rmtree(folder / paths.DATA)
    fetch = (
        "is missing; run `mnist-transfer fetch`, then `dvc repro split@mnist`, or `dvc repro --pull` where a DVC remote has it"
    )
    assert_refused(run_here("classify", "mnist", PIXELS, "knn", folder=folder), fetch)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("split", "letters"), "params.yaml: unknown dataset 'letters'; datasets has fashion_mnist, mnist"),
        (("features", "mnist", "vgg99"), "params.yaml: unknown network 'vgg99'; networks has vgg16, vgg16-random, pixels"),
        (("project", "mnist", "vgg99/block1"), "params.yaml: unknown network 'vgg99'; networks has"),
        (("project", "mnist", "pixels"), "params.yaml: unknown layer ''; networks.pixels.layers has all"),
        (("project", "mnist", "vgg16/block6"), "params.yaml: unknown layer 'block6'; networks.vgg16.layers has block1, block2"),
        (
            ("classify", "mnist", PIXELS, "knn-3"),
            "params.yaml: unknown classifier 'knn-3'; classifiers has logistic-regression",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_a_name_that_is_unknown_is_refused_with_those_that_are_known(
    folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = files_in(folder)
    assert_refused(run_here(*arguments, folder=folder), words)
    assert files_in(folder) == before


def test_missing_results_of_a_stage_are_named(folder: Path) -> None:
    assert_refused(run_here("collect", folder=folder), "is missing; run `dvc repro split@fashion_mnist`")
    assert not (folder / paths.RESULTS).exists()


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (("classify", "mnist", PIXELS, "knn"), "classifiers"),
        (("project", "mnist", PIXELS), "projections"),
        (("split", "mnist"), "splits"),
        (("weights", "pixels"), "weights"),
        (("demo", "taken"), "taken"),
        (("features", "mnist", "pixels"), "build"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else value,
)
def test_a_folder_that_cannot_be_written_is_refused_and_nothing_left(
    folder: Path, arguments: tuple[str, ...], output: str
) -> None:
    shutil.rmtree(folder / output, ignore_errors=True)
    (folder / output).write_text("a file where a folder should be")
    before = files_in(folder)
    assert_refused(run_here(*arguments, folder=folder), f"cannot write {output}")
    assert files_in(folder) == before


def test_features_that_cannot_be_put_in_place_are_not_extracted_again(folder: Path) -> None:
    shutil.rmtree(folder / "features")
    (folder / "features").write_text("a file where a folder should be")
    result = run_here("features", "mnist", "pixels", folder=folder)
    assert result.returncode == 2
    assert "error: cannot write features/mnist/pixels/" in result.stderr.splitlines()[-1]
    (folder / "features").unlink()
    partial = folder / paths.partial_features("mnist", "pixels")
    kept = {path: path.stat().st_mtime_ns for path in partial.rglob("*.npz")}
    assert len(kept) == 2
    (folder / "features").write_text("still in the way")
    assert run_here("features", "mnist", "pixels", folder=folder).returncode == 2
    assert {path: path.stat().st_mtime_ns for path in partial.rglob("*.npz")} == kept
    (folder / "features").unlink()
    assert run_here("features", "mnist", "pixels", folder=folder).returncode == 0
    assert features_of(folder, "train").shape == (TRAIN, 784)
    assert not partial.exists()


def test_the_study_that_the_tests_use_is_sound(extracted: Path) -> None:
    assert study.load(extracted / paths.PARAMS).dataset("mnist").train == TRAIN
