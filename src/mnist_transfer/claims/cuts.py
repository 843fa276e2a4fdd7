"""Claims about where a network is cut."""

import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim, complete, on_both
from mnist_transfer.claims.names import DATASETS, PIXELS
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.read import Results
from mnist_transfer.wording import percent

#: The networks with ImageNet's weights and with random ones.
TRAINED, RANDOM = "vgg16", "vgg16-random"


def _errors(results: Results) -> pd.DataFrame:
    """Return the mean error of the measure's classifiers: a row a kind of features, some of them cuts, a column a dataset."""
    results.on(DATASETS, "depth", PIXELS)
    every = results.on(DATASETS, "depth")
    found = (1 - every["accuracy"]).groupby([every["features"], every["dataset"]], sort=False).mean().unstack("dataset")
    if sum(name.startswith(f"{TRAINED}/") for name in found.index) < 2:
        raise NotMeasuredError("this study does not cut vgg16 at several layers")
    return complete(found[list(DATASETS)], "the layers on both datasets")


def _cuts(errors: pd.DataFrame, network: str) -> pd.DataFrame:
    """Return the rows of one network by the names of its cuts, the last cut last; none is a `NotMeasuredError`."""
    rows = errors[errors.index.str.startswith(f"{network}/")]
    if rows.empty:
        raise NotMeasuredError(f"this study does not cut {network} at several layers")
    return rows.set_axis(rows.index.str.removeprefix(f"{network}/"), axis="index").sort_index()


@claim
def errors_are_least_in_the_middle(results: Results) -> Verdict:
    """Check: ImageNet's network errs least at its third or fourth pooling layer, on both datasets."""
    cuts = _cuts(_errors(results), TRAINED)
    at, error = cuts.idxmin(), cuts.min()
    texts = {name: f"{at[name]} with {percent(error[name])}, last {percent(cuts[name].iloc[-1])}" for name in DATASETS}
    values = {name: percent(error[name]) for name in DATASETS}
    return Verdict(bool(at.isin(["block3", "block4"]).all()), f"least mean error: {on_both(texts)}", values)


@claim
def the_last_cut_wastes_what_the_middle_has(results: Results) -> Verdict:
    """Check: the last pooling layer has at least half as much error again as the best one, on both datasets."""
    cuts = _cuts(_errors(results), TRAINED)
    ratio = (cuts.iloc[-1] / cuts.min()).round(9)
    texts = {name: f"{ratio[name]:.1f} times the least error" for name in DATASETS}
    return Verdict(bool((ratio >= 1.5).all()), f"at the last pooling layer: {on_both(texts)}")


@claim
def the_last_cut_is_like_pixels(results: Results) -> Verdict:
    """Check: at the last pooling layer the mean error is within one point of raw pixels', on both datasets."""
    errors = _errors(results)
    last, pixels = _cuts(errors, TRAINED).iloc[-1], errors.T[PIXELS]
    texts = {name: f"{percent(last[name])} against {percent(pixels[name])}" for name in DATASETS}
    near = bool(((last - pixels).abs().round(9) <= 0.01).all())
    return Verdict(near, f"mean error at the last pooling layer against raw pixels: {on_both(texts)}")


@claim
def pretraining_pays_in_the_middle(results: Results) -> Verdict:
    """Check: ImageNet's weights save a quarter or more of the errors at the third and fourth layer, on both datasets."""
    errors, middle = _errors(results), ["block3", "block4"]
    ours, random = (_cuts(errors, network).reindex(middle) for network in (TRAINED, RANDOM))
    saved = complete((1 - ours / random).round(9), "the layers block3 and block4 with and without ImageNet's weights")
    texts = {name: " and ".join(percent(value, 0) for value in saved[name]) for name in DATASETS}
    return Verdict(
        bool((saved >= 0.25).all().all()), f"of the errors with random weights, gone at block3 and block4: {on_both(texts)}"
    )


@claim
def pretraining_pays_nothing_at_the_last_cut(results: Results) -> Verdict:
    """Check: at the last pooling layer ImageNet's weights do not save a point of error or more on either dataset."""
    errors = _errors(results)
    ours, random = (_cuts(errors, network).iloc[-1] for network in (TRAINED, RANDOM))
    if ours.name != random.name:
        raise NotMeasuredError(f"this study's last cuts of {TRAINED} and {RANDOM} are {ours.name} and {random.name}")
    texts = {name: f"{percent(ours[name])} against {percent(random[name])}" for name in DATASETS}
    return Verdict(
        not bool(((random - ours).round(9) >= 0.01).any()),
        f"mean error at the last pooling layer, ImageNet against random: {on_both(texts)}",
    )
