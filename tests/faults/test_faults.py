"""A part of the campaign that takes seconds: what needs no TensorFlow, and every kind of fault."""

import random
from pathlib import Path
from types import ModuleType

import pytest

from tests.faults import artifacts, disks, kills, pairs, study
from tests.faults.study import Finished

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


@pytest.mark.parametrize(("kind", "number"), [(kills, 4), (pairs, 1), (disks, 2), (artifacts, 3)])
def test_a_few_faults_of_each_kind_are_harmless(finished: Finished, tmp_path: Path, kind: ModuleType, number: int) -> None:
    cases = list(kind.cases(finished, tmp_path, seed=1))
    for case in random.Random(1).sample(cases, min(number, len(cases))):
        outcome = case()
        assert outcome.problem == "", outcome.case
