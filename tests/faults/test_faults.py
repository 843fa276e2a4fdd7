"""A part of the campaign that takes seconds: what needs no TensorFlow, and every kind of fault."""

import random
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults import artifacts, disks, kills, pairs, servers, study
from tests.faults.__main__ import table
from tests.faults.formats import FORMATS
from tests.faults.inputs import read_batch
from tests.faults.study import Finished, Outcome

pytestmark = pytest.mark.slow

COMMANDS = [
    ("split", "digits"),
    ("features", "digits", "pixels"),
    ("project", "digits", "pixels/all"),
    ("classify", "digits", "pixels/all", "knn"),
]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    return study.run_undisturbed(tmp_path_factory.mktemp("faults") / "finished", COMMANDS)


@pytest.mark.parametrize(("kind", "number"), [(kills, 4), (pairs, 1), (disks, 2), (artifacts, 3), (servers, 3)])
def test_a_few_faults_of_each_kind_are_harmless(finished: Finished, tmp_path: Path, kind: ModuleType, number: int) -> None:
    cases = list(kind.cases(finished, tmp_path, seed=1))
    if not cases:
        pytest.skip("nothing can be mounted here")
    for case in random.Random(1).sample(cases, number):
        outcome = case()
        assert outcome.problem == "", outcome.case


@pytest.mark.parametrize("name", FORMATS)
def test_a_few_malformed_inputs_of_each_format_are_harmless(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for what, harm in read_batch(name, seed=1, batch=1, number=20):
        assert harm == "", what


def test_the_figures_of_kinds_that_are_not_done_again_stay() -> None:
    first = table({pairs.NAME: [Outcome("split", "bad")], servers.NAME: [Outcome("x", "")]}, 1, "")
    again = table({servers.NAME: [Outcome("x", ""), Outcome("y", "worse", number=4)]}, 2, first)
    assert [line for line in again.splitlines() if pairs.NAME in line] == [
        line for line in first.splitlines() if pairs.NAME in line
    ]
    assert f"| {servers.NAME} | 5 | 4 | 1 | " in again
    assert f"- {servers.NAME}: y: worse" in again
    assert f"| {servers.NAME} | 1 |" not in again
