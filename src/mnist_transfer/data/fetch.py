"""Bring the raw datasets into ``data/``, verified, and DVC's cache up to date with them."""

from collections.abc import Iterable
from functools import partial

from mnist_transfer import paths
from mnist_transfer.data import own, pin, sources, splits
from mnist_transfer.data.sources import Source, SourceError
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
        if sources.is_there(source, target):
            sources.tidy(source, target)
            console.print(f"{target}: there and verified")
            continue
        sources.obtain(source, target, unpack=partial(sources.decompress, most=source.size))


def run(study: Study, datasets: Iterable[str] = ()) -> None:
    """Fetch the named datasets, or all of the study, and have DVC take them up in the latter case.

    A dataset without a public source is the user's own: it is checked and used as it is.

    Raises
    ------
    InputError
        A dataset is unknown, is neither to be had nor there, or is unsound.
    """
    named = tuple(datasets)
    for name in named or study.selection.datasets:
        entry = study.dataset(name)
        if name not in sources.DATASETS:
            own.check(study, name)
            console.print(f"{paths.DATA / name}: yours, as it has no public source; sound, and used as it is")
            continue
        try:
            fetch_dataset(name, sources.DATASETS[name].items())
        except SourceError as error:
            at_hand = own.remedy(name, entry)
            raise InputError(f"{error}; or, as something is in {paths.DATA / name}: {at_hand}") if at_hand else error from None
        for split in SPLITS:
            splits.raw(study, name, split)
    if not named:
        pin.take_up(study)
