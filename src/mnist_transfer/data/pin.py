"""What DVC is told of fetched data: its cache takes up the bytes that ``data.dvc`` pins, and the pin stays as it is."""

import subprocess
import sys
from pathlib import Path

from mnist_transfer import paths
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.study import Study

#: Where DVC finds what is in ``data/``.
PIN = paths.DATA.with_suffix(".dvc")


def take_up(study: Study) -> None:
    """Put ``data/`` into DVC's cache if it is what is pinned, and say what follows if it is not."""
    if not PIN.is_file():
        return
    _do_without_git()
    done = _dvc("commit", str(PIN))
    if "unable to commit changed" in done.stderr:
        others = ", ".join(map(str, foreign(study)[:3]))
        console.print(
            f"{paths.DATA} is used as it is, though not what {PIN} pins; `dvc repro` will pin it instead, and "
            f"`git checkout HEAD {PIN}` brings the former pin back"
            + (f"; move away what the study does not read, or it is pinned too: {others}" if others else "")
        )
    elif done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        reason = next((line for line in lines if line.startswith("ERROR")), lines[-1]).removeprefix("ERROR: ")
        raise InputError(f"{paths.DATA} is sound, but DVC cannot take it up ({reason}); `dvc commit {PIN}` says more")


def foreign(study: Study) -> list[Path]:
    """List the files below ``data/`` that the study does not read."""
    known = {place(name, split) for name in study.datasets for split in paths.SPLITS for place in (paths.images, paths.labels)}
    known |= {paths.weights(entry.architecture) for entry in study.networks.values()}
    found = (path for path in paths.DATA.rglob("*") if path.is_file() and path.suffix != ".tmp")
    return sorted(path for path in found if path not in known)


def _do_without_git() -> None:
    """Tell DVC that there is no git, as in an unpacked ZIP of the repository, where it would refuse to do anything."""
    here = Path().resolve()
    if any((folder / ".git").exists() for folder in (here, *here.parents)):
        return
    if _dvc("config", "core.no_scm").stdout.strip() != "true":
        _dvc("config", "--local", "core.no_scm", "true")
        console.print("no git here: told DVC to do without, in .dvc/config.local (core.no_scm)")


def _dvc(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run DVC, which can ask nothing."""
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
