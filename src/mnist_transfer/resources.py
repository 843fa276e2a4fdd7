"""What a step takes of disk and memory: said before it starts, and refused where it cannot be had."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from mnist_transfer import paths
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.study import Study

#: Bytes of a feature, float32.
FEATURE = 4
#: How often features lie in memory while they are projected or classified: as they are, z-scored, and as an estimator has them.
IN_MEMORY = 3
#: How often they lie on disk at the end of a pass: as the pass left them, and by layers.
ON_DISK = 2
#: What makes features smaller.
REMEDY = f"in {paths.PARAMS} use fewer images (train, test) or pool large layers (mean-max)"


def check_pass(study: Study, dataset: str, network: str, widths: Iterable[int]) -> None:
    """Say how much disk a pass of a network takes, and raise an `InputError` if there is not as much.

    Parameters
    ----------
    study, dataset, network
        Which pass.
    widths
        How many features each layer gives.
    """
    entry = study.dataset(dataset)
    images, numbers = entry.train + entry.test, sum(widths)
    size = images * numbers * FEATURE
    console.print(f"{dataset} → {network}: {images:,} images, {numbers:,} features each, {_size(size)}", highlight=False)
    needed, free = ON_DISK * size, shutil.disk_usage(Path()).free
    if needed > free:
        reason = f"take {_size(needed)} of disk while they are made, and {_size(free)} are free"
        raise InputError(f"features of {dataset} from {network} {reason}; free some, or {REMEDY}")


def check_memory(features: str, size: int) -> None:
    """Raise an `InputError` unless features of so many bytes can be projected or classified in the memory that is free."""
    import psutil

    needed, free = IN_MEMORY * size, psutil.virtual_memory().available
    if needed > free:
        reason = f"take {_size(needed)} of memory while they are used, and {_size(free)} are free"
        raise InputError(f"the features {features} {reason}; {REMEDY}")


def _size(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e8 else f"{size / 1e6:,.1f} MB"
