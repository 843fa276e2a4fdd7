"""Claims about whether MNIST is too easy: single pixels, equal numbers of images, telling classifiers apart, seeds."""

import numpy as np
import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim, complete, on_both, side_by_side
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, THIRD
from mnist_transfer.comparisons.families import representatives
from mnist_transfer.difficulty.shared import LEVEL, holm
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.read import Results
from mnist_transfer.wording import counted, percent, points, signed

#: Training images with which MNIST's accuracy is asked for.
FEW = 1_000
#: The share of all pairs of classifiers that MNIST may tell apart less than Fashion-MNIST, and still tell as many.
MARGIN = 0.1


@claim
def mnist_still_separates_on_pixels(results: Results) -> Verdict:
    """Check: on raw pixels MNIST tells most pairs of classifiers apart, and as many as Fashion-MNIST."""
    return _as_many(results, PIXELS)


@claim
def mnist_still_separates_on_the_papers_features(results: Results) -> Verdict:
    """Check: on the paper's features MNIST tells most pairs of classifiers apart, and as many as Fashion-MNIST."""
    return _as_many(results, LAST)


@claim
def mnist_separates_fewer_on_good_features(results: Results) -> Verdict:
    """Check: on the third layer's features MNIST tells most pairs of families apart, but fewer than Fashion-MNIST.

    Half of the pairs or fewer, or as many as Fashion-MNIST tells apart, make it false.
    """
    apart, of = _told_apart(results, THIRD)
    texts = {name: f"{apart[name]} of {of[name]}" for name in DATASETS}
    return Verdict(
        of[MNIST] / 2 < apart[MNIST] < apart[FASHION],
        f"pairs of families told apart on {results.heading(THIRD)} (McNemar, Holm): {on_both(texts)}",
        {"apart": f"{apart[MNIST]} of {counted(of[MNIST], 'pair')}, against {apart[FASHION]}"},
    )


def _as_many(results: Results, features: str) -> Verdict:
    """Compare the shares of pairs that the datasets tell apart, with a margin of a tenth of all pairs.

    False if MNIST tells half of the pairs of families apart or fewer, or if it may tell a tenth fewer apart than Fashion-MNIST:
    in these test images, or by the lower end of the 95% interval of bootstrapped ones. Each family has one vote.
    """
    apart, of = _told_apart(results, features)
    lead = apart[MNIST] / of[MNIST] - apart[FASHION] / of[FASHION]
    least = _least_lead(results.on(DATASETS, "resolution", features))
    texts = {name: f"{apart[name]} of {of[name]}" for name in DATASETS}
    return Verdict(
        apart[MNIST] > of[MNIST] / 2 and round(min(lead, least), 9) > -MARGIN,
        f"pairs of families told apart on {results.heading(features)} (McNemar, Holm): {on_both(texts)}; in bootstrapped test "
        f"images MNIST's lead is at least {signed(least)} points of the pairs (95%; the margin is {signed(-MARGIN, 0)})",
        {"apart": f"{apart[MNIST]} of {counted(of[MNIST], 'pair')}, against {apart[FASHION]}"},
    )


def _told_apart(results: Results, features: str) -> tuple[dict[str, int], dict[str, int]]:
    """Count for each dataset the pairs of families that McNemar's test tells apart, and all of them."""
    apart, of = {}, {}
    for name, pairs in results.on(DATASETS, "mcnemar", features).groupby("dataset"):
        # A family's last row stands for it, such as the largest forest.
        last = representatives([*pairs["first"], *pairs["second"]])
        between = pairs[pairs["first"].isin(last) & pairs["second"].isin(last)]
        if between.empty:
            raise NotMeasuredError(f"this study has no two families of classifiers on {results.heading(features)}")
        apart[str(name)], of[str(name)] = int((holm(between["p"].to_numpy()) < LEVEL).sum()), len(between)
    return apart, of


def _least_lead(boot: pd.DataFrame) -> float:
    """Return the lower end of the 95% interval for how much larger a share of all pairs MNIST tells apart.

    The interval of a difference of two independent estimates from the intervals of both: Zou and Donner, "Construction of
    confidence limits about effect measures", 2008, https://doi.org/10.1002/sim.3095, equation 5.
    """
    shares = boot[["apart", "apart_low", "apart_high"]].div(boot["pairs"], axis="index").assign(dataset=boot["dataset"])
    last = shares.loc[boot.sort_values("images").index].groupby("dataset").last()
    middle, low, high = (last[end].to_dict() for end in ("apart", "apart_low", "apart_high"))
    return float(middle[MNIST] - middle[FASHION] - np.hypot(middle[MNIST] - low[MNIST], high[FASHION] - middle[FASHION]))


@claim
def one_pixel_does_not_tell_most_digits_apart(results: Results) -> Verdict:
    """Check: one pixel gets over 95% on less than half of MNIST's pairs of classes, also by the intervals' upper ends.

    Half of the pairs whose interval reaches beyond 95% make it false.
    """
    rows = results.on(DATASETS, "one_pixel").query("dataset == @MNIST")[["accuracy", "accuracy_low", "accuracy_high"]]
    counts = {level: (rows > level).sum() for level in (0.9, 0.95)}
    texts = [f"{at} ({low} to {high}) above {percent(level, 0)}" for level, (at, low, high) in counts.items()]
    return Verdict(
        bool(counts[0.95]["accuracy_high"] < len(rows) / 2),
        f"of MNIST's {counted(len(rows), 'pair')}: {', '.join(texts)}, by the 95% intervals' ends in brackets",
        {
            f"above {percent(level, 0)}": f"{at} of {counted(len(rows), 'pair')} ({low} to {high} by the intervals)"
            for level, (at, low, high) in counts.items()
        },
    )


@claim
def one_pixel_tells_clothes_apart_better(results: Results) -> Verdict:
    """Check: one pixel tells more pairs of Fashion-MNIST's classes apart than of MNIST's, at 90% and at 95%.

    As many on MNIST, at either level, make it false.
    """
    rows = results.on(DATASETS, "one_pixel")
    counts = {level: (rows["accuracy"] > level).groupby(rows["dataset"]).sum() for level in (0.9, 0.95)}
    medians, of = rows.groupby("dataset")["accuracy"].median(), (rows["dataset"] == FASHION).sum()
    texts = {
        name: f"{counted(counts[0.9][name], 'pair')} above 90%, {counts[0.95][name]} above 95%, median {percent(medians[name])}"
        for name in DATASETS
    }
    values = {
        f"above {percent(level, 0)}": f"{count[FASHION]} of {counted(of, 'pair')} above {percent(level, 0)}"
        for level, count in counts.items()
    }
    return Verdict(all(count[FASHION] > count[MNIST] for count in counts.values()), on_both(texts), values)


def _curves(results: Results) -> pd.DataFrame:
    return side_by_side(results.on(DATASETS, "learning_curves"), "features", "classifier", "train")


@claim
def the_gap_is_there_at_equal_numbers(results: Results) -> Verdict:
    """Check: with equally many training images MNIST is easier at every size, for every classifier and features.

    One point of one curve at which it is not makes it false.
    """
    curves = _curves(results)
    gaps = curves[MNIST] - curves[FASHION]
    sizes = gaps.index.get_level_values("train")
    return Verdict(
        bool((gaps > 0).all()),
        f"{(gaps > 0).sum()} of {len(gaps)} curves' points, {signed(gaps.min())} to {signed(gaps.max())} points "
        f"at {sizes.min():,} to {sizes.max():,} images (means of the draws)",
    )


@claim
def a_thousand_digits_beat_ten_thousand_clothes(results: Results) -> Verdict:
    """Check: what MNIST has with a thousand images, most classifiers do not reach on Fashion-MNIST with ten times as many.

    Half of the pairs of features and classifier that do make it false.
    """
    curves = _curves(results)
    easy, hard = (curves[name].unstack("train") for name in (MNIST, FASHION))
    if missing := [size for size in (FEW, 10 * FEW) if size not in hard.columns]:
        raise NotMeasuredError(f"this study has no learning_curves with {missing[0]:,} images")
    goal, tenfold = (complete(table[size], f"the curves at {size:,} images") for table, size in ((easy, FEW), (hard, 10 * FEW)))
    short, never = int((tenfold < goal).sum()), int((hard.max(axis=1) < goal).sum())
    return Verdict(
        short > len(goal) / 2,
        f"of {counted(len(goal), 'pair')} of features and classifier, "
        f"Fashion-MNIST stays below MNIST's accuracy at {FEW:,} images in "
        f"{short} with {10 * FEW:,}, in {never} with {curves.index.get_level_values('train').max():,}",
        {"short": f"{short} of {len(goal)}"},
    )


@claim
def seeds_matter_less_than_test_images(results: Results) -> Verdict:
    """Check: in most cases that were tried, the seeds' standard deviation is below the test split's standard error.

    A case is a classifier on a kind of features and a dataset; half of them the other way round make it false.
    """
    groups = results.on(DATASETS, "seed_noise").groupby(["features", "dataset", "classifier"], sort=False)
    spread = complete(groups["accuracy"].std(), "the seeds: it takes two of each")
    error = (groups["accuracy_high"].mean() - groups["accuracy"].mean()) / 1.96  # of a normal 95% interval
    smaller = int((spread < error).sum())
    return Verdict(
        smaller > len(spread) / 2,
        f"in {smaller} of {len(spread)} cases; standard deviations of seeds {points(spread.min(), 2)} to "
        f"{points(spread.max(), 2)}, standard errors of the test split {points(error.min(), 2)} to {points(error.max(), 2)}",
        {"cases": f"{smaller} of {len(spread)}", "classifiers": f"{len(spread.index.unique('classifier'))}"},
    )
