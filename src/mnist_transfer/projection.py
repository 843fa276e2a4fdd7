"""See 512 features in three dimensions: z-score, principal components, and KMeans clusters."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from mnist_transfer import artifacts, files, paths
from mnist_transfer.study import Study

DIMENSIONS = 3
#: The principal components of up to so many features come from their covariance, exactly; of more, from random directions:
#: Halko, Martinsson and Tropp 2011, https://doi.org/10.1137/090771806, as scikit-learn does it.
WIDEST = 5_000
#: KMeans is started this often from other centres, and the best run is kept.
STARTS = 10
#: Threads of a projection on any number of cores, so that sums have one order: KMeans', and matrix products'.
THREADS = {"openmp": 1, "blas": 2}


@dataclass(frozen=True)
class Projection:
    """Both splits in the space of the training split's first principal components.

    Attributes
    ----------
    train_xyz, test_xyz : ndarray of float32, shape (n, 3)
    train_cluster, test_cluster : ndarray of unsigned int, shape (n,)
    variance : ndarray of float64, shape (3,)
        Share of the training split's variance along each component.
    """

    train_xyz: npt.NDArray[np.float32]
    test_xyz: npt.NDArray[np.float32]
    train_cluster: npt.NDArray[np.unsignedinteger]
    test_cluster: npt.NDArray[np.unsignedinteger]
    variance: npt.NDArray[np.float64]


def project(train: npt.NDArray[np.float32], test: npt.NDArray[np.float32], clusters: int, seed: int) -> Projection:
    """Z-score, PCA to three dimensions and KMeans in them, all fitted on the training split only.

    Parameters
    ----------
    train : ndarray of float32, shape (n_train, width)
    test : ndarray of float32, shape (n_test, width)
    clusters
        How many KMeans looks for.
    seed
        Of KMeans' starts, and of random directions.
    """
    scaler = StandardScaler().fit(train)
    # A covariance of 25,000 features would take gigabytes and minutes.
    solver = "covariance_eigh" if train.shape[1] <= WIDEST else "randomized"
    pca = PCA(DIMENSIONS, svd_solver=solver, random_state=seed)
    train_xyz = pca.fit_transform(scaler.transform(train))
    test_xyz = pca.transform(scaler.transform(test))
    kmeans = KMeans(clusters, n_init=STARTS, random_state=seed).fit(train_xyz)
    smallest = np.min_scalar_type(clusters - 1)
    return Projection(
        train_xyz.astype(np.float32),
        test_xyz.astype(np.float32),
        kmeans.labels_.astype(smallest),
        kmeans.predict(test_xyz).astype(smallest),
        pca.explained_variance_ratio_.astype(np.float64),
    )


def purity(labels: npt.NDArray[np.unsignedinteger], clusters: npt.NDArray[np.unsignedinteger]) -> float:
    """Return the share of images that belong to the commonest class of their cluster.

    Manning, Raghavan and Schütze, "Introduction to information retrieval", 2008, section 16.3.
    """
    return float(contingency_matrix(labels, clusters).max(axis=0).sum() / len(labels))


def quality(labels: npt.NDArray[np.unsignedinteger], clusters: npt.NDArray[np.unsignedinteger]) -> dict[str, float]:
    """Compare clusters with classes: adjusted Rand index, normalised mutual information, purity."""
    return {
        "adjusted_rand_index": float(adjusted_rand_score(labels, clusters)),
        "normalized_mutual_information": float(normalized_mutual_info_score(labels, clusters)),
        "purity": purity(labels, clusters),
    }


def run(study: Study, dataset: str) -> None:
    """Project each kind of features and cluster it, with as many clusters as there are classes."""
    for features in study.selection.features:
        content = artifacts.read_features(study, dataset, features)
        with threadpool_limits(THREADS):
            projected = project(content.train, content.test, content.classes, study.seed)
        files.write_npz(paths.projection(dataset, features), **vars(projected))
