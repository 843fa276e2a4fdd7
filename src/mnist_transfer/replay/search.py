"""Try every recipe of a grid on few images, one preparation of them at a time."""

from mnist_transfer import files, paths
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.recipes import Look
from mnist_transfer.replay import passes as features
from mnist_transfer.replay import replay
from mnist_transfer.study import Study


def run(study: Study, dataset: str, look: str) -> None:
    """Replay all recipes with one preparation on few images and write ``replication/search/<dataset>/<look>.json``.

    Raises
    ------
    InputError
        A name is unknown, or images or weights are missing or unsound.
    """
    search = features.replication(study).search
    try:
        named = Look.parse(look)
    except ValueError as error:
        raise InputError(f"{paths.PARAMS}: replication.search: {error}") from None
    labelled = features.read(study, dataset, named, {"train": search.train, "test": search.test})
    records = [replay.replay(study, recipe, labelled) for recipe in search.recipes(named)]
    files.write_json(paths.search(dataset, look), {"recipes": records})
    console.print(f"{dataset} {look}: {len(records)} recipes")
