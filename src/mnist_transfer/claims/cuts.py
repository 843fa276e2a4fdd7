"""Claims about where a network is cut."""

import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim
from mnist_transfer.claims.rows import DATASETS, PIXELS, measured, on_both, whole
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.read import Results
from mnist_transfer.wording import percent

#: The networks with ImageNet's weights and with random ones.
TRAINED, RANDOM = "vgg16", "vgg16-random"


def errors(results: Results) -> pd.DataFrame:
    """Return the mean error of the measure's classifiers: a row a kind of features, a column a dataset.

    Raises
    ------
    NotMeasuredError
        The study does not cut the network at several layers, or lacks raw pixels beside them.
    """
    measured(results, "depth", PIXELS)
    every = measured(results, "depth")
    found = (1 - every["accuracy"]).groupby([every["features"], every["dataset"]], sort=False).mean().unstack("dataset")
    if sum(name.startswith(f"{TRAINED}/") for name in found.index) < 2:
        raise NotMeasuredError("this study does not cut vgg16 at several layers")
    return whole(found[list(DATASETS)], "the layers on both datasets")


def of(found: pd.DataFrame, network: str) -> pd.DataFrame:
    """Return the rows of one network by the names of its cuts, the last cut last; none is a `NotMeasuredError`."""
    rows = found[found.index.str.startswith(f"{network}/")]
    if rows.empty:
        raise NotMeasuredError(f"this study does not cut {network} at several layers")
    return rows.set_axis(rows.index.str.removeprefix(f"{network}/"), axis="index").sort_index()


@claim
def errors_are_least_in_the_middle(results: Results) -> Verdict:
    """Check: ImageNet's network errs least at its third or fourth pooling layer, on both datasets."""
    cuts = of(errors(results), TRAINED)
    least = {name: str(cuts[name].idxmin()) for name in DATASETS}
    texts = {name: f"{least[name]} with {percent(cuts[name].min())}, last {percent(cuts[name].iloc[-1])}" for name in DATASETS}
    return Verdict(all(name in ("block3", "block4") for name in least.values()), f"least mean error: {on_both(texts)}")


@claim
def the_last_cut_wastes_what_the_middle_has(results: Results) -> Verdict:
    """Check: the last pooling layer has at least half as much error again as the best one, on both datasets."""
    cuts = of(errors(results), TRAINED)
    ratio = (cuts.iloc[-1] / cuts.min()).round(9)
    texts = {name: f"{ratio[name]:.1f} times the least error" for name in DATASETS}
    return Verdict(bool((ratio >= 1.5).all()), f"at the last pooling layer: {on_both(texts)}")


@claim
def the_last_cut_is_like_pixels(results: Results) -> Verdict:
    """Check: at the last pooling layer the mean error is within one point of raw pixels', on both datasets."""
    found = errors(results)
    last = of(found, TRAINED).iloc[-1]
    texts = {name: f"{percent(last[name])} against {percent(found[name][PIXELS])}" for name in DATASETS}
    near = all(round(abs(last[name] - found[name][PIXELS]), 9) <= 0.01 for name in DATASETS)
    return Verdict(near, f"mean error at the last pooling layer against raw pixels: {on_both(texts)}")


@claim
def pretraining_pays_in_the_middle(results: Results) -> Verdict:
    """Check: ImageNet's weights save a quarter or more of the errors at the third and fourth layer, on both datasets."""
    found = errors(results)
    ours, control = of(found, TRAINED), of(found, RANDOM)
    middle = ["block3", "block4"]
    saved = (1 - ours.reindex(middle) / control.reindex(middle)).round(9)
    whole(saved, "the layers block3 and block4 with and without ImageNet's weights")
    texts = {name: " and ".join(percent(value, 0) for value in saved[name]) for name in DATASETS}
    return Verdict(
        bool((saved >= 0.25).all().all()), f"of the errors with random weights, gone at block3 and block4: {on_both(texts)}"
    )


@claim
def pretraining_pays_nothing_at_the_last_cut(results: Results) -> Verdict:
    """Check: at the last pooling layer ImageNet's weights do not save a point of error or more on either dataset."""
    found = errors(results)
    ours, control = (of(found, network).iloc[-1] for network in (TRAINED, RANDOM))
    if ours.name != control.name:
        raise NotMeasuredError(f"this study's last cuts of {TRAINED} and {RANDOM} are {ours.name} and {control.name}")
    texts = {name: f"{percent(ours[name])} against {percent(control[name])}" for name in DATASETS}
    return Verdict(
        not bool(((control - ours).round(9) >= 0.01).any()),
        f"mean error at the last pooling layer, ImageNet against random: {on_both(texts)}",
    )
