"""How KMeans' clusters in three dimensions agree with the classes, from several starts and for several numbers of them."""

from collections.abc import Iterator
from typing import Any

from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from mnist_transfer import artifacts, files, paths
from mnist_transfer.progress import track
from mnist_transfer.study import Study
from mnist_transfer.tables import REMEDY


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield the adjusted Rand index of single runs of KMeans on the training images' first three principal components.

    Raises
    ------
    InputError
        A file is missing or damaged.
    """
    settings = study.measures.clusters
    points = files.read_npz(paths.projection(dataset, features), REMEDY)["train_xyz"]
    labels = artifacts.read_split(dataset, "train", "labels")
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
