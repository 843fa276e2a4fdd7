"""Classifiers: fitted on the training split alone, the same each time, and not written unless they have converged."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer import files, paths, study
from mnist_transfer.classifiers import classify
from mnist_transfer.errors import InputError
from tests.classifiers import digits
from tests.classifiers.digits import KNN, LOGISTIC, MLP, SVC, TEST, TRAIN, accuracy, entry, fit, predict, refusal
from tests.commands import ROOT, files_in

STUDY = study.load(ROOT / "params.yaml")
AS_THEY_ARE = np.eye(64)
#: Estimators that count their iterations, as scikit-learn documents them.
ITERATING = {LOGISTIC, MLP, SVC, "sklearn.linear_model.Perceptron"}


@pytest.mark.parametrize("name", STUDY.classifiers)
def test_every_classifier_of_the_study_learns_digits_and_repeats_itself(name: str) -> None:
    outcomes = []
    for disturbance in (1, 2):
        np.random.seed(disturbance)  # noqa: NPY002  the global state that a classifier without its seed would draw from
        outcomes.append(fit(STUDY.classifier(name), STUDY.seed))
    assert list(outcomes[0].predictions) == [row.value for row in STUDY.rows_of(name)]
    for value, predictions in outcomes[0].predictions.items():
        assert predictions.dtype == np.uint8
        assert accuracy(predictions) > 0.8
        np.testing.assert_array_equal(outcomes[1].predictions[value], predictions)
    assert outcomes[1].iterations == outcomes[0].iterations
    assert (outcomes[0].iterations is not None) == (STUDY.classifier(name).class_name in ITERATING)


def test_iterations_are_those_until_convergence() -> None:
    iterations = fit(entry(LOGISTIC, max_iter=5000)).iterations
    assert iterations == fit(entry(LOGISTIC, max_iter=(iterations or 0) + 1)).iterations


@pytest.mark.parametrize("name", sorted(ITERATING))
def test_a_classifier_that_has_not_converged_is_refused(name: str) -> None:
    message = refusal(entry(name, max_iter=2))
    assert message.startswith("not converged (")
    assert "; in params.yaml raise its max_iter, z-score the features (scale: true) or regularise more" in message


def test_the_steps_before_the_estimator_are_fitted_to_the_training_split_only() -> None:
    """Three nearest neighbours by hand: on features as they are, z-scored, and on their principal components."""
    moved = TEST * 3 + 100
    mean, deviation = TRAIN.mean(axis=0, dtype=np.float64), TRAIN.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1
    _, _, axes = np.linalg.svd((TRAIN - mean) / deviation, full_matrices=False)

    def by_hand(test: Any, mean: Any = 0, deviation: Any = 1, axes: Any = AS_THEY_ARE) -> Any:
        fitted = KNeighborsClassifier(3).fit((TRAIN - mean) / deviation @ axes, digits.TRAIN_LABELS)
        return fitted.predict((test - mean) / deviation @ axes)

    np.testing.assert_array_equal(predict(entry(KNN, scale=False, n_neighbors=3)), by_hand(TEST))
    expected = by_hand(moved, mean, deviation)
    assert np.mean(predict(entry(KNN, n_neighbors=3), test=moved) == expected) > 0.99  # all but ties
    assert accuracy(expected) < 0.5, "scaled with its own statistics, the moved split would be as easy as before"
    expected = by_hand(TEST, mean, deviation, axes[:15].T)
    assert np.mean(predict(entry(KNN, components=15, n_neighbors=3)) == expected) > 0.98  # rounding moves a few neighbours


@pytest.mark.usefixtures("empty_folder")
def test_the_stage_writes_metrics_and_predictions_of_each_row_and_apart_from_these_what_it_cost() -> None:
    labels = {"train_labels": digits.TRAIN_LABELS, "test_labels": digits.TEST_LABELS}
    files.write_npz(paths.features("mnist", "pixels/all"), train=TRAIN, test=TEST, **labels, classes=np.array(10))
    classify.run(STUDY, "mnist", "pixels/all", "knn")
    folder = Path("classifiers/mnist/pixels/all/knn")
    assert set(files_in(folder)) == {f"{row}/{name}" for row in (3, 5) for name in ("metrics.json", "predictions.npy")}
    for row in (3, 5):
        metrics = json.loads((folder / f"{row}/metrics.json").read_text())
        assert metrics["accuracy"] == accuracy(np.load(folder / f"{row}/predictions.npy")) > 0.9
    timing = json.loads(Path("build/timing/mnist/pixels/all/knn.json").read_text())
    assert timing["shared_by"] == 2
    few = labels | {"train_labels": digits.TRAIN_LABELS[:2]}
    files.write_npz(paths.features("mnist", "pixels/all"), train=TRAIN[:2], test=TEST, **few, classes=np.array(10))
    with pytest.raises(InputError, match=r"^knn on mnist, pixels/all: the estimator refused it \(n_neighbors is 5, of 2 "):
        classify.run(STUDY, "mnist", "pixels/all", "knn")
