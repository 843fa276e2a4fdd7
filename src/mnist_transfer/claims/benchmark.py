"""Claims about whether MNIST is too easy: single pixels, equal numbers of images, telling classifiers apart, seeds."""

import pandas as pd

from mnist_transfer.claims.claim import Verdict, claim, complete, on_both, side_by_side
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, THIRD
from mnist_transfer.difficulty.shared import LEVEL
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.read import Results
from mnist_transfer.wording import counted, percent, points, signed

#: Training images with which MNIST's accuracy is asked for.
FEW = 1_000


@claim
def mnist_still_separates_on_pixels(results: Results) -> Verdict:
    """Check: on raw pixels MNIST tells most pairs of classifiers apart, about as many as Fashion-MNIST."""
    return _separates_as_well(results, PIXELS)


@claim
def mnist_still_separates_on_the_papers_features(results: Results) -> Verdict:
    """Check: on the paper's features MNIST tells most pairs of classifiers apart, about as many as Fashion-MNIST."""
    return _separates_as_well(results, LAST)


@claim
def mnist_still_separates_on_good_features(results: Results) -> Verdict:
    """Check: on the third pooling layer's features MNIST tells most pairs apart, about as many as Fashion-MNIST."""
    return _separates_as_well(results, THIRD)


def _separates_as_well(results: Results, features: str) -> Verdict:
    """Count the pairs that McNemar's test tells apart, and take the interval of the largest bootstrapped test splits."""
    table = results.on(DATASETS, "mcnemar", features)
    tests = (table["p_holm"] < LEVEL).groupby(table["dataset"])
    apart, of = tests.sum(), tests.size()
    boot = results.on(DATASETS, "resolution", features).sort_values("images").groupby("dataset")
    low, high = (boot[end].last() for end in ("apart_low", "apart_high"))
    texts = {name: f"{apart[name]} of {of[name]} ({low[name]:.0f} to {high[name]:.0f})" for name in DATASETS}
    return Verdict(
        bool(apart[MNIST] > of[MNIST] / 2 and high[MNIST] >= low[FASHION]),
        f"pairs told apart on {features} (McNemar, Holm; 95% of bootstrapped test splits): {on_both(texts)}",
        {"apart": f"{apart[MNIST]} of {counted(of[MNIST], 'pair')}, against {apart[FASHION]}"},
    )


@claim
def one_pixel_does_not_tell_most_digits_apart(results: Results) -> Verdict:
    """Check: one pixel gets over 90% on less than half of MNIST's pairs, and over 95% even by the intervals' upper ends."""
    rows = results.on(DATASETS, "one_pixel").query("dataset == @MNIST")[["accuracy", "accuracy_low", "accuracy_high"]]
    counts = {level: (rows > level).sum() for level in (0.9, 0.95)}
    texts = [f"{at} ({low} to {high}) above {percent(level, 0)}" for level, (at, low, high) in counts.items()]
    return Verdict(
        bool(counts[0.95]["accuracy_high"] < len(rows) / 2 and counts[0.9]["accuracy"] < len(rows) / 2),
        f"of MNIST's {counted(len(rows), 'pair')}: {', '.join(texts)}, by the 95% intervals' ends in brackets",
        {
            f"above {percent(level, 0)}": f"{count['accuracy']} of {counted(len(rows), 'pair')} above {percent(level, 0)}"
            for level, count in counts.items()
        },
    )


@claim
def one_pixel_tells_clothes_apart_better(results: Results) -> Verdict:
    """Check: one pixel tells more pairs of Fashion-MNIST's classes apart than of MNIST's, at 90% and at 95%."""
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
    """Check: with equally many training images MNIST is easier at every size, for every classifier and features."""
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
    """Check: what MNIST has with a thousand images, most classifiers do not reach on Fashion-MNIST with ten times as many."""
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
    )


@claim
def seeds_matter_less_than_test_images(results: Results) -> Verdict:
    """Check: for most classifiers that have a seed, seeds' standard deviation is below the test split's standard error."""
    groups = results.on(DATASETS, "seed_noise").groupby(["features", "dataset", "classifier"], sort=False)
    spread = complete(groups["accuracy"].std(), "the seeds: it takes two of each")
    error = (groups["accuracy_high"].mean() - groups["accuracy"].mean()) / 1.96  # of a normal 95% interval
    smaller = int((spread < error).sum())
    return Verdict(
        smaller > len(spread) / 2,
        f"in {smaller} of {len(spread)} cases; standard deviations of seeds {points(spread.min(), 2)} to "
        f"{points(spread.max(), 2)}, standard errors of the test split {points(error.min(), 2)} to {points(error.max(), 2)}",
    )
