"""On a Dask cluster of real processes the study's stages give the bytes that they give here, whatever dies on the way."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.datasets import load_digits

from mnist_transfer import artifacts, cluster, execution, paths, yaml
from mnist_transfer import study as studies
from mnist_transfer.classifiers import classify
from mnist_transfer.cores import cores
from mnist_transfer.difficulty import shared
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features
from mnist_transfer.replay import replay
from mnist_transfer.replay.passes import Splits
from tests.cluster.processes import SETTINGS, Processes
from tests.cluster.tasks import Slowly, slowly_fitted
from tests.commands import ROOT, assert_refused, files_in, run, run_here
from tests.extraction.runs import IMAGES, chunks, lay_out, study

pytestmark = pytest.mark.slow

STUDY = studies.load(ROOT / "params.yaml")
VECTORS, LABELS = load_digits(return_X_y=True)
VECTORS, LABELS = VECTORS.astype(np.float32), LABELS.astype(np.uint8)
CONTENT = artifacts.Features(VECTORS[:400], LABELS[:400], VECTORS[400:800], LABELS[400:800], 10)
#: The pixels of 19 chunks of 5 images.
EXPECTED = IMAGES.reshape(95, 480) / np.float32(255)


@pytest.fixture
def on_three(three: Processes, monkeypatch: pytest.MonkeyPatch) -> Processes:
    """The shared cluster, which this process uses."""
    monkeypatch.setenv(execution.VARIABLE, three.address)
    return three


@pytest.fixture(autouse=True)
def small_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "CHUNK", 5)
    monkeypatch.setattr(cluster, "LARGE", 10_000)


def extract(folder: Path, log: Path) -> None:
    slow = Slowly(log)
    found = features.extract_in_chunks(IMAGES, lambda: slow, folder / "chunks", ["all"], "toys")
    np.testing.assert_array_equal(found["all"], EXPECTED, strict=True)


def begun(log: Path) -> list[str]:
    """Return the process of every task that was begun."""
    return log.read_text().split() if log.is_file() else []


def disturb(log: Path, tasks: int, how: Callable[[], object]) -> threading.Thread:
    """Do something as soon as so many tasks have begun."""

    def watch() -> None:
        while len(begun(log)) < tasks:
            time.sleep(0.02)
        how()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def fit_pairs(log: Path) -> list[float]:
    """Fit a machine to every pair of classes, as joblib's tasks."""
    with execution.parallel():
        jobs = (delayed(slowly_fitted)(log, VECTORS, LABELS, pair) for pair in combinations(range(7), 2))
        return list(Parallel(n_jobs=2, prefer="threads")(jobs))


def test_features_are_the_same_bytes_and_a_slow_worker_holds_up_no_other(on_three: Processes, tmp_path: Path) -> None:
    slow, log = on_three.workers[0], tmp_path / "log"

    def pause() -> None:
        slow.send_signal(signal.SIGSTOP)
        time.sleep(2)
        slow.send_signal(signal.SIGCONT)

    found = execution.cluster()
    assert found is not None
    found.client.run(import_module, "tests.cluster.tasks")  # else the first to have it is far ahead
    thread = disturb(log, 4, pause)
    extract(tmp_path, log)
    thread.join()
    assert set(found.client.run(cores).values()) == {1}, "of those of a machine that has many workers"
    processes = begun(log)
    assert len(processes) == 19, "no chunk twice"
    assert sorted({int(process) for process in processes}) == sorted(worker.pid for worker in on_three.workers)
    assert processes.count(str(slow.pid)) < 19 / 3, "it was given fewer"
    assert len(list((tmp_path / "chunks").iterdir())) == 19


@pytest.mark.usefixtures("empty_folder")
def test_a_network_is_built_in_the_workers_and_its_features_are_the_same_bytes(
    three: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "CHUNK", 30)
    lay_out()
    features.run(study(), "toys", "net")
    expected = files_in(Path("features"))
    shutil.rmtree("features")
    monkeypatch.setenv(execution.VARIABLE, three.address)
    features.run(study(), "toys", "net")
    found = files_in(Path("features"))
    for layers in (found, expected):
        layers.pop("toys/net/layers.json")  # Keras numbers inputs as it goes
    assert found == expected


def executed() -> int:
    """Count the tasks that the workers have done."""
    found = execution.cluster()
    assert found is not None
    return sum(found.client.run(lambda dask_worker: dask_worker.state.executed_count).values())


def classified() -> dict[str, Any]:
    """Fit what has many tasks: support vector machines and forests, the measures' classifiers, the replay's."""
    found: dict[str, Any] = {}
    with execution.parallel():
        for name in ("svm-poly", "forest-gini", "knn"):
            outcome = classify.fit_and_predict(
                STUDY.classifier(name), CONTENT.train, CONTENT.train_labels, CONTENT.test, STUDY.seed
            )
            found |= {f"{name}-{value}": predicted.tolist() for value, predicted in outcome.predictions.items()}
        fits = [shared.Fit({"fit": name}, entry, np.arange(300), STUDY.seed) for name, entry in shared.CLASSIFIERS.items()]
        found["measures"] = list(shared.accuracies("fits", fits, CONTENT))
        splits: Splits = {"train": (CONTENT.train, CONTENT.train_labels), "test": (CONTENT.test, CONTENT.test_labels)}
        found["replay"] = replay.accuracies(splits, STUDY.seed)
    return found


@pytest.mark.usefixtures("one_core")
def test_classifiers_predict_the_same_to_the_last_image(three: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = classified()
    monkeypatch.setenv(execution.VARIABLE, three.address)
    before = executed()
    assert classified() == expected
    machines, trees, fits = 3 * 45, 100, len(shared.CLASSIFIERS)
    assert executed() - before > machines + trees + fits, "it was computed there"


def test_what_does_not_converge_is_refused_from_afar(on_three: Processes) -> None:
    entry = shared.classifier("sklearn.svm.SVC", max_iter=1)
    with execution.parallel(), pytest.raises(InputError, match=r"^not converged .* raise its max_iter"):
        classify.fit_and_predict(entry, CONTENT.train, CONTENT.train_labels, CONTENT.test, 1)


def test_workers_die_one_after_another_and_nothing_is_lost(own: Processes, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(execution.VARIABLE)
        expected = fit_pairs(tmp_path / "local")
    own.add(3)
    first, second, third = own.workers
    thread = disturb(tmp_path / "chunks.log", 5, lambda: own.kill(first))
    extract(tmp_path, tmp_path / "chunks.log")
    thread.join()
    assert len(begun(tmp_path / "chunks.log")) <= 19 + 1, "its chunk alone is computed again"
    thread = disturb(tmp_path / "fits.log", 5, lambda: own.kill(second))
    assert fit_pairs(tmp_path / "fits.log") == expected
    thread.join()
    assert len(begun(tmp_path / "fits.log")) <= 21 + 1

    def replace() -> None:  # the last one, with all data that have been sent
        own.kill(third)
        own.add()

    thread = disturb(tmp_path / "last.log", 5, replace)
    assert fit_pairs(tmp_path / "last.log") == expected
    thread.join()
    own.workers[:] = own.workers[3:]


#: ``mnist-transfer`` as its user has it, but for pixels in chunks of 5 images that take a while.
SLOW_CLIENT = """
import sys
from pathlib import Path
from mnist_transfer.__main__ import main
from mnist_transfer.extraction import features
from tests.cluster.tasks import Slowly
features.CHUNK, features.pixels = 5, Slowly(Path(sys.argv.pop(1)))
main()
"""


@pytest.mark.usefixtures("empty_folder")
def test_a_scheduler_that_dies_is_one_line_and_the_next_run_continues(own: Processes, tmp_path: Path) -> None:
    lay_out()
    log = tmp_path / "log"
    command = [sys.executable, "-c", SLOW_CLIENT, str(log), "features", "toys", "pixels"]
    environment = os.environ | SETTINGS | {execution.VARIABLE: own.address}

    def start() -> "subprocess.Popen[str]":
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)

    own.add(2)
    broken = start()
    disturb(log, 6, lambda: own.kill(own.scheduler)).join()
    _, said = broken.communicate(timeout=30)
    assert broken.returncode == 2, said
    assert [line for line in said.splitlines() if not line.startswith("toys ")] == [
        f"error: the Dask scheduler at {own.address} is lost; start it and run this again: what is finished is kept"
    ]
    kept = len(chunks())
    assert kept > 0
    own.kill(*own.workers)
    own.workers.clear()
    own.start_scheduler()
    own.add(2)
    log.unlink()
    again = start()
    assert again.wait(timeout=60) == 0
    assert len(begun(log)) == 17 - kept
    found = artifacts.read_features(study(), "toys", "pixels/all")
    chosen = artifacts.read_splits("toys")
    np.testing.assert_array_equal(found.train, EXPECTED[chosen["train"].index])


def copy_with_other_code(folder: Path) -> dict[str, str]:
    """Copy this package, change a line of it, and return the environment that has it imported."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("*.webp", "__pycache__"))
    with (folder / "src/mnist_transfer/splits.py").open("a") as stream:
        stream.write("# another version\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder / "src"), str(ROOT)])}


def test_workers_that_would_compute_other_bytes_are_refused_also_those_that_come_later(own: Processes, tmp_path: Path) -> None:
    other_code = r"other bytes: mnist-transfer is \w+ there and \w+ here; install the same"
    for message, options, environment in (
        (other_code, (), copy_with_other_code(tmp_path)),
        (r"has 2 threads; start it with --nthreads 1", ("--nthreads", "2"), {}),
    ):
        own.add(1, *options, **environment)
        with pytest.raises(InputError, match=message):
            execution.cluster()
        own.kill(own.workers.pop())
    own.add()
    assert execution.cluster() is not None
    own.add(1, OPENBLAS_CORETYPE="Zen")
    other_kernels = r"numerics is OPENBLAS_CORETYPE is 'Zen', .* set in its environment .*OPENBLAS_CORETYPE='Haswell'"
    with pytest.raises(InputError, match=f"other bytes: {other_kernels}"):
        extract(tmp_path, tmp_path / "log")


@pytest.mark.usefixtures("empty_folder")
def test_a_cluster_that_cannot_be_used_is_one_line(closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out()
    before = files_in(Path())
    monkeypatch.setenv(execution.VARIABLE, f"tcp://127.0.0.1:{closed_port}")
    monkeypatch.setattr(cluster, "TIMEOUT", 1)
    assert_refused(run_here("features", "toys", "pixels"), f"no Dask scheduler answers at tcp://127.0.0.1:{closed_port}")
    Path("sitecustomize.py").write_text("import sys; sys.modules['distributed'] = None")  # as where it is not installed
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([".", str(ROOT / "src")]))
    assert_refused(run("features", "toys", "pixels"), "distributed is missing; `pip install distributed`, or do without")
    Path("sitecustomize.py").unlink()
    shutil.rmtree("__pycache__", ignore_errors=True)
    assert files_in(Path()) == before


@pytest.mark.usefixtures("empty_folder")
def test_a_sweep_fits_each_cell_once_in_processes_of_this_machine_or_here() -> None:
    lay_out()
    parameters = yaml.load(paths.PARAMS.read_text())
    forest = {"class": "sklearn.ensemble.RandomForestClassifier", "arguments": {"n_estimators": [2, 4]}}
    parameters["classifiers"]["forest"] = forest
    paths.PARAMS.write_text(yaml.dump(parameters))
    paths.splits("toys").unlink()  # what is missing is made
    Path("grid.yaml").write_text("classifiers: [svm, forest]\nseeds: [1, 2]\n")
    result = run("sweep", "grid.yaml", "--local", "2")
    assert result.returncode == 0, result.stderr
    table = Path("grid.csv").read_text()
    assert table.count("\n") == 1 + 2 * (1 + 2)
    cells = {path: path.stat().st_mtime_ns for path in Path("build/sweep").iterdir()}
    assert len(cells) == 4
    Path("grid.yaml").write_text("classifiers: [svm, forest]\nseeds: [1, 2, 3]\n")
    assert run("sweep", "grid.yaml").returncode == 0
    assert set(table.splitlines()) < set(Path("grid.csv").read_text().splitlines())
    now = {path: path.stat().st_mtime_ns for path in Path("build/sweep").iterdir()}
    assert len(now) == 6
    assert cells.items() < now.items()
    shutil.rmtree("build/sweep")
    Path("grid.yaml").write_text("classifiers: [svm, forest]\nseeds: [1, 2]\n")
    assert run("sweep", "grid.yaml").returncode == 0
    assert Path("grid.csv").read_text() == table, "here as in the processes"
