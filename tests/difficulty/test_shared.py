"""McNemar's test against SciPy and by hand, Holm's correction by its definition, draws, and fits that will not do."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.stats import binomtest

from mnist_transfer.artifacts import Features
from mnist_transfer.difficulty import shared
from mnist_transfer.difficulty.shared import Fit, classifier
from mnist_transfer.errors import InputError
from tests.difficulty import toys


def test_p_values_by_hand_and_by_scipys_binomial_test() -> None:
    by_hand = {(0, 0): 1.0, (1, 0): 1.0, (3, 3): 1.0, (0, 5): 2 / 2**5, (1, 9): 2 * 11 / 2**10, (8, 2): 2 * 56 / 2**10}
    pairs = [pair for pair in [*product(range(15), repeat=2), (1000, 1100), (900, 1000)] if sum(pair)]
    expected = {pair: float(binomtest(pair[0], sum(pair)).pvalue) for pair in pairs} | by_hand
    counts = np.array(list(expected))
    found = shared.p_values(counts[:, 0], counts[:, 1])
    assert found.tolist() == pytest.approx(list(expected.values()))


def test_holms_correction_by_hand_each_row_by_itself() -> None:
    """Times 4 for the least, 3 for the next and so on, and never below one before: .03 × 2 = .06 is more than .04 × 1."""
    p = np.array([[0.01, 0.04, 0.03, 0.005], [0.5, 0.9, 0.6, 1.0]])
    np.testing.assert_allclose(shared.holm(p), [[0.03, 0.06, 0.06, 0.02], [1.0, 1.0, 1.0, 1.0]])


def test_discordant_images_by_hand() -> None:
    correct = np.array([[1, 1, 1, 0, 0], [1, 0, 0, 1, 0], [1, 1, 1, 0, 0]], bool)
    assert shared.discordant(correct).tolist() == [[0, 2, 0], [1, 0, 1], [0, 2, 0]]


@given(arrays.arrays(np.bool_, (3, 12)), arrays.arrays(np.int64, 12, elements=st.integers(0, 4)))
def test_weights_count_images_as_often_as_repeats_would(correct: npt.NDArray[np.bool_], weights: npt.NDArray[np.int64]) -> None:
    repeated = shared.discordant(np.repeat(correct, weights, axis=1))
    np.testing.assert_array_equal(shared.discordant(correct, weights), repeated)


def test_a_draw_is_stratified_or_leaves_out_what_is_too_few_to_be() -> None:
    """A dataset a little larger than the draw is drawn from too, and a smaller one is taken as it is."""
    labels = toys.LABELS["train"]
    assert np.bincount(labels[shared.draw(labels, 40, 7)]).tolist() == [10, 10, 10, 10]
    drawn = {size: shared.draw(labels, size, 7) for size in (80, 118, 120, 5000)}
    assert {size: len(set(rows)) for size, rows in drawn.items()} == {80: 80, 118: 118, 120: 120, 5000: 120}
    assert (shared.draw(labels, 118, 8) != drawn[118]).any()


TOYS = Features(
    toys.blobs("train", 1.5), toys.LABELS["train"], toys.blobs("test", 1.5), toys.LABELS["test"], classes=toys.CLASSES
)


@pytest.mark.usefixtures("one_core")
def test_of_a_path_the_largest_value_counts() -> None:
    def forest(trees: Any) -> list[float]:
        entry = classifier("sklearn.ensemble.RandomForestClassifier", n_estimators=trees)
        return toys.column(
            list(shared.accuracies("", [Fit({}, entry, np.arange(120), seed) for seed in range(5)], TOYS)), "accuracy"
        )

    assert forest([1, 15]) == forest(15) != forest(1)
    assert len(set(forest(15))) > 1


@pytest.mark.usefixtures("one_core")
def test_accuracies_are_in_the_order_of_the_fits_although_the_largest_is_fitted_first() -> None:
    fits = [Fit({"images": size}, shared.CLASSIFIERS["knn"], np.arange(size), 1) for size in (20, 120, 8, 60)]
    alone = [record for fit in fits for record in shared.accuracies("", [fit], TOYS)]
    assert list(shared.accuracies("", fits, TOYS)) == alone
    assert len({record["accuracy"] for record in alone}) > 2


LOGISTIC = "sklearn.linear_model.LogisticRegression"


@pytest.mark.usefixtures("one_core")
@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
@pytest.mark.parametrize(
    ("path", "arguments", "message"),
    [
        (LOGISTIC, {"max_iter": 1}, r"not converged \(.*; in params.yaml raise its max_iter"),
        (LOGISTIC, {"C": -1}, r"the estimator refused it \(.*; correct its entry in params.yaml"),
        ("sklearn.linear_model.Perceptron", {}, "the estimator refused it .*predict_proba"),
    ],
)
def test_a_classifier_that_will_not_do_is_one_line(path: str, arguments: dict[str, Any], message: str) -> None:
    entry = classifier(path, **arguments)
    with pytest.raises(InputError, match=message):
        shared.probabilities(entry, TOYS.train, TOYS.train_labels, TOYS.test, 4, seed=1)
    if arguments:
        with pytest.raises(InputError, match=f"^{{'classifier': 'mine'}}: .*{message}"):
            list(shared.accuracies("", [Fit({"classifier": "mine"}, entry, np.arange(120), 1)], TOYS))


def test_a_class_without_training_images_moves_no_column() -> None:
    labels = np.where(TOYS.train_labels == 1, 0, TOYS.train_labels).astype(np.uint8)
    entry = shared.CLASSIFIERS["logistic-regression"]
    found = shared.probabilities(entry, TOYS.train * 9, labels, TOYS.test * 9, toys.CLASSES, seed=1)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found[:, 1] == 0).all()
    assert np.mean(found[TOYS.test_labels == 3].argmax(axis=1) == 3) > 0.6
