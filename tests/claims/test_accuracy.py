"""Claims about accuracies: they turn where one row, or the best one, no longer says so."""

import pytest

from mnist_transfer.claims import accuracy
from mnist_transfer.claims.claim import Check
from mnist_transfer.claims.rows import DATASETS, FASHION, LAST, MNIST, PIXELS, RANDOM_LAST, RANDOM_THIRD, THIRD
from tests.claims.constructed import Content, Turn, changed, checks_of, named, refuses, results, verdict, without

CHECKS = checks_of(accuracy)
#: The accuracies of the first classifier; each of the others has a hundredth less than the one before.
FIRST = {THIRD: (0.90, 0.98), LAST: (0.80, 0.92), PIXELS: (0.81, 0.93), RANDOM_LAST: (0.82, 0.94), RANDOM_THIRD: (0.85, 0.95)}
CLASSIFIERS = "abcde"
#: With these every check of the module holds.
GOOD: Content = {
    "accuracy": {
        (dataset, kind, name): round(first - at / 100, 9)
        for kind, pair in FIRST.items()
        for dataset, first in zip(DATASETS, pair, strict=True)
        for at, name in enumerate(CLASSIFIERS)
    }
}
#: Which kinds of features a check compares.
COMPARED: dict[Check, tuple[str, str]] = {
    accuracy.third_cut_beats_the_last: (THIRD, LAST),
    accuracy.third_cut_beats_pixels: (THIRD, PIXELS),
    accuracy.imagenet_helps_at_the_third_cut: (THIRD, RANDOM_THIRD),
    accuracy.imagenet_adds_nothing_at_the_papers_cut: (LAST, RANDOM_LAST),
    accuracy.pixels_match_the_papers_features: (LAST, PIXELS),
}
EVERYWHERE, BEST = list(COMPARED)[:3], list(COMPARED)[3:]


def at(dataset: str, kind: str, name: str) -> float:
    return float(GOOD["accuracy"][dataset, kind, name])


def accuracies(*cells: tuple[str, str, str, object]) -> Content:
    return {"accuracy": {(dataset, kind, name): value for dataset, kind, name, value in cells}}


TURNS: list[Turn] = [
    # The intervals of one row on one kind of features: apart, then touching, with the accuracies far apart in either case.
    (
        accuracy.mnist_easier_everywhere,
        accuracies((MNIST, LAST, "c", (0.8001, 0.92, 0.93)), (FASHION, LAST, "c", (0.70, 0.75, 0.8))),
        True,
    ),
    (
        accuracy.mnist_easier_everywhere,
        accuracies((MNIST, LAST, "c", (0.8, 0.92, 0.93)), (FASHION, LAST, "c", (0.70, 0.75, 0.8))),
        False,
    ),
    (accuracy.mnist_easier_everywhere, accuracies((FASHION, THIRD, "e", at(MNIST, THIRD, "e") + 0.001)), False),
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
    # Two classifiers that change places on one dataset leave 0.9 of five; one that passes two others leaves 0.7.
    (accuracy.classifiers_order_alike, accuracies((MNIST, PIXELS, "b", 0.925)), True),
    (accuracy.classifiers_order_alike, accuracies((MNIST, PIXELS, "a", 0.915)), True),
    (accuracy.classifiers_order_alike, accuracies((MNIST, PIXELS, "a", 0.905)), False),
    (accuracy.classifiers_order_alike, accuracies((FASHION, RANDOM_THIRD, "e", 0.835)), False),
]


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_every_check_holds_at_first(check: Check) -> None:
    assert verdict(check, GOOD)


@pytest.mark.parametrize(("check", "changes", "holds"), TURNS, ids=named)
def test_a_check_turns_with_one_row(check: Check, changes: Content, holds: bool) -> None:
    assert verdict(check, changed(GOOD, changes)) is holds


def test_every_check_is_made_to_fail() -> None:
    assert {check for check, _, holds in TURNS if not holds} == set(CHECKS)


@pytest.mark.parametrize("check", BEST, ids=named)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_row_above_the_same_classifiers_but_below_the_best_one_is_no_matter(check: Check, dataset: str) -> None:
    one, other = COMPARED[check]
    assert verdict(check, changed(GOOD, accuracies((dataset, one, "e", at(dataset, other, "e") + 0.01))))


@pytest.mark.parametrize(
    ("check", "evidence"),
    [
        (accuracy.mnist_easier_everywhere, "in 25 of 25 rows the 95% intervals lie apart; MNIST leads by +8.0 to +12.0 points"),
        (
            accuracy.third_cut_beats_the_last,
            "Fashion-MNIST 5 of 5 rows, +10.0 points on average; MNIST 5 of 5 rows, +6.0 points",
        ),
        (accuracy.third_cut_beats_pixels, "vgg16/block3 over pixels/all: Fashion-MNIST 5 of 5 rows, +9.0 points on average"),
        (accuracy.imagenet_helps_at_the_third_cut, "vgg16/block3 over vgg16-random/block3: Fashion-MNIST 5 of 5 rows, +5.0"),
        (
            accuracy.imagenet_adds_nothing_at_the_papers_cut,
            "vgg16/block5 against vgg16-random/block5: Fashion-MNIST 80.0% (79.2 to 80.8%) against 82.0% (81.2 to 82.7%)",
        ),
        (accuracy.pixels_match_the_papers_features, "; MNIST 92.0% (91.5 to 92.5%) against 93.0% (92.5 to 93.5%)"),
        (accuracy.classifiers_order_alike, "pixels/all 1.00, vgg16-random/block3 1.00"),
    ],
    ids=named,
)
def test_the_evidence_has_the_numbers(check: Check, evidence: str) -> None:
    assert evidence in check(results(GOOD)).evidence


def test_rows_that_do_not_hold_are_counted() -> None:
    content = changed(GOOD, accuracies((FASHION, THIRD, "a", 0.7), (FASHION, LAST, "b", 0.99)))
    assert "in 24 of 25 rows" in accuracy.mnist_easier_everywhere(results(content)).evidence
    assert "Fashion-MNIST 3 of 5 rows" in accuracy.third_cut_beats_the_last(results(content)).evidence


# What the study lacks


@pytest.mark.parametrize("check", CHECKS, ids=named)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_study_of_one_dataset_has_neither(check: Check, dataset: str) -> None:
    refuses(check, without(GOOD, dataset), f"this study has no accuracy of {dataset}")


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize(("check", "kind"), [(check, kind) for check, kinds in COMPARED.items() for kind in kinds], ids=named)
def test_a_study_without_the_features_has_neither(check: Check, kind: str, dataset: str) -> None:
    refuses(check, without(GOOD, dataset, kind), f"this study has no accuracy of {dataset} on {kind}")


@pytest.mark.parametrize("check", [accuracy.mnist_easier_everywhere, accuracy.classifiers_order_alike], ids=named)
def test_other_features_are_not_asked_for(check: Check) -> None:
    assert verdict(check, without(without(GOOD, LAST), RANDOM_THIRD))


def test_an_order_that_is_alike_by_just_as_much_as_it_says_is_alike() -> None:
    two_swaps = accuracies((MNIST, PIXELS, "a", 0.915), (MNIST, PIXELS, "c", 0.895))
    assert verdict(accuracy.classifiers_order_alike, changed(GOOD, two_swaps))


@pytest.mark.parametrize("check", [accuracy.mnist_easier_everywhere, accuracy.classifiers_order_alike], ids=named)
def test_datasets_that_share_no_row_are_not_compared(check: Check) -> None:
    lacking = GOOD
    for name in CLASSIFIERS:
        lacking = without(lacking, FASHION if name in "ab" else MNIST, name)
    refuses(check, lacking)


def test_one_classifier_has_no_order() -> None:
    lacking = GOOD
    for name in CLASSIFIERS[1:]:
        lacking = without(lacking, name)
    refuses(accuracy.classifiers_order_alike, lacking)


@pytest.mark.parametrize("check", EVERYWHERE, ids=named)
def test_a_classifier_on_one_of_two_kinds_of_features_is_not_compared(check: Check) -> None:
    refuses(check, without(GOOD, FASHION, COMPARED[check][1], "c"))
