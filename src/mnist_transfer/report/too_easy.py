"""Is the easier dataset too easy? Depth of the cut, equal numbers of images, one pixel, telling classifiers apart, noise."""

import numpy as np
import pandas as pd

from mnist_transfer.entries import Network
from mnist_transfer.measures import LEVEL
from mnist_transfer.report.facts import highest
from mnist_transfer.report.measured import NOT_TAKEN, Measured
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.report.why import Why
from mnist_transfer.wording import Markdown, listed, percent, points


class TooEasy(Measured):
    """What the measures say of it: tables and sentences, all numbers from ``results/difficulty/``."""

    def key_findings(self) -> Markdown:
        """Return what the measures find as a list; nothing where none is taken."""
        items = {
            "Depth": self.deepest(),
            "One pixel": self.pixel_verdict(),
            "Look-alikes": Why(self.facts).gap([self.facts.main, *self.facts.plain]),
        }
        found = [f"- **{name}.** {text}" for name, text in items.items() if text and text != NOT_TAKEN]
        return Markdown("\n".join(found))

    # Depth

    def depth(self) -> pd.DataFrame:
        """Return the table `depth` as :func:`mnist_transfer.report.difficulty.depth` takes it."""
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

    def deepest(self) -> Markdown:
        """Say at which cut of the pretrained network each dataset is easiest, and what its last cut loses."""
        if not self.has("depth"):
            return NOT_TAKEN
        sentences = []
        for dataset, rows in self.depth().groupby("dataset", sort=False):
            ours = rows[rows["network"] == "ImageNet"]
            if ours.empty:
                continue
            mean = ours.groupby("cut")["accuracy"].mean()
            control = rows[rows["network"] == "random weights"].groupby("cut")["accuracy"].mean()
            plain = rows[rows["network"] == "raw pixels"]["accuracy"].mean()
            best, last = float(str(mean.idxmax())), float(mean.index.max())
            others = [f"{cut:.0f}" for cut in mean.index if cut != best and _overlap(ours, cut, best)]
            tied = f", which the intervals do not set apart from {listed(others)}" if others else ""
            sentence = (
                f"On {dataset} the mean error of the classifiers is least at pooling layer {best:.0f}{tied} "
                f"({percent(1 - mean[best])}; raw pixels {percent(1 - plain)}), and {percent(1 - mean[last])} at layer "
                f"{last:.0f}, where the paper cut."
            )
            if len(control):
                sentence += f" Random weights at that last layer: {percent(1 - control[last])}."
            sentences.append(sentence)
        return Markdown(" ".join(sentences) or "No pretrained network in this run.")

    # Learning curves

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
        """The number of training images that the table of needs starts from: 1,000, or the nearest size below."""
        sizes = self.tables["learning_curves"]["train"]
        return int(sizes[sizes <= 1000].max())

    # One pixel

    def pixel(self) -> Markdown:
        """Say how many pairs of classes one pixel tells apart, well and very well, with what the test images leave open."""
        if not self.has("one_pixel"):
            return NOT_TAKEN
        sentences = []
        for dataset, rows in self.titled("one_pixel").groupby("dataset", sort=False):
            parts = []
            for level in (0.90, 0.95):
                above, surely, perhaps = ((rows[name] > level).sum() for name in ("accuracy", "accuracy_low", "accuracy_high"))
                parts.append(f"{above} of {len(rows)} pairs above {100 * level:.0f}% ({surely} to {perhaps})")
            median = percent(rows["accuracy"].median())
            sentences.append(f"On {dataset} the best single pixel gets {listed(parts)}; the median pair {median}.")
        return Markdown(" ".join(sentences))

    def pixel_verdict(self) -> Markdown:
        """Say whether most pairs of the easier dataset's classes can be told apart by one pixel."""
        if not self.has("one_pixel") or not self.facts.compares:
            return Markdown("")
        share = {
            name: {level: float((rows["accuracy"] > level).mean()) for level in (0.90, 0.95)}
            for name, rows in self.tables["one_pixel"].groupby("dataset")
        }
        easy, hard = self.facts.easiest, self.facts.hardest
        most = [share[easy][level] > 0.5 for level in (0.90, 0.95)]
        some = "holds at 90% but not at 95%" if any(most) else "fails at 90% and at 95%"
        holds = "holds at 90% and at 95%" if all(most) else some
        side = "fewer" if share[easy][0.90] < share[hard][0.90] else "more"
        return Markdown(
            f"The claim {holds}; one pixel tells {side} of {self.facts.title(easy)}'s pairs apart than of "
            f"{self.facts.title(hard)}'s, so it {'does not explain' if side == 'fewer' else 'may explain'} why "
            f"{self.facts.title(easy)} is easier."
        )

    # Resolution

    level = percent(LEVEL, 0)
    """Below which p-value two classifiers are told apart."""

    def apart(self) -> Markdown:
        """Say how many pairs of classifiers the whole test split tells apart."""
        if not self.has("mcnemar", "resolution"):
            return NOT_TAKEN
        boot = self.titled("resolution")
        sentences = []
        for (features, dataset), rows in self.titled("mcnemar").groupby(["features", "dataset"], sort=False):
            found = boot[(boot["features"] == features) & (boot["dataset"] == dataset)]
            last = highest(found, "images")
            sentences.append(
                f"{dataset}, {features}: {(rows['p_holm'] < LEVEL).sum()} of {len(rows)} pairs "
                f"({last['apart_low']:.0f} to {last['apart_high']:.0f} in bootstrapped test sets of {last['images']:,})"
            )
        return Markdown("; ".join(sentences) + ".")

    # Noise

    def noise(self) -> Markdown:
        """Compare the spread over seeds with the half-width of the interval for the test images."""
        if not self.has("seed_noise"):
            return NOT_TAKEN
        titles = self.classifiers("seed_noise")
        sentences = []
        for (features, dataset, name), rows in self.titled("seed_noise").groupby(
            ["features", "dataset", "classifier"], sort=False
        ):
            half = ((rows["accuracy_high"] - rows["accuracy_low"]) / 2).mean()
            spread = rows["accuracy"].std()
            sentences.append(f"{titles[str(name)]} on {dataset}, {features}, {points(spread, 2)} against {points(half, 2)}")
        return Markdown(f"Standard deviation over seeds against half the 95% interval of the test split: {listed(sentences)}.")


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


def _overlap(rows: pd.DataFrame, one: float, other: float) -> bool:
    """Say whether any classifier's intervals at two cuts overlap."""
    first, second = (rows[rows["cut"] == cut].set_index("classifier") for cut in (one, other))
    return bool(((first["accuracy_low"] <= second["accuracy_high"]) & (second["accuracy_low"] <= first["accuracy_high"])).any())
