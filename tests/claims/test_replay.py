"""Claims about the paper: replays that are off by so much, and tables that disagree in one row."""

from collections.abc import Mapping

import pytest

from mnist_transfer.claims import paper as replay
from mnist_transfer.claims.claim import Check
from mnist_transfer.claims.rows import DATASETS, FASHION, LAST, MNIST, PIXELS
from mnist_transfer.results.published import published
from tests.claims.constructed import (
    Content,
    Turn,
    changed,
    checks_of,
    joined,
    named,
    refuses,
    results,
    verdict,
    without,
)

CHECKS = checks_of(replay)
REPLAYED = [
    replay.the_papers_table_comes_out,
    replay.the_papers_forests_saw_test_digits,
    replay.the_papers_perceptron_stays_unexplained,
    replay.no_recipe_passes_the_guard,
    replay.few_images_would_choose_another_scaling,
]
#: What stands on replays and on the study's own accuracies.
BOTH = replay.fifteen_components_help_only_in_the_paper
COMPARED = [check for check in CHECKS if check not in REPLAYED and check is not replay.clusters_follow_clothes_better]

KNOWN = published().query("source == 'paper'")
PAPER = dict(zip(zip(KNOWN["dataset"], KNOWN["classifier"], strict=True), KNOWN["accuracy"], strict=True))
CLASSIFIERS = list(dict.fromkeys(KNOWN["classifier"]))
FORESTS = [name for name in CLASSIFIERS if name.startswith("forest-")]
OFFICIAL, OVERLAP = (f"repeat-nearest-unit-caffe/none/{split}/sklearn-2018" for split in ("official", "overlap"))
#: Recipes of the search: two that come out wholly on one dataset, and one that is scaled as the replays are.
NONE, UNIT, UNIT_CAFFE = (f"repeat-bilinear-{scaling}/none/official/sklearn-2018" for scaling in ("none", "unit", "unit-caffe"))
SEARCHED = {(NONE, FASHION): 0.0, (NONE, MNIST): 0.01, (UNIT, FASHION): 0.02, (UNIT, MNIST): 0.0}
#: Four rows of each dataset that no recipe brings near: 20 of the 28 numbers are left.
FAR = {"perceptron": -0.30, "svm-linear": 0.05, "svm-poly": 0.03, "svm-linear-pca15": -0.05}
#: How far the forests are off on the dataset where a split is not the paper's.
WRONG = {(FASHION, OVERLAP): 0.08, (MNIST, OFFICIAL): -0.07}


def off(recipe: str, dataset: str, classifier: str, difference: float, stage: str = "replay") -> Content:
    """Let a row of a recipe lie so far above the paper's."""
    return {"recipes": {(stage, recipe, dataset, classifier): PAPER[dataset, classifier] + difference}}


def ours(name: str, *pair: float, kind: str = LAST) -> Content:
    """Let a classifier have these accuracies on Fashion-MNIST and on MNIST; the paper's remain."""
    return table(kind, {name: (*pair, *TABLE[name][2:])})


def paper(name: str, *pair: float) -> Content:
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
    off(recipe, dataset, name, FAR.get(name, WRONG.get((dataset, recipe), 0.0) if name in FORESTS else 0.0))
    for dataset in DATASETS
    for recipe in (OFFICIAL, OVERLAP)
    for name in CLASSIFIERS
]
#: On other features everything is the other way round: forests win, digits are hard, components help, and all is below.
_OTHERS = {
    "forest-gini-25": (0.60, 0.40, 0.90, 0.95),
    "svm-linear": (0.3, 0.2, 0.9, 0.8),
    "svm-linear-pca15": (0.4, 0.3, 0.6, 0.5),
}
#: With these every check of the module holds.
GOOD: Content = {
    "recipes": {
        **joined(*_RECIPES)["recipes"],
        # A recipe that comes out wholly on few images is no replay.
        **{
            ("search", recipe, dataset, name): accuracy + SEARCHED.get((recipe, dataset), 0.03)
            for recipe in (NONE, UNIT, UNIT_CAFFE)
            for (dataset, name), accuracy in PAPER.items()
        },
    },
    "accuracy": {**table(LAST, TABLE)["accuracy"], **table(PIXELS, _OTHERS)["accuracy"]},
    "projection": {
        (dataset, kind, split): {"purity": purity}
        for dataset, last, other in ((FASHION, 0.46, 0.3), (MNIST, 0.44, 0.5))
        for kind, split, purity in ((LAST, "train", last), (LAST, "test", other), (PIXELS, "train", other))
    },
}

TABLES_OUT, SAW, UNEXPLAINED, GUARD, SCALING = REPLAYED
TURNS: list[Turn] = [
    # 20 of 28 numbers lie within two points; a number that is off by two points does, and by more does not.
    (TABLES_OUT, off(OFFICIAL, FASHION, "logistic-regression", 0.02), True),
    (TABLES_OUT, off(OFFICIAL, FASHION, "logistic-regression", 0.0201), False),
    (TABLES_OUT, off(OVERLAP, MNIST, "forest-gini-25", -0.0201), False),
    # Of the recipe that is not the nearest on a dataset, no number is asked for.
    (TABLES_OUT, off(OFFICIAL, MNIST, "logistic-regression", 0.9), True),
    # Forests and neighbours with the overlap, each of them, to either side.
    *((SAW, off(OVERLAP, MNIST, name, way * 0.02), True) for name in ("knn-5", "forest-gini-50") for way in (1, -1)),
    *((SAW, off(OVERLAP, MNIST, name, way * 0.0201), False) for name in ("knn-5", "forest-gini-50") for way in (1, -1)),
    (SAW, off(OVERLAP, MNIST, "logistic-regression", 0.5), True),
    (SAW, off(OVERLAP, FASHION, "forest-gini-25", 0.9), True),
    # And without it: one of them further off than two points will do, none will not.
    *(
        (
            SAW,
            joined(*(off(OFFICIAL, MNIST, name, far) for name in FORESTS)),
            far < -0.02,
        )
        for far in (-0.0201, -0.02)
    ),
    # On one dataset or on both.
    *((UNEXPLAINED, off(OFFICIAL, FASHION, name, 0.0), True) for name in FAR),
    *((UNEXPLAINED, off(OVERLAP, MNIST, name, 0.0), True) for name in FAR),
    *(
        (
            UNEXPLAINED,
            joined(off(OFFICIAL, FASHION, name, 0.02), off(OVERLAP, MNIST, name, far)),
            abs(far) > 0.02,
        )
        for name in FAR
        for far in (-0.0201, -0.02)
    ),
    # One recipe is the nearest on both datasets, of the replays or of the search.
    (GUARD, joined(*(off(OVERLAP, FASHION, name, 0.0) for name in CLASSIFIERS)), False),
    (GUARD, joined(*(off(NONE, MNIST, name, 0.0, "search") for name in CLASSIFIERS)), False),
    (GUARD, joined(*(off(NONE, MNIST, name, 0.001, "search") for name in CLASSIFIERS)), True),
    # By both datasets' numbers together.
    (SCALING, joined(*(off(UNIT_CAFFE, *key, 0.0051, "search") for key in PAPER)), True),
    (SCALING, joined(*(off(UNIT_CAFFE, *key, 0.0049, "search") for key in PAPER)), False),
    # Seven of twelve are above by more than the interval; six are not most.
    (replay.ours_are_better_than_the_papers, ours("forest-gini-25", 0.7649, 0.90), False),
    (replay.ours_are_better_than_the_papers, ours("forest-gini-25", 0.7651, 0.90), True),
    (replay.forests_win_in_the_paper_alone, ours("forest-entropy-100", 0.851, 0.92), False),
    (replay.forests_win_in_the_paper_alone, ours("forest-gini-25", 0.80, 0.951), False),
    (replay.forests_win_in_the_paper_alone, ours("knn-3", 0.86, 0.96), True),
    # The paper's winner is ours: on one dataset.
    (replay.forests_win_in_the_paper_alone, paper("svm-poly", 0.781, 0.81), False),
    (replay.forests_win_in_the_paper_alone, paper("svm-poly", 0.74, 0.921), False),
    # No gain is neither help nor harm.
    (BOTH, ours("svm-linear-pca15", 0.829, 0.929), True),
    (BOTH, ours("svm-linear-pca15", 0.83, 0.929), False),
    (BOTH, ours("svm-linear-pca15", 0.829, 0.93), False),
    (BOTH, paper("svm-linear-pca15", 0.701, 0.801), True),
    (BOTH, paper("svm-linear-pca15", 0.70, 0.801), False),
    (BOTH, paper("svm-linear-pca15", 0.701, 0.80), False),
    (replay.the_paper_ranks_the_datasets_rightly, ours("knn-3", 0.869, 0.87), True),
    (replay.the_paper_ranks_the_datasets_rightly, ours("knn-3", 0.87, 0.87), False),
    (replay.the_paper_ranks_the_datasets_rightly, paper("knn-3", 0.879, 0.88), True),
    (replay.the_paper_ranks_the_datasets_rightly, paper("knn-3", 0.88, 0.88), False),
    (replay.clusters_follow_clothes_better, {"projection": {(MNIST, LAST, "train"): 0.4599}}, True),
    (replay.clusters_follow_clothes_better, {"projection": {(MNIST, LAST, "train"): 0.46}}, False),
]


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_every_check_holds_at_first(check: Check) -> None:
    assert verdict(check, GOOD)


@pytest.mark.parametrize(("check", "changes", "holds"), TURNS, ids=named)
def test_a_check_turns_with_one_number(check: Check, changes: Content, holds: bool) -> None:
    assert verdict(check, changed(GOOD, changes)) is holds


def test_every_check_is_made_to_fail() -> None:
    assert {check for check, _, holds in TURNS if not holds} == set(CHECKS)


@pytest.mark.parametrize(
    ("check", "evidence"),
    [
        (TABLES_OUT, "20 of 28 numbers within two points, 20 within one; mean difference 3.1 points"),
        (SAW, "+0.0 to +0.0 points with the overlap split, −7.0 to +0.0 points with the official split"),
        (UNEXPLAINED, "perceptron −30.0 on fashion_mnist, svm-linear +5.0 on fashion_mnist, svm-poly +3.0 on fashion_mnist"),
        (replay.ours_are_better_than_the_papers, "7 of 12 above, 3 below by more than the interval; Fashion-MNIST +5.2 points"),
        (
            replay.forests_win_in_the_paper_alone,
            "Fashion-MNIST forest-entropy-100 there, svm-poly here; MNIST forest-entropy-100",
        ),
        (GUARD, "by images: all Fashion-MNIST 3.1, 6.1 (2 of 2); all MNIST 3.1, "),
        (SCALING, f"nearest on few images: {NONE}; on all: unit-caffe"),
        (BOTH, "Fashion-MNIST +7.0 there, −2.6 replayed, −7.0 here; MNIST +4.3 there, −5.5 replayed, −8.5 here"),
        (replay.the_paper_ranks_the_datasets_rightly, "MNIST's lead: +7.0 to +15.0 points there, +8.5 to +11.0 points here"),
        (replay.clusters_follow_clothes_better, "purity of ten clusters: Fashion-MNIST 46.0%; MNIST 44.0%"),
    ],
    ids=named,
)
def test_the_evidence_has_the_numbers(check: Check, evidence: str) -> None:
    assert evidence in check(results(GOOD)).evidence


# What the study lacks


@pytest.mark.parametrize("check", CHECKS, ids=named)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_study_of_one_dataset_has_neither(check: Check, dataset: str) -> None:
    if check in (*REPLAYED, BOTH):
        words = f"no recipe of the paper on {dataset}"
    elif check in COMPARED:
        words = f"this study has no accuracy of {dataset}"
    else:
        words = f"this study does not project {LAST}"
    refuses(check, without(GOOD, dataset), words)


@pytest.mark.parametrize("check", [*REPLAYED, BOTH], ids=named)
def test_what_was_only_searched_is_not_replayed(check: Check) -> None:
    refuses(check, without(GOOD, "replay"), f"this study replays no recipe of the paper on {FASHION}")


@pytest.mark.parametrize("check", [GUARD, SCALING], ids=named)
def test_what_was_only_replayed_was_not_searched(check: Check) -> None:
    refuses(check, without(GOOD, "search"), f"this study searches no recipe of the paper on {FASHION}")


@pytest.mark.parametrize(("split", "recipe"), [("official", OFFICIAL), ("overlap", OVERLAP)])
def test_a_study_that_replays_one_split_cannot_say_what_the_other_does(split: str, recipe: str) -> None:
    refuses(SAW, without(GOOD, recipe, MNIST), f"this study replays no recipe with {split} on {MNIST}")
    assert verdict(SAW, without(GOOD, recipe, FASHION))


@pytest.mark.parametrize("check", COMPARED, ids=named)
def test_a_study_without_the_papers_features_has_neither(check: Check) -> None:
    refuses(check, without(GOOD, LAST, MNIST, tables=("accuracy",)), f"this study has no accuracy of {MNIST} on {LAST}")


@pytest.mark.parametrize("check", COMPARED, ids=named)
def test_classifiers_of_which_the_paper_says_nothing_are_not_compared(check: Check) -> None:
    silent = {"accuracy": dict.fromkeys(table(LAST, TABLE)["accuracy"], 0.9)}
    refuses(check, changed(GOOD, silent), "the paper has no figures for these classifiers")


@pytest.mark.parametrize("name", ["svm-linear", "svm-linear-pca15"])
def test_without_one_of_the_two_machines_there_is_no_gain(name: str) -> None:
    lacking = without(GOOD, name, LAST, tables=("accuracy",))
    refuses(BOTH, lacking, "the linear SVM with fifteen components")


def test_clusters_of_other_features_or_of_test_images_are_none() -> None:
    for parts in ((LAST, "train"), (LAST, "train", FASHION)):
        refuses(replay.clusters_follow_clothes_better, without(GOOD, *parts), f"this study does not project {LAST}")


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("check", COMPARED, ids=named)
def test_figures_of_one_dataset_alone_are_not_compared(check: Check, dataset: str) -> None:
    silent = {"accuracy": {key: 0.9 for key in table(LAST, TABLE)["accuracy"] if key[0] == dataset}}
    refuses(check, changed(GOOD, silent))


def test_a_gain_that_is_known_on_one_dataset_alone_is_not_compared() -> None:
    lacking = without(GOOD, "svm-linear-pca15", LAST, MNIST, tables=("accuracy",))
    refuses(BOTH, lacking)


@pytest.mark.parametrize(
    ("check", "names"), [(SAW, [*FORESTS, "knn-3", "knn-5"]), *((UNEXPLAINED, [name]) for name in FAR)], ids=named
)
def test_a_replay_without_the_classifiers_has_neither(check: Check, names: list[str]) -> None:
    lacking = GOOD
    for name in names:
        lacking = without(lacking, name, tables=("recipes",))
    refuses(check, lacking)


@pytest.mark.parametrize("pair", [(0.781, 0.81), (0.74, 0.921)])
def test_forests_that_do_not_win_in_the_paper_do_not_win_there_alone(pair: tuple[float, float]) -> None:
    """Ours is another one than the paper's best, and no forest; but neither is the paper's."""
    rows = {"svm-poly": (0.85, 0.95, *pair), "knn-3": (0.86, 0.96, *TABLE["knn-3"][2:])}
    assert not verdict(replay.forests_win_in_the_paper_alone, changed(GOOD, table(LAST, rows)))
