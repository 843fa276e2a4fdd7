"""What the claims speak of, by its names in the study."""

#: The two datasets of the paper, and how evidence calls them; the second is the one that may be too easy.
FASHION, MNIST = "fashion_mnist", "mnist"
DATASETS = (FASHION, MNIST)
TITLES = {FASHION: "Fashion-MNIST", MNIST: "MNIST"}
#: The paper's cut, the one that this study adds, their controls, and raw pixels.
LAST, THIRD = "vgg16/block5", "vgg16/block3"
RANDOM_LAST, RANDOM_THIRD = "vgg16-random/block5", "vgg16-random/block3"
PIXELS = "pixels/all"

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
