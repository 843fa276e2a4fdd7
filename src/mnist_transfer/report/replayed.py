"""What the report says and shows of the replay: which recipe comes nearest to the paper, and what each change is worth."""

from collections.abc import Callable

import pandas as pd

from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.paths import SPLITS
from mnist_transfer.recipes import Recipe, Replication
from mnist_transfer.replay import distance
from mnist_transfer.report.facts import Facts
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.results.published import published
from mnist_transfer.wording import Markdown, code, signed

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
#: Nearest recipes shown of each stage.
SHOWN = 6
#: What stands in place of a table without rows.
NOTHING = Markdown("No recipe was compared with the paper.")


class Replayed:
    """Sentences, tables and data of figures on the recipes; empty where the study replays none or the paper has no figures."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        table = facts.results.tables["recipes"]
        self.rows = {str(stage): distance.compared(rows, published()) for stage, rows in table.groupby("stage")}
        self.all_rows = {str(stage): rows for stage, rows in table.groupby("stage")}
        self.measured = {stage: distance.distances(rows) for stage, rows in self.rows.items() if len(rows)}
        own = facts.rows(features=facts.papers_own or facts.main).dropna(subset="paper")
        #: On all images: the replays, and this study's own conditions under the name of its features.
        self.full = pd.concat([self.rows.get("replay", own.head(0)), own.assign(recipe=own["features"])], ignore_index=True)

    @property
    def compares(self) -> bool:
        """Whether there are replays of the paper's own datasets to speak of."""
        return {"search", "replay"} <= set(self.measured)

    @property
    def replays(self) -> bool:
        """Whether there are replays at all."""
        return self.facts.study.replication is not None

    @property
    def section(self) -> Replication:
        """What was asked for."""
        assert self.facts.study.replication is not None
        return self.facts.study.replication

    def nearest(self, dataset: str) -> str:
        """Return the recipe, of those replayed on all images, that is nearest to the paper on one dataset.

        Raises
        ------
        NotMeasuredError
            This run replays none of the paper's rows on it.
        """
        if not self.compares or dataset not in self.measured["replay"]:
            raise NotMeasuredError(f"this study replays no recipe of the paper on {dataset}")
        measured = self.measured["replay"]
        return str(measured["recipe"].iloc[int(measured[dataset].to_numpy().argmin())])

    def nearest_rows(self) -> pd.DataFrame:
        """Return the rows of each dataset's nearest recipe, with the paper's accuracies and the `difference` to them."""
        rows = self.rows["replay"]
        chosen = rows["dataset"].map({name: self.nearest(name) for name in rows["dataset"].unique()})
        nearest = rows[rows["recipe"] == chosen]
        return nearest.assign(difference=(nearest["accuracy"] - nearest["paper"]).round(9))

    def transfer_table(self) -> Markdown:
        """Return how a recipe chosen on one dataset's numbers alone does on the other's, on all images and on few."""
        if not self.compares:
            return NOTHING
        names = [name for name in self.facts.datasets if name in self.measured["search"]]
        if len(names) < 2:
            return NOTHING
        rows = [
            (
                images,
                self.facts.title(found.chosen_on),
                code(found.recipe),
                f"{100 * found.chosen:.1f}",
                f"{100 * found.judged:.1f}",
                f"{found.rank} of {found.of}",
            )
            for images, measured in (("all", distance.distances(self.full)), ("few", self.measured["search"]))
            for found in distance.transfers(measured, names)
        ]
        return markdown_table(["Images", "Chosen on", "Recipe", "Distance there", "on the other", "Place there"], rows, left=3)

    def nearest_table(self) -> Markdown:
        """Return the recipes on all images, this study's own conditions among them, and the nearest of the search."""
        if not self.compares:
            return NOTHING
        names = [name for name in self.facts.datasets if name in self.measured["search"]]
        rows = []
        stages = {"all": distance.distances(self.full), f"{self.section.search.train:,}": self.measured["search"].head(SHOWN)}
        for images, measured in stages.items():
            for _, found in measured.iterrows():
                numbers = [f"{100 * found[key]:.1f}" for key in ("distance", *names)]
                counts = [f"{found[key]} of {found['of']}" for key in ("within_1", "within_2")]
                order = f"{found['order']:.2f}".replace("-", "−")
                rows.append((code(found["recipe"]), images, *numbers, *counts, order))
        header = ["Recipe", "Training images", "Distance", *map(self.facts.title, names), "Within 1 point", "Within 2", "Order"]
        return markdown_table(header, rows, left=2)

    def suspects(self) -> Markdown:
        """Return, for every part of a recipe, how near the nearest recipe with each of its values comes."""
        if not self.compares:
            return NOTHING
        parts: dict[str, Callable[[Recipe], str]] = {
            "channels": lambda recipe: recipe.look.channels,
            "resizing": lambda recipe: recipe.look.resize,
            "scaling": lambda recipe: recipe.look.scaling,
            "z-scores": lambda recipe: recipe.z_score,
        }
        measured = self.measured["search"]
        recipes = [Recipe.parse(name) for name in measured["recipe"]]
        rows = []
        for part, value_of in parts.items():
            values = pd.Series([value_of(recipe) for recipe in recipes])
            for value in values.drop_duplicates():
                best = measured[(values == value).to_numpy()].iloc[0]
                words = Z_SCORES if part == "z-scores" else WORDS
                suspect = Markdown(f"{code(value)}: {words[value]}")
                rows.append((part, suspect, f"{100 * best['distance']:.1f}", code(best["recipe"])))
        return markdown_table(["Part", "Suspect", "Distance of the nearest with it", "That is"], rows, left=2)

    def replay_table(self) -> Markdown:
        """Return the paper's numbers beside the nearest recipe's on all images."""
        if not self.compares:
            return NOTHING
        rows = self.nearest_rows()
        header = ["Classifier"]
        shown = {}
        for name in self.facts.datasets:
            part = rows[rows["dataset"] == name].set_index("classifier")
            if len(part):
                shown[name] = part
                header += [f"{self.facts.title(name)}, paper", "replayed", "diff."]
        lines = []
        for classifier in rows["classifier"].drop_duplicates():
            cells = [self.facts.titles.get(classifier, classifier)]
            for part in shown.values():
                ours, paper = float(part["accuracy"][classifier]), float(part["paper"][classifier])
                cells += [f"{100 * paper:.2f}", f"{100 * ours:.2f}", signed(ours - paper, 2)]
            lines.append(cells)
        return markdown_table(header, lines)

    def points(self, dataset: str, split: str) -> pd.DataFrame:
        """Return the projected points of the nearest recipe's features."""
        table = self.facts.results.replayed_points[dataset, self.nearest(dataset)]
        return table[table["split"] == split]

    def views(self) -> tuple[dict[str, pd.DataFrame], dict[str, tuple[str, ...]]]:
        """Return the points of every dataset under its nearest recipe, as :meth:`Facts.views` does."""
        return self.facts.panels({name: {split: self.points(name, split) for split in SPLITS} for name in self.facts.datasets})

    def searched(self) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
        """Return the distances of the search's recipes, and name and title of the two datasets that have both.

        Raises
        ------
        NotMeasuredError
            This run compares no recipes with the paper on two datasets.
        """
        measured = self.measured.get("search", pd.DataFrame())
        names = [name for name in self.facts.datasets if name in measured]
        if len(names) != 2:
            raise NotMeasuredError("this study compares no recipes with the paper on two datasets")
        return measured, [(name, self.facts.title(name)) for name in names]

    def rungs(self) -> pd.DataFrame:
        """Return the ladder's accuracies: columns rung, dataset (a title), classifier, accuracy and paper (may be missing)."""
        if not self.replays:
            raise NotMeasuredError("this study has no ladder of recipes")
        order = self.section.ladder.rungs
        rows = self.all_rows["ladder"].merge(
            self.rows["ladder"][["recipe", "dataset", "classifier", "paper"]],
            on=["recipe", "dataset", "classifier"],
            how="left",
        )
        names = {name: self._change(before, name) for before, name in zip((None, *order), order, strict=False)}
        found = rows.assign(rung=rows["recipe"].map(names), dataset=rows["dataset"].map(self.facts.title))
        return found.sort_values("recipe", key=lambda column: column.map(order.index), kind="stable", ignore_index=True)

    def _change(self, before: str | None, name: str) -> str:
        """Name the one part in which a rung differs from the one below it."""
        recipe = Recipe.parse(name)
        if before is None:
            return f"replayed, {recipe.split}"
        below = Recipe.parse(before)
        pairs = [(getattr(below.look, part), getattr(recipe.look, part)) for part in ("channels", "resize", "scaling")]
        pairs += [(below.z_score, recipe.z_score), (below.split, recipe.split), (below.settings, recipe.settings)]
        return str(next(new for old, new in pairs if old != new))

    def steps_table(self) -> Markdown:
        """Return what each rung of the ladder is worth, on average over the classifiers."""
        if not self.replays:
            return NOTHING
        means = self.rungs().groupby(["rung", "dataset"], sort=False)["accuracy"].mean().unstack("dataset")
        steps = zip(means.iterrows(), means.iloc[1:].iterrows(), strict=False)
        rows = [
            (code(rung), *(signed(after[name] - before[name]) for name in means.columns))
            for (_, before), (rung, after) in steps
        ]
        return markdown_table(["Change", *map(str, means.columns)], rows)
