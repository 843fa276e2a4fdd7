"""Clear away what a DVC leaves behind that was killed, or that ran out of disk, and then stumbles over itself."""

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from mnist_transfer.errors import InputError
from mnist_transfer.files import writing
from mnist_transfer.progress import console

#: What DVC uses of which path, by its process. It is not written whole or not at all, and neither is the next.
USED = Path(".dvc/tmp/rwlock")
#: What ran, on what, and the hash of what came out.
LOCK = Path("dvc.lock")


def run() -> None:
    """Remove the locks of DVC processes that are no more, and put a sound ``dvc.lock`` in place of a damaged one.

    It is git's where git has one. Without any, DVC takes what it has in its cache of runs for done, and runs the rest.

    Raises
    ------
    InputError
        This is no workspace of DVC, DVC is not installed, or is running here.
    OutputError
        A file cannot be removed.
    """
    if not Path(".dvc").is_dir():
        raise InputError(".dvc is missing; run this in the folder that holds dvc.yaml, where DVC has run")
    if importlib.util.find_spec("dvc") is None:
        raise InputError("dvc is not installed; run `pip install .[study]`")
    if running := next(_processes(Path.cwd()), None):
        raise InputError(f"DVC is running here as process {running}; wait for its end, or stop it, and run this again")
    found = [_remove_used(), _mend_lock()]
    if not any(found):
        console.print("nothing to recover: run `dvc repro` to continue")


def _processes(folder: Path) -> Iterator[int]:
    """Yield the DVC processes of this machine that run in a folder or below it."""
    import psutil

    for process in psutil.process_iter():
        try:
            is_dvc = any(Path(word).name == "dvc" for word in process.cmdline()[:4])
            if is_dvc and Path(process.cwd()).is_relative_to(folder):
                yield process.pid
        except psutil.Error:
            continue  # it has ended, or is somebody else's


def _remove_used() -> bool:
    if not USED.is_file() or USED.read_bytes().strip() == b"{}":
        return False
    with writing(USED):
        USED.unlink()
    console.print(f"{USED}: removed, as no DVC runs here")
    return True


def _mend_lock() -> bool:
    if not LOCK.is_file() or _is_sound(LOCK):
        return False
    if _checked_out(LOCK) and _is_sound(LOCK):
        console.print(f"{LOCK}: damaged, so the one that git has is in its place")
    else:
        with writing(LOCK):
            LOCK.unlink()
        console.print(f"{LOCK}: damaged, so removed; `dvc repro` makes it anew and takes what it can from its cache of runs")
    return True


def _checked_out(path: Path) -> bool:
    command = ["git", "checkout", "--quiet", "--", str(path)]
    return shutil.which("git") is not None and subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _is_sound(lock: Path) -> bool:
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA  # type: ignore[import-untyped]
    from dvc.utils.serialize import load_yaml  # type: ignore[import-untyped]
    from voluptuous import Invalid

    try:
        COMPILED_LOCKFILE_SCHEMA(load_yaml(str(lock)))
    except (DvcException, Invalid, ValueError):
        return False
    return True
