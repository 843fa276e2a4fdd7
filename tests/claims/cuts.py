"""Claims about where a network is cut: they turn with one classifier, at the thresholds that they state, on either dataset."""

from mnist_transfer.claims import cuts
from mnist_transfer.claims.names import DATASETS, FASHION, MNIST
from tests.claims.constructed import Content, Lack, Needs, Turn, checks_of, joined, without

LEAST, WASTES, PAYS = CHECKS = checks_of(cuts)
CLASSIFIERS = ("knn", "svm-linear")
#: Errors of the first classifier at each cut, on Fashion-MNIST and on MNIST; the second errs a tenth more.
ERRORS = {
    "vgg16/block1": (0.30, 0.25),
    "vgg16/block2": (0.20, 0.08),
    "vgg16/block3": (0.10, 0.03),
    "vgg16/block4": (0.12, 0.02),
    "vgg16/block5": (0.20, 0.08),
    "vgg16-random/block1": (0.22, 0.10),
    "vgg16-random/block3": (0.20, 0.06),
    "vgg16-random/block4": (0.20, 0.06),
    "vgg16-random/block5": (0.18, 0.05),
}


def errors(dataset: str, features: str, error: float, *classifiers: str) -> Content:
    return {"depth": {(dataset, features, name): 1 - error for name in classifiers or CLASSIFIERS}}


#: With these every check of the module holds.
GOOD: Content = joined(
    *(
        errors(dataset, features, error * more, name)
        for features, pair in ERRORS.items()
        for dataset, error in zip(DATASETS, pair, strict=True)
        for name, more in zip(CLASSIFIERS, (1, 1.1), strict=True)
    )
)

TURNS: list[Turn] = [
    # The third and the fourth layer may have the least error of a classifier, and no other.
    *((LEAST, errors(MNIST, f"vgg16/block{cut}", 0.01, "knn"), cut in (3, 4)) for cut in range(1, 6)),
    # Half as much error again, to each side of it; one classifier with less is enough.
    *((WASTES, errors(MNIST, "vgg16/block5", last, "svm-linear"), last > 0.033) for last in (0.0331, 0.0329)),
    # The best cut need not be in the middle, and just as much as is stated counts.
    (WASTES, errors(FASHION, "vgg16/block1", 0.05), True),
    (WASTES, joined(errors(FASHION, "vgg16/block3", 0.04), errors(FASHION, "vgg16/block5", 0.06)), True),
    # A quarter of the errors, at both layers, for each classifier; of 20% and of 6%.
    *((PAYS, errors(FASHION, "vgg16/block3", error, "knn"), error <= 0.15) for error in (0.15, 0.151)),
    *((PAYS, errors(MNIST, "vgg16/block4", error, "knn"), error < 0.045) for error in (0.0449, 0.0451)),
]
NEEDS: Needs = dict.fromkeys(CHECKS, ("depth",))
LACKS: list[Lack] = [
    *((check, without(GOOD, (MNIST, "vgg16/block4"))) for check in CHECKS),
    # One cut is not the least of any, and there is nothing to compare ImageNet's weights with.
    *((check, without(GOOD, *(f"vgg16/block{cut}" for cut in range(1, 5)))) for check in (LEAST, WASTES)),
    *((PAYS, without(GOOD, f"{network}/block3")) for network in ("vgg16", "vgg16-random")),
]
VALUES = {(LEAST, FASHION): "10.0 to 11.0%"}
