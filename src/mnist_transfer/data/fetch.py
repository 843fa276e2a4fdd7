"""Bring the raw datasets and the networks' ImageNet weights into ``data/``, verified, and DVC's cache up to date with them."""

from collections.abc import Iterable

from mnist_transfer import artifacts, paths
from mnist_transfer.data import own, pin, sources, weights
from mnist_transfer.data.download import SourceError, obtain
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.study import Study


def run(study: Study, names: Iterable[str] = ()) -> None:
    """Fetch the named datasets and networks, or all of the study, and have DVC take them up in the latter case."""
    named = tuple(dict.fromkeys(names))
    if unknown := [name for name in named if name not in study.datasets and name not in study.networks]:
        raise InputError(
            f"{paths.PARAMS}: unknown dataset or network {unknown[0]!r}; datasets has {', '.join(study.datasets)}; "
            f"networks has {', '.join(study.networks)}"
        )
    replayed = [study.replay.network] if study.replay and study.replay.datasets else []
    chosen = named or (*study.selection.datasets, *study.selection.networks, *replayed)
    for name in dict.fromkeys(chosen):
        if name in study.datasets:
            _dataset(study, name)
    architectures = dict.fromkeys(_architecture(study, name) for name in chosen if name in study.networks)
    for architecture in filter(None, architectures):
        weights.fetch(architecture)
    if not named:
        pin.take_up(study)


def _architecture(study: Study, network: str) -> str:
    """Return the architecture whose ImageNet weights a network has; an empty string if it has none."""
    entry = study.networks[network]
    if isinstance(entry, Network) and entry.weights == "imagenet":
        return entry.architecture
    console.print(f"{network}: has no weights to fetch")
    return ""


def _dataset(study: Study, name: str) -> None:
    """Fetch a dataset's four files; one without a public source is the user's own, checked and used as it is."""
    if name not in sources.DATASETS:
        own.check(study, name)
        console.print(f"{paths.DATA / name}: yours, as it has no public source; sound, and used as it is")
        return
    try:
        for file, source in sources.DATASETS[name].items():
            obtain(source, paths.DATA / name / file)
    except SourceError as error:
        at_hand = own.remedy(name, study.dataset(name))
        raise InputError(f"{error}; or, as something is in {paths.DATA / name}: {at_hand}") if at_hand else error from None
    for split in paths.SPLITS:
        artifacts.read_raw(study, name, split)
