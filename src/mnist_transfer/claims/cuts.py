"""Claims about where a network is cut: for every classifier of the measure, never for their mean."""

from typing import Any

import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim, complete, on_both
from mnist_transfer.claims.names import DATASETS
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.read import Results
from mnist_transfer.wording import percent

#: The networks with ImageNet's weights and with random ones.
TRAINED, RANDOM = "vgg16", "vgg16-random"
#: The layers in the middle.
MIDDLE = ["block3", "block4"]


def _errors(results: Results, network: str) -> pd.DataFrame:
    """Return the errors of the measure: a row a layer of a network, the last one last, a column a dataset and classifier."""
    every = results.on(DATASETS, "depth")
    rows = every[every["features"].str.startswith(f"{network}/")]
    layers = rows["features"].str.removeprefix(f"{network}/")
    found = (
        (1 - rows["accuracy"]).groupby([layers, rows["dataset"], rows["classifier"]]).mean().unstack(["dataset", "classifier"])
    )
    if len(found) < 2 or set(found.columns.get_level_values("dataset")) != set(DATASETS):
        raise NotMeasuredError(f"this study does not cut {network} at several layers on both datasets")
    return complete(found.sort_index(), f"the layers of {network} for every classifier on both datasets")


def _ranges(numbers: Any, digits: int = 1) -> dict[str, str]:
    """Write the least and the largest number of each dataset, as percentages."""
    ends = numbers.groupby("dataset").agg(["min", "max"])
    return {
        name: f"{percent(ends['min'][name], digits).removesuffix('%')} to {percent(ends['max'][name], digits)}"
        for name in DATASETS
    }


@claim
def errors_are_least_in_the_middle(results: Results) -> Verdict:
    """Check: with ImageNet's weights every classifier errs least at the third or fourth pooling layer, on both datasets.

    One classifier that errs least elsewhere makes it false.
    """
    errors = _errors(results, TRAINED)
    ranges, last = _ranges(errors.min()), _ranges(errors.iloc[-1])
    at = errors.idxmin()
    places = {name: ", ".join(sorted({str(layer) for layer in at.xs(name, level="dataset")})) for name in DATASETS}
    texts = {name: f"{ranges[name]} at {places[name]}, {last[name]} at the last" for name in DATASETS}
    return Verdict(bool(at.isin(MIDDLE).all()), f"least errors of the classifiers: {on_both(texts)}", ranges)


@claim
def the_last_cut_wastes_what_the_middle_has(results: Results) -> Verdict:
    """Check: at the last pooling layer every classifier has half as much error again as at its best one, or more.

    One classifier on one dataset with less makes it false.
    """
    errors = _errors(results, TRAINED)
    ratio = (errors.iloc[-1] / errors.min()).round(9)
    ends = ratio.groupby("dataset").agg(["min", "max"])
    texts = {name: f"{ends['min'][name]:.1f} to {ends['max'][name]:.1f} times the least error" for name in DATASETS}
    return Verdict(bool((ratio >= 1.5).all()), f"at the last pooling layer: {on_both(texts)}")


@claim
def pretraining_pays_in_the_middle(results: Results) -> Verdict:
    """Check: at the third and fourth layer ImageNet's weights save every classifier a quarter of its errors or more.

    One classifier, at one of these layers, on one dataset, that saves less makes it false.
    """
    ours, random = (_errors(results, network).reindex(MIDDLE) for network in (TRAINED, RANDOM))
    saved = complete((1 - ours / random).round(9), "the layers block3 and block4 with and without ImageNet's weights")
    return Verdict(
        bool((saved >= 0.25).all().all()),
        f"of the errors with random weights, gone at block3 and block4: {on_both(_ranges(saved.T.stack(), 0))}",
    )
