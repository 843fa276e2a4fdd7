"""The groups of classes that look alike, by label."""

from mnist_transfer.study import Study


def groups(study: Study, dataset: str) -> tuple[tuple[int, ...], ...]:
    """Return a dataset's groups as labels; none where the study names none."""
    classes = study.dataset(dataset).classes
    named = study.measures.look_alikes.get(dataset, ())
    return tuple(tuple(sorted(classes.index(name) for name in group)) for group in named)
