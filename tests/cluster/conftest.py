"""Clusters of real processes on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_transfer import execution
from tests.cluster.processes import Processes


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """A scheduler and three workers that tests share, and leave as they are."""
    found = Processes(tmp_path_factory.mktemp("dask"))
    found.add(3)
    yield found
    found.stop()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    """A scheduler of one test, which this process uses; workers are to be added."""
    found = Processes(tmp_path / "dask")
    monkeypatch.setenv(execution.VARIABLE, found.address)
    yield found
    found.stop()
