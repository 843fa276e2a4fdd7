"""Claims about why MNIST is easier: they turn at the shares that they state, on Fashion-MNIST or on MNIST as they say."""

from itertools import product

from mnist_transfer.claims import causes
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, THIRD
from tests.claims.constructed import Content, Lack, Needs, Turn, checks_of, without

CHECKS = checks_of(causes)
MOST, ALIKE, GROUPINGS, WITHOUT, DOUBT, CLEARED, DIMENSION, OVERLAP, CLUSTERS, REACH, BEAT, TRAINED = CHECKS
NEEDS: Needs = {
    **dict.fromkeys((MOST, ALIKE, GROUPINGS), ("merged",)),
    WITHOUT: ("dropped", THIRD),
    DOUBT: ("shared_errors", PIXELS),
    CLEARED: ("shared_errors", PIXELS, THIRD),
    DIMENSION: ("geometry",),
    OVERLAP: ("geometry", THIRD),
    CLUSTERS: ("clusters",),
    **dict.fromkeys((REACH, BEAT, TRAINED), ("frozen",)),
}
FROZEN = "vgg16/block3+block4"
CANDIDATES = (FROZEN, "svm-poly")
TWO_NN, NEIGHBOUR = "intrinsic_dimension", "nearest_neighbour_error"

#: With these every check of the module holds.
GOOD: Content = {
    # MNIST leads by nine points; three of each eleven errors on Fashion-MNIST are left, nearly all on MNIST.
    "merged": {
        (dataset, kind, name): dict(zip(("accuracy", "merged", "as_good"), numbers, strict=True))
        for (dataset, *numbers), kind, name in product(
            ((FASHION, 0.89, 0.97, 0.004), (MNIST, 0.98, 0.985, 0.5)), (PIXELS, LAST), ("knn", "forest")
        )
    },
    # Other features say the opposite, as do all classes and the look-alikes alone.
    "dropped": {
        (dataset, kind, name, kept): 0.992 - (gap if dataset == FASHION else 0)
        for dataset, kind, name, (kept, gap) in product(
            DATASETS, (THIRD, PIXELS), ("knn", "forest"), (("all", 0.1), ("look-alikes", 0.2), ("others", 0.01))
        )
        if (kind, kept) != (PIXELS, "others")
    }
    | {(dataset, PIXELS, "knn", "others"): 0.5 + 0.4 * (dataset == MNIST) for dataset in DATASETS},
    # Three of five of MNIST's on raw pixels.
    "shared_errors": {
        **{(MNIST, PIXELS, at): "label in doubt" if at < 3 else "hard" for at in range(5)},
        **{(dataset, kind, at): "hard" for dataset, kind in ((FASHION, PIXELS), (MNIST, LAST)) for at in range(9)},
        # On better features one of the three in doubt is left, and others.
        **{(MNIST, THIRD, at): "label in doubt" for at in (2, 3, 11, 12)},
        **{(FASHION, THIRD, at): "hard" for at in range(3)},
    },
    "geometry": {
        (dataset, kind, quantity, draw): value * (1 if draw else 0.98)
        for quantity, pair in {TWO_NN: (20, 18), NEIGHBOUR: (0.14, 0.04)}.items()
        for dataset, mean in zip(DATASETS, pair, strict=True)
        for kind, value in ((THIRD, mean), (PIXELS, 1 / mean))
        for draw in (0, 1)
    },
    "clusters": {
        (dataset, kind, clusters, seed): mean + (0.04 if seed else -0.04)
        for (dataset, ten, more), kind, seed in product(((FASHION, 0.3, 0.1), (MNIST, 0.2, 0.5)), (PIXELS, THIRD), (0, 1))
        for clusters, mean in ((5, more), (10, ten), (15, more))
    },
    # Other candidates come first, and say the opposite; they were tried on held-out training images.
    "frozen": {
        **{(dataset, FROZEN, "svm-rbf", "validation"): (0.1, 0.2, 0.999) for dataset in DATASETS},
        (FASHION, *CANDIDATES, "test"): (0.935, 0.94, 0.945),
        (MNIST, *CANDIDATES, "test"): (0.994, 0.9954, 0.9965),
    },
}


def merged(dataset: str, kind: str, name: str = "knn", **numbers: float) -> Content:
    return {"merged": {(dataset, kind, name): {**dict(GOOD["merged"][dataset, kind, name]), **numbers}}}


def others(gap: float) -> Content:
    return {"dropped": {(FASHION, THIRD, "knn", "others"): 0.992 - gap}}


def draws(quantity: str, dataset: str, *values: float) -> Content:
    return {"geometry": {(dataset, THIRD, quantity, draw): value for draw, value in enumerate(values)}}


def starts(kind: str, *values: float) -> Content:
    return {"clusters": {(MNIST, kind, 10, seed): value for seed, value in enumerate(values)}}


def chosen(dataset: str, *interval: float) -> Content:
    return {"frozen": {(dataset, *CANDIDATES, "test"): interval}}


TURNS: list[Turn] = [
    # On one kind of features: of nine points' lead less than three are left, then more; and no lead at all.
    (MOST, merged(FASHION, LAST, merged=0.9401), True),
    (MOST, merged(FASHION, LAST, merged=0.9399), False),
    (MOST, {"merged": {(MNIST, LAST, name): {"accuracy": 0.88, "merged": 0.92} for name in ("knn", "forest")}}, False),
    # Of 0.22 errors, 0.11 left, of which the other classifier has 0.03.
    (ALIKE, merged(FASHION, LAST, merged=0.9201), True),
    (ALIKE, merged(FASHION, LAST, merged=0.9199), False),
    (ALIKE, merged(MNIST, LAST, merged=0.98), True),
    # One of 252 groupings, or two.
    (GROUPINGS, merged(FASHION, LAST, as_good=1 / 252), True),
    (GROUPINGS, merged(FASHION, LAST, as_good=2 / 252), False),
    *((WITHOUT, others(gap), gap < 0.02) for gap in (0.0199, 0.0201)),
    # Errors of 1.59 or 1.61 percent against 0.8.
    *((WITHOUT, others(gap), gap > 0.008) for gap in (0.0079, 0.0081)),
    (CLEARED, {"shared_errors": {(MNIST, PIXELS, 0): "hard"}}, False),
    (CLEARED, {"shared_errors": {(MNIST, PIXELS, 3): "label in doubt"}}, False),
    (DOUBT, {"shared_errors": {(MNIST, PIXELS, 0): "ambiguous"}}, False),
    (DOUBT, {"shared_errors": {(FASHION, PIXELS, 0): "label in doubt"}}, True),
    # Fashion-MNIST's is larger at the third layer, MNIST's on pixels; where draws overlap, neither is.
    (DIMENSION, draws(TWO_NN, MNIST, 17, 19.5), True),
    (DIMENSION, draws(TWO_NN, MNIST, 17, 19.7), False),
    (DIMENSION, {"geometry": {(MNIST, PIXELS, TWO_NN, 0): 1 / 20}}, False),
    # The least of Fashion-MNIST's draws against the largest of MNIST's.
    (OVERLAP, draws(NEIGHBOUR, FASHION, 0.1201, 0.14), True),
    (OVERLAP, draws(NEIGHBOUR, FASHION, 0.14, 0.1199), False),
    # One start that reaches the other dataset's range is enough, on any kind of features.
    (CLUSTERS, starts(PIXELS, 0.1, 0.2599), True),
    *((CLUSTERS, starts(kind, 0.1, 0.2601), False) for kind in (PIXELS, THIRD)),
    (REACH, chosen(MNIST, 0.99, 0.995, 0.996), True),
    (REACH, chosen(MNIST, 0.99, 0.9949, 0.996), False),
    # Beyond the intervals: raw pixels at 89.7%, trained networks at 99.77%.
    *((BEAT, chosen(FASHION, low, 0.94, 0.945), low > 0.897) for low in (0.8971, 0.897)),
    *((TRAINED, chosen(MNIST, 0.99, 0.995, high), high < 0.9977) for high in (0.9976, 0.9977)),
    # Where Fashion-MNIST leads by far they are not within two points.
    (WITHOUT, {"dropped": {(MNIST, THIRD, "knn", "others"): 0.95}}, False),
]
LACKS: list[Lack] = [
    *((WITHOUT, without(GOOD, (part, MNIST))) for part in ("others", "all")),
    *((check, without(GOOD, (part, MNIST))) for check, part in ((DIMENSION, TWO_NN), (OVERLAP, NEIGHBOUR), (CLUSTERS, 10))),
    *((BEAT, without(GOOD, ("test", name))) for name in DATASETS),
    (TRAINED, without(GOOD, (FASHION, "test"))),
    (REACH, without(GOOD, (MNIST, "test"))),
    (MOST, without(GOOD, (MNIST, PIXELS), (FASHION, LAST), tables=("merged",))),
]
VALUES = {
    (MOST, "left on pixels/all"): "+1.5",
    (ALIKE, "gone on MNIST"): "25% to 25%",
    (WITHOUT, "ratio"): "2.2 to 2.2",
    (CLEARED, "left"): "1 of 3",
    (REACH, "mistakes"): "46",
    (BEAT, "accuracy"): "94.00%",
}
