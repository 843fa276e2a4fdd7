"""Claims about how good simple classifiers are, and what ImageNet's weights are worth."""

import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim, complete, on_both, side_by_side, with_interval
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, RANDOM_LAST, RANDOM_THIRD, THIRD
from mnist_transfer.results.read import Results
from mnist_transfer.wording import counted, signed


@claim
def mnist_easier_everywhere(results: Results) -> Verdict:
    """Check: MNIST is easier for every classifier on every kind of features, beyond the 95% intervals."""
    table = results.on(DATASETS, "accuracy")
    wide = {
        column: side_by_side(table, "features", "classifier", column=f"accuracy{column}") for column in ("", "_low", "_high")
    }
    gaps = wide[""][MNIST] - wide[""][FASHION]
    apart = int((wide["_low"][MNIST] > wide["_high"][FASHION]).sum())
    low, middle, high = (signed(value) for value in (gaps.min(), gaps.median(), gaps.max()))
    return Verdict(
        apart == len(gaps),
        f"in {apart} of {counted(len(gaps), 'row')} the 95% intervals lie apart; "
        f"MNIST leads by {low} to {high} points, median {middle}",
        {f"lead on {kind}": f"{100 * mean:.1f}" for kind, mean in gaps.groupby("features").mean().items()},
    )


@claim
def third_cut_beats_the_last(results: Results) -> Verdict:
    """Check: every classifier does better on the third pooling layer's features than on the last one's, on both datasets."""
    return _better_everywhere(results, THIRD, LAST)


@claim
def third_cut_beats_pixels(results: Results) -> Verdict:
    """Check: every classifier does better on the third pooling layer's features than on raw pixels, on both datasets."""
    return _better_everywhere(results, THIRD, PIXELS)


@claim
def imagenet_helps_at_the_third_cut(results: Results) -> Verdict:
    """Check: at the third pooling layer ImageNet's weights beat random ones for every classifier on both datasets."""
    return _better_everywhere(results, THIRD, RANDOM_THIRD)


def _better_everywhere(results: Results, one: str, other: str) -> Verdict:
    table = results.on(DATASETS, "accuracy", one, other)
    wide = table.pivot(index=["dataset", "classifier"], columns="features", values="accuracy")
    lead = complete(wide[one] - wide[other], f"the classifiers on {one} or on {other}")
    better, mean = (lead > 0).groupby("dataset"), lead.groupby("dataset").mean()
    count, of = better.sum(), better.size()
    texts = {name: f"{count[name]} of {counted(of[name], 'row')}, {signed(mean[name])} points on average" for name in DATASETS}
    return Verdict(bool((lead > 0).all()), f"{one} over {other}: {on_both(texts)}")


@claim
def imagenet_adds_nothing_at_the_papers_cut(results: Results) -> Verdict:
    """Check: at the paper's cut ImageNet's best row is not above the best one on random weights, on either dataset."""
    return _best_not_above(results, LAST, RANDOM_LAST)


@claim
def pixels_match_the_papers_features(results: Results) -> Verdict:
    """Check: the best row on the paper's features is not above the best one on raw pixels, on either dataset."""
    return _best_not_above(results, LAST, PIXELS)


def _best_not_above(results: Results, one: str, other: str) -> Verdict:
    results.on(DATASETS, "accuracy", one, other)
    pairs = {dataset: (results.best(dataset, one), results.best(dataset, other)) for dataset in DATASETS}
    texts = {name: f"{with_interval(ours)} against {with_interval(theirs)}" for name, (ours, theirs) in pairs.items()}
    holds = all(ours["accuracy"] <= theirs["accuracy"] for ours, theirs in pairs.values())
    return Verdict(holds, f"best rows (chosen on the test images), {one} against {other}: {on_both(texts)}")


@claim
def classifiers_order_alike(results: Results) -> Verdict:
    """Check: the order of the classifiers is much the same on both datasets, on each kind of features: 0.8 or more."""
    wide = side_by_side(results.on(DATASETS, "accuracy"), "features", "classifier").groupby("features")
    order = pd.Series({kind: rows[FASHION].rank().corr(rows[MNIST].rank()) for kind, rows in wide}).round(9)
    complete(order, "the classifiers that have an order")
    numbers = ", ".join(f"{kind} {value:.2f}" for kind, value in order.items())
    return Verdict(bool((order >= 0.8).all()), f"Spearman's rank correlation of the classifiers: {numbers}")
