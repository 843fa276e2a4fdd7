"""A command ends when it is told to: at once, in one line, whatever it is doing, and with nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.commands import ROOT, wait_until_supervised

SUPERVISED = "from mnist_transfer import interruption; interruption.supervise()\n"
#: Says in a file that it has begun, and by which process.
BEGUN = "import os, pathlib; pathlib.Path('new').write_text(str(os.getpid())); os.rename('new', 'begun')\n"
#: What a command may be doing when it is stopped.
WORK = {
    "Python": "while True: pass",
    "a wait": "import time; time.sleep(60)",
    "a C function that lets no other Python run": "import ctypes; ctypes.PyDLL(None).sleep(60)",
    "what swallows every exception": "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass",
    "another program": "import subprocess; subprocess.run(['sleep', '60'])",
}
SAID = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


def start(work: str, folder: Path, before: str = "", **environment: str) -> subprocess.Popen[str]:
    """Start supervised work in a folder, in a process group of its own, and wait until it has begun."""
    process = subprocess.Popen(
        [sys.executable, "-c", before + SUPERVISED + BEGUN + work],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until_begun(folder)
    return process


def wait_until_begun(folder: Path) -> None:
    deadline = time.monotonic() + 30
    while not (folder / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def worker(folder: Path) -> int:
    return int((folder / "begun").read_text())


def is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def assert_dies(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder to work in; work that outlived a test is killed."""
    yield tmp_path
    if (tmp_path / "begun").exists() and is_alive(worker(tmp_path)):
        os.kill(worker(tmp_path), signal.SIGKILL)


@pytest.mark.parametrize("number", SAID, ids=lambda number: number.name)
@pytest.mark.parametrize("work", WORK.values(), ids=WORK)
def test_a_signal_ends_it_in_one_line(folder: Path, work: str, number: signal.Signals) -> None:
    process = start(work, folder)
    begin = time.monotonic()
    os.kill(process.pid, number)
    stdout, stderr = process.communicate(timeout=30)
    assert time.monotonic() - begin < 20  # the work takes a minute
    assert process.returncode == 128 + number
    assert (stdout, stderr) == ("", f"{SAID[number]}; finished work is kept, so run the same command again to continue\n")
    assert not is_alive(worker(folder))


def test_ctrl_c_reaches_every_process_of_the_terminal_and_yet_makes_one_line(folder: Path) -> None:
    process = start("import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])", folder)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=30)[1].startswith("interrupted; ")
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def test_what_is_half_written_vanishes(folder: Path) -> None:
    writing = (
        "from pathlib import Path; from mnist_transfer import files; import time\n"
        "with files.whole_file(Path('folder/file')) as temporary:\n"
        "    temporary.write_text('half'); Path('half').touch(); time.sleep(60)\n"
    )
    process = start(writing, folder)
    while not (folder / "half").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.terminate()
    process.communicate(timeout=30)
    assert list((folder / "folder").iterdir()) == []


@pytest.mark.parametrize("code", [0, 1, 2, 77])
def test_the_exit_code_and_the_output_are_the_works(folder: Path, code: int) -> None:
    process = start(f"import sys; print('out'); print('err', file=sys.stderr); sys.exit({code})", folder)
    assert process.communicate(timeout=30) == ("out\n", "err\n")
    assert process.returncode == code


def test_work_that_the_system_kills_is_told_of(folder: Path) -> None:
    process = start("os.kill(os.getpid(), 9)", folder)
    assert process.communicate(timeout=30)[1].startswith("error: killed, most likely for want of memory")
    assert process.returncode == 137


def test_work_does_not_outlive_its_supervisor(folder: Path) -> None:
    process = start(WORK["a wait"], folder)
    process.kill()
    process.communicate(timeout=30)
    assert_dies(worker(folder))


def test_signals_that_are_ignored_stay_so(folder: Path) -> None:
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    process = start("import time; time.sleep(0.5); print('done')", folder, before=ignoring)
    os.killpg(process.pid, signal.SIGINT)
    assert process.communicate(timeout=30) == ("done\n", "")
    assert process.returncode == 0


#: Starts the work as DVC does, through a shell, and waits.
PARENT = "import subprocess, sys; subprocess.run(sys.argv[1], shell=True)"


@pytest.mark.parametrize("by_dvc", [True, False], ids=["DVC", "another program"])
def test_a_stage_does_not_outlive_its_dvc(folder: Path, by_dvc: bool) -> None:
    (folder / "work.py").write_text(SUPERVISED + BEGUN + WORK["a wait"])
    environment = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"}
    environment |= {"DVC_STAGE": "features@mnist"} if by_dvc else {}
    command = [sys.executable, "-c", PARENT, f"exec {sys.executable} work.py"]
    parent = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    wait_until_begun(folder)
    parent.kill()
    parent.wait()
    if by_dvc:
        assert_dies(worker(folder))
    else:
        time.sleep(1.5)
        assert is_alive(worker(folder)), "after nohup, work goes on when its shell has ended"


@pytest.mark.parametrize("seconds", [0, 0.2, 0.5])
def test_a_command_can_be_interrupted_while_it_imports(tmp_path: Path, seconds: float) -> None:
    os.mkfifo(tmp_path / "params.yaml")  # which it waits for, should it have come so far
    command = [sys.executable, "-m", "mnist_transfer", "features", "mnist", "vgg16"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    wait_until_supervised(process)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stderr.startswith("interrupted; ")
    assert stderr.count("\n") == 1
