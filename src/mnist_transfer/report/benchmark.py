"""Is the easier dataset too easy? Depth of the cut, equal numbers of images, one pixel, telling classifiers apart, noise."""

import numpy as np
import pandas as pd

from mnist_transfer.entries import Network
from mnist_transfer.report.measured import NOT_TAKEN, Measured
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.wording import Markdown, percent


class TooEasy(Measured):
    """What the measures say of it: tables and sentences, all numbers from ``results/difficulty/``."""

    def depth(self) -> pd.DataFrame:
        """Return the table `depth` as :func:`mnist_transfer.figures.difficulty.depth` takes it."""
        self.need("depth")
        table = self.tables["depth"]
        network = table["features"].str.split("/").str[0]
        entries = {name: self.facts.study.network(name) for name in network.drop_duplicates()}
        weights = {name: entry.weights if isinstance(entry, Network) else "none" for name, entry in entries.items()}
        heading = network.map(weights).map({"imagenet": "ImageNet", "random": "random weights", "none": "raw pixels"})
        cuts = {
            f"{name}/{cut}": float(place)
            for name, entry in entries.items()
            if isinstance(entry, Network)
            for place, cut in enumerate(entry.layers, 1)
        }
        return table.assign(dataset=table["dataset"].map(self.facts.title), network=heading, cut=table["features"].map(cuts))

    def needed(self) -> Markdown:
        """Tabulate how many training images the harder dataset needs for what the easier one has at the reference size."""
        if not self.has("learning_curves") or not self.facts.compares:
            return NOT_TAKEN
        easy, hard = self.facts.easiest, self.facts.hardest
        table, reference = self.tables["learning_curves"], self.reference
        titles = self.classifiers("learning_curves")
        rows = []
        for (features, classifier), group in table.groupby(["features", "classifier"], sort=False):
            curves = {name: rows.groupby("train")["accuracy"].mean() for name, rows in group.groupby("dataset")}
            if not {easy, hard} <= set(curves) or reference not in curves[easy]:
                continue
            target = curves[easy][reference]
            found = images_needed(curves[hard], target)
            largest = f"more than {curves[hard].index.max():,} (there {percent(curves[hard].iloc[-1])})"
            gaps = curves[easy] - curves[hard]
            rows.append(
                [
                    self.facts.heading(str(features)),
                    titles[str(classifier)],
                    percent(target),
                    f"{found:,.0f}" if found is not None else largest,
                    *(f"{100 * gaps[size]:.1f}" for size in (gaps.dropna().index.min(), gaps.dropna().index.max())),
                ]
            )
        sizes = table.groupby("train")["dataset"].nunique()
        shared = sizes[sizes == sizes.max()].index
        heads = ["Features", "Classifier", f"{self.facts.title(easy)}, {reference:,} images", f"{self.facts.title(hard)} needs"]
        heads += [f"gap at {size:,}, points" for size in (shared.min(), shared.max())]
        return markdown_table(heads, rows, left=2)

    @property
    def reference(self) -> int:
        """The number of training images that the table of needs starts from: 1,000, or the nearest size below, or the least."""
        sizes = self.tables["learning_curves"]["train"]
        return int(sizes[sizes <= max(1000, sizes.min())].max())


def images_needed(curve: "pd.Series[float]", accuracy: float) -> float | None:
    """Return how many training images give an accuracy, between two sizes by a line over their logarithms.

    Parameters
    ----------
    curve
        Mean accuracy by number of training images, ascending.
    accuracy
        The goal.

    Returns
    -------
    float or None
        None where no size reaches it; the smallest size where all do.
    """
    reached = np.flatnonzero(curve.to_numpy() >= accuracy)
    if not len(reached):
        return None
    at = int(reached[0])
    if at == 0:
        return float(curve.index[0])
    (low, high), (below, above) = curve.index[[at - 1, at]], curve.iloc[[at - 1, at]]
    share = (accuracy - below) / (above - below)
    return float(np.exp(np.log(low) + share * (np.log(high) - np.log(low))))
