"""Families of classifiers: where classifiers vote, each family has one vote."""

from collections.abc import Iterable

#: Families of classifiers by the beginning of their rows' names: those of one family move together, and have one vote.
FAMILIES = {
    "forest-": "random forests",
    "knn-": "nearest neighbours",
    "logistic-regression": "logistic regression",
    "neural-network": "neural network",
    "perceptron": "perceptron",
    "svm-linear-pca15": "linear SVM, 15 components",
    "svm-poly": "polynomial SVM",
    "svm-linear": "linear SVM",
}


def family(classifier: str) -> str:
    """Return the family of a row; one that is in none is its own."""
    return next((name for prefix, name in FAMILIES.items() if classifier.startswith(prefix)), classifier)


def representatives(classifiers: Iterable[str]) -> list[str]:
    """Return the last row of each family, such as the largest forest, in the order of the families."""
    return list({family(name): name for name in classifiers}.values())
