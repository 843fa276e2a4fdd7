"""How KMeans' clusters in three dimensions agree with the classes, from several starts and for several numbers of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, StrictInt

from mnist_transfer import artifacts
from mnist_transfer.difficulty.shared import at_most, mean
from mnist_transfer.entries import Count, OnFeatures, ascending
from mnist_transfer.progress import track
from mnist_transfer.study import Study
from mnist_transfer.tables import PLACE, Table

if TYPE_CHECKING:
    import pandas as pd


class Settings(OnFeatures):
    """How many clusters KMeans looks for, and from how many starts (`seeds`), each its own result."""

    clusters: Annotated[tuple[Count, ...], Field(min_length=1), AfterValidator(ascending)] = (5, 10, 15, 20, 25, 30)
    seeds: StrictInt = Field(default=10, ge=2)


TABLE = Table({**PLACE, "clusters": "integer", "seed": "integer"}, {"images": "integer", "adjusted_rand_index": "number"})
HEADLINE = "adjusted_rand_index_of_10"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the mean agreement of ten clusters, or of the next number below."""
    return mean(at_most(table, "clusters", 10), "adjusted_rand_index")


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield the adjusted Rand index of single runs of KMeans on the training images' first three principal components."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits

    settings = study.comparisons["clusters"]
    points = artifacts.read_projection(study, dataset, features)["train_xyz"]
    labels = artifacts.read_splits(dataset)["train"].labels
    numbers = [number for number in settings.clusters if number <= len(labels)]
    with track(f"{dataset} {features}", len(numbers) * settings.seeds, "runs") as advance:
        for clusters in numbers:
            for seed in range(study.seed, study.seed + settings.seeds):
                with threadpool_limits(1):  # one order of sums on any number of cores
                    found = KMeans(clusters, n_init=1, random_state=seed).fit_predict(points)
                advance(1, False)
                yield {
                    "dataset": dataset,
                    "features": features,
                    "clusters": clusters,
                    "seed": seed,
                    "images": len(labels),
                    "adjusted_rand_index": float(adjusted_rand_score(labels, found)),
                }
