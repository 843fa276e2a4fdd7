"""Three dimensions and ten clusters, fitted on the training split, and how clusters and classes agree."""

import time

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from mnist_transfer import projection as project

DATA: npt.NDArray[np.float32] = load_digits().data.astype(np.float32)
TRAIN, TEST = DATA[:600], DATA[600:900]


@pytest.fixture(scope="module")
def projected() -> project.Projection:
    return project.project(TRAIN, TEST, clusters=10, seed=1)


def test_both_splits_get_positions_and_clusters(projected: project.Projection) -> None:
    shapes = {name: (array.shape, array.dtype) for name, array in vars(projected).items()}
    assert shapes == {
        "train_xyz": ((600, 3), np.float32),
        "test_xyz": ((300, 3), np.float32),
        "train_cluster": ((600,), np.uint8),
        "test_cluster": ((300,), np.uint8),
        "variance": ((3,), np.float64),
    }
    assert sorted(set(projected.train_cluster)) == list(range(10))
    assert set(projected.test_cluster) <= set(range(10))


def test_positions_are_the_principal_components_of_the_z_scores(projected: project.Projection) -> None:
    mean, deviation = TRAIN.mean(axis=0, dtype=np.float64), TRAIN.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1
    scores = (TRAIN - mean) / deviation
    _, singular, axes = np.linalg.svd(scores, full_matrices=False)
    np.testing.assert_allclose(np.abs(projected.train_xyz), np.abs(scores @ axes[:3].T), atol=1e-3)
    np.testing.assert_allclose(np.abs(projected.test_xyz), np.abs((TEST - mean) / deviation @ axes[:3].T), atol=1e-3)
    np.testing.assert_allclose(projected.variance, (singular**2 / (singular**2).sum())[:3], rtol=1e-4)
    assert (np.diff(projected.variance) < 0).all()


def test_clusters_are_around_their_centres(projected: project.Projection) -> None:
    """KMeans has settled: each point's own cluster has the nearest mean, and new points go to the nearest one too."""
    centres = np.stack([projected.train_xyz[projected.train_cluster == label].mean(axis=0) for label in range(10)])
    for xyz, cluster in ((projected.train_xyz, projected.train_cluster), (projected.test_xyz, projected.test_cluster)):
        nearest = np.linalg.norm(xyz[:, np.newaxis] - centres, axis=2).argmin(axis=1)
        assert np.mean(nearest == cluster) > 0.99


def test_the_seed_decides_every_byte_and_the_test_split_moves_nothing(projected: project.Projection) -> None:
    np.random.seed(9)  # noqa: NPY002  the global state that a step without the seed would draw from
    again = project.project(TRAIN, np.concatenate([TEST, TRAIN[:50], TEST * 5 + 100]), clusters=10, seed=1)
    for name in ("train_xyz", "train_cluster", "variance"):
        np.testing.assert_array_equal(getattr(again, name), getattr(projected, name), strict=True)
    np.testing.assert_allclose(again.test_xyz[:350], np.concatenate([projected.test_xyz, projected.train_xyz[:50]]), atol=1e-4)
    clusters = np.concatenate([projected.test_cluster, projected.train_cluster[:50]])
    np.testing.assert_array_equal(again.test_cluster[:350], clusters)
    other = project.project(TRAIN, TEST, clusters=10, seed=2)
    assert not np.array_equal(other.train_cluster, projected.train_cluster)


# Agreement of clusters and classes

# Manning, Raghavan and Schütze 2008, figure 16.4: crosses (0), circles (1) and diamonds (2) in three clusters.
FIGURE_16_4 = {0: [0] * 5 + [1], 1: [0] + [1] * 4 + [2], 2: [0] * 2 + [2] * 3}
CLASSES = np.array([label for members in FIGURE_16_4.values() for label in members], np.uint8)
CLUSTERS = np.array([cluster for cluster, members in FIGURE_16_4.items() for _ in members], np.uint8)


def test_very_many_features_have_the_same_components_without_their_covariance() -> None:
    rng = np.random.default_rng(0)
    width = 4 * project.WIDEST  # whose covariance would take gigabytes
    spread = rng.normal(size=(80, 3)) * [30, 20, 10]
    features = (spread @ rng.normal(size=(3, width)) + rng.normal(size=(80, width))).astype(np.float32)
    train, test = features[:60], features[60:]
    started = time.perf_counter()
    found = project.project(train, test, 3, seed=0)
    assert time.perf_counter() - started < 60
    scores = (train - train.mean(axis=0)) / train.std(axis=0)
    left, singular, _ = np.linalg.svd(scores, full_matrices=False)
    exact = left[:, :3] * singular[:3]
    np.testing.assert_allclose(np.abs(found.train_xyz), np.abs(exact), rtol=0.01, atol=0.01 * np.abs(exact).max())
    np.testing.assert_allclose(found.variance, singular[:3] ** 2 / (singular**2).sum(), rtol=0.01)


def test_quality_is_that_of_the_textbooks_figure() -> None:
    found = project.quality(CLASSES, CLUSTERS)
    assert found["purity"] == pytest.approx((5 + 4 + 3) / 17)
    assert round(found["normalized_mutual_information"], 2) == 0.36  # the book's table 16.2
    positives, negatives, false_positives, false_negatives = 20, 72, 20, 24  # pairs, from the book's section 16.3
    agreement = 2 * (positives * negatives - false_positives * false_negatives)
    chance = (positives + false_negatives) * (false_negatives + negatives) + (positives + false_positives) * (
        false_positives + negatives
    )
    assert found["adjusted_rand_index"] == pytest.approx(agreement / chance)


labellings = st.lists(st.integers(0, 9), min_size=2, max_size=60).filter(lambda labels: len(set(labels)) > 1)


@given(labellings, st.permutations(range(10)))
def test_clusters_that_are_the_classes_are_perfect_whatever_they_are_called(labels: list[int], names: list[int]) -> None:
    clusters = np.array(names, np.uint8)[labels]
    assert project.quality(np.array(labels, np.uint8), clusters) == pytest.approx(
        {"adjusted_rand_index": 1, "normalized_mutual_information": 1, "purity": 1}
    )


@given(labellings)
def test_one_cluster_is_as_pure_as_its_commonest_class(labels: list[int]) -> None:
    found = project.quality(np.array(labels, np.uint8), np.zeros(len(labels), np.uint8))
    assert found["purity"] == pytest.approx(np.bincount(labels).max() / len(labels))
    assert found["adjusted_rand_index"] == pytest.approx(0)
    assert found["normalized_mutual_information"] == pytest.approx(0)
