"""Clear away what a DVC leaves behind that was killed, or that ran out of disk, and then stumbles over itself."""

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from mnist_transfer.errors import InputError
from mnist_transfer.files import writing
from mnist_transfer.progress import console

#: What DVC uses of which path, by its process; and what ran, on what. It writes neither whole or not at all.
USED, LOCK = Path(".dvc/tmp/rwlock"), Path("dvc.lock")


def run() -> None:
    """Remove the locks of DVC processes that are no more, and put git's ``dvc.lock``, or none, in place of a damaged one.

    Without any, DVC takes what it has in its cache of runs for done, and runs the rest.

    Raises
    ------
    InputError
        This is no workspace of DVC, DVC is not installed or is running here, or a file cannot be removed.
    """
    if not Path(".dvc").is_dir():
        raise InputError(".dvc is missing; run this in the folder that holds dvc.yaml, where DVC has run")
    if importlib.util.find_spec("dvc") is None:
        raise InputError("dvc is not installed; run `pip install .[study]`")
    if running := next(_processes(Path.cwd()), None):
        raise InputError(f"DVC is running here as process {running}; wait for its end, or stop it, and run this again")
    done = []
    if USED.is_file() and USED.read_bytes().strip() != b"{}":
        with writing(USED):
            USED.unlink()
        done.append(f"{USED}: removed, as no DVC runs here")
    if not _is_sound(LOCK):
        with writing(LOCK):
            LOCK.unlink()
        if git := shutil.which("git"):
            subprocess.run([git, "checkout", "--quiet", "--", LOCK], stderr=subprocess.DEVNULL, check=False)
        done.append(f"{LOCK}: damaged, so {'the one that git has is in its place' if LOCK.is_file() else 'removed'}")
    console.print("\n".join(done) or "nothing to recover: run `dvc repro` to continue")


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


def _is_sound(lock: Path) -> bool:
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA  # type: ignore[import-untyped]
    from dvc.utils.serialize import load_yaml  # type: ignore[import-untyped]
    from voluptuous import Invalid

    try:
        if lock.is_file():
            COMPILED_LOCKFILE_SCHEMA(load_yaml(str(lock)))
    except (DvcException, Invalid, ValueError):
        return False
    return True
