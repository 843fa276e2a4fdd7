"""A part of the campaign that takes seconds: what needs no TensorFlow, and every kind of fault but whole pipelines."""

import random
import shutil
from pathlib import Path

import pytest

from tests.faults import inputs, study
from tests.faults.__main__ import KINDS, PAGE, noted
from tests.faults.study import Finished, Outcome

COMMANDS = [
    ("split", "mnist"),
    ("features", "mnist", "pixels"),
    ("classify", "mnist", "pixels/all", "lda"),
]
CHEAP = [number for number, (_, command, _) in enumerate(inputs.INPUTS) if command in [*COMMANDS, ("check",)]]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return study.run_undisturbed(tmp_path_factory.mktemp("faults") / "finished", COMMANDS)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "number"), [("kills", 4), ("pairs", 1), ("disks", 2), ("artifacts", 3), ("servers", 3)])
def test_a_few_faults_of_each_kind_are_harmless(finished: Finished, tmp_path: Path, kind: str, number: int) -> None:
    cases = list(KINDS[kind][1](finished, 1))
    if not cases:
        pytest.skip("only root can mount a disk")
    for at, case in enumerate(random.Random(1).sample(cases, number)):
        outcome = case(tmp_path / str(at))
        assert outcome.problem == "", outcome.case


@pytest.mark.slow
@pytest.mark.parametrize("number", CHEAP, ids=lambda number: inputs.INPUTS[number][0])
def test_a_few_malformed_inputs_of_each_format_are_harmless(
    number: int, finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shutil.copytree(finished.folder, tmp_path / "copy"))
    for how, harm in inputs.read_batch(number, seed=1, most=20):
        assert harm == "", how


def test_every_kind_has_a_row_of_the_page_for_its_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, _ in KINDS.values():
        lines = noted(page, name, [Outcome("x", ""), Outcome("y", "worse", number=4)], 2).splitlines()
        (row,) = set(lines) - set(page.splitlines())
        assert row.startswith(f"| {name} | 5 | 4 | 1 | ")
        assert len(lines) == len(page.splitlines())
