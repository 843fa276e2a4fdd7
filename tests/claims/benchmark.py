"""Claims about whether MNIST is too easy: counts that turn with one pair, one curve's point or one spread."""

from itertools import combinations, product

from mnist_transfer.claims import benchmark
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, THIRD
from tests.claims.constructed import Content, Lack, Needs, Turn, checks_of, joined, without

ON_PIXELS, ON_THE_PAPERS, FEWER, FEW_DIGITS, CLOTHES, EQUAL, THOUSAND, SEEDS = CHECKS = checks_of(benchmark)
NEEDS: Needs = {
    **{check: ("mcnemar", kind) for check, kind in ((ON_PIXELS, PIXELS), (ON_THE_PAPERS, LAST), (FEWER, THIRD))},
    **dict.fromkeys((FEW_DIGITS, CLOTHES), ("one_pixel",)),
    SEEDS: ("seed_noise",),
    **dict.fromkeys((EQUAL, THOUSAND), ("learning_curves",)),
}
#: All pairs of five families, and one that is of two forests, which have one vote.
FAMILIES = ("forest-gini-100", "knn-5", "lda", "qda", "perceptron")
PAIRS = [*combinations(FAMILIES, 2)]
FOREST = ("forest-gini-25", "forest-gini-100")
NEAR, SURE, FAIR = (0.86, 0.88, 0.90), (0.951, 0.96, 0.97), (0.91, 0.93, 0.95)
SIZES = {1000: (0.75, 0.90), 10_000: (0.80, 0.95), 48_000: (0.91, 0.97)}
CURVES = list(product((LAST, PIXELS), ("knn", "forest")))

#: With these every check of the module holds.
GOOD: Content = {
    # Of ten pairs Fashion-MNIST tells all apart, MNIST seven on good features and all on the others.
    "mcnemar": {
        (dataset, kind, *pair): {"p": 0.004 if (dataset, kind) != (MNIST, THIRD) or at < 7 else 0.06}
        for dataset, kind, (at, pair) in product(DATASETS, (PIXELS, LAST, THIRD), [*enumerate(PAIRS), (99, FOREST)])
    },
    # The largest number of images comes first here.
    "resolution": {
        (dataset, kind, images): {"pairs": 100, "apart": interval}
        for kind in (PIXELS, LAST)
        for dataset, images, interval in (
            (FASHION, 10_000, (77, 80, 83)),
            (MNIST, 10_000, (76, 80, 84)),
            (FASHION, 500, (60, 70, 80)),
            (MNIST, 500, (1, 1, 1)),
        )
    },
    # Of eight pairs: three of MNIST's above 90% and above 95%, four and five of Fashion-MNIST's.
    "one_pixel": {
        **{(MNIST, PIXELS, 0, at): SURE if at < 3 else NEAR for at in range(8)},
        **{(FASHION, PIXELS, 0, at): SURE if at < 4 else FAIR if at < 5 else NEAR for at in range(8)},
    },
    # Of four curves, three of Fashion-MNIST's stay below MNIST's first point with ten times as many images.
    "learning_curves": {
        (dataset, *curve, size, draw): mean
        + (0.01 if draw else -0.01)
        + (0.12 if (dataset, curve, size) == (FASHION, CURVES[0], 10_000) else 0)
        for dataset, curve, size, draw in product(DATASETS, CURVES, SIZES, (0, 1))
        for mean in [SIZES[size][DATASETS.index(dataset)]]
    },
    # In three of four cases seeds spread by 0.01, less than a standard error.
    "seed_noise": {
        (dataset, PIXELS, name, seed): (0, 0.9 + at * spread, 0.9 + at * spread + 0.022)
        for (dataset, name), spread in zip(product(DATASETS, ("forest", "perceptron")), (0.01, 0.01, 0.01, 0.02), strict=True)
        for seed, at in enumerate((-1, 0, 1))
    },
}


def resolution(dataset: str, kind: str, *interval: float) -> Content:
    return {"resolution": {(dataset, kind, 10_000): {"pairs": 100, "apart": interval}}}


def same(kind: str, dataset: str, number: int) -> Content:
    """Let a dataset not tell so many pairs of families apart, and no two forests."""
    return {"mcnemar": {(dataset, kind, *pair): {"p": 0.06} for pair in [*PAIRS[:number], FOREST]}}


def pixel(dataset: str, at: int, *interval: float) -> Content:
    return {"one_pixel": {(dataset, PIXELS, 0, at): interval}}


def curve(dataset: str, which: int, size: int, *draws: float) -> Content:
    return {"learning_curves": {(dataset, *CURVES[which], size, draw): mean for draw, mean in enumerate(draws)}}


def seeds(spread: float, half: float) -> Content:
    cells = {
        (FASHION, PIXELS, "forest", at): (0, 0.9 + way * spread, 0.9 + way * spread + half) for at, way in enumerate((-1, 0, 1))
    }
    return {"seed_noise": cells}


TURNS: list[Turn] = [
    # Half of the pairs of families are not most; a tenth fewer than Fashion-MNIST's is the margin.
    (ON_PIXELS, joined(same(PIXELS, MNIST, 4), same(PIXELS, FASHION, 4)), True),
    (ON_PIXELS, joined(same(PIXELS, MNIST, 5), same(PIXELS, FASHION, 5)), False),
    (ON_PIXELS, same(PIXELS, MNIST, 1), False),
    (ON_PIXELS, same(PIXELS, FASHION, 3), True),
    # Five points of the pairs fewer, less 5 of their uncertainty; and just less than the margin.
    *((ON_PIXELS, resolution(MNIST, PIXELS, low, 75, 79), low > 71) for low in (71, 71.1)),
    (ON_PIXELS, resolution(FASHION, PIXELS, 80, 84, 87), True),
    (ON_PIXELS, resolution(FASHION, PIXELS, 80, 87, 91), False),
    (ON_THE_PAPERS, same(LAST, MNIST, 1), False),
    (FEWER, same(THIRD, FASHION, 2), True),
    (FEWER, same(THIRD, FASHION, 3), False),
    (FEWER, {"mcnemar": {(MNIST, THIRD, *pair): {"p": 0.06} for pair in PAIRS[4:]}}, False),
    # A fourth of eight pairs above 95% by its upper end.
    (FEW_DIGITS, pixel(MNIST, 3, 0.89, 0.9001, 0.95), True),
    (FEW_DIGITS, pixel(MNIST, 3, 0.80, 0.89, 0.9501), False),
    # As many are not more, at either level.
    (CLOTHES, {"one_pixel": {(FASHION, PIXELS, 0, at): NEAR for at in (3, 4)}}, False),
    (CLOTHES, pixel(FASHION, 3, 0.94, 0.95, 0.96), False),
    (CLOTHES, pixel(FASHION, 3, 0.94, 0.9501, 0.96), True),
    # One of the draws may be worse, their mean may not.
    (EQUAL, curve(MNIST, 3, 1000, 0.70, 0.81), True),
    (EQUAL, curve(MNIST, 3, 1000, 0.69, 0.81), False),
    # Two of four curves are not most; one that is as good does not stay below.
    (THOUSAND, curve(FASHION, 1, 10_000, 0.89, 0.9099), True),
    (THOUSAND, curve(FASHION, 1, 10_000, 0.90, 0.90), False),
    # Two of four spreads are not most.
    (SEEDS, seeds(0.01, 0.0197), True),
    (SEEDS, seeds(0.01, 0.0195), False),
]
LACKS: list[Lack] = [
    (FEWER, without(GOOD, *FAMILIES[1:], tables=("mcnemar",))),
    (ON_PIXELS, without(GOOD, (MNIST, PIXELS), tables=("resolution",))),
    *((THOUSAND, without(GOOD, size)) for size in (1000, 10_000)),
    *((THOUSAND, without(GOOD, (size, *CURVES[3]))) for size in (1000, 10_000)),
    (EQUAL, without(GOOD, (MNIST, 1000), (FASHION, 10_000), (FASHION, 48_000))),
    (SEEDS, without(GOOD, 1, 2, tables=("seed_noise",))),  # one seed has no spread
]
VALUES = {
    (FEWER, "apart"): "7 of 10 pairs, against 10",
    (FEW_DIGITS, "above 90%"): "3 of 8 pairs (3 to 3 by the intervals)",
    (CLOTHES, "above 90%"): "5 of 8 pairs above 90%",
    (THOUSAND, "short"): "3 of 4",
    (SEEDS, "cases"): "3 of 4",
}
