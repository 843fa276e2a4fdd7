"""The report's sentences, as Markdown, computed from the results: no number in them is typed."""

import numpy as np
import numpy.typing as npt

from mnist_transfer.report.comparison import Comparison
from mnist_transfer.report.facts import Facts, cell
from mnist_transfer.report.pretraining import Pretraining
from mnist_transfer.report.replication import Replayed
from mnist_transfer.wording import Markdown, listed, percent, points, signed

#: What counts as "easy": the accuracy that the paper's introduction cites for an early support vector machine on MNIST.
EASY = 0.97
#: Pairs of classes whose share of the errors is named.
MOST = 5
#: Linear classifiers, the one to speak of first.
LINEAR = ("logistic-regression", "svm-linear", "lda", "perceptron")


class Sentences:
    """What the results say, one method a sentence or list; each copes with any number of datasets, features and classifiers."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def status(self) -> Markdown:
        """Say what this page is and which features ran."""
        facts = self.facts
        ran = listed([f"{facts.heading(name)} (`{name}`)" for name in facts.kinds])
        if facts.is_demo:
            names = listed([facts.title(name) for name in facts.datasets])
            learnt = "" if facts.pretrained else " without ImageNet weights, so nothing here was learnt from ImageNet"
            return Markdown(
                '::: {.callout-warning title="This is the demo, not the study"}\n'
                f"It runs the whole pipeline on small stand-ins ({names}){learnt}. Its numbers say nothing about MNIST "
                f"or Fashion-MNIST. "
                "The full study (`dvc repro` in the repository) adds the real datasets, VGG16 with ImageNet weights, all "
                "of the paper's "
                f"classifiers and the comparison with its figures. Features in this run: {ran}.\n:::"
            )
        own = (
            f"The first are the paper's own, `{facts.papers_own}`."
            if facts.papers_own
            else "The paper's own, VGG16 up to its last pooling layer with ImageNet weights, are **not** among them."
        )
        return Markdown(
            f'::: {{.callout-note title="Which features the numbers come from"}}\nThis run has features from {ran}. {own}\n:::'
        )

    def scale(self) -> Markdown:
        """Say how many classifiers and kinds of features there are."""
        classifiers, kinds = len(self.facts.classifiers), len(self.facts.kinds)
        return Markdown(f"{classifiers} classifier{'s' * (classifiers > 1)} on {kinds} kind{'s' * (kinds > 1)} of features")

    def cards(self) -> Markdown:
        """Return the few numbers to remember."""
        facts = self.facts
        cards: list[tuple[str, str, str]] = []
        for dataset in facts.datasets:
            best = facts.best(dataset)
            note = f"{best['title']} on {facts.on(best['features'])}"
            cards.append((percent(best["accuracy"]), f"best on {facts.title(dataset)}", note))
        if facts.compares:
            pairs = facts.pairs()
            median = float((pairs["accuracy_easy"] - pairs["accuracy_hard"]).median())
            note = f"median over {len(pairs)} pairs of features and classifier"
            cards.append((points(median), f"{facts.title(facts.easiest)} is easier by", note))
        cards += Pretraining(facts).cards()
        body = "\n\n".join(
            f"::: {{.card-number}}\n[{label}]{{.label}} [{value}]{{.value}} [{note}]{{.note}}\n:::"
            for value, label, note in cards
        )
        return Markdown(f'::::: {{.content-visible when-format="html"}}\n:::: {{.cards}}\n{body}\n::::\n:::::')

    def key_findings(self) -> Markdown:
        """Return the findings as a list."""
        items = {
            "Best rows": self.best(),
            "The gap": self.gap(),
            "The ceiling": self.ceiling(),
            "Pretraining": Pretraining(self.facts).worth(),
            "Against the paper": Comparison(self.facts).average(self.facts.main),
            "Replayed": self.replay(),
        }
        return Markdown("\n".join(f"- **{name}.** {text}" for name, text in items.items() if text))

    def replay(self) -> Markdown:
        """Say whether the paper's own numbers come out under some recipe."""
        verdict = Replayed(self.facts).verdict().splitlines()
        return Markdown(f"{verdict[0]} @sec-replay says under which conditions." if verdict else "")

    def best(self) -> Markdown:
        """Say which row is best on each dataset."""
        facts = self.facts
        parts = []
        for dataset in facts.datasets:
            best = facts.best(dataset)
            tied = int(facts.rows(dataset)["accuracy"].eq(best["accuracy"]).sum()) - 1
            level = f"; {tied} other row{'s reach' if tied > 1 else ' reaches'} the same" if tied else ""
            parts.append(
                f"on {facts.title(dataset)} {best['title']} on {facts.on(best['features'])}, **{percent(best['accuracy'])}** "
                f"(95% interval {percent(best['accuracy_low'])} to {percent(best['accuracy_high'])}{level})"
            )
        return Markdown(f"Of {len(facts.rows(facts.datasets[0]))} rows for each dataset the best are: {listed(parts)}.")

    def gap(self) -> Markdown:
        """Say how far apart the datasets are."""
        facts = self.facts
        if not facts.compares:
            return Markdown("")
        pairs = facts.pairs()
        gap = pairs["accuracy_easy"] - pairs["accuracy_hard"]
        apart = int((pairs["accuracy_low_easy"] > pairs["accuracy_high_hard"]).sum())
        wins = int((gap > 0).sum())
        every = f"all {wins}" if wins == len(pairs) else f"{wins} of {len(pairs)}"
        overlap = (
            "in none of them do the 95% intervals overlap"
            if apart == len(pairs)
            else f"in {apart} without overlap of the 95% intervals"
        )
        text = (
            f"{facts.title(facts.easiest)} is easier than {facts.title(facts.hardest)} in {every} pairs of features and "
            f"classifier, by "
            f"{points(gap.median())} in the median (from {signed(gap.min())} to {signed(gap.max())}); {overlap}."
        )
        left = 1 - facts.best(facts.easiest)["accuracy"]
        if left > 0:
            ratio = (1 - facts.best(facts.hardest)["accuracy"]) / left
            easy, hard = facts.title(facts.easiest), facts.title(facts.hardest)
            text += f" The best row on {hard} makes {ratio:.1f} times the errors of the best on {easy}."
        return Markdown(text)

    def ceiling(self) -> Markdown:
        """Say how many rows of each dataset are near the ceiling."""
        facts = self.facts
        parts = []
        for dataset in facts.datasets:
            rows = facts.rows(dataset)["accuracy"]
            above = int((rows > EASY).sum())
            parts.append(f"{above or 'none'} of {len(rows)} rows on {facts.title(dataset)}")
        return Markdown(
            f"Above {percent(EASY, 0)}, what the paper's introduction cites for an early support vector machine on "
            f"MNIST, are {listed(parts)}."
        )

    def pixels(self) -> Markdown:
        """Say how far one gets without any network."""
        facts = self.facts
        if not facts.plain:
            return Markdown("This run has no row on raw pixels, so it cannot say how much of the ease comes without a network.")
        best = {dataset: facts.best(dataset, facts.plain[0]) for dataset in facts.datasets}
        parts = [f"{percent(row['accuracy'])} on {facts.title(dataset)} ({row['title']})" for dataset, row in best.items()]
        return Markdown(f"With no network at all, on raw pixels, the best classifier reaches {listed(parts)}.")

    # The questions

    def verdict(self) -> Markdown:
        """Answer whether the easier dataset is too easy, as far as the numbers go."""
        facts = self.facts
        if not facts.compares:
            return Markdown("**Answer.** With one dataset there is nothing to compare.")
        easy, hard = facts.title(facts.easiest), facts.title(facts.hardest)
        kinds = list(dict.fromkeys((facts.main, str(facts.best(facts.easiest)["features"]))))
        judged = [self._judge(features) for features in kinds]
        room = {name: float(1 - facts.rows(name)["accuracy"].max()) for name in (facts.easiest, facts.hardest)}
        return Markdown(
            f"**Answer for {easy}.** The best row leaves {points(room[facts.easiest])} to gain on {easy}, "
            f"{points(room[facts.hardest])} on {hard}. " + " ".join(judged)
        )

    def _judge(self, features: str) -> str:
        """Judge the easier dataset on one kind of features: how high its rows are, and how far apart their middle half is."""
        facts = self.facts
        rows = {name: facts.rows(name, features)["accuracy"] for name in (facts.easiest, facts.hardest)}
        apart = {name: float(values.quantile(0.75) - values.quantile(0.25)) for name, values in rows.items()}
        full = float((rows[facts.easiest] > EASY).mean())
        narrower = apart[facts.easiest] < apart[facts.hardest]
        yes = {
            (True, True): "it is too easy as a benchmark of methods like these",
            (True, False): "it is close to its ceiling, yet still separates these methods",
            (False, True): "it is not exhausted, though it separates these methods less than the harder dataset",
            (False, False): "it is easier, but not exhausted",
        }[full > 0.5, narrower]
        return (
            f"On {facts.on(features)} {yes}: {percent(full, 0)} of its rows are above {percent(EASY, 0)}, and the middle half "
            f"of them lies within {points(apart[facts.easiest])}, on {facts.title(facts.hardest)} within "
            f"{points(apart[facts.hardest])}."
        )

    def clusters(self) -> Markdown:
        """Compare the datasets' clusters in three dimensions, for the main features."""
        facts = self.facts
        table = facts.results.tables["projection"]
        test = table[(table["split"] == "test") & (table["features"] == facts.main)].set_index("dataset")
        parts = [
            f"{cell(test, name, 'adjusted_rand_index'):.2f} and {percent(cell(test, name, 'purity'))} for {facts.title(name)}"
            for name in facts.datasets
        ]
        text = f"On test images, adjusted Rand index and purity of the clusters are {listed(parts)}."
        if facts.compares:
            easy, hard = (cell(test, name, "adjusted_rand_index") for name in (facts.easiest, facts.hardest))
            name = facts.title(facts.easiest)
            text += (
                f" The clusters follow the classes better for {name}, the easier dataset, as the paper saw."
                if easy > hard
                else f" The clusters follow the classes *less* well for {name}, although it is the easier dataset. So on these "
                "features the ease does not lie in what three components and a centre a class can show."
            )
        return Markdown(text)

    def variance(self) -> Markdown:
        """List how much of the variance the three plotted components keep, for the main features."""
        facts = self.facts
        table = facts.results.tables["projection"]
        rows = table[(table["split"] == "train") & (table["features"] == facts.main)].set_index("dataset")
        shares = rows[["variance_1", "variance_2", "variance_3"]].sum(axis=1)
        return Markdown(listed([f"{percent(shares[name])} of the variance for {facts.title(name)}" for name in facts.datasets]))

    def errors(self) -> Markdown:
        """Say how concentrated the errors of the best classifier are, and which class suffers most."""
        facts = self.facts
        lines = []
        for dataset in facts.datasets:
            best, counts, classes = (
                facts.best(dataset, facts.main),
                facts.best_confusion(dataset),
                facts.study.dataset(dataset).classes,
            )
            mutual = _mutual(counts)
            errors = int(mutual.sum())
            if not errors:
                lines.append(f"- {facts.title(dataset)}, {best['title']}: no error.")
                continue
            first, second = divmod(int(mutual.argmax()), len(classes))
            pairs = len(classes) * (len(classes) - 1) // 2
            top = _worst(mutual)
            recall = counts.diagonal() / np.maximum(counts.sum(axis=1), 1)
            lines.append(
                f"- {facts.title(dataset)}, {best['title']}: {errors:,} errors, {percent(top / errors, 0)} of them "
                f"within {min(MOST, pairs)} of the {pairs} "
                f"pairs of classes. The worst pair is {classes[first]} and {classes[second]} ({int(mutual.max()):,} "
                f"errors); the class "
                f"found least often is {classes[int(recall.argmin())]} ({percent(float(recall.min()))})."
            )
        return Markdown("\n".join(lines))

    def linear(self) -> Markdown:
        """Say how far a linear boundary goes, on the main features and on the best."""
        facts = self.facts
        name = next((name for name in LINEAR if name in facts.classifiers), None)
        if name is None:
            return Markdown("")
        kinds = dict.fromkeys((facts.main, *(str(facts.best(dataset)["features"]) for dataset in facts.datasets)))
        sentences = [
            f"A linear boundary ({facts.titles[name]}) on {facts.on(kind)} reaches {self._linear(kind, name)}."
            for kind in kinds
        ]
        return Markdown(" ".join(sentences))

    def _linear(self, features: str, name: str) -> str:
        facts = self.facts
        parts = []
        for dataset in facts.datasets:
            share = cell(facts.rows(dataset, features).set_index("classifier"), name, "accuracy")
            short = float(facts.best(dataset, features)["accuracy"]) - share
            below = f"{points(short)} below" if short else "level with"
            parts.append(f"{percent(share)} on {facts.title(dataset)}, {below} the best row there")
        return "; ".join(parts)

    def lookalikes(self) -> Markdown:
        """Conclude whose errors are more those of a few pairs of classes."""
        facts = self.facts
        shares = {}
        for dataset in facts.datasets:
            mutual = _mutual(facts.best_confusion(dataset))
            shares[dataset] = _worst(mutual) / max(int(mutual.sum()), 1)
        if not facts.compares:
            return Markdown("")
        most = facts.hardest if shares[facts.hardest] > shares[facts.easiest] else facts.easiest
        other = facts.easiest if most == facts.hardest else facts.hardest
        return Markdown(
            f"The {MOST} worst pairs of classes hold {percent(shares[most], 0)} of the errors on {facts.title(most)} and "
            f"{percent(shares[other], 0)} of those on {facts.title(other)}: the difficulty of {facts.title(most)} is more that "
            f"of look-alikes, such as those in @fig-confused; that of {facts.title(other)} more that of its images at large."
        )


def _mutual(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how often two classes are taken for each other, above the diagonal of (classes, classes)."""
    mistakes: npt.NDArray[np.int64] = np.triu(counts + counts.T, 1)
    return mistakes


def _worst(mutual: npt.NDArray[np.int64]) -> int:
    """Return how many mistakes fall within the `MOST` worst pairs."""
    return int(np.sort(mutual, axis=None)[::-1][:MOST].sum())
