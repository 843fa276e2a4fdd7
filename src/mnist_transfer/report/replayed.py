"""What the report shows of the replay: which recipe comes nearest to the paper, and what each change is worth."""

from collections.abc import Callable

import pandas as pd

from mnist_transfer.claims import distance
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.recipes import Recipe
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.results.published import published
from mnist_transfer.results.read import Results
from mnist_transfer.wording import Markdown, code, listed, points, signed

#: What each value of a recipe's parts means, in a reader's words.
WORDS = {
    "repeat": "three equal channels",
    "interleave": "channels interleaved by `dstack` and a reshape",
    "nearest": "nearest-neighbour resizing",
    "bilinear": "bilinear resizing",
    "bicubic": "bicubic resizing",
    "caffe": "0–255 less ImageNet's mean colour",
    "none": "0–255",
    "unit": "divided by 255",
    "unit-caffe": "divided by 255, then less ImageNet's mean colour",
    "unit-torch": "divided by 255, then scaled for PyTorch's networks, which divides by 255 again",
    "unit-unit": "divided by 255 twice",
}
Z_SCORES = {"none": "features as they are", "train": "z-scores of the training split", "each": "each split's own z-scores"}
#: The parts of a recipe in the order of its name, and where each stands.
PARTS: dict[str, Callable[[Recipe], str]] = {
    "channels": lambda recipe: recipe.preprocessing.channels,
    "resizing": lambda recipe: recipe.preprocessing.resize,
    "scaling": lambda recipe: recipe.preprocessing.scaling,
    "z-scores": lambda recipe: recipe.z_score,
    "split": lambda recipe: recipe.split,
    "settings": lambda recipe: recipe.settings,
}
#: Nearest recipes shown of each stage.
SHOWN = 6
#: What stands in place of a table without rows.
NOTHING = Markdown("No recipe was compared with the paper.")


class Replayed:
    """Tables and data of figures on the recipes; empty where the study replays none or the paper has no figures.

    Attributes
    ----------
    rows, distances : dict of DataFrame
        By stage, the recipes' accuracies beside the paper's, and how near each recipe comes.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        stages = {str(stage): rows for stage, rows in results.tables["recipes"].groupby("stage", sort=False)}
        self.rows = {stage: distance.compared(rows, published()) for stage, rows in stages.items()}
        own = results.rows(features=results.papers_own).dropna(subset="paper")
        # On all images: the replays, and this study's own conditions under the name of its features.
        self.rows["all"] = pd.concat(
            [self.rows.get("replay", own.head(0)), own.assign(recipe=own["features"])], ignore_index=True
        )
        self.distances = {stage: distance.distances(rows) for stage, rows in self.rows.items() if len(rows)}

    @property
    def compares(self) -> bool:
        """Whether there are replays of the paper's own datasets to speak of."""
        return {"search", "replay"} <= set(self.distances)

    @property
    def datasets(self) -> list[str]:
        """The datasets with a distance to the paper."""
        return [name for name in self.results.datasets if name in self.distances.get("search", ())]

    def nearest(self, dataset: str) -> str:
        """Return the recipe on all images that is nearest to the paper on a dataset; none is a `NotMeasuredError`."""
        if not self.compares or dataset not in self.distances["replay"]:
            raise NotMeasuredError(f"this study replays no recipe of the paper on {dataset}")
        found = self.distances["replay"]
        return str(found["recipe"].iloc[int(found[dataset].to_numpy().argmin())])

    def nearest_rows(self) -> pd.DataFrame:
        """Return the rows of each dataset's nearest recipe, with the paper's accuracies."""
        rows = self.rows["replay"]
        return rows[rows["recipe"] == rows["dataset"].map({name: self.nearest(name) for name in rows["dataset"].unique()})]

    def transfer_table(self) -> Markdown:
        """Return how a recipe chosen on one dataset's numbers alone does on the other's, on all images and on few."""
        if not self.compares or len(self.datasets) < 2:
            return NOTHING
        rows = [
            (
                images,
                self.results.title(found.chosen_on),
                code(found.recipe),
                f"{100 * found.chosen:.1f}",
                f"{100 * found.judged:.1f}",
                f"{found.rank} of {found.of}",
            )
            for images, stage in (("all", "all"), ("few", "search"))
            for found in distance.transfers(self.distances[stage], self.datasets)
        ]
        return markdown_table(["Images", "Chosen on", "Recipe", "Distance there", "on the other", "Place there"], rows, left=3)

    def nearest_table(self) -> Markdown:
        """Return the recipes on all images, this study's own conditions among them, and the nearest of the search."""
        if not self.compares:
            return NOTHING
        rows = []
        few = f"{self.rows['search']['train'].iloc[0]:,}"
        for images, shown in (("all", self.distances["all"]), (few, self.distances["search"].head(SHOWN))):
            for _, found in shown.iterrows():
                numbers = [f"{100 * found[key]:.1f}" for key in ("distance", *self.datasets)]
                counts = [f"{found[key]} of {found['of']}" for key in ("within_1", "within_2")]
                rows.append((code(found["recipe"]), images, *numbers, *counts, f"{found['order']:.2f}".replace("-", "−")))
        titles = map(self.results.title, self.datasets)
        header = ["Recipe", "Training images", "Distance", *titles, "Within 1 point", "Within 2", "Order"]
        return markdown_table(header, rows, left=2)

    def suspects(self) -> Markdown:
        """Return, for every part of a recipe, how near the nearest recipe with each of its values comes."""
        if not self.compares:
            return NOTHING
        found = self.distances["search"]
        recipes = [Recipe.parse(name) for name in found["recipe"]]
        rows = []
        for part in list(PARTS)[:4]:
            values = pd.Series(list(map(PARTS[part], recipes)))
            for value in values.drop_duplicates():
                best = found[values == value].iloc[0]
                suspect = Markdown(f"{code(value)}: {(Z_SCORES if part == 'z-scores' else WORDS)[value]}")
                rows.append((part, suspect, f"{100 * best['distance']:.1f}", code(best["recipe"])))
        return markdown_table(["Part", "Suspect", "Distance of the nearest with it", "That is"], rows, left=2)

    def replay_table(self) -> Markdown:
        """Return the paper's numbers beside the nearest recipe's on all images."""
        if not self.compares:
            return NOTHING
        rows, header = self.nearest_rows(), ["Classifier"]
        cells = {name: [self.results.row_titles.get(name, name)] for name in rows["classifier"].drop_duplicates()}
        for name in self.datasets:
            header += [f"{self.results.title(name)}, paper", "replayed", "diff."]
            for _, row in rows[rows["dataset"] == name].iterrows():
                numbers = [f"{100 * row[key]:.2f}" for key in ("paper", "accuracy")]
                cells[row["classifier"]] += [*numbers, signed(row["accuracy"] - row["paper"], 2)]
        return markdown_table(header, cells.values())

    def views(self) -> tuple[dict[str, pd.DataFrame], dict[str, tuple[str, ...]]]:
        """Return the points of every dataset under its nearest recipe, as :meth:`Results.panels` does."""
        points = {name: self.results.replayed_points[name, self.nearest(name)] for name in self.results.datasets}
        return self.results.panels(points)

    def searched(self) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
        """Return the distances of the search, and name and title of two datasets; fewer are a `NotMeasuredError`."""
        if len(self.datasets) != 2:
            raise NotMeasuredError("this study compares no recipes with the paper on two datasets")
        return self.distances["search"], [(name, self.results.title(name)) for name in self.datasets]

    def steps(self) -> pd.DataFrame:
        """Return the ladder: columns step, dataset (a title), classifier, accuracy and paper (may be missing)."""
        table = self.results.tables["recipes"]
        rows = table[table["stage"] == "ladder"]
        if rows.empty:
            raise NotMeasuredError("this study has no ladder of recipes")
        order = list(rows["recipe"].drop_duplicates())
        changes = {name: _change(before, name) for before, name in zip(["", *order], order, strict=False)}
        paper = self.rows["ladder"][["recipe", "dataset", "classifier", "paper"]]
        found = rows.merge(paper, on=["recipe", "dataset", "classifier"], how="left")
        return found.assign(step=found["recipe"].map(changes), dataset=found["dataset"].map(self.results.title))

    def steps_table(self) -> Markdown:
        """Return what each step of the ladder is worth, on average over the classifiers."""
        try:
            table = self.steps()
        except NotMeasuredError:
            return NOTHING
        means = table.groupby(["step", "dataset"], sort=False)["accuracy"].mean().unstack("dataset")
        gains = means.reindex(table["step"].drop_duplicates()).diff().iloc[1:]
        rows = [(code(step), *map(signed, gain)) for step, gain in gains.iterrows()]
        return markdown_table(["Change", *map(str, means.columns)], rows)

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
            "nearest recipes": lambda name: results.replayed_points[name, self.nearest(name)],
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
        return markdown_table(["Statement of the paper", *places], lines, left=len(places) + 1, style="wrapped")


def _of_accuracies(results: Results, wide: pd.DataFrame) -> dict[str, str]:
    """Check the statements on a table with a row a classifier and two columns, the harder dataset's first: ✓ or ✗, and why."""
    hard, easy = map(str, wide)
    best = [str(name) for name in wide.idxmax()]
    named = listed(list(dict.fromkeys(results.row_titles.get(name, name) for name in best)))
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


def _change(before: str, name: str) -> str:
    """Name the one part in which a step differs from the one below it."""
    recipe = Recipe.parse(name)
    if not before:
        return f"replayed, {recipe.split}"
    below = Recipe.parse(before)
    return next(part(recipe) for part in PARTS.values() if part(recipe) != part(below))
