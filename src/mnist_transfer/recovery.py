"""Clear away what a DVC leaves behind that was killed, or that ran out of disk, and then stumbles over itself."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from mnist_transfer import git
from mnist_transfer.errors import InputError
from mnist_transfer.files import writing
from mnist_transfer.progress import console

#: What DVC uses of which path, by its process; and what ran, on what. It writes neither whole or not at all.
USED, LOCK = Path(".dvc/tmp/rwlock"), Path("dvc.lock")


def run() -> None:
    """Remove the locks of DVC processes that are no more, and put git's ``dvc.lock`` in place of a damaged one.

    Where there is no git, or git has none, a damaged one is removed: DVC then takes what it has in its cache of runs for done,
    and runs the rest.

    Raises
    ------
    InputError
        This is no workspace of DVC, DVC is not installed or is running here, a file cannot be removed, git cannot say whether
        it has a ``dvc.lock``, or the one that it has is damaged too.
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
        done.append(f"{LOCK}: damaged, so {_replace_lock()}")
    console.print("\n".join(done) or "nothing to recover: run `dvc repro` to continue")


def _replace_lock() -> str:
    """Put git's ``dvc.lock`` in place of the damaged one, or remove it where git has none; say which."""
    found = git.run("ls-files", "--stage", "--", str(LOCK)).splitlines() if git.is_here() else []
    if not found:
        with writing(LOCK):
            LOCK.unlink()
        return "removed"
    stages = [line.split()[2] for line in found]  # 0, or during a merge: 1 of their common past, 2 of ours, 3 of theirs
    side = [] if stages == ["0"] else ["--ours" if "2" in stages else "--theirs"]
    git.run("checkout", "--quiet", *side, "--", str(LOCK))
    if not _is_sound(LOCK):
        another = (
            f"`git log -- {LOCK}` lists the commits that may have a sound one, and `git checkout COMMIT -- {LOCK}` takes it"
        )
        raise InputError(f"{LOCK} is damaged, and so is the one that git has; {another}")
    if side:
        return f"that of one branch is in its place: run `dvc repro`, and then `git add {LOCK}` to go on with the merge"
    return "the one that git has is in its place"


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
