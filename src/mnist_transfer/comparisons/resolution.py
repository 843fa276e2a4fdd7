"""How many pairs of families of classifiers a number of test images tells apart: what a benchmark is for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field, StrictInt

from mnist_transfer import artifacts
from mnist_transfer.comparisons.families import representatives
from mnist_transfer.difficulty import shared
from mnist_transfer.entries import Ascending, OnFeatures
from mnist_transfer.progress import track
from mnist_transfer.study import Study
from mnist_transfer.tables import PLACE, Table

if TYPE_CHECKING:
    import pandas as pd


class Settings(OnFeatures):
    """Numbers of test images (those that a dataset has not are left out), and how many random test sets of each."""

    images: Ascending = Field(default=(500, 1000, 2000, 5000, 10_000), min_length=1)
    resamples: StrictInt = Field(default=1000, ge=20)


#: How many of all pairs of families, each by its last row, `images` random test images tell apart: median and middle 95% of
#: random test sets.
TABLE = Table(
    {**PLACE, "images": "integer"}, {"pairs": "integer", "apart": "number", "apart_low": "number", "apart_high": "number"}
)
HEADLINE = "pairs_apart_by_2000"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the share of pairs that 2,000 test images tell apart, or the next number below."""
    return shared.mean(shared.at_most(table.assign(share=table["apart"] / table["pairs"]), "images", 2_000), "share")


def apart(correct: npt.NDArray[np.bool_], images: int, resamples: int, seed: int) -> npt.NDArray[np.int64]:
    """Count in random test sets the pairs of classifiers that McNemar's test with Holm's correction tells apart.

    Fewer images than there are, are drawn without replacement; as many as there are, with it (a bootstrap, which repeats images
    and so finds somewhat more pairs than new images would).

    Parameters
    ----------
    correct : ndarray of bool, shape (classifiers, all images)
    images
        How many a test set has.
    resamples
        How many test sets.
    seed
        Of the draws.

    Returns
    -------
    ndarray of int64, shape (resamples,)
    """
    rng, number = np.random.default_rng(seed), correct.shape[1]
    upper = np.triu_indices(len(correct), 1)
    counted = np.empty((resamples, 2, len(upper[0])), np.int64)
    for resample in range(resamples):
        drawn = rng.choice(number, images, replace=images >= number)
        only = shared.discordant(correct, np.bincount(drawn, minlength=number))
        counted[resample] = only[upper], only.T[upper]
    p = shared.holm(shared.p_values(counted[:, 0], counted[:, 1]))
    found: npt.NDArray[np.int64] = (p < shared.LEVEL).sum(axis=1)
    return found


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield how many pairs of families test sets of several sizes tell apart: median and middle 95% of random ones."""
    settings = study.comparisons["resolution"]
    labels = artifacts.read_splits(dataset)["test"].labels
    predicted = artifacts.read_predictions(study, dataset, features, labels)
    correct = np.stack([predicted[name] == labels for name in representatives(predicted)])
    sizes = [images for images in settings.images if images <= len(labels)]
    with track(f"{dataset} {features}", len(sizes) * settings.resamples, "test sets") as advance:
        for images in sizes:
            found = apart(correct, images, settings.resamples, study.seed)
            advance(settings.resamples, False)
            low, median, high = np.percentile(found, [2.5, 50, 97.5])
            yield {
                "dataset": dataset,
                "features": features,
                "images": images,
                "pairs": len(correct) * (len(correct) - 1) // 2,
                "apart": float(median),
                "apart_low": float(low),
                "apart_high": float(high),
            }
