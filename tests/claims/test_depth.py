"""Claims about where a network is cut: they turn at the thresholds that they state, on either dataset alone."""

import pytest

from mnist_transfer.claims import cuts as depth
from mnist_transfer.claims.claim import Check
from mnist_transfer.claims.rows import DATASETS, FASHION, MNIST, PIXELS
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

CHECKS = checks_of(depth)
OF_RANDOM = [depth.pretraining_pays_in_the_middle, depth.pretraining_pays_nothing_at_the_last_cut]
CLASSIFIERS = ("knn", "svm-linear")
#: Mean errors of both classifiers at each cut, on Fashion-MNIST and on MNIST.
MEANS = {
    "vgg16/block1": (0.30, 0.25),
    "vgg16/block2": (0.20, 0.08),
    "vgg16/block3": (0.10, 0.03),
    "vgg16/block4": (0.12, 0.02),
    "vgg16/block5": (0.20, 0.08),
    "vgg16-random/block1": (0.22, 0.10),
    "vgg16-random/block3": (0.20, 0.06),
    "vgg16-random/block4": (0.20, 0.06),
    "vgg16-random/block5": (0.18, 0.05),
    PIXELS: (0.205, 0.075),
}


def errors(dataset: str, features: str, mean: float) -> Content:
    """Let the two classifiers err differently, for it is their mean that counts."""
    both = dict(zip(CLASSIFIERS, (mean - 0.01, mean + 0.01), strict=True))
    return {"depth": {(dataset, features, name): 1 - error for name, error in both.items()}}


def of_both(features: str, fashion: float, mnist: float) -> Content:
    return joined(errors(FASHION, features, fashion), errors(MNIST, features, mnist))


#: With these every check of the module holds.
GOOD: Content = joined(*(of_both(features, *means) for features, means in MEANS.items()))

MIDDLE = [(cut, dataset) for cut in ("block3", "block4") for dataset in DATASETS]
TURNS: list[Turn] = [
    # The least error: the third and the fourth layer may have it, and no other.
    (depth.errors_are_least_in_the_middle, of_both("vgg16/block4", 0.09, 0.01), True),
    (depth.errors_are_least_in_the_middle, of_both("vgg16/block3", 0.09, 0.01), True),
    *(
        (depth.errors_are_least_in_the_middle, errors(dataset, f"vgg16/{cut}", 0.015), False)
        for cut in ("block1", "block2", "block5")
        for dataset in DATASETS
    ),
    # Half as much error again, to each side of it.
    (depth.the_last_cut_wastes_what_the_middle_has, errors(FASHION, "vgg16/block5", 0.1501), True),
    (depth.the_last_cut_wastes_what_the_middle_has, errors(FASHION, "vgg16/block5", 0.1499), False),
    (depth.the_last_cut_wastes_what_the_middle_has, errors(MNIST, "vgg16/block5", 0.0301), True),
    (depth.the_last_cut_wastes_what_the_middle_has, errors(MNIST, "vgg16/block5", 0.0299), False),
    # The best cut need not be in the middle.
    (depth.the_last_cut_wastes_what_the_middle_has, errors(FASHION, "vgg16/block1", 0.05), True),
    # A point to either side of raw pixels.
    *(
        (depth.the_last_cut_is_like_pixels, errors(dataset, PIXELS, last + off), abs(off) < 0.01)
        for dataset, last in zip(DATASETS, MEANS["vgg16/block5"], strict=True)
        for off in (-0.0101, -0.0099, 0.0099, 0.0101)
    ),
    # A quarter of the errors, at each of both layers.
    *(
        (
            depth.pretraining_pays_in_the_middle,
            errors(dataset, f"vgg16/{cut}", share * MEANS[f"vgg16-random/{cut}"][DATASETS.index(dataset)]),
            share < 0.75,
        )
        for cut, dataset in MIDDLE
        for share in (0.749, 0.751)
    ),
    # A point and more on both datasets.
    (depth.pretraining_pays_nothing_at_the_last_cut, of_both("vgg16-random/block5", 0.2099, 0.0899), True),
    (depth.pretraining_pays_nothing_at_the_last_cut, of_both("vgg16-random/block5", 0.2101, 0.0901), False),
]


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_every_check_holds_at_first(check: Check) -> None:
    assert verdict(check, GOOD)


@pytest.mark.parametrize(("check", "changes", "holds"), TURNS, ids=named)
def test_a_check_turns_with_one_error(check: Check, changes: Content, holds: bool) -> None:
    assert verdict(check, changed(GOOD, changes)) is holds


def test_every_check_is_made_to_fail() -> None:
    assert {check for check, _, holds in TURNS if not holds} == set(CHECKS)


def test_it_is_the_mean_of_the_classifiers_that_is_least() -> None:
    """One of them errs least at the second layer, by half a point; on average it is still the third."""
    one = {"depth": {(FASHION, "vgg16/block2", "knn"): 1 - 0.085}}
    assert verdict(depth.errors_are_least_in_the_middle, changed(GOOD, one))


@pytest.mark.parametrize(
    ("check", "evidence"),
    [
        (
            depth.errors_are_least_in_the_middle,
            "least mean error: Fashion-MNIST block3 with 10.0%, last 20.0%; MNIST block4 with 2.0%, last 8.0%",
        ),
        (depth.the_last_cut_wastes_what_the_middle_has, "Fashion-MNIST 2.0 times the least error; MNIST 4.0 times the least"),
        (depth.the_last_cut_is_like_pixels, "Fashion-MNIST 20.0% against 20.5%; MNIST 8.0% against 7.5%"),
        (depth.pretraining_pays_in_the_middle, "Fashion-MNIST 50% and 40%; MNIST 50% and 67%"),
        (depth.pretraining_pays_nothing_at_the_last_cut, "Fashion-MNIST 20.0% against 18.0%; MNIST 8.0% against 5.0%"),
    ],
    ids=named,
)
def test_the_evidence_has_the_numbers(check: Check, evidence: str) -> None:
    assert evidence in check(results(GOOD)).evidence


# What the study lacks


def only(network: str) -> Content:
    """Return what is left without a network's cuts."""
    lacking = GOOD
    for name in MEANS:
        lacking = without(lacking, name) if name.startswith(f"{network}/") else lacking
    return lacking


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_a_study_without_the_measure_has_neither(check: Check) -> None:
    refuses(check, {}, "this study does not take the measure depth")


@pytest.mark.parametrize("check", CHECKS, ids=named)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_study_of_one_dataset_has_neither(check: Check, dataset: str) -> None:
    refuses(check, without(GOOD, dataset), f"this study has no depth of {dataset}")


@pytest.mark.parametrize("check", CHECKS, ids=named)
@pytest.mark.parametrize("dataset", DATASETS)
def test_a_study_without_raw_pixels_has_neither(check: Check, dataset: str) -> None:
    refuses(check, without(GOOD, dataset, PIXELS), f"this study has no depth of {dataset} on {PIXELS}")


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_a_network_that_is_cut_once_has_no_middle(check: Check) -> None:
    once = GOOD
    for cut in ("block1", "block2", "block3", "block4"):
        once = without(once, f"vgg16/{cut}")
    refuses(check, once, "this study does not cut vgg16 at several layers")
    refuses(check, only("vgg16"), "this study does not cut vgg16 at several layers")


@pytest.mark.parametrize("check", OF_RANDOM, ids=named)
def test_a_study_without_random_weights_cannot_say_what_pretraining_pays(check: Check) -> None:
    refuses(check, only("vgg16-random"), "this study does not cut vgg16-random at several layers")


@pytest.mark.parametrize("check", [check for check in CHECKS if check not in OF_RANDOM], ids=named)
def test_other_claims_need_no_random_weights(check: Check) -> None:
    assert verdict(check, only("vgg16-random"))


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize(
    ("check", "features"),
    [
        (depth.errors_are_least_in_the_middle, "vgg16/block2"),
        (depth.the_last_cut_wastes_what_the_middle_has, "vgg16/block5"),
        (depth.the_last_cut_is_like_pixels, "vgg16/block5"),
        (depth.pretraining_pays_in_the_middle, "vgg16/block4"),
        (depth.pretraining_pays_nothing_at_the_last_cut, "vgg16-random/block5"),
    ],
    ids=named,
)
def test_a_layer_of_one_dataset_alone_is_not_compared(check: Check, features: str, dataset: str) -> None:
    refuses(check, without(GOOD, dataset, features))


@pytest.mark.parametrize("features", ["vgg16/block3", "vgg16/block4", "vgg16-random/block3", "vgg16-random/block4"])
def test_a_study_without_the_middle_cannot_say_what_pretraining_pays_there(features: str) -> None:
    refuses(depth.pretraining_pays_in_the_middle, without(GOOD, features))


@pytest.mark.parametrize("features", ["vgg16/block5", "vgg16-random/block5"])
def test_the_last_cuts_of_the_two_networks_are_the_same_layer(features: str) -> None:
    refuses(depth.pretraining_pays_nothing_at_the_last_cut, without(GOOD, features))


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_pays_on_one_dataset_does_not_pay_nothing(dataset: str) -> None:
    paid = errors(dataset, "vgg16-random/block5", 0.30)
    assert not verdict(depth.pretraining_pays_nothing_at_the_last_cut, changed(GOOD, paid))


@pytest.mark.parametrize(
    ("check", "changes", "holds"),
    [
        (
            depth.the_last_cut_wastes_what_the_middle_has,
            joined(errors(FASHION, "vgg16/block3", 0.04), errors(FASHION, "vgg16/block5", 0.06)),
            True,
        ),
        (depth.the_last_cut_is_like_pixels, errors(FASHION, PIXELS, 0.21), True),
        (depth.pretraining_pays_in_the_middle, errors(FASHION, "vgg16/block3", 0.15), True),
        (depth.pretraining_pays_nothing_at_the_last_cut, of_both("vgg16-random/block5", 0.21, 0.09), False),
    ],
    ids=named,
)
def test_just_as_much_as_is_stated_counts(check: Check, changes: Content, holds: bool) -> None:
    assert verdict(check, changed(GOOD, changes)) is holds
