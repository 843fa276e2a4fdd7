"""Take one measure on one dataset: what all measures have in common."""

from mnist_transfer import paths
from mnist_transfer.progress import console
from mnist_transfer.study import Study, measure_module


def run(study: Study, name: str, dataset: str) -> None:
    """Take a measure on all that it is taken on and write ``difficulty/<name>/<dataset>.csv``."""
    settings = study.measure(name)
    study.dataset(dataset)
    module = measure_module(name)
    rows = [row for part in settings.parts for row in module.rows(study, dataset, part)]
    module.TABLE.write(paths.measure(name, dataset), rows)
    console.print(f"{paths.measure(name, dataset)}: {len(rows):,} rows")
