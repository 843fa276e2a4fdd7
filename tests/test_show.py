"""What the results say on a terminal: every number at its place, from results/ alone, and one line where they are unsound."""

import re
from pathlib import Path

import pytest

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from tests.commands import assert_refused, run_here
from tests.results import tiny_study

FEATURES, DATASETS, CLAIMS = ("vgg16-random/block5", "pixels/all"), ("garments", "digits"), {"a": True, "b": False, "c": None}


@pytest.fixture
def results(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a tiny study whose knn-5 the paper has not, and of whose claims one holds."""
    tiny_study.write(empty_folder, datasets=DATASETS, features=FEATURES, published=True)
    table = schema.read("accuracy")
    table.loc[table["classifier"] == "knn-5", "paper"] = None
    table.to_csv(paths.table("accuracy"), index=False)
    files.write_json(paths.EVIDENCE, {name: {"holds": holds, "evidence": f"as {name}"} for name, holds in CLAIMS.items()})
    monkeypatch.setenv("COLUMNS", "120")
    return empty_folder


def shown(*arguments: str) -> str:
    result = run_here("show", *arguments)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def numbers(printed: str) -> list[list[str]]:
    """Return what stands behind each row's title."""
    return [line.split(")", 1)[1].split() for line in printed.splitlines() if "Neighbours" in line]


@pytest.mark.usefixtures("results")
def test_each_dataset_has_its_best_row_marked_beside_intervals_times_and_the_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = shown()
    assert re.findall(r"accuracy on (\S+)", printed) == [FEATURES[0]]
    assert re.findall(r"^classifier.*", printed, re.MULTILINE)[0].split() == [
        *("classifier", "Garments", "95%", "interval", "paper", "fit,", "s"),
        *("Digits", "95%", "interval", "paper", "fit,", "s"),
    ]
    assert numbers(printed) == [
        ["★", ".6000", ".570–.630", ".5000", "2", "★", ".9800", ".950–1.000", ".5000", "2"],
        [".5500", ".520–.580", "–", "2", ".9300", ".900–.960", "–", "2"],
    ]
    assert printed.splitlines()[-3:] == [
        "All stages together took 0.0 hours (P).",
        "1 of the report's 3 claims holds; 1 cannot be checked.",
        "✗ b: as b",
    ]
    monkeypatch.setenv("COLUMNS", "80")  # where they have no room side by side, they stand one above the other
    first, second, *below = numbers(shown())
    assert [first + below[0], second + below[1]] == numbers(printed)


def test_a_dataset_and_features_can_be_named_and_what_there_is_not_is_left_out(results: Path) -> None:
    printed = shown("--dataset", "digits", "--features", "pixels/all", "--features", FEATURES[0])
    assert re.findall(r"accuracy on (\S+)", printed) == ["pixels/all", FEATURES[0]]
    assert [row[:2] for row in numbers(printed)] == [
        ["★", ".9900"],
        [".9400", ".910–.970"],
        ["★", ".9800"],
        [".9300", ".900–.960"],
    ]
    tiny_study.write(results, features=FEATURES)
    schema.TIMING.write(paths.TIMING, [])
    schema.STAGES.write(paths.STAGES, [])
    assert numbers(shown("--dataset", "digits")) == [["★", ".9800", ".950–1.000"], [".9300", ".900–.960"]]
    assert "hours" not in shown()


def test_results_that_are_not_there_or_unsound_are_one_line(results: Path) -> None:
    assert_refused(run_here("show", "--dataset", "letters"), "results has no dataset 'letters'; it has garments and digits")
    assert_refused(run_here("show", "--features", "pixels"), "results has no features 'pixels'; it has vgg16-random/block5 and")
    for path in (paths.EVIDENCE, paths.STAGES, paths.TIMING, paths.table("accuracy"), paths.PROVENANCE):
        for content in ("", path.read_text().splitlines()[0]):
            path.write_text(content)
            if path not in (paths.STAGES, paths.TIMING) or not content:  # which may have no rows
                assert_refused(run_here("show"), f"{path} is damaged (", schema.REMEDY)
        path.unlink()
        assert_refused(run_here("show"), f"{path} is missing; {schema.REMEDY}")
    assert results.is_dir()
