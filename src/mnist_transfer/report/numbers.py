"""The numbers that stand within the report's sentences, each by a name."""

from collections.abc import Callable
from functools import wraps
from math import comb
from typing import Concatenate, ParamSpec

from mnist_transfer.claims import causes as why
from mnist_transfer.claims import cuts as depth
from mnist_transfer.claims import paper as replay
from mnist_transfer.claims import rows as ground
from mnist_transfer.claims.rows import FASHION, LAST, MNIST, PIXELS, THIRD
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.measures import LEVEL
from mnist_transfer.results.read import Results
from mnist_transfer.wording import Markdown, counted, listed, percent, points, signed

__all__ = ["FASHION", "LAST", "MNIST", "PIXELS", "THIRD", "Numbers"]

#: What stands in a sentence in place of a number that the study lacks.
UNKNOWN = Markdown("–")

_Arguments = ParamSpec("_Arguments")


def said(
    number: Callable[Concatenate["Numbers", _Arguments], Markdown],
) -> Callable[Concatenate["Numbers", _Arguments], Markdown]:
    """Say `UNKNOWN` where the study lacks what a number is about."""

    @wraps(number)
    def known_or_not(self: "Numbers", /, *arguments: _Arguments.args, **keywords: _Arguments.kwargs) -> Markdown:
        try:
            return number(self, *arguments, **keywords)
        except NotMeasuredError:
            return UNKNOWN

    return known_or_not


class Numbers:
    """Numbers of the study that the report's prose is about; datasets and features go by their names."""

    def __init__(self, results: Results) -> None:
        self.results = results

    @said
    def test_images(self) -> Markdown:
        """Say how many test images a dataset has, the larger number if they differ."""
        study = self.results.study
        return Markdown(f"{max(study.dataset(name).test for name in study.selection.datasets):,}")

    @said
    def width(self, features: str) -> Markdown:
        """Return how many features there are of a kind."""
        widths = self.results.tables["features"].set_index("features")["width"]
        if features not in widths:
            raise NotMeasuredError(f"this study has no {features}")
        return Markdown(f"{widths[features]:,}")

    @said
    def variance(self, features: str) -> Markdown:
        """Return the share of the training split's variance that three components keep, for each dataset."""
        table = self.results.tables["projection"]
        rows = table[(table["split"] == "train") & (table["features"] == features)].set_index("dataset")
        if not set(ground.DATASETS) <= set(rows.index):
            raise NotMeasuredError(f"this study does not project {features}")
        shares = rows[["variance_1", "variance_2", "variance_3"]].sum(axis=1)
        return Markdown(listed([percent(shares[name], 0) for name in ground.DATASETS]))

    @said
    def lead(self, features: str) -> Markdown:
        """Return MNIST's mean lead over Fashion-MNIST on one kind of features, in points."""
        table = ground.wide(ground.accuracies(self.results, features), "classifier")
        return Markdown(f"{100 * (table[MNIST] - table[FASHION]).mean():.1f}")

    @said
    def lead_merged(self, features: str) -> Markdown:
        """Return what is left of MNIST's mean lead when look-alikes count as one class, in points, with its sign."""
        table = ground.measured(self.results, "merged", features)
        wide = table.pivot(index="classifier", columns="dataset", values="merged")
        return Markdown(signed((wide[MNIST] - wide[FASHION]).mean()))

    @said
    def least_error(self, dataset: str) -> Markdown:
        """Return the least mean error at any cut of the network with ImageNet's weights."""
        return percent(depth.of(depth.errors(self.results), depth.TRAINED)[dataset].min())

    @said
    def frozen(self, dataset: str) -> Markdown:
        """Return the test accuracy of the best candidate on frozen features."""
        return percent(why.tested(self.results, dataset)["accuracy"], 2)

    @said
    def mistakes(self, dataset: str) -> Markdown:
        """Return how many test images the best candidate on frozen features mistakes."""
        row = why.tested(self.results, dataset)
        return Markdown(f"{round((1 - row['accuracy']) * row['test'])}")

    @said
    def apart(self, features: str) -> Markdown:
        """Say how many pairs of rows the test images of MNIST and of Fashion-MNIST tell apart."""
        table = ground.measured(self.results, "mcnemar", features)
        apart = (table["p_holm"] < LEVEL).groupby(table["dataset"]).sum()
        return Markdown(f"{apart[MNIST]} of {counted((table['dataset'] == MNIST).sum(), 'pair')}, against {apart[FASHION]}")

    @said
    def pixel(self, dataset: str, level: float) -> Markdown:
        """Say how many pairs of classes the best single pixel gets above a level."""
        table = ground.measured(self.results, "one_pixel")
        rows = table[table["dataset"] == dataset]
        return Markdown(f"{(rows['accuracy'] > level).sum()} of {counted(len(rows), 'pair')} above {percent(level, 0)}")

    @said
    def shared(self, dataset: str, features: str) -> Markdown:
        """Return how many test images every row mistakes."""
        table = ground.measured(self.results, "shared_errors", features)
        return Markdown(f"{(table['dataset'] == dataset).sum()}")

    @said
    def within(self, number: int) -> Markdown:
        """Return how many of the paper's figures come within so many points under the nearest recipes, of how many."""
        off = replay.nearest_of_both(self.results)["difference"].abs()
        return Markdown(f"{(off <= number / 100).sum()} of {len(off)}")

    @said
    def within_by_one(self, number: int) -> Markdown:
        """Return how many of the paper's figures come within so many points under one recipe for both datasets, at best."""
        rows = replay.replays(self.results)
        return Markdown(f"{(rows['difference'].abs() <= number / 100).groupby(rows['recipe']).sum().max()}")

    @said
    def overlapping(self, dataset: str) -> Markdown:
        """Return how many training images a replay has whose training split takes in test images."""
        rows = replay.nearest(replay.replays(self.results), dataset, "overlap")
        return Markdown(f"{rows['train'].max():,}")

    @said
    def merged_pairs(self, dataset: str) -> Markdown:
        """Return how many pairs of classes count as one when look-alikes do."""
        difficulty = self.results.study.difficulty
        if difficulty is None or dataset not in difficulty.look_alikes:
            raise NotMeasuredError(f"this study names no look-alikes of {dataset}")
        return Markdown(counted(sum(comb(len(group), 2) for group in difficulty.look_alikes[dataset]), "pair"))

    @said
    def off(self) -> Markdown:
        """Return the mean absolute difference of the nearest recipes from the paper."""
        return Markdown(points(replay.nearest_of_both(self.results)["difference"].abs().mean()))

    @said
    def tried(self, stage: str) -> Markdown:
        """Return how many recipes were tried at a stage: ``search``, on few images, or ``replay``, on all."""
        table = self.results.tables["recipes"]
        return Markdown(f"{table[table['stage'] == stage]['recipe'].nunique()}")
