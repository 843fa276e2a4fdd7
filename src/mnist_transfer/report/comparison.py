"""The report's sentences on the paper's figures and on another benchmark's, beside ours."""

from mnist_transfer.report.facts import Facts, cell, highest
from mnist_transfer.results.published import published
from mnist_transfer.wording import Markdown, listed, percent, points, signed


class Comparison:
    """What differs from the paper, by how much, and what could explain it."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def average(self, features: str) -> Markdown:
        """Say how the accuracies on one kind of features differ from the paper's."""
        facts = self.facts
        parts = []
        for dataset in facts.datasets:
            rows = facts.rows(dataset, features).dropna(subset="paper")
            if len(rows):
                difference = rows["accuracy"] - rows["paper"]
                extremes = f"from {signed(difference.min())} to {signed(difference.max())}, {len(rows)} classifiers"
                parts.append(f"{signed(difference.mean())} points on {facts.title(dataset)} ({extremes})")
        if not parts:
            return Markdown("")
        same = "the paper's own" if features == facts.papers_own else "not the paper's"
        name = facts.on(features)
        return Markdown(f"{name[0].upper()}{name[1:]} ({same}) differ from the paper's figures on average by {listed(parts)}.")

    def averages(self) -> Markdown:
        """Say how the accuracies on each kind of features differ from the paper's."""
        lines = [self.average(name) for name in self.facts.kinds]
        if not any(lines):
            return Markdown("The paper has no figures for these datasets, so this run cannot be compared with it.")
        return Markdown("\n".join(f"- {line}" for line in lines if line))

    def explanation(self) -> Markdown:
        """Name what could explain the differences from the paper, and what speaks for and against it."""
        facts = self.facts
        nearest = facts.papers_own or facts.main
        rows = facts.rows(features=nearest).dropna(subset="paper")
        if rows.empty:
            return Markdown("")
        above = int((rows["accuracy_low"] > rows["paper"]).sum())
        below = int((rows["accuracy_high"] < rows["paper"]).sum())
        network = "" if facts.papers_own else f"the **features**, which are not the same here ({facts.heading(nearest)}); "
        return Markdown(
            f"Of the {len(rows)} accuracies on {facts.on(nearest)} that have a counterpart in the paper, {above} lie "
            f"above it and {below} "
            "below it by more than our 95% interval, so the draw of test images does not explain them. What could: "
            f"{network}how the paper **scaled** its images, which it does not say (VGG expects 0 to 255 with the mean "
            f"colour subtracted, "
            "and dividing by 255 instead is easily done unawares); how it **resized** them; how long its optimisers "
            "ran; how its own subset was drawn; and the versions of its libraries. "
            f"{self._replayed()}" + self._reference()
        )

    def _replayed(self) -> str:
        replays = self.facts.study.replication is not None
        return "@sec-replay tries these one by one." if replays else "The paper does not let us settle which."

    def _reference(self) -> str:
        """Compare the raw pixels' rows with the published reference on raw pixels."""
        facts = self.facts
        reference = published().query("source == 'raw-pixels'").rename(columns={"accuracy": "reference"})
        rows = facts.accuracy[facts.accuracy["features"].isin(facts.plain)].merge(reference, on=["dataset", "classifier"])
        if rows.empty:
            return ""
        difference = rows["accuracy"] - rows["reference"]
        return (
            f" Our classifiers themselves can be checked: {len(rows)} rows on raw pixels have a counterpart in an "
            f"independent benchmark "
            f"[@xiao2017, table 3]; they differ from it by {signed(difference.mean())} points on average and by "
            f"{points(difference.abs().max())} at most."
        )

    def claims(self) -> Markdown:
        """Check the paper's observations on its own table against ours."""
        facts = self.facts
        lines = []
        for dataset in facts.datasets:
            rows = facts.rows(dataset, facts.main)
            theirs = rows.dropna(subset="paper")
            if theirs.empty:
                continue
            winner = highest(theirs, "paper")
            rank = int((rows["accuracy"] > winner["accuracy"]).sum()) + 1
            lines.append(
                f"- On {facts.title(dataset)} the paper's best classifier, {winner['title']} with "
                f"{percent(winner['paper'])}, is number "
                f"{rank} of {len(rows)} here; ours is {facts.best(dataset, facts.main)['title']}."
            )
            by_name = theirs.set_index("classifier")
            if {"svm-linear", "svm-linear-pca15"} <= set(by_name.index):
                paper, ours = (
                    cell(by_name, "svm-linear-pca15", key) - cell(by_name, "svm-linear", key) for key in ("paper", "accuracy")
                )
                verdict = "as in the paper" if (ours > 0) == (paper > 0) else "unlike in the paper"
                effect = "raise" if ours > 0 else "lower"
                lines.append(
                    f"- On {facts.title(dataset)} fifteen principal components before the linear SVM {effect} its "
                    f"accuracy by {points(ours)}, "
                    f"{verdict} ({signed(paper)} there)."
                )
        return Markdown("\n".join(lines))
