"""One rung of the ladder from the nearest recipe to what the study does."""

from mnist_transfer import files, paths
from mnist_transfer.replay import passes as features
from mnist_transfer.replay import replay
from mnist_transfer.study import Study


def run(study: Study, dataset: str, recipe: str) -> None:
    """Replay a recipe on some of the images and write ``replication/ladder/<dataset>/<recipe>.json``.

    Raises
    ------
    InputError
        A name is unknown, or images or weights are missing or unsound.
    """
    ladder = features.replication(study).ladder
    named = replay.parse(study, recipe)
    labelled = features.read(study, dataset, named.look, {"train": ladder.train, "test": ladder.test})
    record = replay.replay(study, named, labelled)
    files.write_json(paths.ladder(dataset, recipe), record)
    replay.announce(dataset, record)
