"""How many pairs of classifiers a number of test images tells apart: what a benchmark is for."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer.difficulty import mcnemar, predictions
from mnist_transfer.measures import LEVEL
from mnist_transfer.progress import track
from mnist_transfer.study import Study


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
        only = mcnemar.discordant(correct, np.bincount(drawn, minlength=number))
        counted[resample] = only[upper], only.T[upper]
    p = mcnemar.holm(mcnemar.p_values(counted[:, 0], counted[:, 1]))
    found: npt.NDArray[np.int64] = (p < LEVEL).sum(axis=1)
    return found


def rows(study: Study, dataset: str, features: str) -> Iterator[dict[str, Any]]:
    """Yield how many pairs of rows test sets of several sizes tell apart: median and middle 95% of random ones.

    Raises
    ------
    InputError
        A file is missing or damaged.
    """
    settings = study.measures.resolution
    predicted, labels = predictions.read(study, dataset, features)
    correct = np.stack([found == labels for found in predicted.values()])
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
