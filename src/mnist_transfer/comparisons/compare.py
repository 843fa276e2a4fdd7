"""Take all comparisons on one dataset."""

from mnist_transfer import files, paths
from mnist_transfer.difficulty import shared
from mnist_transfer.study import Study


def run(study: Study, dataset: str) -> None:
    """Take all comparisons and write ``comparisons/<dataset>/<name>.csv``; without any, the folder is empty."""
    study.dataset(dataset)
    folder = paths.comparisons(dataset)
    with files.writing(folder):
        folder.mkdir(exist_ok=True)
    for name, settings in study.comparisons.items():
        shared.take(study, name, dataset, settings.parts, paths.comparison(name, dataset))
