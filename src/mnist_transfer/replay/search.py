"""Try every recipe of a grid on few images."""

from mnist_transfer import files, paths
from mnist_transfer.progress import console
from mnist_transfer.replay import passes, replay
from mnist_transfer.study import Study


def run(study: Study, dataset: str) -> None:
    """Replay all recipes of the grid on few images and write ``replay/search/<dataset>.json``."""
    search = passes.settings(study).search
    records = []
    for preprocessing in search.preprocessings:
        labelled = passes.read(study, dataset, preprocessing, {"train": search.train, "test": search.test})
        records += [replay.replay(study, recipe, labelled) for recipe in search.recipes(preprocessing)]
    files.write_json(paths.search(dataset), {"recipes": records})
    console.print(f"{dataset}: {len(records)} recipes")
