"""The report's sentences and tables, as Markdown, computed from the results: no number of the report is typed."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_transfer.report import Results, published
from mnist_transfer.study import Extractor

#: Terms of the datasets' publishers.
LICENCES = {
    "fashion_mnist": "MIT [@xiao2017]",
    "mnist": "CC BY-SA 3.0 [@lecun1998]",
    "digits": "CC BY 4.0 [@alpaydin1998]",
    "garments": "drawn by this project; MIT",
}
#: What counts as "easy" in the sentences on ceilings: the accuracy that the paper cites for an early support vector machine.
EASY = 0.97
#: The paper's own way from image to features; see its sections 3 to 5.
PAPERS_OWN = Extractor(network="vgg16", weights="imagenet", layer="block5_pool", pooling="flatten", scaling="caffe")


class Markdown(str):
    """Text that a notebook shows as Markdown; a plain string in an inline expression would be escaped."""

    def _repr_markdown_(self) -> str:
        return str(self)


def percent(share: float, digits: int = 1) -> Markdown:
    """Write a share as a percentage."""
    return Markdown(f"{100 * share:.{digits}f}%")


def points(difference: float, digits: int = 1) -> Markdown:
    """Write a difference of two shares in percentage points, with its sign."""
    text = f"{100 * difference:+.{digits}f}".replace("-", "−")
    return Markdown(f"{text} points")


def listed(items: Sequence[str]) -> str:
    """Join items as in a sentence."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else "none"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1) -> Markdown:
    """Write a pipe table whose first `left` columns are text and the others numbers, aligned right."""
    lines = [f"| {' | '.join(header)} |", f"|{'|'.join([':--'] * left + ['--:'] * (len(header) - left))}|"]
    return Markdown("\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)]))


class Findings:
    """What the results say, one method a sentence, list or table.

    Parameters
    ----------
    results
        What :func:`mnist_transfer.report.read` returned.

    Attributes
    ----------
    datasets, extractors, classifiers : list of str
        Names, in the study's order; the first extractor is the main one.
    easiest, hardest : str
        The datasets with the highest and the lowest mean accuracy over all rows; the same one when there is only one.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.study = results.study
        self.datasets = list(self.study.study.datasets)
        self.extractors = list(self.study.study.extractors)
        self.classifiers = list(self.study.study.classifiers)
        self.main = self.extractors[0]
        self.accuracy = results.accuracy
        mean = self.accuracy.groupby("dataset")["accuracy"].mean()
        self.easiest, self.hardest = str(mean.idxmax()), str(mean.idxmin())
        self.compares = self.easiest != self.hardest
        self.is_demo = bool(self.accuracy["paper"].isna().all())

    # Names

    def title(self, dataset: str) -> str:
        """Return how the study calls a dataset."""
        return self.study.dataset(dataset).title

    def features(self, extractor: str) -> str:
        """Return a short heading for a kind of features."""
        entry = self.study.extractor(extractor)
        if entry.network == "none":
            return "Raw pixels"
        origin = "random " if entry.weights == "random" else ""
        unit = ", unit scaling" if entry.scaling == "unit" else ""
        return f"{entry.network.upper()} {origin}block {entry.blocks}{unit}"

    def width(self, extractor: str) -> int:
        """Return how many features an extractor yields."""
        entry = self.study.extractor(extractor)
        if entry.network == "none":
            return 28 * 28
        layers = self.results.layers
        layer = layers[(layers["network"] == entry.network) & (layers["layer"] == entry.layer)].iloc[0]
        positions = 2 if entry.pooling == "mean-max" else layer["height"] * layer["width"]
        return int(positions * layer["channels"])

    @property
    def pretrained(self) -> list[str]:
        """The extractors with ImageNet weights that ran."""
        return [name for name in self.extractors if self.study.extractor(name).weights == "imagenet"]

    @property
    def papers_own(self) -> str | None:
        """The extractor that is the paper's own, if it ran."""
        return next((name for name in self.extractors if self.study.extractor(name) == PAPERS_OWN), None)

    # Rows

    def rows(self, dataset: str | None = None, extractor: str | None = None) -> pd.DataFrame:
        """Return the rows of the accuracy table for a dataset, an extractor, or both."""
        table = self.accuracy
        if dataset is not None:
            table = table[table["dataset"] == dataset]
        if extractor is not None:
            table = table[table["extractor"] == extractor]
        return table

    def best(self, dataset: str, extractor: str | None = None) -> pd.Series:
        """Return the row with the highest accuracy, the first of them on a tie."""
        rows = self.rows(dataset, extractor)
        return rows.loc[rows["accuracy"].idxmax()]

    def pairs(self) -> pd.DataFrame:
        """Return one row an extractor and classifier with the columns of the accuracy table for `easiest` and for `hardest`."""
        keys = ["extractor", "classifier"]
        return self.rows(self.hardest).merge(self.rows(self.easiest), on=keys, suffixes=("_hard", "_easy"), validate="1:1")

    def confusion(self, dataset: str, extractor: str, classifier: str) -> npt.NDArray[np.int64]:
        """Return counts of test images by true class (rows) and predicted class (columns): int64 (10, 10)."""
        table = self.results.confusion
        chosen = (table["dataset"] == dataset) & (table["extractor"] == extractor) & (table["classifier"] == classifier)
        rows = table[chosen].sort_values("actual")
        return rows[[f"predicted_{label}" for label in range(10)]].to_numpy(np.int64)

    # Opening

    def status(self) -> Markdown:
        """Say what this page is and which features ran."""
        ran = listed([f"{self.features(name)} (`{name}`)" for name in self.extractors])
        names = listed([self.title(name) for name in self.datasets])
        if self.is_demo:
            weights = (
                "random weights, so nothing here was learnt from ImageNet" if not self.pretrained else "the weights named below"
            )
            return Markdown(
                '::: {.callout-warning title="This is the demo, not the study"}\n'
                f"It runs the whole pipeline on small stand-ins ({names}) with {weights}. Its numbers say nothing about MNIST or "
                "Fashion-MNIST. The full study (`dvc repro` in the repository) adds the real datasets, VGG with ImageNet weights, "
                f"all the paper's classifiers and the comparison with its figures. Features in this run: {ran}.\n:::"
            )
        own = (
            f"`{self.papers_own}` is the paper's own extractor."
            if self.papers_own
            else "The paper's own extractor, VGG16 up to its last pooling layer with ImageNet weights, is **not** among them: the "
            "comparison with the paper's figures is one of method, not of the same network."
        )
        left = self.not_run()
        return Markdown(
            '::: {.callout-note title="Which networks the numbers come from"}\n'
            f"This run has features from {ran}. {own}{' ' + left if left else ''}\n:::"
        )

    def not_run(self) -> str:
        """Say which defined extractors this study did not run."""
        left = [name for name in self.study.extractors if name not in self.extractors]
        if not left:
            return ""
        text = f"Defined in `params.yaml` but not in this run: {listed([f'`{name}`' for name in left])}."
        imagenet = [name for name in left if self.study.extractor(name).weights == "imagenet"]
        if imagenet:
            each = " each" if len(imagenet) > 1 else ""
            text += f" {listed([f'`{name}`' for name in imagenet])}{each} need{'s' if len(imagenet) == 1 else ''} official ImageNet weights"
            text += "."
        if any(self.study.extractor(name) == PAPERS_OWN for name in left):
            text += " `make paper` runs the paper's own as soon as its official weights can be downloaded."
        return text

    def cards(self) -> Markdown:
        """Return the few numbers to remember."""
        cards = []
        for dataset in self.datasets:
            best = self.best(dataset)
            cards.append(
                (
                    percent(best["accuracy"]),
                    f"best on {self.title(dataset)}",
                    f"{best['title']}, {self.features(best['extractor'])}",
                )
            )
        if self.compares:
            gap = self.pairs()
            median = float((gap["accuracy_easy"] - gap["accuracy_hard"]).median())
            cards.append(
                (
                    points(median),
                    f"median lead of {self.title(self.easiest)}",
                    f"over {len(gap)} pairs of features and classifier",
                )
            )
        worth = self.worth(self.hardest)
        if worth is not None:
            cards.append(
                (points(worth), f"best ImageNet over best other, {self.title(self.hardest)}", "what pretraining is worth")
            )
        body = "\n\n".join(
            f"::: {{.card-number}}\n[{value}]{{.value}} [{label}]{{.label}} [{note}]{{.note}}\n:::"
            for value, label, note in cards
        )
        return Markdown(f":::: {{.cards}}\n{body}\n::::")

    def worth(self, dataset: str) -> float | None:
        """Return the best accuracy with ImageNet weights less the best without, if both ran."""
        rows = self.rows(dataset)
        pretrained = rows["extractor"].isin(self.pretrained)
        if pretrained.all() or not pretrained.any():
            return None
        return float(rows[pretrained]["accuracy"].max() - rows[~pretrained]["accuracy"].max())

    def key_findings(self) -> Markdown:
        """Return the findings as a list."""
        items = [
            self.best_sentence(),
            self.gap_sentence(),
            self.worth_sentence(),
            self.paper_sentence(self.main),
            self.ceiling_sentence(),
        ]
        return Markdown("\n".join(f"- {item}" for item in items if item))

    def best_sentence(self) -> Markdown:
        """Say which row is best on each dataset."""
        parts = []
        for dataset in self.datasets:
            best = self.best(dataset)
            low, high = percent(best["accuracy_low"]), percent(best["accuracy_high"])
            tied = self.rows(dataset)["accuracy"].eq(best["accuracy"]).sum() - 1
            level = f", level with {tied} other row{'s' if tied > 1 else ''}" if tied else ""
            parts.append(
                f"on {self.title(dataset)} it is {best['title']} on {self.features(best['extractor'])} features, with "
                f"**{percent(best['accuracy'])}** (95% interval {low} to {high}{level})"
            )
        return Markdown(f"**Best rows.** Of {len(self.rows(self.datasets[0]))} rows a dataset, {'; '.join(parts)}.")

    # Question 2: is it easier, is it too easy

    def gap_sentence(self) -> Markdown:
        """Say how far apart the datasets are."""
        if not self.compares:
            return Markdown("")
        pairs = self.pairs()
        gap = pairs["accuracy_easy"] - pairs["accuracy_hard"]
        apart = int((pairs["accuracy_low_easy"] > pairs["accuracy_high_hard"]).sum())
        wins = int((gap > 0).sum())
        every = "every one" if wins == len(pairs) else f"{wins}"
        errors = (1 - self.best(self.hardest)["accuracy"]) / max(1 - self.best(self.easiest)["accuracy"], 1e-9)
        return Markdown(
            f"**The gap.** {self.title(self.easiest)} is easier in {every} of {len(pairs)} pairs of features and classifier, by "
            f"{points(gap.median())} in the median (from {points(gap.min())} to {points(gap.max())}); in {apart} the 95% intervals "
            f"do not overlap. The best row on {self.title(self.hardest)} still makes {errors:.1f} times the errors of the best on "
            f"{self.title(self.easiest)}."
        )

    def ceiling_sentence(self) -> Markdown:
        """Say how many rows of each dataset are near the ceiling, and how far the classifiers spread."""
        parts = []
        for dataset in self.datasets:
            rows, main = self.rows(dataset), self.rows(dataset, self.main)["accuracy"]
            above = int((rows["accuracy"] > EASY).sum())
            parts.append(
                f"on {self.title(dataset)} {above} of {len(rows)} rows are above {percent(EASY, 0)}, and on {self.features(self.main)} "
                f"features the best and the worst classifier are {points(main.max() - main.min())[1:]} apart"
            )
        return Markdown(f"**The ceiling.** {'; '.join(parts)[0].upper()}{'; '.join(parts)[1:]}.")

    def pixels_sentence(self) -> Markdown:
        """Say how far one gets without any network."""
        plain = [name for name in self.extractors if self.study.extractor(name).network == "none"]
        if not plain:
            return Markdown("This run has no row on raw pixels, so it cannot say how much of the ease comes without a network.")
        parts = [
            f"{percent(self.best(dataset, plain[0])['accuracy'])} on {self.title(dataset)} ({self.best(dataset, plain[0])['title']})"
            for dataset in self.datasets
        ]
        return Markdown(f"With no network at all, on raw pixels, the best classifier reaches {listed(parts)}.")

    # Pretraining

    def worth_sentence(self) -> Markdown:
        """Say what pretraining is worth on each dataset."""
        if not self.pretrained:
            return Markdown("**Pretraining.** No ImageNet weights in this run, so it says nothing about what they are worth.")
        others = [name for name in self.extractors if name not in self.pretrained]
        parts = []
        for dataset in self.datasets:
            best = max((self.best(dataset, name) for name in self.pretrained), key=lambda row: row["accuracy"])
            against = [
                f"{points(best['accuracy'] - self.best(dataset, name)['accuracy'])} over {self.features(name)}"
                for name in others
            ]
            if against:
                parts.append(f"on {self.title(dataset)}, {self.features(best['extractor'])} gains {listed(against)}")
        if not parts:
            return Markdown(
                "**Pretraining.** Every row of this run uses ImageNet weights, so there is nothing to compare them with."
            )
        return Markdown(f"**Pretraining.** Comparing the best row of each kind of features: {'; '.join(parts)}.")

    def matched_sentence(self) -> Markdown:
        """Compare the main features with each other kind, classifier by classifier."""
        parts = []
        for other in self.extractors[1:]:
            for dataset in self.datasets:
                ours, theirs = (self.rows(dataset, name).set_index("classifier")["accuracy"] for name in (self.main, other))
                lead = ours - theirs
                parts.append(
                    f"- against {self.features(other)} on {self.title(dataset)}: ahead for {int((lead > 0).sum())} of {len(lead)} "
                    f"classifiers, {points(lead.mean())} on average (from {points(lead.min())} to {points(lead.max())})"
                )
        if not parts:
            return Markdown("There is only one kind of features in this run.")
        return Markdown(f"Classifier by classifier, {self.features(self.main)} features compare so:\n\n" + "\n".join(parts))

    # The paper

    def paper_sentence(self, extractor: str) -> Markdown:
        """Say how an extractor's accuracies differ from the paper's."""
        parts = []
        for dataset in self.datasets:
            rows = self.rows(dataset, extractor).dropna(subset="paper")
            if len(rows):
                difference = rows["accuracy"] - rows["paper"]
                parts.append(
                    f"{points(difference.mean())} on {self.title(dataset)} (from {points(difference.min())} to {points(difference.max())}, "
                    f"{len(rows)} classifiers)"
                )
        if not parts:
            return Markdown("")
        same = "the same network" if extractor == self.papers_own else "not the same network"
        return Markdown(
            f"**Against the paper.** {self.features(extractor)} features ({same}) differ on average by {listed(parts)}."
        )

    def paper_list(self) -> Markdown:
        """Say how each extractor's accuracies differ from the paper's."""
        lines = [self.paper_sentence(name).replace("**Against the paper.** ", "") for name in self.extractors]
        if not any(lines):
            return Markdown("The paper has no figures for these datasets, so this run cannot be compared with it.")
        return Markdown("\n".join(f"- {line}" for line in lines if line))

    def paper_explanation(self) -> Markdown:
        """Name what could explain the differences from the paper, and what speaks for and against it."""
        if self.is_demo:
            return Markdown("")
        rows = self.accuracy.dropna(subset="paper")
        above = int((rows["accuracy_low"] > rows["paper"]).sum())
        below = int((rows["accuracy_high"] < rows["paper"]).sum())
        text = (
            f"Of {len(rows)} accuracies that have a counterpart in the paper, {above} lie above it and {below} below it by more than "
            "their 95% interval. Sampling noise cannot explain that, so the two pipelines must differ in something the paper does not "
            "state. Candidates, none of which the paper lets us settle: how its images were **scaled** (dividing by 255 before a "
            "network that was trained on mean-subtracted 0–255 input makes features nearly constant, and is easily done unawares); how "
            "they were **resized**; how far the optimisers were run; and library versions."
        )
        if self.papers_own is None:
            text += (
                " Above all, the **network** is not the same here: the nearest row uses "
                f"{self.features(self.main)}, and depth matters, as @tbl-others shows."
                if len(self.extractors) > 1
                else " Above all, the **network** is not the same here."
            )
        return Markdown(text + f" {self.reference_sentence()}")

    def reference_sentence(self) -> str:
        """Compare the raw pixels' rows with the published reference on raw pixels."""
        plain = [name for name in self.extractors if self.study.extractor(name).network == "none"]
        reference = published().query("source == 'raw-pixels'").rename(columns={"accuracy": "reference"})
        rows = self.accuracy[self.accuracy["extractor"].isin(plain)].merge(reference, on=["dataset", "classifier"])
        if rows.empty:
            return ""
        difference = rows["accuracy"] - rows["reference"]
        return (
            f"Our own classifiers are not to blame for a shift: on raw pixels, {len(rows)} rows can be checked against an independent "
            f"benchmark [@xiao2017, table 3], and differ from it by {points(difference.mean())} on average and by "
            f"{points(difference.abs().max())[1:]} at most."
        )

    def papers_claims(self) -> Markdown:
        """Check the paper's observations on its own table against ours."""
        lines = []
        for dataset in self.datasets:
            rows = self.rows(dataset, self.main)
            theirs = rows.dropna(subset="paper")
            if theirs.empty:
                continue
            winner = theirs.loc[theirs["paper"].idxmax()]
            rank = int((rows["accuracy"] > winner["accuracy"]).sum()) + 1
            order = theirs["accuracy"].corr(theirs["paper"], method="pearson") if len(theirs) > 2 else float("nan")
            agreement = f"; the two columns correlate at {order:.2f}".replace("-", "−") if order == order else ""
            lines.append(
                f"- On {self.title(dataset)} the paper's best classifier, {winner['title']} ({percent(winner['paper'])}), is number "
                f"{rank} of {len(rows)} here; ours is {self.best(dataset, self.main)['title']}{agreement}."
            )
            by_name = theirs.set_index("classifier")
            if {"svm-linear", "svm-linear-pca15"} <= set(by_name.index):
                paper, ours = (
                    by_name.loc["svm-linear-pca15", key] - by_name.loc["svm-linear", key] for key in ("paper", "accuracy")
                )
                verdict = "as in the paper, it helps" if ours > 0 else "unlike in the paper, it costs accuracy"
                lines.append(
                    f"- Fifteen principal components before the linear SVM change its accuracy on {self.title(dataset)} by {points(ours)} "
                    f"here, by {points(paper)} in the paper: {verdict}."
                )
        return Markdown("\n".join(lines))

    # Question 3: why

    def cluster_sentence(self) -> Markdown:
        """Compare the datasets' clusters in three dimensions, for the main features."""
        table = self.results.projection
        test = table[(table["split"] == "test") & (table["extractor"] == self.main)].set_index("dataset")
        parts = [
            f"{self.title(name)}: {percent(test.loc[name, [f'variance_{axis}' for axis in (1, 2, 3)]].sum())} of the variance in three "
            f"components, adjusted Rand index {test.loc[name, 'adjusted_rand_index']:.2f}, purity {percent(test.loc[name, 'purity'])}"
            for name in self.datasets
        ]
        text = f"For {self.features(self.main)} features of the test images: {'; '.join(parts)}."
        if self.compares:
            easy, hard = (test.loc[name, "adjusted_rand_index"] for name in (self.easiest, self.hardest))
            text += (
                f" The clusters agree better with the classes for {self.title(self.easiest)}, the easier dataset, as the paper saw."
                if easy > hard
                else f" The clusters agree *less* with the classes for {self.title(self.easiest)}, although it is the easier dataset: what "
                "three components and ten centres show is not what makes it easy."
            )
        return Markdown(text)

    def variance_shares(self) -> Markdown:
        """List how much of the variance the three plotted components keep, for the main features."""
        table = self.results.projection
        rows = table[(table["split"] == "train") & (table["extractor"] == self.main)].set_index("dataset")
        shares = rows[["variance_1", "variance_2", "variance_3"]].sum(axis=1)
        return Markdown(listed([f"{percent(shares[name])} for {self.title(name)}" for name in self.datasets]))

    def error_sentence(self) -> Markdown:
        """Say how concentrated the errors of the best classifier are, and which class suffers most."""
        lines = []
        for dataset in self.datasets:
            best = self.best(dataset, self.main)
            counts = self.confusion(dataset, self.main, str(best["classifier"]))
            classes = self.study.dataset(dataset).classes
            mutual = np.triu(counts + counts.T, 1)
            errors = int(mutual.sum())
            if not errors:
                lines.append(f"- {self.title(dataset)}: {best['title']} makes no error.")
                continue
            first, second = divmod(int(mutual.argmax()), len(classes))
            top = np.sort(mutual, axis=None)[::-1][:5].sum()
            recall = counts.diagonal() / np.maximum(counts.sum(axis=1), 1)
            lines.append(
                f"- {self.title(dataset)} ({best['title']}): {errors:,} errors, of which {percent(top / errors, 0)} fall between the five "
                f"most confused of 45 pairs of classes; the worst pair is {classes[first]} and {classes[second]} "
                f"({int(mutual.max()):,} errors), the class found least often {classes[int(recall.argmin())]} ({percent(recall.min())})."
            )
        return Markdown("\n".join(lines))

    def dataset_intro(self) -> Markdown:
        """Name the datasets and what they have in common."""
        names = listed([self.title(name) for name in self.datasets])
        if self.is_demo:
            return Markdown(
                f"{names} stand in for the real datasets: ten classes of grey images of 28 × 28 pixels, in the same file format."
            )
        return Markdown(
            f"{names}: ten classes of grey images of 28 × 28 pixels. Fashion-MNIST was made to replace MNIST in its own format, because "
            "MNIST was considered too easy [@xiao2017]. As in the paper, MNIST is trained on a subset."
        )

    def points_shown(self) -> Markdown:
        """Say how many of the points are drawn."""
        most = max(len(group) for table in self.results.points.values() for _, group in table.groupby("split"))
        return Markdown(f"at most {most:,} points of each split are drawn, every class in proportion")

    def best_titles(self) -> Markdown:
        """Name the best classifier on the main features of each dataset."""
        return Markdown(listed([f"{self.best(name, self.main)['title']} for {self.title(name)}" for name in self.datasets]))

    def confused_labels(self, dataset: str, extractor: str) -> list[str]:
        """Return a label for each of the most confused pairs of classes."""
        table = self.results.confused
        rows = table[(table["dataset"] == dataset) & (table["extractor"] == extractor)]
        classes = self.study.dataset(dataset).classes
        return [f"{classes[row['actual']]} → {classes[row['predicted']]}, {row['count']}×" for _, row in rows.iterrows()]

    def verdict(self) -> Markdown:
        """Answer whether the easier dataset is too easy, as far as the numbers go."""
        if not self.compares:
            return Markdown("With one dataset there is nothing to compare.")
        spread = {name: self.rows(name, self.main)["accuracy"] for name in (self.easiest, self.hardest)}
        wide = {name: float(values.max() - values.min()) for name, values in spread.items()}
        room = {name: float(1 - self.rows(name)["accuracy"].max()) for name in spread}
        easy, hard = self.title(self.easiest), self.title(self.hardest)
        narrower = (
            f"and it separates the classifiers less ({points(wide[self.easiest])[1:]} between best and worst, against {points(wide[self.hardest])[1:]})"
            if wide[self.easiest] < wide[self.hardest]
            else f"although it separates the classifiers no less ({points(wide[self.easiest])[1:]} between best and worst, against "
            f"{points(wide[self.hardest])[1:]})"
        )
        above = int((self.rows(self.easiest)["accuracy"] > EASY).sum())
        answer = (
            f"For telling these methods apart, yes: {easy} leaves the best row only {points(room[self.easiest])[1:]} to gain, {narrower}."
            if above
            else f"Easier, but in this run not exhausted: the best row on {easy} leaves {points(room[self.easiest])[1:]} to gain, {narrower}."
        )
        return Markdown(f"**Answer.** {answer} {hard} leaves {points(room[self.hardest])[1:]}.")

    def simple_sentence(self) -> Markdown:
        """Compare the simplest decision boundary, a linear one, on each dataset's features."""
        linear = [name for name in ("logistic-regression", "svm-linear", "lda") if name in self.classifiers]
        if not linear:
            return Markdown("")
        name = linear[0]
        rows = self.rows(extractor=self.main).set_index(["dataset", "classifier"])
        parts = []
        for dataset in self.datasets:
            share = rows.loc[(dataset, name), "accuracy"]
            short = self.best(dataset, self.main)["accuracy"] - share
            gap = "as good as the best row" if short == 0 else f"{points(short)[1:]} short of the best row"
            parts.append(f"{percent(share)} on {self.title(dataset)}, {gap} on the same features")
        return Markdown(
            f"A linear boundary ({self.study.classifier(name).title}) on {self.features(self.main)} features gives {listed(parts)}."
        )

    def sizes_sentence(self) -> Markdown:
        """Say whether the datasets' training splits differ in size."""
        sizes = {self.title(name): self.study.dataset(name).train for name in self.datasets}
        each = listed([f"{size:,} for {name}" for name, size in sizes.items()])
        if len(set(sizes.values())) == 1:
            return Markdown(f"The training splits are of one size ({each}).")
        return Markdown(f"The training splits differ in size ({each}), which by itself favours the larger one.")

    def quantised_sentence(self) -> Markdown:
        """Say which networks' weights are rounded."""
        rounded = [name for name in self.extractors if self.study.extractor(name).quantized_blocks]
        if not rounded:
            return Markdown("All weights of this run are in full precision.")
        parts = [
            f"`{name}` (blocks {listed([str(block) for block in self.study.extractor(name).quantized_blocks])})"
            for name in rounded
        ]
        return Markdown(
            f"The kernels of {listed(parts)} are the official ones rounded to 8 bits; the effect of that is not measured here."
        )

    # Tables

    def dataset_table(self) -> Markdown:
        """Return the datasets' sizes and licences."""
        rows = []
        for name in self.datasets:
            entry = self.study.dataset(name)
            rows.append(
                (entry.title, LICENCES.get(name, "see its source"), f"{entry.train:,}", f"{entry.test:,}", len(entry.classes))
            )
        return markdown_table(["Dataset", "Licence", "Training images", "Test images", "Classes"], rows, left=2)

    def extractor_table(self) -> Markdown:
        """Return every defined extractor and whether it ran."""
        rows = []
        for name, entry in self.study.extractors.items():
            weights = {"imagenet": "ImageNet", "random": "random (He-normal)", "none": "–"}[entry.weights]
            if entry.quantized_blocks:
                weights += f", blocks {listed([str(block) for block in entry.quantized_blocks])} in 8 bits"
            cut = f"`{entry.layer}`, {entry.pooling}" if entry.layer else "–"
            network = "none" if entry.network == "none" else entry.network.upper()
            rows.append((f"`{name}`", network, weights, cut, "**yes**" if name in self.extractors else "no", self.width(name)))
        return markdown_table(["Extractor", "Network", "Weights", "Cut", "Ran", "Features"], rows, left=5)

    def layer_tables(self) -> Markdown:
        """Return one tab a network with its layers and where each extractor cuts it."""
        tabs = []
        for network, layers in self.results.layers.groupby("network", sort=False):
            rows = []
            for _, layer in layers.iterrows():
                cuts = [] if pd.isna(layer["extractors"]) else str(layer["extractors"]).split()
                marks = ", ".join(f"✂ `{name}`{'' if name in self.extractors else ' (not run)'}" for name in cuts)
                shape = f"{layer['height']} × {layer['width']} × {layer['channels']}"
                rows.append((f"`{layer['layer']}`", marks, shape, f"{layer['parameters']:,}"))
            rows.append(("**Total**", "", "", f"**{layers['parameters'].sum():,}**"))
            table = markdown_table(["Layer", "Cut for", "Output", "Parameters"], rows, left=2)
            tabs.append(f"#### {str(network).upper()}\n\n{table}")
        return _tabset(tabs)

    def projection_table(self) -> Markdown:
        """Return explained variance and agreement of clusters and classes."""
        rows = []
        for _, row in self.results.projection.iterrows():
            shares = [100 * row[f"variance_{axis}"] for axis in (1, 2, 3)]
            scores = [row["adjusted_rand_index"], row["normalized_mutual_information"], row["purity"]]
            numbers = [f"{share:.1f}" for share in (*shares, sum(shares))] + [f"{score:.3f}" for score in scores]
            rows.append((self.title(row["dataset"]), self.features(row["extractor"]), row["split"], *numbers))
        header = ["Dataset", "Features", "Split", "PC 1, %", "PC 2, %", "PC 3, %", "Sum, %", "ARI", "NMI", "Purity"]
        return _sortable(markdown_table(header, rows, left=3))

    def accuracy_table(self, extractor: str) -> Markdown:
        """Return one row a classifier: each dataset's accuracy with its interval, the paper's, and the difference."""
        header = ["Classifier"]
        shown = {name: self.rows(name, extractor).set_index("classifier") for name in self.datasets}
        for dataset, rows in shown.items():
            header += [f"{self.title(dataset)}, %", "95% interval"]
            if rows["paper"].notna().any():
                header += ["Paper, %", "Difference"]
        lines = []
        for classifier in self.classifiers:
            cells = [self.study.classifier(classifier).title]
            for rows in shown.values():
                row = rows.loc[classifier]
                text = f"{100 * row['accuracy']:.2f}"
                best = row["accuracy"] == rows["accuracy"].max()
                cells.append(f"[**{text}**]{{.best}}" if best else text)
                cells.append(f"{100 * row['accuracy_low']:.2f}–{100 * row['accuracy_high']:.2f}")
                if rows["paper"].notna().any():
                    known = not pd.isna(row["paper"])
                    cells.append(f"{100 * row['paper']:.2f}" if known else "–")
                    cells.append(f"{100 * (row['accuracy'] - row['paper']):+.2f}".replace("-", "−") if known else "–")
            lines.append(cells)
        return _sortable(markdown_table(header, lines))

    def other_tables(self) -> Markdown:
        """Return the accuracy table of each extractor but the main one, in tabs."""
        others = self.extractors[1:]
        if not others:
            return Markdown("This run has one kind of features only.")
        return _tabset([f"#### {self.features(name)}\n\n{self.accuracy_table(name)}" for name in others])

    def timing_table(self) -> Markdown:
        """Return the total training and test time by dataset, features and processor; rows of two processors never add up."""
        keys = ["dataset", "extractor", "processor"]
        rows = []
        for (dataset, extractor, processor), group in self.results.timing.groupby(keys, sort=False):
            slowest = self.study.classifier(group.loc[group["fit_seconds"].idxmax(), "classifier"]).title
            cores = "/".join(map(str, sorted(group["cores"].unique()))) if "cores" in group else "–"
            total = [f"{group[column].sum() / 60:,.1f}" for column in ("fit_seconds", "predict_seconds")]
            rows.append((self.title(dataset), self.features(extractor), processor, slowest, cores, len(group), *total))
        header = ["Dataset", "Features", "Processor", "Slowest to train", "Cores", "Classifiers", "Training, min", "Test, min"]
        return _sortable(markdown_table(header, rows, left=4))

    def processor_sentence(self) -> Markdown:
        """Say which processors the timings come from."""
        names = list(self.results.timing["processor"].drop_duplicates())
        if len(names) == 1:
            return Markdown(f"All timings come from one kind of processor, {names[0]}.")
        return Markdown(
            f"The timings come from {len(names)} kinds of processor ({listed(names)}). Times of different processors are not comparable, "
            "so each has panels and rows of its own."
        )

    def version_table(self) -> Markdown:
        """Return the versions that the study ran with."""
        return markdown_table(
            ["Software", "Version"], [(name, f"`{version}`") for name, version in self.results.provenance["versions"].items()]
        )

    def hash_table(self) -> Markdown:
        """Return the sha256 of every file of data and weights."""
        files = dict(self.results.provenance["data"])
        files |= {f"weights/{name}.safetensors": value for name, value in self.results.provenance["weights"].items()}
        return markdown_table(["File", "sha256"], [(f"`{name}`", f"`{value}`") for name, value in files.items()], left=2)

    def platform_sentence(self) -> Markdown:
        """Say what machine put the results together."""
        platform = self.results.provenance["platform"]
        return Markdown(f"{platform['system']} on {platform['machine']}, {platform['cores']} cores")


def _sortable(table: str) -> Markdown:
    return Markdown(f"::: {{.sortable}}\n{table}\n:::")


def _tabset(tabs: Sequence[str]) -> Markdown:
    return Markdown("::: {.panel-tabset}\n" + "\n\n".join(tabs) + "\n:::")
