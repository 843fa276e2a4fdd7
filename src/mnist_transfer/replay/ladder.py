"""The ladder from the nearest recipe to what the study does, a change at a time."""

from mnist_transfer import files, paths
from mnist_transfer.replay import passes, replay
from mnist_transfer.study import Study


def run(study: Study, dataset: str) -> None:
    """Replay every recipe of the ladder on some of the images and write ``replay/ladder/<dataset>.json``."""
    ladder = passes.settings(study).ladder
    records = []
    for name in ladder.recipes:
        recipe = replay.parse(name)
        labelled = passes.read(study, dataset, recipe.preprocessing, {"train": ladder.train, "test": ladder.test})
        records.append(replay.replay(study, recipe, labelled))
        replay.announce(dataset, records[-1])
    files.write_json(paths.ladder(dataset), {"recipes": records})
