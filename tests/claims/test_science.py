"""What the report claims of the committed results: no claim may fail on them."""

import os

import pytest

from mnist_transfer.claims import verdicts
from mnist_transfer.claims.claim import CHECKS
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.read import Results, read
from tests.commands import ROOT


@pytest.fixture(scope="module")
def committed() -> Results:
    before = os.getcwd()
    os.chdir(ROOT)
    try:
        return read()
    finally:
        os.chdir(before)


@pytest.mark.parametrize("name", CHECKS)
def test_no_claim_fails(committed: Results, name: str) -> None:
    try:
        verdict = CHECKS[name](committed)
    except NotMeasuredError as error:
        pytest.skip(str(error))
    assert verdict.holds, verdict.evidence
    assert "nan" not in verdict.evidence.lower()


def test_every_claim_can_be_judged(committed: Results) -> None:
    """A table that lost its rows would turn claims into ones that nobody can judge, and none of them would fail."""
    lacking = [str(verdict) for verdict in verdicts.check(committed).values() if isinstance(verdict, NotMeasuredError)]
    assert lacking == []
