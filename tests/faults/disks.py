"""Every command runs out of disk while it writes, or may not write at all, and is run again when it can."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.commands import files_in
from tests.faults import study
from tests.faults.study import Case, Command, Finished, Outcome

NAME = "The disk is full, or read-only"
#: Of the bytes that a command writes: how many there is room for.
SHARES = (0.0, 0.5)


def cases(finished: Finished, folder: Path, seed: int) -> Iterator[Case]:
    """Yield full disks and a read-only one for every command; none where nothing can be mounted, which takes root."""
    if not _can_mount(folder):
        return
    for number, command in enumerate(finished.outputs):
        for room in (*SHARES, None):
            yield partial(_starve, finished, command, folder / f"disk-{number}-{room}", room)


def _can_mount(folder: Path) -> bool:
    if os.geteuid():
        return False
    with _mounted(folder / "tried", 1 << 20) as mounted:
        return mounted


@contextmanager
def _mounted(folder: Path, size: int) -> Iterator[bool]:
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # another case that starts may hold it
        folder.rmdir()


def _starve(finished: Finished, command: Command, disk: Path, room: float | None) -> Outcome:
    """Run a command with room for a share of what it writes; none at all, and no leave to write, if `room` is None."""
    case = f"{' '.join(command)}, " + ("read-only" if room is None else f"room for {room:.0%}")
    written = sum((finished.folder / name).stat().st_size for name in finished.outputs[command])
    with _mounted(disk, sum(map(len, files_in(finished.folder).values())) * 3 + (64 << 20)):
        folder = finished.before(command, disk / "workspace", on_its_own=True)
        before = files_in(folder)
        if room is None:
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        else:
            _fill(disk, int(room * written))
        result = study.call(command, folder)
        problem = study.refused(result) if result.returncode else "" if room else "it went on as if nothing were"
        problem = problem or _half_written(finished, before, files_in(folder))
        if room is None:
            subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        (disk / "filler").unlink(missing_ok=True)
        if not problem:
            again = study.call(command, folder)
            problem = again.stderr if again.returncode else finished.difference(command, folder)
        shutil.rmtree(folder)
    return Outcome(case, problem)


def _fill(disk: Path, room: int) -> None:
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with (disk / "filler").open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, free - room)


def _half_written(finished: Finished, before: dict[str, bytes], after: dict[str, bytes]) -> str:
    """Say which new file is neither hidden nor what the undisturbed run wrote; nothing if none is."""
    for name, content in after.items():
        if name in before or name.startswith("build/") or name.endswith(study.TIMES):  # in build/ are passes under way
            continue
        if not (whole := finished.folder / name).is_file() or content != whole.read_bytes():
            return f"{name} is half written"
    return ""
