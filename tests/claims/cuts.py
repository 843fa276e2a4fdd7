"""Claims about where a network is cut: they turn at the thresholds that they state, on either dataset alone."""

from mnist_transfer.claims import cuts
from mnist_transfer.claims.claim import Check
from mnist_transfer.claims.names import DATASETS, FASHION, MNIST, PIXELS
from tests.claims.constructed import Content, Lack, Needs, Turn, checks_of, joined, without

LEAST, WASTES, LIKE_PIXELS, PAYS, PAYS_NOTHING = CHECKS = checks_of(cuts)
OF_RANDOM = [PAYS, PAYS_NOTHING]
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
    (LEAST, of_both("vgg16/block4", 0.09, 0.01), True),
    (LEAST, of_both("vgg16/block3", 0.09, 0.01), True),
    *((LEAST, errors(dataset, f"vgg16/{cut}", 0.015), False) for cut in ("block1", "block2", "block5") for dataset in DATASETS),
    # Half as much error again, to each side of it.
    (WASTES, errors(FASHION, "vgg16/block5", 0.1501), True),
    (WASTES, errors(FASHION, "vgg16/block5", 0.1499), False),
    (WASTES, errors(MNIST, "vgg16/block5", 0.0301), True),
    (WASTES, errors(MNIST, "vgg16/block5", 0.0299), False),
    # The best cut need not be in the middle.
    (WASTES, errors(FASHION, "vgg16/block1", 0.05), True),
    # A point to either side of raw pixels.
    *(
        (LIKE_PIXELS, errors(dataset, PIXELS, last + off), abs(off) < 0.01)
        for dataset, last in zip(DATASETS, MEANS["vgg16/block5"], strict=True)
        for off in (-0.0101, -0.0099, 0.0099, 0.0101)
    ),
    # A quarter of the errors, at each of both layers.
    *(
        (
            PAYS,
            errors(dataset, f"vgg16/{cut}", share * MEANS[f"vgg16-random/{cut}"][DATASETS.index(dataset)]),
            share < 0.75,
        )
        for cut, dataset in MIDDLE
        for share in (0.749, 0.751)
    ),
    # A point and more on both datasets.
    (PAYS_NOTHING, of_both("vgg16-random/block5", 0.2099, 0.0899), True),
    (PAYS_NOTHING, of_both("vgg16-random/block5", 0.2101, 0.0901), False),
    *((PAYS_NOTHING, errors(name, "vgg16-random/block5", 0.30), False) for name in DATASETS),
    # It is the mean of the classifiers that is least: one of them errs least at the second layer, by half a point.
    (LEAST, {"depth": {(FASHION, "vgg16/block2", "knn"): 1 - 0.085}}, True),
    # Just as much as is stated counts.
    (
        WASTES,
        joined(errors(FASHION, "vgg16/block3", 0.04), errors(FASHION, "vgg16/block5", 0.06)),
        True,
    ),
    (LIKE_PIXELS, errors(FASHION, PIXELS, 0.21), True),
    (PAYS, errors(FASHION, "vgg16/block3", 0.15), True),
    (PAYS_NOTHING, of_both("vgg16-random/block5", 0.21, 0.09), False),
]
EVIDENCE: dict[Check, str] = {
    LEAST: "least mean error: Fashion-MNIST block3 with 10.0%, last 20.0%; MNIST block4 with 2.0%, last 8.0%",
    WASTES: "Fashion-MNIST 2.0 times the least error; MNIST 4.0 times the least",
    LIKE_PIXELS: "Fashion-MNIST 20.0% against 20.5%; MNIST 8.0% against 7.5%",
    PAYS: "Fashion-MNIST 50% and 40%; MNIST 50% and 67%",
    PAYS_NOTHING: "Fashion-MNIST 20.0% against 18.0%; MNIST 8.0% against 5.0%",
}


def of_network(name: str) -> list[str]:
    return [features for features in MEANS if features.startswith(f"{name}/")]


_ONCE = "this study does not cut vgg16 at several layers"
#: Of one dataset alone, what each check compares.
_LAYERS: dict[Check, str] = {
    LEAST: "vgg16/block2",
    WASTES: "vgg16/block5",
    LIKE_PIXELS: "vgg16/block5",
    PAYS: "vgg16/block4",
    PAYS_NOTHING: "vgg16-random/block5",
}
NEEDS: Needs = dict.fromkeys(CHECKS, (("depth", PIXELS),))
LACKS: list[Lack] = [
    *((check, without(GOOD, *of_network("vgg16")[:4]), _ONCE) for check in CHECKS),
    *((check, without(GOOD, *of_network("vgg16")), _ONCE) for check in CHECKS),
    *(
        (check, without(GOOD, *of_network("vgg16-random")), "this study does not cut vgg16-random at several layers")
        for check in OF_RANDOM
    ),
    *((check, without(GOOD, (name, features)), "") for check, features in _LAYERS.items() for name in DATASETS),
    # The middle with and without ImageNet's weights; and the last cuts of the two networks are the same layer.
    *((PAYS, without(GOOD, f"{network}/{cut}"), "") for network in ("vgg16", "vgg16-random") for cut in ("block3", "block4")),
    *((PAYS_NOTHING, without(GOOD, f"{network}/block5"), "") for network in ("vgg16", "vgg16-random")),
]
SPARED: list[tuple[Check, Content]] = [
    (check, without(GOOD, *of_network("vgg16-random"))) for check in CHECKS if check not in OF_RANDOM
]
VALUES = {(LEAST, FASHION): "10.0%", (LEAST, MNIST): "2.0%"}
