"""Classifiers: fitted on the training split alone, scored as the textbooks do, and refused in one line."""

import json
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from mnist_transfer import classification, study
from mnist_transfer.errors import InputError
from mnist_transfer.study import Classifier
from tests.commands import ROOT

STUDY = study.load(ROOT / "params.yaml")
#: Estimators that count their iterations, as scikit-learn documents them.
ITERATING = {"LogisticRegression", "MLPClassifier", "Perceptron", "SVC"}

Floats, Labels = npt.NDArray[np.float32], npt.NDArray[np.uint8]


def digits() -> tuple[Floats, Labels, Floats, Labels]:
    """Scikit-learn's 8×8 digits, 64 features: 500 to train on, 300 to test on."""
    source = load_digits()
    order = np.random.default_rng(0).permutation(len(source.data))  # as they come, each writer's digits are together
    data, labels = source.data[order].astype(np.float32), source.target[order].astype(np.uint8)
    return data[:500], labels[:500], data[500:800], labels[500:800]


TRAIN, TRAIN_LABELS, TEST, TEST_LABELS = digits()


def entry(name: str = "SVC", scale: bool = True, components: int | None = None, **arguments: Any) -> Classifier:
    content = {"title": "x", "class": name, "scale": scale, "components": components, "arguments": arguments}
    return Classifier.model_validate(content)


def fit(classifier: Classifier, seed: int = 1, test: Floats = TEST) -> classification.Outcome:
    return classification.fit_and_predict(classification.make_pipeline(classifier, seed), TRAIN, TRAIN_LABELS, test)


def refusal(classifier: Classifier) -> str:
    with pytest.raises(InputError) as caught:
        fit(classifier)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Scores


@given(st.integers(1, 100_000).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))))
def test_wilson_interval_is_scipys(counts: tuple[int, int]) -> None:
    expected = binomtest(*counts).proportion_ci(0.95, method="wilson")
    assert classification.wilson_interval(*counts) == pytest.approx((expected.low, expected.high), rel=1e-9, abs=1e-12)


def test_wilson_interval_contains_its_proportion_and_stays_between_0_and_1() -> None:
    for successes in (0, 1, 9_999, 10_000):
        low, high = classification.wilson_interval(successes, 10_000)
        assert 0 <= low <= successes / 10_000 <= high <= 1


def test_scores_by_hand() -> None:
    labels, predictions = np.array([0, 0, 3, 3, 3], np.uint8), np.array([0, 3, 3, 3, 0], np.uint8)
    scores = classification.score(labels, predictions)
    assert scores["accuracy"] == 3 / 5
    assert scores["recall"] == pytest.approx({"0": 1 / 2, "3": 2 / 3})
    assert scores["macro_f1"] == pytest.approx((1 / 2 + 2 / 3) / 2)  # 2 TP / (2 TP + FP + FN) of each class
    assert (scores["accuracy_low"], scores["accuracy_high"]) == classification.wilson_interval(3, 5)


def test_a_class_that_is_never_predicted_or_never_there_is_counted_as_such() -> None:
    scores = classification.score(np.array([0, 0, 1, 1], np.uint8), np.array([0, 0, 0, 7], np.uint8))
    assert scores["accuracy"] == 1 / 2
    assert scores["recall"] == {"0": 1.0, "1": 0.0}
    assert scores["macro_f1"] == pytest.approx((4 / 5 + 0) / 2)
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores


# Every classifier of the study


@pytest.mark.parametrize("name", STUDY.classifiers)
def test_every_classifier_learns_digits_and_repeats_itself(name: str) -> None:
    outcomes = []
    for disturbance in (1, 2):
        np.random.seed(disturbance)  # noqa: NPY002  the global state that a classifier without its seed would draw from
        outcomes.append(fit(STUDY.classifier(name), STUDY.seed))
    predictions = outcomes[0].predictions
    assert predictions.dtype == np.uint8
    assert np.mean(predictions == TEST_LABELS) > 0.8
    np.testing.assert_array_equal(outcomes[1].predictions, predictions)
    assert outcomes[1].iterations == outcomes[0].iterations
    assert (outcomes[0].iterations is not None) == (STUDY.classifier(name).class_name in ITERATING)


def test_another_seed_grows_another_forest() -> None:
    forest = entry("RandomForestClassifier", scale=False, n_estimators=5)
    assert not np.array_equal(fit(forest, seed=1).predictions, fit(forest, seed=2).predictions)


def test_iterations_are_those_until_convergence() -> None:
    iterations = fit(entry("LogisticRegression", max_iter=5000)).iterations
    assert iterations is not None
    assert 1 < iterations < 5000
    assert fit(entry("LogisticRegression", max_iter=iterations + 1)).iterations == iterations


# The steps before the estimator


def test_features_are_scaled_with_the_training_splits_statistics_only() -> None:
    moved = TEST * 3 + 100
    neighbours = entry("KNeighborsClassifier", n_neighbors=3)
    pipeline = classification.make_pipeline(neighbours, seed=1)
    outcome = classification.fit_and_predict(pipeline, TRAIN, TRAIN_LABELS, moved)
    mean, deviation = TRAIN.mean(axis=0, dtype=np.float64), TRAIN.std(axis=0, dtype=np.float64)
    np.testing.assert_allclose(pipeline["scale"].mean_, mean)
    np.testing.assert_allclose(pipeline["scale"].var_, deviation**2)

    deviation[deviation == 0] = 1
    by_hand = KNeighborsClassifier(3).fit((TRAIN - mean) / deviation, TRAIN_LABELS)
    expected = by_hand.predict((moved - mean) / deviation)
    assert np.mean(outcome.predictions == expected) > 0.99  # all but ties
    assert np.mean(expected == TEST_LABELS) < 0.5, "scaled with its own statistics, the moved split would be as easy as before"


def test_unscaled_features_reach_the_estimator_as_they_are() -> None:
    expected = KNeighborsClassifier(3).fit(TRAIN, TRAIN_LABELS).predict(TEST)
    np.testing.assert_array_equal(fit(entry("KNeighborsClassifier", scale=False, n_neighbors=3)).predictions, expected)


def test_components_come_between_scaling_and_estimator() -> None:
    pipeline = classification.make_pipeline(entry(components=15, kernel="linear"), seed=1)
    classification.fit_and_predict(pipeline, TRAIN, TRAIN_LABELS, TEST)
    assert list(pipeline.named_steps) == ["scale", "components", "estimator"]
    assert pipeline["estimator"].n_features_in_ == 15


def test_arguments_reach_the_estimator() -> None:
    network = entry("MLPClassifier", hidden_layer_sizes=[64, 32], max_iter=7)
    estimator = classification.make_pipeline(network, seed=5)[-1]
    assert estimator.hidden_layer_sizes == (64, 32)
    assert (estimator.max_iter, estimator.random_state) == (7, 5)


# Refusals


@pytest.mark.parametrize("name", sorted(ITERATING))
def test_a_classifier_that_has_not_converged_is_refused(name: str) -> None:
    message = refusal(entry(name, max_iter=2))
    assert message.startswith("not converged (")
    assert message.endswith("raise its max_iter in params.yaml")


@pytest.mark.parametrize("argument", ["n_neighbours", "random_state", "n_jobs", "", "class"])
def test_an_argument_that_the_estimator_does_not_take_is_named_with_those_it_takes(argument: str) -> None:
    message = refusal(entry("KNeighborsClassifier", **{argument: 3}))
    assert message.startswith(f"KNeighborsClassifier takes no argument {argument!r} here; correct its entry in params.yaml")
    taken = message.partition("it takes ")[2].split(", ")
    assert "n_neighbors" in taken
    assert "n_jobs" not in taken


@pytest.mark.parametrize(
    ("classifier", "word"),
    [
        (entry("KNeighborsClassifier", n_neighbors="three"), "n_neighbors"),
        (entry("KNeighborsClassifier", n_neighbors=0), "n_neighbors"),
        (entry("RandomForestClassifier", criterion="purity"), "criterion"),
        (entry("LogisticRegression", solver="newton"), "solver"),
        (entry("MLPClassifier", hidden_layer_sizes=[64, -1]), "hidden_layer_sizes"),
        (entry("SVC", kernel=None), "kernel"),
        (entry(components=65), "n_components"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.class_name,
)
def test_an_argument_of_a_wrong_value_is_refused(classifier: Classifier, word: str) -> None:
    message = refusal(classifier)
    assert message.startswith("scikit-learn refused it (")
    assert word in message
    assert message.endswith("correct its entry in params.yaml")


@pytest.mark.parametrize(
    ("classifier", "word"),
    [
        (entry("KNeighborsClassifier", n_neighbors=501), "n_neighbors"),
        (entry("LinearDiscriminantAnalysis", solver="svd", shrinkage="auto"), "shrinkage"),
    ],
    ids=["more neighbours than images", "shrinkage without its solver"],
)
def test_an_argument_that_is_refused_late_is_refused_alike(classifier: Classifier, word: str) -> None:
    test_an_argument_of_a_wrong_value_is_refused(classifier, word)


# Engines

INTELEX = pytest.mark.skipif(not find_spec("sklearnex"), reason="scikit-learn-intelex is not made for this platform")


@INTELEX
@pytest.mark.parametrize("arguments", [{"kernel": "linear"}, {"kernel": "poly", "degree": 3}], ids=["linear", "poly"])
def test_the_faster_engine_finds_the_same_machine_and_says_that_it_ran(
    arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = fit(entry("SVC", **arguments))
    monkeypatch.setattr(classification, "ACCELERATED", set())
    plain = fit(entry("SVC", **arguments))
    assert fast.engine.startswith("scikit-learn-intelex ")
    assert plain.engine.startswith("scikit-learn ")
    assert np.mean(fast.predictions == plain.predictions) > 0.99


@INTELEX
def test_what_the_faster_engine_hands_back_is_not_called_its_own() -> None:
    features, labels = TRAIN[:100], TRAIN_LABELS[:100]
    pipeline = classification.make_pipeline(entry("SVC", kernel="precomputed", scale=False), seed=1)
    outcome = classification.fit_and_predict(pipeline, features @ features.T, labels, TEST @ features.T)
    assert outcome.engine.startswith("scikit-learn ")


# Timing


def test_timing_says_what_a_run_cost_and_on_what() -> None:
    outcome = fit(entry("RandomForestClassifier", n_estimators=25))
    found = classification.timing(outcome)
    assert list(found) == ["fit_seconds", "predict_seconds", "cores", "processor", "engine", "versions"]
    assert 0 < found["fit_seconds"] < 60
    assert 0 <= found["predict_seconds"] < 60
    assert found["cores"] == classification.cores() >= 1
    assert found["processor"]
    assert found["engine"] == f"scikit-learn {found['versions']['scikit-learn']}"
    assert json.loads(json.dumps(found)) == found
