"""If it is easier, why? Look-alikes, errors that all share, geometry; and how far frozen features go."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.report.facts import highest
from mnist_transfer.report.measured import NOT_TAKEN, Measured
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.results.published import published
from mnist_transfer.wording import Markdown, escaped, listed, percent

#: What the published figures beside the best frozen features are.
SOURCES = {
    "raw-pixels-best": "best of Fashion-MNIST's benchmark on raw pixels",
    "humans": "humans",
    "trained-network": "a network trained on the dataset",
}


QUANTITIES = {
    "participation_ratio": "participation ratio",
    "intrinsic_dimension": "intrinsic dimension",
    "nearest_neighbour_error": "nearest neighbour's error",
    "bayes_error_bound": "Cover–Hart estimate",
    "silhouette": "silhouette",
}


class Why(Measured):
    """What the measures say of it: tables and sentences, all numbers from ``results/difficulty/``."""

    def groups(self) -> Markdown:
        """Name the look-alikes of each dataset."""
        difficulty = self.facts.study.difficulty
        named = {} if difficulty is None else difficulty.look_alikes
        found = []
        for name in self.facts.datasets:
            groups = [f"{{{', '.join(group)}}}" for group in named.get(name, ())]
            found += [f"{self.facts.title(name)} {listed(groups)}"] if groups else []
        return escaped("; ".join(found) or "none")

    def merged(self) -> Markdown:
        """Tabulate what counting the look-alikes as one does to the mean accuracy and to the gap between the datasets."""
        if not self.has("merged"):
            return NOT_TAKEN
        rows = []
        for (features, dataset), table in self.titled("merged").groupby(["features", "dataset"], sort=False):
            errors, left = 1 - table["accuracy"], 1 - table["merged"]
            rows.append(
                [
                    features,
                    dataset,
                    percent(errors.mean()),
                    percent(left.mean()),
                    percent(1 - (left.sum() / errors.sum()), 0),
                    percent(1 - ((1 - table["others"]).sum() / errors.sum()), 0),
                    percent(table["as_good"].mean()),
                ]
            )
        heads = ["Features", "Dataset", "Mean error", "Look-alikes as one", "Errors gone"]
        return markdown_table([*heads, "With any such classes", "Groupings as good"], rows, left=2)

    def dropped(self) -> Markdown:
        """Tabulate accuracies with all classes, with the look-alikes alone and with the others alone."""
        if not self.has("dropped"):
            return NOT_TAKEN
        titles = self.classifiers("dropped")
        rows = []
        for (features, classifier, dataset), table in self.titled("dropped").groupby(
            ["features", "classifier", "dataset"], sort=False
        ):
            cells = [
                f"{percent(row['accuracy'])} ({100 * row['accuracy_low']:.1f} to {100 * row['accuracy_high']:.1f})"
                for _, row in table.iterrows()
            ]
            rows.append([features, titles[str(classifier)], dataset, *cells])
        kept = self.tables["dropped"]["kept"].drop_duplicates()
        return markdown_table(["Features", "Classifier", "Dataset", *(f"{name}" for name in kept)], rows, left=3)

    def shared_images(self, features: str) -> tuple[dict[str, npt.NDArray[np.uint8]], dict[str, list[str]]]:
        """Return the shared errors' images and what to write above them, by dataset title."""
        self.need("shared_errors")
        images: dict[str, npt.NDArray[np.uint8]] = {}
        labels: dict[str, list[str]] = {}
        table = self.tables["shared_errors"]
        for name in self.facts.datasets:
            if f"{name}/{features}" not in self.facts.results.shared_errors:
                raise NotMeasuredError(f"this study does not take the measure shared_errors on {features}")
            shown = self.facts.results.shared_errors[f"{name}/{features}"]
            rows = table[(table["dataset"] == name) & (table["features"] == features)].head(len(shown))
            classes: Mapping[int, str] = dict(enumerate(self.facts.study.dataset(name).classes))
            images[self.facts.title(name)] = shown
            labels[self.facts.title(name)] = [
                f"{classes[row['label']]} → {classes[row['voted']]}\n{row['verdict']}" for _, row in rows.iterrows()
            ]
        return images, labels

    # Geometry

    def geometry(self) -> Markdown:
        """Tabulate every quantity: mean over draws, and the range."""
        if not self.has("geometry"):
            return NOT_TAKEN
        table = self.titled("geometry")
        quantities = list(table["quantity"].drop_duplicates())
        rows = []
        for (features, dataset), group in table.groupby(["features", "dataset"], sort=False):
            found = group.groupby("quantity")["value"].agg(["mean", "min", "max"])
            cells = [_spread(name, *found.loc[name, ["mean", "min", "max"]]) for name in quantities]
            rows.append([features, dataset, *cells])
        return markdown_table(["Features", "Dataset", *(QUANTITIES[name] for name in quantities)], rows, left=2)

    # Frozen features

    def frozen(self) -> Markdown:
        """Tabulate the best candidate on frozen features beside published figures."""
        if not self.has("frozen"):
            return NOT_TAKEN
        difficulty = self.facts.study.difficulty
        titles = {name: entry.title for name, entry in difficulty.frozen.classifiers.items()} if difficulty else {}
        rows = []
        for dataset, table in self.tables["frozen"].groupby("dataset", sort=False):
            tested = table[table["on"] == "test"].iloc[0]
            chosen = highest(table[table["on"] == "validation"], "accuracy")
            layers = str(tested["features"]).split("/")[1].replace("+", ", ")
            interval = f"{percent(tested['accuracy_low'])} to {percent(tested['accuracy_high'])}"
            title = self.facts.title(str(dataset))
            rows.append(
                [
                    title,
                    f"{titles[str(tested['classifier'])]} on {layers}, {percent(chosen['accuracy'])} on held-out images",
                    Markdown(f"**{percent(tested['accuracy'], 2)}** ({interval})"),
                ]
            )
            known = published().query("dataset == @dataset")
            rows += [
                [title, f"{SOURCES[row['source']]} ({row['classifier']})", percent(row["accuracy"])]
                for _, row in known[known["source"].isin(SOURCES)].iterrows()
            ]
        return markdown_table(["Dataset", "What", "Test accuracy"], rows, left=2)


def _spread(name: str, mean: float, low: float, high: float) -> str:
    if name.endswith(("error", "bound")):
        return f"{percent(mean)} ({100 * low:.1f} to {100 * high:.1f})"
    digits = 2 if abs(mean) < 1 else 1
    return f"{mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})".replace("-", "−")
