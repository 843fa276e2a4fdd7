"""What is done to the commands of a study: they are killed, run twice, starved of disk, and given damaged files to read."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.commands import Result, files_in
from tests.faults import study
from tests.faults.servers import mirrored, rest
from tests.faults.study import RECIPE, Case, Command, Finished, Outcome

SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
#: Kills of `fetch`, and of one `dvc repro` after another.
FETCHES, REPROS = 6, 12

# Kills


def kills(finished: Finished, seed: int) -> Iterator[Case]:
    """Yield a kill by each signal of every command, and then those of `fetch`."""
    moments = random.Random(seed)
    for command in finished.outputs:
        for stop in SIGNALS:
            seconds = 0.3 + moments.random() * finished.seconds[command]  # until then Python starts, and ends as any Python
            yield partial(_kill, finished, command, stop, seconds)
    for number in range(FETCHES):
        yield partial(_kill_fetch, finished, SIGNALS[number % 3], 0.5 + moments.random())


def _kill(finished: Finished, command: Command, stop: signal.Signals, seconds: float, folder: Path) -> Outcome:
    finished.before(command, folder)
    problem = _wrongly_stopped(_stopped(study.start(command, folder), stop, seconds), stop)
    again = study.call(command, folder)
    problem = problem or (again.stderr if again.returncode else finished.difference(command, folder))
    return Outcome(f"{' '.join(command)}, {stop.name} after {seconds:.1f} s", problem)


def _stopped(process: subprocess.Popen[str], stop: signal.Signals, seconds: float) -> Result:
    """Send a signal to a process after some seconds: SIGINT to all of its group, as a terminal does."""
    time.sleep(seconds)
    if process.poll() is None:
        os.killpg(process.pid, stop) if stop == signal.SIGINT else process.send_signal(stop)
    return study.finish(process)


def _wrongly_stopped(result: Result, stop: signal.Signals) -> str:
    sound = result.returncode in (0, -stop) and "Traceback" not in result.stderr
    return "" if sound else f"exit code {result.returncode}: {result.stderr[-500:]}"


def _slowly(content: bytes, start: int) -> Iterator[bytes]:
    """Send what is asked for in small pieces."""
    answer = rest(content, start)
    for at in range(0, len(answer), 500):
        yield answer[at : at + 500]
        time.sleep(0.02)


def _kill_fetch(finished: Finished, stop: signal.Signals, seconds: float, folder: Path) -> Outcome:
    with mirrored(finished) as mirror:
        mirror.server.answer = _slowly
        problem = _wrongly_stopped(_stopped(mirror.start(folder), stop, seconds), stop)
        mirror.server.answer = None
        again = study.finish(mirror.start(folder))
        problem = problem or (again.stderr if again.returncode else mirror.unsound(folder, fetched=True))
    return Outcome(f"fetch, {stop.name} after {seconds:.1f} s", problem)


# dvc repro


def repro(finished: Finished, seed: int) -> Iterator[Case]:
    """Yield kills of one `dvc repro` after another as one case: each continues the one before."""
    yield partial(_kill_again_and_again, finished, random.Random(seed))


def _kill_again_and_again(finished: Finished, moments: random.Random, folder: Path) -> Outcome:
    """Kill one `dvc repro` after another, and compare what stands after one that is not killed."""
    study.lay_out(folder)
    commands = folder.with_name(f"{folder.name}-bin")
    commands.mkdir()
    (commands / "mnist-transfer").write_text(f'#!/bin/sh\nexec {sys.executable} -m mnist_transfer "$@"\n')
    (commands / "mnist-transfer").chmod(0o755)
    path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
    dvc = partial(study.start, folder=folder, environment=study.ENVIRONMENT | {"PATH": path}, program=("-m", "dvc"))
    for arguments in (("init", "--quiet", "--no-scm"), ("config", "core.analytics", "false")):
        assert study.finish(dvc(arguments)).returncode == 0
    for number in range(REPROS):
        _stopped(dvc(("repro",)), SIGNALS[number % 3], 3 + 15 * moments.random())  # waits for the stage too, which has its pipe
        recovered = study.call(("recover",), folder)
        if recovered.returncode:
            return Outcome("recover after a killed dvc repro", recovered.stderr, number + 1)
    last = dvc(("repro",))
    output, errors = last.communicate(timeout=10 * study.LONGEST)
    results = [name for name in files_in(finished.folder) if name.startswith("results/")]
    problem = (output + errors)[-2000:] if last.returncode else study.difference(finished.folder, folder, results)
    return Outcome(f"results/ after {REPROS} killed dvc repro and a whole one", problem, REPROS)


# Pairs


def pairs(finished: Finished, seed: int) -> Iterator[Case]:
    """Yield two runs of every command at the same time."""
    return (partial(_both, finished, command) for command in finished.outputs)


def _both(finished: Finished, command: Command, folder: Path) -> Outcome:
    finished.before(command, folder)
    results = [study.finish(process) for process in [study.start(command, folder) for _ in range(2)]]
    problems = [study.refused(result) for result in results if result.returncode]
    problems += ["neither of them ran"] if len(problems) == 2 else []
    return Outcome(" ".join(command), next(filter(None, problems), "") or finished.difference(command, folder))


# Disks


def disks(finished: Finished, seed: int) -> Iterator[Case]:
    """Yield disks with room for none and for half of what a command writes, and read-only ones, where they can be mounted."""
    if shutil.which("unshare") and subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL).returncode == 0:
        for command in finished.outputs:
            for room in (0.0, 0.5, None):
                yield partial(_starve, finished, command, room)


@contextmanager
def _mounted(folder: Path, size: int) -> Iterator[None]:
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # another case that starts may hold it


def _starve(finished: Finished, command: Command, room: float | None, disk: Path) -> Outcome:
    """Run a command with room for a share of what it writes; none at all, and no leave to write, if `room` is None."""
    written = sum((finished.folder / name).stat().st_size for name in finished.outputs[command])
    with _mounted(disk, sum(map(len, files_in(finished.folder).values())) * 3 + (64 << 20)):
        folder = finished.before(command, disk / "workspace", shutil.copy2)
        before = files_in(folder)
        if room is None:
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        else:
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            with (disk / "filler").open("wb") as stream:
                os.posix_fallocate(stream.fileno(), 0, free - int(room * written))
        result = study.call(command, folder)
        problem = study.refused(result) if result.returncode else "" if room else "it went on as if nothing were"
        new = [name for name in files_in(folder) if name not in before and not name.startswith("build/")]
        problem = problem or study.difference(finished.folder, folder, new)
        if room is None:
            subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        (disk / "filler").unlink(missing_ok=True)
        again = study.call(command, folder)
        problem = problem or (again.stderr if again.returncode else finished.difference(command, folder))
    return Outcome(f"{' '.join(command)}, {'read-only' if room is None else f'room for {room:.0%}'}", problem)


# Artifacts

#: Which file is spoilt, and the command that then reads it.
READERS: list[tuple[str, Command]] = [
    ("data/mnist/train-images-idx3-ubyte", ("split", "mnist")),
    ("data/mnist/train-labels-idx1-ubyte", ("split", "mnist")),
    ("splits/mnist.npz", ("features", "mnist", "pixels")),
    ("features/mnist/pixels/all.npz", ("project", "mnist")),
    ("features/mnist/pixels/all.npz", ("classify", "mnist", "pixels/all", "lda")),
    ("features/mnist/pixels/all.npz", ("measure", "one_pixel", "mnist")),
    ("features/mnist/small/layers.json", ("results",)),
    ("projections/mnist/pixels/all.npz", ("results",)),
    ("classifiers/mnist/pixels/all/lda/metrics.json", ("results",)),
    ("classifiers/mnist/pixels/all/lda/predictions.npy", ("results",)),
    ("features/mnist/small/one.npz", ("replay", "mnist")),
    ("replay/mnist/accuracies.json", ("results",)),
    (f"replay/mnist/{RECIPE}.npz", ("results",)),
    ("results/difficulty/one_pixel/mnist.csv", ("results",)),
    ("results/tables/accuracy.csv", ("report", "--draft")),
    ("results/provenance.json", ("report", "--draft")),
    ("results/images/samples.npz", ("report", "--draft")),
    ("results/images/points-mnist.webp", ("report", "--draft")),
]
#: A sound file of each format with other content than what any command reads.
_FOREIGN = {
    ".npy": "classifiers/mnist/pixels/all/lda/predictions.npy",
    ".npz": "splits/fashion_mnist.npz",
    ".json": "classifiers/mnist/pixels/all/lda/metrics.json",
    ".csv": "results/tables/layers.csv",
    ".webp": "results/images/confused-mnist.webp",
    "": "data/mnist/t10k-labels-idx1-ubyte",
}
DAMAGE = ("empty", "cut in half", "a web page", "of another kind")


def artifacts(finished: Finished, seed: int) -> Iterator[Case]:
    """Yield every damage of every file whose reader was run."""
    for name, command in READERS:
        foreign = finished.folder / _FOREIGN[Path(name).suffix]
        for damage in DAMAGE if command in finished.outputs else ():
            if damage != "of another kind" or (foreign.is_file() and foreign != finished.folder / name):
                yield partial(_spoil, finished, name, command, damage, foreign)


def _spoil(finished: Finished, name: str, command: Command, damage: str, foreign: Path, folder: Path) -> Outcome:
    finished.before(command, folder)
    sound = (folder / name).read_bytes()
    spoilt = {"empty": b"", "cut in half": sound[: len(sound) // 2], "a web page": b"<!DOCTYPE html>\n<html></html>\n"}
    (folder / name).unlink()  # not what it is linked to
    (folder / name).write_bytes(spoilt[damage] if damage in spoilt else foreign.read_bytes())
    result = study.call(command, folder)
    problem = study.refused(result) if result.returncode else ""
    if not result.returncode and (difference := finished.difference(command, folder)):
        problem = f"it was used, and {difference}"
    return Outcome(f"{' '.join(command)}, {name} {damage}", problem)
