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
    # One classifier on one dataset: just better, then as good.
    *(
        (check, accuracies((MNIST, one, "c", at(MNIST, other, "c") + lead)), lead > 0)
        for check in EVERYWHERE
        for one, other in [COMPARED[check]]
        for lead in (0.0001, 0.0)
    ),
    # Any row may be the best one: as good as the other's best, then just above it.
    *(
        (check, accuracies((FASHION, one, "e", at(FASHION, other, "a") + lead)), lead == 0)
        for check in BEST
        for one, other in [COMPARED[check]]
        for lead in (0.0, 0.0001)
    ),
    # A forest that is not better beyond the intervals, or nearest neighbours that are not worse.
    (SIDES, accuracies((FASHION, RANDOM_LAST, "d", (0.0, 0.5, 0.99))), False),
    (SIDES, accuracies((MNIST, RANDOM_LAST, "a", (0.0, 0.99, 0.99))), False),
    (SIDES, accuracies((FASHION, RANDOM_LAST, "b", 0.5)), True),
    # Two of five rows may be ahead on features, but not three; nor two of four families with two of five rows.
    (PIXELS_BEAT, accuracies((MNIST, LAST, "d", 0.905), (MNIST, LAST, "e", 0.905)), True),
    (PIXELS_BEAT, accuracies((MNIST, LAST, "b", 0.925), (MNIST, LAST, "c", 0.915)), False),
    (PIXELS_BEAT, accuracies(*((FASHION, LAST, name, 0.805) for name in "cde")), False),
    # Two pairs of neighbours that change places leave 0.8 of five classifiers; one that passes two others leaves 0.7.
    (ORDER, accuracies((MNIST, PIXELS, "a", 0.915), (MNIST, PIXELS, "c", 0.895)), True),
    (ORDER, accuracies((MNIST, PIXELS, "a", 0.905)), False),
]
NEEDS: Needs = {check: ("accuracy", *COMPARED.get(check, ())) for check in CHECKS}
LACKS: list[Lack] = [
    # One classifier has no order; and one lacks one of two kinds of features, on one dataset.
    (ORDER, without(GOOD, *CLASSIFIERS[1:])),
    *((check, without(GOOD, (FASHION, COMPARED[check][1], NAMES["c"]))) for check in (*EVERYWHERE, SIDES, PIXELS_BEAT)),
    (SIDES, without(GOOD, (MNIST, NAMES["d"]), (MNIST, NAMES["e"]))),
]
#: Numbers of the prose.
VALUES = {(EASIER, "lead on pixels/all"): "12.0", (SIDES, "ahead on MNIST"): "2 of 5 rows"}
