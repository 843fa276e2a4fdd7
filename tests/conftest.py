"""What every test shares: unhurried Hypothesis, a quiet TensorFlow, and servers that are shut down afterwards."""

import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from mnist_transfer import paths, yaml
from mnist_transfer.data import download
from mnist_transfer.data.sources import MIRROR_VARIABLE
from mnist_transfer.demo import sample
from mnist_transfer.results.read import Results, read
from tests.commands import ROOT, run_here
from tests.extraction import runs
from tests.servers import Server, serve

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# What a shell starts with & ignores Ctrl-C, and so would every command under test, which inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no bug, and examples may share a test's folder: each of them writes what it reads.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first, so that at the end no process is alone with minutes of work."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(scope="session")
def committed() -> Results:
    """The results of the repository."""
    with contextlib.chdir(ROOT):
        return read()


@pytest.fixture
def have_cores(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the program see so many cores, wherever it asks how many there are."""
    return lambda number: monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(number)), raising=False)


@pytest.fixture
def one_core(have_cores: Callable[[int], None]) -> None:
    """Fit in this process: others take seconds to start."""
    have_cores(1)


@pytest.fixture(scope="session")
def digits_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository's study with digits in the place of MNIST, their splits and their pixels; not to be changed."""
    folder = tmp_path_factory.mktemp("digits")
    content: dict[str, Any] = yaml.load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))
    content["datasets"]["mnist"] |= {"train": 1_000, "test": 300}
    content["classifiers"]["svm-linear"]["arguments"]["max_iter"] = 2
    content["study"]["features"], content["comparisons"] = ["pixels/all"], {}
    content["networks"]["net"] = runs.NET
    (folder / paths.PARAMS).write_text(yaml.dump(content), encoding="utf-8")
    sample.write(folder / paths.images("mnist", "train").parent, sample.digits(1))
    for arguments in (("split", "mnist"), ("features", "mnist", "pixels")):
        result = run_here(*arguments, folder=folder)
        assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture
def server() -> Iterator[Server]:
    yield from _served()


@pytest.fixture
def second_server() -> Iterator[Server]:
    yield from _served()


def _served() -> Iterator[Server]:
    server = serve()
    yield server
    server.hangs.clear()
    server.shutdown()
    server.server_close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of this machine that refuses connections and that nobody else takes."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's working folder with nothing in it, no mirror, and no memory of hosts out of reach."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(MIRROR_VARIABLE, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    download._useless.clear()
    return tmp_path
