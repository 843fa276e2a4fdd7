"""Clusters of real processes on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client

from mnist_transfer import cluster, execution
from tests.cluster.processes import Processes


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """A scheduler and three workers that tests share, and leave as they are."""
    found = Processes(tmp_path_factory.mktemp("dask"))
    found.add(3)
    yield found
    disconnect(found)


def disconnect(processes: Processes) -> None:
    """End this process's connections, and the cluster."""
    for client in list(Client._instances):
        client.close(timeout=1)
    cluster.connect.cache_clear()
    processes.stop()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    """A scheduler of one test, which this process uses; workers are to be added."""
    (tmp_path / "dask").mkdir()
    found = Processes(tmp_path / "dask")
    monkeypatch.setenv(execution.VARIABLE, found.address)
    yield found
    disconnect(found)
