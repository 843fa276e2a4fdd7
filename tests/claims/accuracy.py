"""Claims about accuracies: they turn where one row, or the best one, no longer says so."""

from mnist_transfer.claims import accuracy
from mnist_transfer.claims.claim import Check
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, RANDOM_LAST, RANDOM_THIRD, THIRD
from tests.claims.constructed import Content, Lack, Needs, Turn, checks_of, without

EASIER, BEATS_LAST, BEATS_PIXELS, HELPS, ADDS_NOTHING, SIDES, PIXELS_BEAT, ORDER = CHECKS = checks_of(accuracy)
#: The accuracies of the first classifier; each of the others has a hundredth less than the one before.
FIRST = {THIRD: (0.90, 0.98), LAST: (0.80, 0.92), PIXELS: (0.81, 0.93), RANDOM_LAST: (0.82, 0.94), RANDOM_THIRD: (0.85, 0.95)}
CLASSIFIERS = ("knn-3", "lda", "qda", "forest-gini-25", "forest-gini-50")
NAMES = dict(zip("abcde", CLASSIFIERS, strict=True))
#: With these every check of the module holds.
GOOD: Content = {
    "accuracy": {
        (dataset, kind, name): round(first - at / 100, 9)
        for kind, pair in FIRST.items()
        for dataset, first in zip(DATASETS, pair, strict=True)
        for at, name in enumerate(CLASSIFIERS)
    }
    # Random weights are better at the last cut, but not for forests.
    | {
        (dataset, RANDOM_LAST, NAMES[name]): first - place / 100
        for dataset, first in ((FASHION, 0.74), (MNIST, 0.86))
        for place, name in ((3, "d"), (4, "e"))
    }
}
#: Which kinds of features a check compares.
COMPARED: dict[Check, tuple[str, str]] = {
    BEATS_LAST: (THIRD, LAST),
    BEATS_PIXELS: (THIRD, PIXELS),
    HELPS: (THIRD, RANDOM_THIRD),
    ADDS_NOTHING: (LAST, RANDOM_LAST),
    PIXELS_BEAT: (LAST, PIXELS),
    SIDES: (LAST, RANDOM_LAST),
}
EVERYWHERE, BEST = list(COMPARED)[:3], list(COMPARED)[3:5]


def at(dataset: str, kind: str, name: str) -> float:
    return float(GOOD["accuracy"][dataset, kind, NAMES[name]])


def accuracies(*cells: tuple[str, str, str, object]) -> Content:
    return {"accuracy": {(dataset, kind, NAMES[name]): value for dataset, kind, name, value in cells}}


TURNS: list[Turn] = [
    # The intervals of one row on one kind of features: apart, then touching, with the accuracies far apart in either case.
    *(
        (EASIER, accuracies((MNIST, LAST, "c", (low, 0.92, 0.93)), (FASHION, LAST, "c", (0.70, 0.75, 0.8))), low > 0.8)
        for low in (0.8001, 0.8)
    ),
    (EASIER, accuracies((FASHION, THIRD, "e", at(MNIST, THIRD, "e") + 0.001)), False),
    # One classifier on one dataset: just better, then as good.
    *(
        (check, accuracies((dataset, one, "c", at(dataset, other, "c") + lead)), lead > 0)
        for check in EVERYWHERE
        for one, other in [COMPARED[check]]
        for dataset in DATASETS
        for lead in (0.0001, 0.0)
    ),
    # Any row may be the best one: as good as the other's best, then just above it.
    *(
        (check, accuracies((dataset, one, "e", at(dataset, other, "a") + lead)), lead == 0)
        for check in BEST
        for one, other in [COMPARED[check]]
        for dataset in DATASETS
        for lead in (0.0, 0.0001)
    ),
    # A forest that is not better beyond the intervals, or nearest neighbours that are not worse.
    *(
        (SIDES, accuracies((dataset, RANDOM_LAST, name, (*ends, 0.99))), False)
        for dataset in DATASETS
        for name, ends in (("d", (0.0, 0.5)), ("a", (0.0, 0.99)))
    ),
    *((SIDES, accuracies((dataset, RANDOM_LAST, "b", 0.5)), True) for dataset in DATASETS),
    # Two of five rows may be ahead on features, but not three; nor two of four families with two of five rows.
    (PIXELS_BEAT, accuracies((MNIST, LAST, "d", 0.905), (MNIST, LAST, "e", 0.905)), True),
    (PIXELS_BEAT, accuracies((MNIST, LAST, "b", 0.925), (MNIST, LAST, "c", 0.915)), False),
    (PIXELS_BEAT, accuracies(*((FASHION, LAST, name, 0.805) for name in "cde")), False),
    # Two classifiers that change places on one dataset leave 0.9 of five; one that passes two others leaves 0.7.
    (ORDER, accuracies((MNIST, PIXELS, "b", 0.925)), True),
    (ORDER, accuracies((MNIST, PIXELS, "a", 0.915)), True),
    (ORDER, accuracies((MNIST, PIXELS, "a", 0.905)), False),
    (ORDER, accuracies((FASHION, RANDOM_THIRD, "e", 0.835)), False),
    (ORDER, accuracies((MNIST, PIXELS, "a", 0.915), (MNIST, PIXELS, "c", 0.895)), True),
    # A row above the same classifier's, but below the best one, is no matter.
    *(
        (check, accuracies((dataset, one, "e", at(dataset, other, "e") + 0.01)), True)
        for check in BEST
        for one, other in [COMPARED[check]]
        for dataset in DATASETS
    ),
]
NEEDS: Needs = {check: ("accuracy", *COMPARED.get(check, ())) for check in CHECKS}
_APART = [(FASHION if at < 2 else MNIST, name) for at, name in enumerate(CLASSIFIERS)]
LACKS: list[Lack] = [
    # Datasets that share no row, one classifier, and a classifier on one of two kinds of features.
    *((check, without(GOOD, *_APART)) for check in (EASIER, ORDER)),
    (ORDER, without(GOOD, *CLASSIFIERS[1:])),
    *((check, without(GOOD, (FASHION, COMPARED[check][1], NAMES["c"]))) for check in (*EVERYWHERE, SIDES, PIXELS_BEAT)),
    (SIDES, without(GOOD, NAMES["a"])),
    (SIDES, without(GOOD, (MNIST, NAMES["d"]), (MNIST, NAMES["e"]))),
]
#: Numbers of the prose.
VALUES = {
    (EASIER, "lead on pixels/all"): "12.0",
    (SIDES, "ahead on MNIST"): "2 of 5 rows",
    (PIXELS_BEAT, "rows on MNIST"): "5 of 5",
}
