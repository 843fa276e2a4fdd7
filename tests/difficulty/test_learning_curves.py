"""Accuracy against the number of training images: which sizes and draws there are, and what each is fitted to."""

from pathlib import Path

from mnist_transfer.classifiers import classify, statistics
from mnist_transfer.classifiers.sampling import stratified_subset
from mnist_transfer.difficulty import learning_curves, shared
from tests.difficulty import toys


def curves(sizes: list[int], draws: list[int], *classifiers: str) -> toys.Rows:
    return toys.rows(learning_curves, "net/one", sizes=sizes, draws=draws, classifiers=classifiers or ["knn"])


def test_every_size_that_the_dataset_has_is_drawn_as_often_as_asked(folder: Path) -> None:
    rows = curves([20, 60, 119, 500], [3, 2, 1, 1], "knn", "forest")
    drawn = [(20, 0), (20, 1), (20, 2), (60, 0), (60, 1), (119, 0)]
    expected = [(name, *numbers) for name in ("knn", "forest") for numbers in drawn]
    assert [(row["classifier"], row["train"], row["draw"]) for row in rows] == expected
    assert curves([121, 500], [3, 3]) == [], "the dataset is smaller than every size"


def test_an_accuracy_is_that_of_a_stratified_draw_which_all_classifiers_of_a_draw_see(folder: Path) -> None:
    names, labels = ["knn", "forest", "logistic-regression"], toys.LABELS["train"]
    rows = curves([40, 500], [3, 1], *names)
    for name in names:
        assert len(set(toys.column(rows, "accuracy", classifier=name))) > 1
        chosen, seed = stratified_subset(labels, 40, 7 + 2), 7 + 2  # both go with the draw
        train, test = toys.blobs("train", 1.5)[chosen], toys.blobs("test", 1.5)
        predicted = classify.fit_and_predict(shared.CLASSIFIERS[name], train, labels[chosen], test, seed).predictions[None]
        correct = int((predicted == toys.LABELS["test"]).sum())
        row = toys.one(rows, classifier=name, draw=2)
        assert (row["test"], row["accuracy"]) == (toys.TEST, correct / toys.TEST)
        assert (row["accuracy_low"], row["accuracy_high"]) == statistics.wilson_interval(correct, toys.TEST)
