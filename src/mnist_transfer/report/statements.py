"""The paper's statements, each checked on its own table, under the nearest recipe, and under this study's own conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mnist_transfer.report.replayed import Replayed
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.wording import Markdown, listed, points, signed

#: Accuracies by dataset, then by classifier.
Accuracies = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Evidence:
    """One place where the statements are checked.

    Attributes
    ----------
    accuracies
        By dataset, then by classifier: the paper's fourteen rows.
    views
        Projected training points by dataset, with their classes and clusters; none of the paper's own.
    """

    accuracies: Accuracies
    views: Mapping[str, pd.DataFrame]


def best(accuracies: Mapping[str, float]) -> str:
    """Return the classifier with the highest accuracy, the first of them on a tie."""
    return max(accuracies, key=lambda name: accuracies[name])


def separated(view: pd.DataFrame) -> int:
    """Count the classes that make up more than half of some cluster: those that one can tell apart by the clusters."""
    shares = pd.crosstab(view["cluster"], view["class"], normalize="index")
    return len({label for label, share in zip(shares.idxmax(axis=1), shares.max(axis=1), strict=True) if share > 0.5})


def purity(view: pd.DataFrame) -> float:
    """Return the share of points in the commonest class of their cluster."""
    return float(pd.crosstab(view["cluster"], view["class"]).max(axis=1).sum() / len(view))


class Statements:
    """Every statement of the paper that its numbers or pictures can bear out."""

    def __init__(self, replayed: Replayed) -> None:
        self.replayed = replayed
        self.facts = replayed.facts

    def table(self) -> Markdown:
        """Return one row a statement, one column a place where it is checked."""
        facts, replayed = self.facts, self.replayed
        own = facts.papers_own or facts.main
        rows = replayed.nearest_rows() if replayed.compares else pd.DataFrame({"dataset": [], "classifier": []})
        ours = facts.rows(features=own)
        ours = ours[ours["classifier"].isin(rows["classifier"])]
        two = {facts.hardest, facts.easiest}
        if len(two) < 2 or not two <= set(ours["dataset"]) & set(rows["dataset"]):
            return Markdown("This run has nothing to check the paper's statements on.")
        train = {name: replayed.points(name, "train") for name in two}
        our_train = {name: facts.results.points[name, own].query("split == 'train'") for name in two}
        places = {
            "its own table": Evidence(_nested(rows, "paper"), {}),
            "nearest recipes": Evidence(_nested(rows, "accuracy"), train),
            f"ours, {facts.heading(own)}": Evidence(_nested(ours, "accuracy"), our_train),
        }
        checked = [self.check(evidence) for evidence in places.values()]
        statements = dict.fromkeys(statement for found in reversed(checked) for statement in found)
        lines = [[statement, *(found.get(statement, "–") for found in checked)] for statement in statements]
        table = markdown_table(["Statement of the paper", *places], lines, left=len(places) + 1)
        return Markdown(f"::: {{.wrapped}}\n{table}\n:::")

    def check(self, evidence: Evidence) -> dict[str, str]:
        """Check every statement in one place that has the rows it speaks of: ✓ or ✗, and the numbers."""
        hard, easy = self.facts.hardest, self.facts.easiest
        title = self.facts.title
        accuracies, views = evidence.accuracies, evidence.views
        winners = {name: best(accuracies[name]) for name in (hard, easy)}
        named = listed(list(dict.fromkeys(self.facts.titles.get(winners[name], winners[name]) for name in (hard, easy))))
        rows = [row for row in accuracies[easy] if row in accuracies[hard]]
        found: dict[str, str] = {}
        if any(row.startswith("forest-") for row in rows):
            forests = all(name.startswith("forest-") for name in winners.values())
            found["A random forest is best on both"] = _verdict(forests, named)
        if "neural-network" in rows:
            networks = set(winners.values()) == {"neural-network"}
            found["A neural network is best on both (what it had expected)"] = _verdict(networks, named)
        if {"svm-linear-pca15", "svm-linear"} <= set(rows):
            gains = {name: accuracies[name]["svm-linear-pca15"] - accuracies[name]["svm-linear"] for name in (hard, easy)}
            gained = listed([f"{signed(gains[name])} on {title(name)}" for name in (hard, easy)])
            found["Fifteen components raise the linear SVM on both"] = _verdict(min(gains.values()) > 0, gained)
        if rows:
            gaps = [accuracies[easy][row] - accuracies[hard][row] for row in rows]
            numbers = f"by {points(sum(gaps) / len(gaps))} on average, {points(min(gaps))} at least"
            found[f"Every classifier finds {title(hard)} harder"] = _verdict(min(gaps) > 0, numbers)
        if views:
            pure = {name: purity(views[name]) for name in (hard, easy)}
            numbers = listed([f"purity {pure[name]:.2f} on {title(name)}" for name in (easy, hard)])
            found[f"{title(easy)}'s clusters follow its classes better"] = _verdict(pure[easy] > pure[hard], numbers)
            for name, holds, words in ((easy, (8, 10), "at least 8"), (hard, (0, 7), "up to 7")):
                count = separated(views[name])
                statement = f"{words} classes of {title(name)} stand apart in the training picture"
                found[statement[0].upper() + statement[1:]] = _verdict(holds[0] <= count <= holds[1], f"{count}")
        return found


def _nested(rows: pd.DataFrame, column: str) -> dict[str, dict[str, float]]:
    nested: dict[str, dict[str, float]] = {}
    records: list[Any] = list(zip(rows["dataset"], rows["classifier"], rows[column], strict=True))
    for dataset, classifier, accuracy in records:
        nested.setdefault(str(dataset), {})[str(classifier)] = float(accuracy)
    return nested


def _verdict(holds: bool, numbers: str) -> str:
    return f"{'✓' if holds else '✗'} {numbers}"
