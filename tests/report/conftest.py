"""Results to report on: made up, of any shape, or those of the repository."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from mnist_transfer.report.facts import Facts
from mnist_transfer.results.read import read
from tests.commands import ROOT
from tests.report.browsing import ARGUMENTS, CHROMIUM
from tests.results import tiny_study

Made = Callable[..., Facts]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """Write a tiny study of a given shape, in the working folder, and read it."""
    monkeypatch.chdir(tmp_path)

    def write(**shape: object) -> Facts:
        tiny_study.write(tmp_path, **shape)  # type: ignore[arg-type]
        return Facts(read())

    return write


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch) -> Facts:
    monkeypatch.chdir(ROOT)
    return Facts(read())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
