"""What the report shows of the replay: which recipe comes nearest to the paper, and what each change is worth."""

from collections.abc import Callable

import pandas as pd

from mnist_transfer.claims import distance
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.recipes import SPLIT_TITLES, STUDY, Recipe
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.results.published import published
from mnist_transfer.results.read import Results, pictured
from mnist_transfer.wording import Markdown, code, listed, points, signed

#: The parts in which a recipe may differ from this study's own conditions: what they are here, and how a step there is called.
OURS: dict[str, tuple[str, str]] = {
    "split": ("official", SPLIT_TITLES["official"]),
    "z_score": ("train", "z-scores"),
    "preparation": (STUDY, "our preparation"),
}
#: What stands in place of a table without rows.
NOTHING = Markdown("No recipe was compared with the paper.")


class Replayed:
    """Tables and data of figures on the recipes; empty where the study replays none or the paper has no figures.

    Attributes
    ----------
    searched, full : DataFrame
        Accuracies beside the paper's of the recipes on few images, and of those on all.
    own : DataFrame
        The same of this study's own conditions, as a recipe with the name of its features.
    distances : DataFrame
        How near each recipe on all images comes; see :func:`mnist_transfer.claims.distance.distances`.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        rows = distance.compared(results.tables["recipes"], published())
        self.searched, self.full = (rows[rows["stage"] == stage] for stage in ("search", "full"))
        own = results.rows(features=results.papers_own).dropna(subset="paper")
        self.own = own.assign(recipe=own["features"])[["recipe", "dataset", "classifier", "accuracy", "paper"]]
        self.distances = distance.distances(self.full)

    @property
    def compares(self) -> bool:
        """Whether there are replays of the paper's own datasets to speak of."""
        return not self.full.empty

    @property
    def datasets(self) -> list[str]:
        """The datasets with a distance to the paper."""
        return [name for name in self.results.datasets if name in self.distances]

    def nearest(self, dataset: str) -> str:
        """Return the recipe on all images that is nearest to the paper on a dataset; none is a `NotMeasuredError`."""
        if dataset not in self.datasets:
            raise NotMeasuredError(f"this study replays no recipe of the paper on {dataset}")
        return distance.nearest(self.distances, dataset)

    def nearest_rows(self) -> pd.DataFrame:
        """Return the rows of each dataset's nearest recipe, with the paper's accuracies."""
        rows = self.full
        return rows[rows["recipe"] == rows["dataset"].map({name: self.nearest(name) for name in rows["dataset"].unique()})]

    def points(self, dataset: str) -> pd.DataFrame:
        """Return the projected points under a dataset's nearest recipe, this study's own where it has the same features."""
        recipe, results = self.nearest(dataset), self.results
        if Recipe.parse(recipe).preparation == STUDY:
            return results.points[dataset, results.papers_own]
        return results.replayed_points[dataset, pictured(results.study, recipe)]

    def nearest_table(self) -> Markdown:
        """Return the recipes on all images, the nearest first, and this study's own conditions."""
        if not self.compares:
            return NOTHING
        rows = []
        for _, found in distance.distances(pd.concat([self.full, self.own])).iterrows():
            numbers = [f"{100 * found[key]:.1f}" for key in ("distance", *self.datasets)]
            counts = [f"{found[key]} of {found['of']}" for key in ("within_1", "within_2")]
            rows.append((code(found["recipe"]), *numbers, *counts, f"{found['order']:.2f}".replace("-", "−")))
        titles = map(self.results.title, self.datasets)
        return markdown_table(["Recipe", "Distance", *titles, "Within 1 point", "Within 2", "Order"], rows)

    def replay_table(self) -> Markdown:
        """Return the paper's numbers beside the nearest recipe's on all images."""
        if not self.compares:
            return NOTHING
        rows, header = self.nearest_rows(), ["Classifier"]
        cells = {name: [self.results.called(name)] for name in rows["classifier"].drop_duplicates()}
        for name in self.datasets:
            header += [f"{self.results.title(name)}, paper", "replayed", "diff."]
            for _, row in rows[rows["dataset"] == name].iterrows():
                numbers = [f"{100 * row[key]:.2f}" for key in ("paper", "accuracy")]
                cells[row["classifier"]] += [*numbers, signed(row["accuracy"] - row["paper"], 2)]
        return markdown_table(header, cells.values())

    def views(self) -> tuple[dict[str, pd.DataFrame], dict[str, tuple[str, ...]]]:
        """Return the points of every dataset under its nearest recipe, as :meth:`Results.panels` does."""
        return self.results.panels({name: self.points(name) for name in self.results.datasets})

    def curves(self) -> pd.DataFrame:
        """Return how near recipes with the official split come: columns recipe, dataset (a title), train and distance.

        None at all is a `NotMeasuredError`.
        """
        rows = pd.concat([self.searched, self.full])
        rows = rows[rows["recipe"].str.endswith("/official")]
        if rows.empty:
            raise NotMeasuredError("this study compares no recipes with the paper")
        rows = rows.assign(distance=(rows["accuracy"] - rows["paper"]).abs(), dataset=rows["dataset"].map(self.results.title))
        return rows.groupby(["recipe", "dataset", "train"], sort=False)["distance"].mean().reset_index()

    def steps(self) -> pd.DataFrame:
        """Return how the nearest recipe becomes this study's own conditions, a change at a time, of recipes that were tried.

        Columns step, dataset (a title), classifier, accuracy and paper. No recipe at all is a `NotMeasuredError`.
        """
        if not self.compares:
            raise NotMeasuredError("this study compares no recipes with the paper")
        recipe, tried = Recipe.parse(self.distances["recipe"].iloc[0]), set(self.full["recipe"])
        steps = {f"replayed, {SPLIT_TITLES[recipe.split]}": str(recipe)}
        for part, (value, step) in OURS.items():
            changed = recipe.model_copy(update={part: value})
            if changed != recipe and str(changed) in tried:
                recipe, steps[step] = changed, str(changed)
        rows = [self.full[self.full["recipe"] == name].assign(step=step) for step, name in steps.items()]
        found = pd.concat([*rows, self.own.assign(step="this study")], ignore_index=True)
        return found.assign(dataset=found["dataset"].map(self.results.title))

    def statements(self) -> Markdown:
        """Check the paper's statements on its own table, under the nearest recipes and under this study's own conditions."""
        results, own = self.results, self.results.papers_own
        easy, hard = results.easiest_and_hardest
        nothing = Markdown("This run has nothing to check the paper's statements on.")
        if not self.compares or easy == hard:
            return nothing
        rows, ours = self.nearest_rows(), results.rows(features=own)
        ours = ours[ours["classifier"].isin(rows["classifier"])]
        if not {easy, hard} <= set(ours["dataset"]) & set(rows["dataset"]):
            return nothing
        places: dict[str, Callable[[str], pd.DataFrame] | None] = {
            "its own table": None,
            "nearest recipes": self.points,
            f"ours, {results.heading(own)}": lambda name: results.points[name, own],
        }
        tables = [(rows, "paper"), (rows, "accuracy"), (ours, "accuracy")]
        checked = []
        for (table, column), points_of in zip(tables, places.values(), strict=True):
            wide = table.pivot_table(index="classifier", columns="dataset", values=column, sort=False)[[hard, easy]]
            views = {name: points_of(name).query("split == 'train'") for name in (easy, hard)} if points_of else {}
            checked.append(_of_accuracies(results, wide) | (_of_points(results, views) if views else {}))
        every = dict.fromkeys(statement for found in reversed(checked) for statement in found)
        lines = [[statement, *(found.get(statement, "–") for found in checked)] for statement in every]
        return markdown_table(["Statement of the paper", *places], lines, text=range(len(places) + 1), style="wrapped")


def _of_accuracies(results: Results, wide: pd.DataFrame) -> dict[str, str]:
    """Check the statements on a table with a row a classifier and two columns, the harder dataset's first: ✓ or ✗, and why."""
    hard, easy = map(str, wide)
    best = [str(name) for name in wide.idxmax()]
    named = listed(list(dict.fromkeys(map(results.called, best))))
    found: dict[str, str] = {}
    if wide.index.str.startswith("forest-").any():
        found["A random forest is best on both"] = _said(all(name.startswith("forest-") for name in best), named)
    if "neural-network" in wide.index:
        found["A neural network is best on both (what it had expected)"] = _said(set(best) == {"neural-network"}, named)
    if {"svm-linear-pca15", "svm-linear"} <= set(wide.index):
        gains = {name: wide[name]["svm-linear-pca15"] - wide[name]["svm-linear"] for name in (hard, easy)}
        gained = listed([f"{signed(gain)} on {results.title(name)}" for name, gain in gains.items()])
        found["Fifteen components raise the linear SVM on both"] = _said(min(gains.values()) > 0, gained)
    gaps = wide[easy] - wide[hard]
    numbers = f"by {points(gaps.mean())} on average, {points(gaps.min())} at least"
    return {**found, f"Every classifier finds {results.title(hard)} harder": _said(gaps.min() > 0, numbers)}


def _of_points(results: Results, views: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Check the statements on the training pictures, the easier dataset's first."""
    (easy, hard), titles = views, {name: results.title(name) for name in views}
    pure = {name: purity(view) for name, view in views.items()}
    apart = {name: separated(view) for name, view in views.items()}
    numbers = listed([f"purity {pure[name]:.2f} on {titles[name]}" for name in views])
    return {
        f"{titles[easy]}'s clusters follow its classes better": _said(pure[easy] > pure[hard], numbers),
        f"At least 8 classes of {titles[easy]} stand apart in the training picture": _said(apart[easy] >= 8, f"{apart[easy]}"),
        f"Up to 7 classes of {titles[hard]} stand apart in the training picture": _said(apart[hard] <= 7, f"{apart[hard]}"),
    }


def _said(holds: bool, numbers: str) -> str:
    return f"{'✓' if holds else '✗'} {numbers}"


def separated(view: pd.DataFrame) -> int:
    """Count the classes that make up more than half of some cluster: those that one can tell apart by the clusters."""
    shares = pd.crosstab(view["cluster"], view["class"], normalize="index")
    return shares.idxmax(axis=1)[shares.max(axis=1) > 0.5].nunique()


def purity(view: pd.DataFrame) -> float:
    """Return the share of points in the commonest class of their cluster."""
    return float(pd.crosstab(view["cluster"], view["class"]).max(axis=1).sum() / len(view))
