"""The commands in a folder of their own: what they write, what they refuse, and that a refusal leaves nothing."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
import yaml
from typer.testing import CliRunner

from mnist_transfer import classification, paths, sample, study
from mnist_transfer.cli import app
from tests.commands import ROOT, assert_refused, files_in, run, run_here

TRAIN, TEST = 400, 300
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_the_commands_are_those_that_the_pipeline_calls() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
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
        assert f" {command} " in result.stdout


def test_a_wrong_number_of_names_is_a_usage_error() -> None:
    result = run("classify", "mnist")
    assert result.returncode == 2
    assert "EXTRACTOR" in result.stderr.upper()
    assert "Traceback" not in result.stderr


# A study of one small dataset and the pixels


def parameters(**changes: Any) -> dict[str, Any]:
    content = yaml.safe_load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))
    content["datasets"]["mnist"] |= {"train": TRAIN, "test": TEST}
    return content | changes


@pytest.fixture(scope="session")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with digits in the place of MNIST, and their features; not to be changed."""
    folder = tmp_path_factory.mktemp("extracted")
    (folder / paths.PARAMS).write_text(yaml.safe_dump(parameters()), encoding="utf-8")
    sample.write(folder / paths.images("mnist", "train").parent, sample.digits(1))
    for arguments in (("weights", "pixels"), ("features", "mnist", "pixels")):
        result = run(*arguments, folder=folder)
        assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def folder(extracted: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(extracted, tmp_path / "copy"))


def features_of(folder: Path, name: str) -> Any:
    return np.load(folder / paths.features("mnist", "pixels") / f"{name}.npy", allow_pickle=False)


def test_features_labels_and_rows_are_those_of_the_images(extracted: Path) -> None:
    digits = sample.digits(1)
    for split, size, images, labels in (
        ("train", TRAIN, digits.train_images, digits.train_labels),
        ("test", TEST, digits.test_images, digits.test_labels),
    ):
        index = features_of(extracted, f"{split}_index")
        assert len(index) == size
        np.testing.assert_array_equal(features_of(extracted, f"{split}_labels"), labels[index], strict=True)
        np.testing.assert_allclose(features_of(extracted, split) * 255, images[index].reshape(size, -1), atol=1e-4)
    assert [path for path in files_in(extracted) if path.startswith("build")] == [], "what is whole is partial no more"


def test_features_are_the_same_bytes_every_time(folder: Path) -> None:
    before = files_in(folder)
    shutil.rmtree(folder / "features")
    assert run_here("features", "mnist", "pixels", folder=folder).returncode == 0
    assert files_in(folder) == before


def test_a_classifiers_files_agree_with_each_other(folder: Path) -> None:
    result = run("classify", "mnist", "pixels", "svm-linear", folder=folder)
    assert result.returncode == 0, result.stderr
    target = folder / paths.classifier("mnist", "pixels", "svm-linear")
    assert sorted(path.name for path in target.iterdir()) == ["metrics.json", "predictions.npy", "timing.json"]
    metrics = json.loads((target / "metrics.json").read_text())
    predictions = np.load(target / "predictions.npy", allow_pickle=False)
    assert predictions.dtype == np.uint8
    assert metrics.pop("n_iter") > 1
    assert metrics == classification.score(features_of(folder, "test_labels"), predictions)
    assert f"accuracy {metrics['accuracy']:.4f}" in result.stderr


def test_a_projection_has_both_splits(folder: Path) -> None:
    result = run_here("project", "mnist", "pixels", folder=folder)
    assert result.returncode == 0, result.stderr
    with np.load(folder / paths.projection("mnist", "pixels"), allow_pickle=False) as projected:
        assert {name: len(array) for name, array in projected.items()} == {
            "train_xyz": TRAIN,
            "test_xyz": TEST,
            "train_cluster": TRAIN,
            "test_cluster": TEST,
            "variance": 3,
        }


# Refusals


def test_what_has_not_converged_is_not_written(folder: Path) -> None:
    content = parameters()
    content["classifiers"]["svm-linear"]["arguments"]["max_iter"] = 2
    (folder / paths.PARAMS).write_text(yaml.safe_dump(content), encoding="utf-8")
    before = files_in(folder)
    result = run_here("classify", "mnist", "pixels", "svm-linear", folder=folder)
    assert_refused(result, "svm-linear on mnist, pixels: not converged", "max_iter")
    assert files_in(folder) == before


def test_missing_and_damaged_features_name_the_stage_that_makes_them(folder: Path) -> None:
    train = folder / paths.features("mnist", "pixels") / "train.npy"
    train.write_bytes(train.read_bytes()[:1000])
    stage = "run `dvc repro features@mnist-pixels`"
    assert_refused(run_here("project", "mnist", "pixels", folder=folder), "train.npy is damaged", stage)
    train.unlink()
    assert_refused(run_here("classify", "mnist", "pixels", "knn-3", folder=folder), "train.npy is missing", stage)


def test_missing_results_of_a_stage_are_named(folder: Path) -> None:
    assert_refused(run_here("collect", folder=folder), "metrics.json is missing; run `dvc repro`")
    assert not (folder / paths.RESULTS).exists()


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (("classify", "mnist", "pixels", "knn-3"), "classifiers"),
        (("project", "mnist", "pixels"), "projections"),
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
    kept = folder / paths.partial_features("mnist", "pixels") / "train.npy"
    content = kept.read_bytes()
    assert run_here("features", "mnist", "pixels", folder=folder).returncode == 0
    assert (folder / paths.features("mnist", "pixels") / "train.npy").read_bytes() == content
    assert not kept.parent.exists()


def test_the_study_that_the_tests_use_is_sound(extracted: Path) -> None:
    assert study.load(extracted / paths.PARAMS).dataset("mnist").train == TRAIN
