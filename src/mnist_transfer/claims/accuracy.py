"""Claims about how good simple classifiers are, and what ImageNet's weights are worth."""

import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim, complete, on_both, side_by_side, with_interval
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, RANDOM_LAST, RANDOM_THIRD, THIRD, TITLES
from mnist_transfer.comparisons.families import family
from mnist_transfer.results.read import Results
from mnist_transfer.wording import counted, signed


@claim
def mnist_easier_everywhere(results: Results) -> Verdict:
    """Check: MNIST is easier for every classifier on every kind of features, beyond the 95% intervals.

    One row whose intervals touch makes it false.
    """
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
    """Check: every classifier does better on the third pooling layer's features than on the last one's, on both datasets.

    One row that is not better makes it false.
    """
    return _better_everywhere(results, THIRD, LAST)


@claim
def third_cut_beats_pixels(results: Results) -> Verdict:
    """Check: every classifier does better on the third pooling layer's features than on raw pixels, on both datasets.

    One row that is not better makes it false.
    """
    return _better_everywhere(results, THIRD, PIXELS)


@claim
def imagenet_helps_at_the_third_cut(results: Results) -> Verdict:
    """Check: at the third pooling layer ImageNet's weights beat random ones for every classifier on both datasets.

    One row that is not better makes it false.
    """
    return _better_everywhere(results, THIRD, RANDOM_THIRD)


def _better_everywhere(results: Results, one: str, other: str) -> Verdict:
    lead, _ = _leads(results, one, other)
    better, mean = (lead > 0).groupby("dataset"), lead.groupby("dataset").mean()
    count, of = better.sum(), better.size()
    texts = {name: f"{count[name]} of {counted(of[name], 'row')}, {signed(mean[name])} points on average" for name in DATASETS}
    return Verdict(bool((lead > 0).all()), f"{results.heading(one)} over {results.heading(other)}: {on_both(texts)}")


@claim
def imagenet_adds_nothing_at_the_papers_cut(results: Results) -> Verdict:
    """Check: at the paper's cut ImageNet's best row is not above the best one on random weights, on either dataset.

    It speaks of the best rows alone; which others gain and lose is `imagenet_takes_sides_at_the_papers_cut`.
    """
    holds, text = _best_not_above(results, LAST, RANDOM_LAST)
    return Verdict(holds, text)


@claim
def imagenet_takes_sides_at_the_papers_cut(results: Results) -> Verdict:
    """Check: at the paper's cut ImageNet's weights beat random ones for all forests, and lose for all nearest neighbours.

    One such row, on either dataset, whose 95% intervals touch makes it false.
    """
    lead, apart = _leads(results, LAST, RANDOM_LAST)
    families = lead.index.get_level_values("classifier").map(family)
    sides = {name: lead[families == name].unstack("dataset") for name in ("random forests", "nearest neighbours")}
    forests, neighbours = (complete(rows.reindex(columns=list(DATASETS)), f"the {name}") for name, rows in sides.items())
    ahead = (lead > 0).groupby("dataset").sum()
    of = lead.groupby("dataset").size()
    texts = {
        name: f"forests {signed(forests[name].min())} to {signed(forests[name].max())} points, nearest neighbours "
        f"{signed(neighbours[name].min())} to {signed(neighbours[name].max())}, ahead in {ahead[name]} of {of[name]} rows"
        for name in DATASETS
    }
    told = apart[families.isin(list(sides))]
    return Verdict(
        bool(told.all() and (forests > 0).all().all() and (neighbours < 0).all().all()),
        f"ImageNet's weights less random ones: {on_both(texts)}",
        {f"ahead on {TITLES[name]}": f"{ahead[name]} of {counted(of[name], 'row')}" for name in DATASETS},
    )


@claim
def pixels_beat_the_papers_features(results: Results) -> Verdict:
    """Check: raw pixels are ahead of the paper's features for the best row and for most rows and families, on both datasets.

    A family has one vote, by its mean. A dataset on which features are ahead in half of the rows or families, or have the best
    row, makes it false.
    """
    best, text = _best_not_above(results, LAST, PIXELS)
    lead, _ = _leads(results, PIXELS, LAST)
    families = lead.groupby(["dataset", lead.index.get_level_values("classifier").map(family)]).mean()
    votes = {what: (found > 0).groupby("dataset").agg(["sum", "size"]) for what, found in (("row", lead), ("family", families))}
    texts = {
        name: " and ".join(
            f"{count['sum'][name]} of {count['size'][name]} {plural}"
            for count, plural in zip(votes.values(), ("rows", "families"), strict=True)
        )
        for name in DATASETS
    }
    most = all(bool((count["sum"] > count["size"] / 2).all()) for count in votes.values())
    return Verdict(
        best and most,
        f"raw pixels ahead: {on_both(texts)}; {text}",
        {f"rows on {TITLES[name]}": f"{votes['row']['sum'][name]} of {votes['row']['size'][name]}" for name in DATASETS},
    )


def _leads(results: Results, one: str, other: str) -> tuple["pd.Series[float]", "pd.Series[bool]"]:
    """Return how far each row is ahead on the first of two kinds of features, and whether the 95% intervals are apart."""
    table = results.on(DATASETS, "accuracy", one, other)
    wide = table.pivot(
        index=["dataset", "classifier"], columns="features", values=["accuracy", "accuracy_low", "accuracy_high"]
    )
    complete(wide, f"the classifiers on {results.heading(one)} or on {results.heading(other)}")
    low, high = wide["accuracy_low"], wide["accuracy_high"]
    apart = (low[one] > high[other]) | (low[other] > high[one])
    return wide["accuracy"][one] - wide["accuracy"][other], apart


def _best_not_above(results: Results, one: str, other: str) -> tuple[bool, str]:
    results.on(DATASETS, "accuracy", one, other)
    pairs = {dataset: (results.best(dataset, one), results.best(dataset, other)) for dataset in DATASETS}
    texts = {name: f"{with_interval(ours)} against {with_interval(theirs)}" for name, (ours, theirs) in pairs.items()}
    holds = all(bool(ours["accuracy"] <= theirs["accuracy"]) for ours, theirs in pairs.values())
    return holds, (
        f"best rows (chosen on the test images), {results.heading(one)} against {results.heading(other)}: {on_both(texts)}"
    )


@claim
def classifiers_order_alike(results: Results) -> Verdict:
    """Check: the order of the classifiers is much the same on both datasets: Spearman's rank correlation is 0.8 or more.

    One kind of features on which it is less makes it false.
    """
    wide = side_by_side(results.on(DATASETS, "accuracy"), "features", "classifier").groupby("features")
    order = pd.Series({kind: rows[FASHION].rank().corr(rows[MNIST].rank()) for kind, rows in wide}).round(9)
    complete(order, "the classifiers that have an order")
    numbers = ", ".join(f"{results.heading(str(kind))} {value:.2f}" for kind, value in order.items())
    return Verdict(bool((order >= 0.8).all()), f"Spearman's rank correlation of the classifiers: {numbers}")
