"""Estimators by their dotted paths: any classifier with scikit-learn's interface, and one line for anything else."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import sklearn.svm
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mnist_transfer.classifiers import classify, estimators, svc
from tests.classifiers import digits
from tests.classifiers.digits import FOREST, KNN, LOGISTIC, MLP, SVC, TEST, accuracy, entry, fit, predict, refusal

ONE_AGAINST_REST = "sklearn.multiclass.OneVsRestClassifier"
BAYES = {"class": "sklearn.naive_bayes.GaussianNB", "arguments": {"var_smoothing": 0.1}}
LDA = {"class": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis"}
#: A classifier as a package of somebody else's may have it, and one that does not say that it is one.
FOREIGN = """
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB

class Bayes(ClassifierMixin, BaseEstimator):
    def __init__(self, smoothing=0.1): self.smoothing = smoothing
    def fit(self, features, labels): self.inner_ = GaussianNB(var_smoothing=self.smoothing).fit(features, labels); return self
    def predict(self, features): return self.inner_.predict(features)

class Short(Bayes):
    def predict(self, features): return super().predict(features)[1:]

class Wild(Bayes):
    def predict(self, features): return super().predict(features) + 0.5

class Broken(Bayes):
    def fit(self, features, labels): return {}["nothing"]

class Mute:
    def get_params(self, deep=True): return {}
    def fit(self, features, labels): return self
    def predict(self, features): return features
"""
PACKAGES = {
    "foreign_package": FOREIGN,
    "needy_package": "import nothing_of_the_kind\n",
    "broken_package": "raise ImportError('libmissing.so: cannot open\\nshared object file')\n",
    "failing_package": "1 / 0\n",
}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages that can be imported during a test: a sound one, one without what it needs, and a broken one."""
    for name, source in PACKAGES.items():
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)


# What works


@pytest.mark.parametrize(
    ("class_name", "arguments"),
    [
        (ONE_AGAINST_REST, {"estimator": {"class": "sklearn.linear_model.LogisticRegression", "arguments": {"max_iter": 999}}}),
        ("sklearn.ensemble.VotingClassifier", {"estimators": [["bayes", BAYES], ["lda", LDA]], "voting": "soft"}),
    ],
)
def test_classifiers_beyond_the_studys_own_work_by_their_path(class_name: str, arguments: dict[str, Any]) -> None:
    outcome = fit(entry(class_name, **arguments))
    assert accuracy(outcome.predictions[None]) > 0.8


@pytest.mark.usefixtures("packages")
def test_a_class_of_another_package_works() -> None:
    outcome = fit(entry("foreign_package.Bayes", scale=False, smoothing=0.01))
    expected = GaussianNB(var_smoothing=0.01).fit(digits.TRAIN, digits.TRAIN_LABELS).predict(TEST)
    np.testing.assert_array_equal(outcome.predictions[None], expected)
    assert outcome.iterations is None


@pytest.mark.parametrize("weights", [{"class_weight": {0: 1, 3: 5, 7: 1}}, {}], ids=str)
def test_labels_with_gaps_are_numbered_for_the_estimator_alone(weights: dict[str, Any]) -> None:
    some = np.isin(digits.TRAIN_LABELS, [0, 3, 7])
    classifier = entry(LOGISTIC, max_iter=999, C=1e-3, **weights)
    found = classify.fit_and_predict(classifier, digits.TRAIN[some], digits.TRAIN_LABELS[some], TEST, seed=1).predictions[None]
    alone = make_pipeline(StandardScaler(), LogisticRegression(max_iter=999, C=1e-3, **weights))
    np.testing.assert_array_equal(found, alone.fit(digits.TRAIN[some], digits.TRAIN_LABELS[some]).predict(TEST))
    assert set(found) == {0, 3, 7}


@pytest.mark.usefixtures("empty_folder")
def test_a_module_that_no_stage_depends_on_is_refused_with_the_place_for_it() -> None:
    Path("mine.py").write_text(FOREIGN)
    message = refusal(entry("mine.Bayes"))
    assert message.startswith("mine.Bayes: classify does not depend on mine.py")
    assert message.endswith("into src/mnist_transfer/classifiers/ and write class: mnist_transfer.classifiers.mine.Bayes")


def test_arguments_seed_and_cores_reach_the_estimator(have_cores: Callable[[int], None]) -> None:
    have_cores(3)
    pipeline = estimators.make_pipeline(entry(MLP, components=15, hidden_layer_sizes=[64, 32], max_iter=7), seed=5)
    assert list(pipeline.named_steps) == ["scale", "components", "estimator"]
    assert (pipeline["components"].n_components, pipeline["components"].random_state) == (15, 5)
    assert (pipeline[-1].hidden_layer_sizes, pipeline[-1].max_iter, pipeline[-1].random_state) == ((64, 32), 7, 5)
    for class_name in estimators.PARALLEL:
        assert estimators.make_pipeline(entry(class_name, scale=False), seed=1)[-1].n_jobs == 3
    assert estimators.make_pipeline(entry(FOREST, n_estimators=[2, 9]), seed=1)[-1].n_estimators == 9
    forest = entry(FOREST, scale=False, n_estimators=5)
    assert not np.array_equal(predict(forest, seed=1), predict(forest, seed=2))


# Refusals

REFUSED = {
    "sklearn.nowhere.SVC": "sklearn.nowhere.SVC: there is no sklearn.nowhere here; install it, or correct the class",
    "sklearn.svm.SCV": "sklearn.svm has no estimator 'SCV' with fit and get_params",
    "sklearn.decomposition.PCA": "sklearn.decomposition.PCA is no classifier by scikit-learn's tags",
    "foreign_package.Mute": "foreign_package.Mute is no classifier by scikit-learn's tags; correct the class in params.yaml",
    ONE_AGAINST_REST: f"{ONE_AGAINST_REST} needs the argument estimator; add it to its entry in params.yaml",
    "needy_package.Anything": "needy_package.Anything needs nothing_of_the_kind, which is not here; install it",
    "broken_package.Anything": "broken_package.Anything cannot be imported (libmissing.so: cannot open shared object file)",
    "failing_package.Anything": "failing_package.Anything cannot be imported (division by zero)",
    # Classes that fail, or predict what they cannot.
    "foreign_package.Short": "the estimator refused it (it does not predict one of the training images' labels for each",
    "foreign_package.Wild": "the estimator refused it (it does not predict one of the training images' labels for each",
    "foreign_package.Broken": "the estimator refused it (KeyError: 'nothing')",
}


@pytest.mark.usefixtures("packages")
@pytest.mark.parametrize("path", REFUSED)
def test_what_is_no_classifier_or_not_to_be_had_is_one_line(path: str) -> None:
    found = refusal(entry(path))
    assert found.startswith(REFUSED[path])
    assert "params.yaml" in found or "install it" in found


@pytest.mark.parametrize("argument", ["n_neighbours", "random_state", "n_jobs"])
def test_an_argument_that_the_estimator_does_not_take_is_named_with_those_it_takes(argument: str) -> None:
    arguments: dict[str, Any] = {argument: 3}
    told, _, taken = refusal(entry(KNN, **arguments)).partition(": it takes ")
    assert told == f"{KNN} takes no argument {argument!r} here; correct its entry in params.yaml"
    assert {"n_neighbors", "n_jobs"} & set(taken.split(", ")) == {"n_neighbors"}


def test_an_argument_of_a_wrong_value_is_refused_early_or_late() -> None:
    wrong = [
        (entry(KNN, n_neighbors="three"), "n_neighbors"),
        (entry(SVC, components=65), "n_components"),
        (entry(SVC, gamma="scael"), "gamma"),
        (entry(KNN, n_neighbors=[3, 1001]), "n_neighbors"),
        (entry("sklearn.discriminant_analysis.LinearDiscriminantAnalysis", solver="svd", shrinkage="auto"), "shrinkage"),
    ]
    for classifier, word in wrong:
        message = refusal(classifier)
        assert message.startswith("the estimator refused it (")
        assert word in message
        assert message.endswith("correct its entry in params.yaml")


# Support vector machines


@pytest.mark.parametrize(
    "arguments",
    [
        {"kernel": "linear"},
        {"kernel": "poly", "degree": 3, "coef0": 1},
        {"kernel": "poly", "degree": 2, "gamma": "auto"},
        {"kernel": "rbf", "C": 10},
        {"kernel": "linear", "class_weight": "balanced", "C": 0.001},
    ],
    ids=str,
)
def test_machines_fitted_apart_predict_what_scikit_learns_do(arguments: dict[str, Any]) -> None:
    features, labels = digits.TRAIN[:600] + np.random.default_rng(0).normal(0, 4, (600, 64)), digits.TRAIN_LABELS[:600]
    features[labels > 4] = features[labels > 4][::-1]  # hard enough for ties, and for machines that disagree
    ours, theirs = (kind(**arguments).fit(features, labels) for kind in (svc.SVC, sklearn.svm.SVC))
    assert 0.2 < np.mean(theirs.predict(TEST) == digits.TEST_LABELS) < 0.99
    np.testing.assert_array_equal(ours.predict(TEST), theirs.predict(TEST))
    assert len(ours.n_iter_) == 45


@pytest.mark.parametrize(
    ("labels", "arguments"), [(np.zeros(100, np.uint8), {}), (digits.TRAIN_LABELS[:100], {"break_ties": True})]
)
def test_what_cannot_be_fitted_apart_is_refused(labels: npt.NDArray[np.uint8], arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="two classes"):
        svc.SVC(**arguments).fit(digits.TRAIN[:100], labels)
