"""Bring the raw datasets into ``data/``, verified, and DVC's cache up to date with them."""

import subprocess
import sys
from collections.abc import Iterable

from mnist_transfer import paths
from mnist_transfer.data import sources, splits
from mnist_transfer.data.sources import Source
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS
from mnist_transfer.progress import console
from mnist_transfer.study import Study


def fetch_dataset(name: str, files: Iterable[tuple[str, Source]]) -> None:
    """Fetch a dataset's files into ``data/<name>/``, decompressed and verified; files that are there and sound are kept.

    Raises
    ------
    SourceError
        A file could not be had from any place; the message names each place and what was wrong there.
    OutputError
        There is no place to put it.
    """
    for file, source in files:
        target = paths.DATA / name / file
        if target.is_file() and sources.digest(target, "sha256") == source.sha256:
            console.print(f"{target}: there and verified")
            continue
        sources.obtain(source, target, unpack=sources.decompress)


def run(study: Study, datasets: Iterable[str] = ()) -> None:
    """Fetch the named datasets, or all of the study, and have DVC take them up in the latter case.

    Raises
    ------
    InputError
        A dataset is unknown, has no public source, cannot be had or put, or is unsound.
    """
    named = tuple(datasets)
    for name in named or study.selection.datasets:
        study.dataset(name)
        if name not in sources.DATASETS:
            raise InputError(f"{name} has no public source; put its four IDX files into {paths.DATA / name}")
        fetch_dataset(name, sources.DATASETS[name].items())
        for split in SPLITS:
            splits.raw(study, name, split)
    if not named and paths.DATA.with_suffix(".dvc").is_file():
        _take_up()


def _take_up() -> None:
    """Put tracked data into DVC's cache, so that `dvc status` finds the pinned bytes."""
    pin = paths.DATA.with_suffix(".dvc")
    if subprocess.run([sys.executable, "-m", "dvc", "commit", str(pin)], check=False).returncode:
        raise InputError(f"{paths.DATA} is sound but DVC cannot take it up (see above); try `dvc commit {pin}`")
