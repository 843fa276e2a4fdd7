"""Three dimensions and ten clusters, fitted on the training split, and how clusters and classes agree."""

import time

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.datasets import load_digits

from mnist_transfer import projection
from mnist_transfer.projection import Projection

DATA: npt.NDArray[np.float32] = load_digits().data.astype(np.float32)
TRAIN, TEST = DATA[:600], DATA[600:900]


@pytest.fixture(scope="module")
def projected() -> Projection:
    return projection.project(TRAIN, TEST, clusters=10, seed=1)


def test_positions_are_the_principal_components_of_the_z_scores_and_clusters_around_their_centres(
    projected: Projection,
) -> None:
    mean, deviation = TRAIN.mean(axis=0, dtype=np.float64), TRAIN.std(axis=0, dtype=np.float64)
    deviation[deviation == 0] = 1
    scores = (TRAIN - mean) / deviation
    _, singular, axes = np.linalg.svd(scores, full_matrices=False)
    np.testing.assert_allclose(np.abs(projected.train_xyz), np.abs(scores @ axes[:3].T), atol=1e-3)
    np.testing.assert_allclose(np.abs(projected.test_xyz), np.abs((TEST - mean) / deviation @ axes[:3].T), atol=1e-3)
    np.testing.assert_allclose(projected.variance, (singular**2 / (singular**2).sum())[:3], rtol=1e-4)
    assert [array.dtype.name for array in vars(projected).values()] == ["float32"] * 2 + ["uint8"] * 2 + ["float64"]
    # KMeans has settled: each point's own cluster has the nearest mean, and new points go to the nearest one too.
    centres = np.stack([projected.train_xyz[projected.train_cluster == label].mean(axis=0) for label in range(10)])
    for xyz, cluster in ((projected.train_xyz, projected.train_cluster), (projected.test_xyz, projected.test_cluster)):
        nearest = np.linalg.norm(xyz[:, np.newaxis] - centres, axis=2).argmin(axis=1)
        assert np.mean(nearest == cluster) > 0.99


def test_the_seed_decides_every_byte_and_the_test_split_moves_nothing(projected: Projection) -> None:
    np.random.seed(9)  # noqa: NPY002  the global state that a step without the seed would draw from
    again = projection.project(TRAIN, TEST, clusters=10, seed=1)
    for name, array in vars(projected).items():
        np.testing.assert_array_equal(getattr(again, name), array, strict=True)
    assert not np.array_equal(projection.project(TRAIN, TEST, clusters=10, seed=2).train_cluster, projected.train_cluster)
    other = projection.project(TRAIN, TEST * 5 + 100, clusters=10, seed=1)
    for name in ("train_xyz", "train_cluster", "variance"):
        np.testing.assert_array_equal(getattr(other, name), getattr(projected, name))


def test_very_many_features_have_the_same_components_without_their_covariance() -> None:
    rng = np.random.default_rng(0)
    width = 4 * projection.WIDEST  # whose covariance would take gigabytes
    spread = rng.normal(size=(80, 3)) * [30, 20, 10]
    features = (spread @ rng.normal(size=(3, width)) + rng.normal(size=(80, width))).astype(np.float32)
    train, test = features[:60], features[60:]
    started = time.perf_counter()
    found = projection.project(train, test, 3, seed=0)
    assert time.perf_counter() - started < 60
    scores = (train - train.mean(axis=0)) / train.std(axis=0)
    left, singular, _ = np.linalg.svd(scores, full_matrices=False)
    exact = left[:, :3] * singular[:3]
    np.testing.assert_allclose(np.abs(found.train_xyz), np.abs(exact), rtol=0.01, atol=0.01 * np.abs(exact).max())
    np.testing.assert_allclose(found.variance, singular[:3] ** 2 / (singular**2).sum(), rtol=0.01)


# Agreement of clusters and classes

# Manning, Raghavan and Schütze 2008, figure 16.4: crosses (0), circles (1) and diamonds (2) in three clusters.
FIGURE_16_4 = {0: [0] * 5 + [1], 1: [0] + [1] * 4 + [2], 2: [0] * 2 + [2] * 3}
CLASSES = np.array([label for members in FIGURE_16_4.values() for label in members], np.uint8)
CLUSTERS = np.array([cluster for cluster, members in FIGURE_16_4.items() for _ in members], np.uint8)


def test_quality_is_that_of_the_textbooks_figure() -> None:
    found = projection.quality(CLASSES, CLUSTERS)
    assert found["purity"] == pytest.approx((5 + 4 + 3) / 17)
    assert round(found["normalized_mutual_information"], 2) == 0.36  # the book's table 16.2
    positives, negatives, false_positives, false_negatives = 20, 72, 20, 24  # pairs, from the book's section 16.3
    agreement = 2 * (positives * negatives - false_positives * false_negatives)
    chance = (positives + false_negatives) * (false_negatives + negatives)
    chance += (positives + false_positives) * (false_positives + negatives)
    assert found["adjusted_rand_index"] == pytest.approx(agreement / chance)
