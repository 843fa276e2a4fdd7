"""Bring the raw datasets and the networks' ImageNet weights into ``data/``, verified, and DVC's cache up to date with them."""

from collections.abc import Iterable

from mnist_transfer import paths
from mnist_transfer.data import own, pin, sources, weights
from mnist_transfer.data.download import SourceError, obtain
from mnist_transfer.data.forms.form import below
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
        pin.take_up()


def _architecture(study: Study, network: str) -> str:
    """Return the architecture whose ImageNet weights a network has; an empty string if it has none."""
    entry = study.networks[network]
    if isinstance(entry, Network) and entry.weights == "imagenet":
        return entry.architecture
    console.print(f"{network}: has no weights to fetch")
    return ""


def _dataset(study: Study, name: str) -> None:
    """Fetch a dataset's four files; one without a public source is the user's own. Say what either is."""
    for file, source in sources.DATASETS.get(name, {}).items():
        try:
            obtain(source, paths.DATA / name / file)
        except SourceError as error:
            raise _with_advice(error, name) from None
    study.dataset(name)  # which refuses what an entry cannot have
    for line in own.examine(name, study.datasets[name]):
        console.print(f"{paths.DATA / name}: {line}", markup=False)


def _with_advice(error: SourceError, name: str) -> InputError:
    """Add what can be done with files that are there but are not the official ones."""
    folder = paths.DATA / name
    if not any(path.name not in sources.DATASETS[name] for path in below(folder)):
        return error
    return InputError(f"{error}; what is in {folder} is not the official {name}: to use it, give it an entry of another name")
