"""Claims about the paper: replays that are off by so much, and tables that disagree in one row."""

from collections.abc import Mapping

from mnist_transfer.claims import paper
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS
from mnist_transfer.results.published import published
from tests.claims.constructed import Content, Lack, Needs, Turn, changed, checks_of, joined, without

TABLES_OUT, SAW, UNEXPLAINED, WINS, WINS_OFFICIALLY, FEW, AWAY, BETTER, FORESTS_WIN, BOTH, RANKS = CHECKS = checks_of(paper)
REPLAYED, COMPARED = CHECKS[:7], CHECKS[7:11]
KNOWN = published().query("source == 'paper'")
PAPER = dict(zip(zip(KNOWN["dataset"], KNOWN["classifier"], strict=True), KNOWN["accuracy"], strict=True))
CLASSIFIERS = list(dict.fromkeys(KNOWN["classifier"]))
FORESTS = [name for name in CLASSIFIERS if name.startswith("forest-")]
OFFICIAL, KAGGLE = (f"repeat-nearest-unit-caffe/none/{split}" for split in ("official", "kaggle"))
OTHER, OTHER_KAGGLE = (f"study/none/{split}" for split in ("official", "kaggle"))
#: Recipes of the search alone.
NONE, UNIT = (f"repeat-nearest-{scaling}/none/official" for scaling in ("none", "unit"))
#: How far the recipes of the search are off, on the fewest images and on the most.
SEARCHED = {OFFICIAL: (-0.2, -0.1), OTHER: (0.01, 0.05), NONE: (0.05, 0.07), UNIT: (0.05, 0.07)}
#: Rows that no recipe brings near, four on Fashion-MNIST and three on MNIST: 21 of 28 numbers are left, and 9 of 16 families.
FAR = {"perceptron": -0.30, "svm-linear": 0.05, "svm-linear-pca15": -0.05, "svm-poly": 0.03}
FAR_ON = {FASHION: FAR, MNIST: {name: FAR[name] for name in list(FAR)[:3]}}
#: Training images of the replays: all, or on MNIST those of Kaggle.
ALL = {(MNIST, KAGGLE): 52_800, (MNIST, OTHER_KAGGLE): 52_800}


def off(recipe: str, dataset: str, classifier: str, difference: float) -> Content:
    """Let a row of a recipe on all images lie so far above the paper's."""
    key = ("full", recipe, dataset, classifier, ALL.get((dataset, recipe), 48_000))
    return {"recipes": {key: PAPER[dataset, classifier] + difference}}


def fashion(classifier: str, difference: float) -> Content:
    """The same on Fashion-MNIST, where both splits are the same."""
    return joined(*(off(recipe, FASHION, classifier, difference) for recipe in (OFFICIAL, KAGGLE)))


def wholly(recipe: str, dataset: str, difference: float | None = None) -> Content:
    """Let all rows of a recipe lie so far above the paper's, or as far as those of the nearest."""
    return joined(
        *(
            off(recipe, dataset, name, FAR_ON[dataset].get(name, 0.0) if difference is None else difference)
            for name in CLASSIFIERS
        )
    )


def searched(recipe: str, dataset: str, train: int, difference: float) -> Content:
    """Let a recipe of the search lie so far above the paper's on so many images."""
    return {"recipes": {("search", recipe, dataset, name, train): PAPER[dataset, name] + difference for name in CLASSIFIERS}}


def ours(name: str, *pair: float) -> Content:
    """Let a classifier have these accuracies on Fashion-MNIST and on MNIST; the paper's remain."""
    return table(LAST, {name: (*pair, *TABLE[name][2:])})


def papers(name: str, *pair: float) -> Content:
    return table(LAST, {name: (*TABLE[name][:2], *pair)})


def table(kind: str, rows: Mapping[str, tuple[float, ...]]) -> Content:
    """Return rows of accuracies of half a point to either side, and of the paper's, on Fashion-MNIST and on MNIST."""
    cells = {
        (dataset, kind, name): {"accuracy": (row[at] - 0.005, row[at], row[at] + 0.005), "paper": row[2 + at]}
        for name, row in rows.items()
        for at, dataset in enumerate(DATASETS)
    }
    return {"accuracy": cells}


#: Accuracies here, and in the paper: 7 of 12 are above by more than the interval, 3 below.
TABLE = {
    "forest-gini-25": (0.80, 0.90, 0.76, 0.91),
    "forest-entropy-100": (0.81, 0.92, 0.78, 0.92),
    "knn-3": (0.77, 0.87, 0.758, 0.88),
    "svm-linear": (0.83, 0.93, 0.70, 0.80),
    "svm-poly": (0.85, 0.95, 0.74, 0.81),
    "svm-linear-pca15": (0.76, 0.845, 0.77, 0.843),
}
_RECIPES = [
    *(wholly(recipe, dataset) for dataset in DATASETS for recipe in (OFFICIAL, KAGGLE)),
    *(off(OFFICIAL, MNIST, name, -0.021) for name in FORESTS),
    *(wholly(recipe, dataset, 0.1) for dataset in DATASETS for recipe in (OTHER, OTHER_KAGGLE)),
    *(
        searched(recipe, dataset, train, difference)
        for recipe, differences in SEARCHED.items()
        for dataset in DATASETS
        for train, difference in zip((2_000, 10_000), differences, strict=True)
    ),
]
OWN = [key for key in table(LAST, TABLE)["accuracy"] if key[0] == MNIST]
#: On other features everything is the other way round: forests win, digits are hard, components help, and all is below.
_OTHERS = {
    "forest-gini-25": (0.60, 0.40, 0.90, 0.95),
    "svm-linear": (0.3, 0.2, 0.9, 0.8),
    "svm-linear-pca15": (0.4, 0.3, 0.6, 0.5),
}
#: With these every check of the module holds.
GOOD: Content = {
    "recipes": joined(*_RECIPES)["recipes"],
    "accuracy": {**table(LAST, TABLE)["accuracy"], **table(PIXELS, _OTHERS)["accuracy"]},
}

TURNS: list[Turn] = [
    # 9 of 16 families lie within two points: one that is off by two points does, and by more does not; forests have one vote.
    (TABLES_OUT, fashion("logistic-regression", 0.02), True),
    (TABLES_OUT, fashion("logistic-regression", 0.0201), False),
    (TABLES_OUT, off(KAGGLE, MNIST, "forest-gini-25", -0.11), True),
    (TABLES_OUT, off(KAGGLE, MNIST, "forest-gini-25", -0.13), False),
    # Of the recipe that is not the nearest on a dataset, no number is asked for.
    (TABLES_OUT, off(OFFICIAL, MNIST, "logistic-regression", 0.9), True),
    # Forests and neighbours with the test images among those for training, each of them, to either side.
    *((SAW, off(KAGGLE, MNIST, "knn-5", far), abs(far) == 0.02) for far in (0.02, -0.02, 0.0201, -0.0201)),
    (SAW, off(KAGGLE, MNIST, "forest-gini-50", 0.0201), False),
    (SAW, off(KAGGLE, MNIST, "logistic-regression", 0.5), True),
    (SAW, off(KAGGLE, FASHION, "forest-gini-25", 0.9), True),
    # And without these: one of them further off than two points will do, none will not.
    *((SAW, joined(*(off(OFFICIAL, MNIST, name, far) for name in FORESTS)), far < -0.02) for far in (-0.0201, -0.02)),
    # On one dataset or on both.
    *((UNEXPLAINED, fashion(name, 0.0), name in FAR_ON[MNIST]) for name in FAR),
    *(
        (UNEXPLAINED, joined(fashion("svm-poly", 0.02), off(KAGGLE, MNIST, "svm-poly", far)), far > 0.02)
        for far in (0.0201, 0.02)
    ),
    # Another recipe is nearer on a dataset, or as near, or not quite; with the other split it is as it was.
    *((WINS, wholly(OTHER_KAGGLE, dataset, 0.0), False) for dataset in DATASETS),
    (WINS, wholly(OTHER, MNIST, 0.0), True),
    (WINS_OFFICIALLY, wholly(OTHER, MNIST, 0.0), False),
    (WINS_OFFICIALLY, wholly(OTHER_KAGGLE, MNIST, 0.0), True),
    (WINS, wholly(OTHER_KAGGLE, MNIST), False),
    (WINS, joined(wholly(OTHER_KAGGLE, MNIST), off(OTHER_KAGGLE, MNIST, "knn-3", 0.0001)), True),
    # On the fewest images, on each dataset, of those that were tried on all.
    *((FEW, searched(OFFICIAL, dataset, 2_000, 0.0099), False) for dataset in DATASETS),
    (FEW, searched(NONE, MNIST, 2_000, 0.0), True),
    # The nearest is off by 43 points in 14 rows.
    (AWAY, searched(NONE, MNIST, 2_000, 0.07), False),
    (AWAY, joined(searched(UNIT, FASHION, 2_000, 0.0), searched(UNIT, FASHION, 10_000, 0.0308)), True),
    (AWAY, joined(searched(UNIT, FASHION, 2_000, 0.0), searched(UNIT, FASHION, 10_000, 0.0307)), False),
    # Those that were tried on all images need not.
    (AWAY, searched(OTHER, MNIST, 10_000, 0.0), True),
    # Seven of twelve are above by more than the interval; six are not most.
    (BETTER, ours("forest-gini-25", 0.7649, 0.90), False),
    (BETTER, ours("forest-gini-25", 0.7651, 0.90), True),
    (FORESTS_WIN, ours("forest-entropy-100", 0.851, 0.92), False),
    (FORESTS_WIN, ours("knn-3", 0.86, 0.96), True),
    # No gain is neither help nor harm.
    *((BOTH, ours("svm-linear-pca15", 0.829, other), other < 0.93) for other in (0.929, 0.93)),
    *((BOTH, papers("svm-linear-pca15", other, 0.801), other > 0.70) for other in (0.701, 0.70)),
    *((RANKS, ours("knn-3", other, 0.87), other < 0.87) for other in (0.869, 0.87)),
    *((RANKS, papers("knn-3", other, 0.88), other < 0.88) for other in (0.879, 0.88)),
    # Ours is another one than the paper's best, and no forest; but neither is the paper's.
    (FORESTS_WIN, table(LAST, {"svm-poly": (0.85, 0.95, 0.781, 0.81), "knn-3": (0.86, 0.96, *TABLE["knn-3"][2:])}), False),
]
NEEDS: Needs = dict.fromkeys(COMPARED, ("accuracy", LAST)) | dict.fromkeys(REPLAYED, ("recipes",))
LACKS: list[Lack] = [
    (TABLES_OUT, without(GOOD, "full")),
    (AWAY, without(GOOD, "search")),
    (SAW, without(GOOD, (OFFICIAL, MNIST), (OTHER, MNIST))),
    (WINS_OFFICIALLY, without(GOOD, OFFICIAL, OTHER)),
    (AWAY, without(GOOD, NONE, UNIT)),
    # No figure of the paper on a dataset; one of the two linear SVMs; none of the rows that a check speaks of.
    *((check, changed(GOOD, {"accuracy": dict.fromkeys(OWN, 0.9)})) for check in COMPARED),
    *((BOTH, without(GOOD, (name, LAST), tables=("accuracy",))) for name in ("svm-linear", "svm-linear-pca15")),
    (BOTH, without(GOOD, ("svm-linear-pca15", LAST, MNIST), tables=("accuracy",))),
    (SAW, without(GOOD, *FORESTS, "knn-3", "knn-5", tables=("recipes",))),
    *((UNEXPLAINED, without(GOOD, name, tables=("recipes",))) for name in FAR),
]
VALUES = {
    (SAW, "training images"): "52,800",
    (TABLES_OUT, "within two"): "21 of 28",
    (TABLES_OUT, "off"): "3.0 points",
    (TABLES_OUT, "within two by one recipe"): "21",
    (WINS, "margin on Fashion-MNIST"): "2.5 points",
    (AWAY, "rising"): "4 of 4",
}
