"""How the images lie in the space of their features."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field, StrictInt

from mnist_transfer import artifacts
from mnist_transfer.artifacts import Labels
from mnist_transfer.difficulty import shared
from mnist_transfer.entries import Images, OnFeatures
from mnist_transfer.progress import track
from mnist_transfer.study import Study
from mnist_transfer.tables import PLACE, Table

if TYPE_CHECKING:
    import pandas as pd

#: The share of the largest ratios that TwoNN leaves out of its fit, as Facco et al. do.
DISCARDED = 0.1

Features = npt.NDArray[np.float32]


class Settings(OnFeatures):
    """How many training images a draw has, and how many draws there are."""

    images: Images = 10_000
    draws: StrictInt = Field(default=5, ge=2)


#: One number of one draw of `images` training images.
TABLE = Table({**PLACE, "quantity": "text", "draw": "integer"}, {"images": "integer", "value": "number"})
HEADLINE = "intrinsic_dimension"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the mean intrinsic dimension of the draws."""
    return shared.mean(table[table["quantity"] == "intrinsic_dimension"], "value")


def participation_ratio(features: Features) -> float:
    """Return over how many directions the variance is spread: (Σλ)² / Σλ² of the covariance's eigenvalues.

    It is the number of features where all are independent and vary equally, 1 where all images lie on a line, 0 in one point.
    Gao et al. 2017, https://doi.org/10.1101/214262, equation 1.
    """
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    covariance = centred.T @ centred / len(centred)
    spread = float((covariance**2).sum())
    return float(np.trace(covariance) ** 2 / spread) if spread else 0.0


def intrinsic_dimension(features: Features) -> float:
    """Return the TwoNN estimate of the dimension of the surface that the images lie on.

    From the ratio μ of the distances to the second and the first neighbour, of which -log(1 - F(μ)) = d log μ holds, fitted
    through the origin without the largest tenth: Facco et al. 2017, https://doi.org/10.1038/s41598-017-11873-y.
    Of twins, one counts; fewer than three different images have dimension 0.
    """
    from sklearn.neighbors import NearestNeighbors

    features = np.unique(features, axis=0)
    if len(features) < 3:
        return 0.0
    distances, _ = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(features).kneighbors(features)
    ratio = np.sort(np.log(distances[:, 2] / distances[:, 1]))
    kept = int(len(ratio) * (1 - DISCARDED))
    cumulated = -np.log1p(-np.arange(1, kept + 1) / len(ratio))
    return float((ratio[:kept] * cumulated).sum() / (ratio[:kept] ** 2).sum())


def nearest_neighbour_error(train: Features, train_labels: Labels, test: Features, test_labels: Labels) -> float:
    """Return the share of test images whose nearest training image is of another class."""
    from sklearn.neighbors import NearestNeighbors

    nearest = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(train).kneighbors(test, return_distance=False)
    return float((train_labels[nearest[:, 0]] != test_labels).mean())


def bayes_error_bound(nearest_neighbour: float, classes: int) -> float:
    """Return the least error that any classifier can have, if one nearest neighbour of infinitely many errs so often.

    Cover and Hart 1967, https://doi.org/10.1109/TIT.1967.1053964: R ≤ R* (2 - K / (K - 1) R*), solved for R*; the error itself
    bounds R* from above.
    """
    share = (classes - 1) / classes
    return share * (1 - float(np.sqrt(max(0.0, 1 - nearest_neighbour / share))))


def measure(train: Features, train_labels: Labels, test: Features, test_labels: Labels, classes: int) -> dict[str, float]:
    """Return every quantity of z-scored features: the training images' shape, and the nearest neighbour's error on the test's.

    Parameters
    ----------
    train, test : ndarray of float32, shape (n, width)
    train_labels, test_labels : ndarray of unsigned int, shape (n,)
    classes
        How many there are.
    """
    from sklearn.metrics import silhouette_score
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    train, test = scaler.transform(train), scaler.transform(test)
    error = nearest_neighbour_error(train, train_labels, test, test_labels)
    return {
        "participation_ratio": participation_ratio(train),
        "intrinsic_dimension": intrinsic_dimension(train),
        "nearest_neighbour_error": error,
        "bayes_error_bound": bayes_error_bound(error, classes),
        "silhouette": float(silhouette_score(train, train_labels)),
    }


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield every quantity for several draws of training images."""
    from threadpoolctl import threadpool_limits

    settings = study.measure("geometry")
    content = artifacts.read_features(study, dataset, features)
    train, labels = content.train, content.train_labels
    with track(f"{dataset} {features}", settings.draws, "draws") as advance:
        for draw in range(settings.draws):
            chosen = shared.draw(labels, settings.images, study.seed + draw)
            with threadpool_limits(2):  # on any number of cores, so that sums have one order
                measured = measure(train[chosen], labels[chosen], content.test, content.test_labels, content.classes)
            for quantity, value in measured.items():
                place = {"dataset": dataset, "features": features, "quantity": quantity, "draw": draw}
                yield {**place, "images": len(chosen), "value": value}
            advance(1, False)
