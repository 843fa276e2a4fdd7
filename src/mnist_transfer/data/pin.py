"""What DVC is told of fetched data: its cache takes up the bytes that ``data.dvc`` pins, and the pin stays as it is."""

import json
import subprocess
import sys
from pathlib import Path

from mnist_transfer import paths, yaml
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.study import Study

#: Where DVC finds what is in ``data/``.
PIN = paths.DATA.with_suffix(".dvc")


def take_up(study: Study) -> None:
    """Put tracked data into DVC's cache if they are those that are pinned, and say what follows if they are not.

    Raises
    ------
    InputError
        DVC cannot; the message has its own.
    """
    if not PIN.is_file():
        return
    _do_without_git()
    state = json.loads(_dvc("status", "--json", str(PIN)) or "{}")
    differing = [change for part in state.get(str(PIN), []) for change in part.get("changed outs", {}).values()]
    if differing == ["not in cache"]:
        _dvc("commit", "--quiet", str(PIN))
    elif state:
        _say_what_differs(study)


def _say_what_differs(study: Study) -> None:
    pinned = yaml.load(PIN.read_text(encoding="utf-8"))["outs"][0]
    sizes = [path.stat().st_size for path in _files()]
    console.print(
        f"{paths.DATA} is used as it is, {len(sizes)} files of {sum(sizes):,} bytes, though not what {PIN} pins, "
        f"{pinned.get('nfiles', 0)} of {pinned.get('size', 0):,}; `dvc repro` will pin it instead, and "
        f"`git checkout HEAD {PIN}` brings the former pin back"
    )
    others = foreign(study)
    for path in others[:3]:
        console.print(f"{path}: no file that the study reads; move it away, or DVC takes it for a part of the data")
    if others[3:]:
        console.print(f"and {len(others) - 3:,} more such files")


def foreign(study: Study) -> list[Path]:
    """List the files below ``data/`` that are none of a dataset's."""
    known = {place(name, split) for name in study.datasets for split in paths.SPLITS for place in (paths.images, paths.labels)}
    known |= {paths.weights(entry.architecture) for entry in study.networks.values()}
    return [path for path in _files() if path not in known]


def _files() -> list[Path]:
    return sorted(path for path in paths.DATA.rglob("*") if path.is_file() and path.suffix != ".tmp")


def _do_without_git() -> None:
    """Tell DVC that there is no git, as in an unpacked ZIP of the repository, where it would refuse to do anything."""
    here = Path().resolve()
    if any((folder / ".git").exists() for folder in (here, *here.parents)):
        return
    if _dvc("config", "core.no_scm").strip() != "true":
        _dvc("config", "--local", "core.no_scm", "true")
        console.print("no git here: told DVC to do without, in .dvc/config.local (core.no_scm)")


def _dvc(*arguments: str) -> str:
    """Run DVC, which asks nothing, and return what it prints."""
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        reason = next((line for line in said if line.startswith("ERROR")), said[-1]).removeprefix("ERROR: ")
        raise InputError(f"{paths.DATA} is sound, but DVC cannot take it up ({reason}); `dvc {' '.join(arguments)}` says more")
    return done.stdout
