"""Take one measure on one dataset and one kind of features, or one network: what all measures have in common."""

import importlib

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.errors import InputError
from mnist_transfer.measures import MEASURES
from mnist_transfer.progress import console
from mnist_transfer.study import Study
from mnist_transfer.wording import counted


def run(study: Study, name: str, dataset: str, part: str) -> None:
    """Take a measure and write ``results/difficulty/<name>/<dataset>/<part>.csv``.

    Every measure is a module of this package with a function ``rows(study, dataset, part)`` that yields its table's rows; one
    that has images to show also has ``images(study, dataset, rows)``, uint8 (n, height, width), which go beside it as ``.npz``.

    Raises
    ------
    InputError
        A name is unknown, a file is missing or damaged, or a classifier refuses or does not converge.
    """
    if name not in MEASURES:
        raise InputError(f"unknown measure {name!r}; there are {', '.join(MEASURES)}")
    study.dataset(dataset)
    if part not in study.measures.parts(name):
        known = ", ".join(study.measures.parts(name))
        raise InputError(f"{paths.PARAMS}: difficulty.{name} is not taken on {part!r}, but on {known}")
    module = importlib.import_module(f"mnist_transfer.difficulty.{name}")
    rows = list(module.rows(study, dataset, part))
    path = paths.measure(name, dataset, part)
    if hasattr(module, "images"):
        files.write_npz(path.with_suffix(".npz"), images=module.images(study, dataset, rows))
    schema.MEASURES[name].write(path, rows)
    console.print(f"{path}: {counted(len(rows), 'row')}")
