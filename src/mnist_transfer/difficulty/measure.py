"""Take one measure on one dataset."""

from mnist_transfer import paths
from mnist_transfer.difficulty import shared
from mnist_transfer.study import Study


def run(study: Study, name: str, dataset: str) -> None:
    """Take a measure on all that it is taken on and write ``difficulty/<name>/<dataset>.csv``."""
    parts = study.measure(name).parts
    study.dataset(dataset)
    shared.take(study, name, dataset, parts, paths.measure(name, dataset))
