"""The report's tables of the measures of difficulty: all numbers from ``results/difficulty/``."""

from itertools import zip_longest
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mnist_transfer.difficulty.frozen import mistakes
from mnist_transfer.entries import Network
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.results.published import published
from mnist_transfer.results.read import Results
from mnist_transfer.wording import Markdown, counted, escaped, listed, percent

NOT_TAKEN = Markdown("This run does not take this measure.")
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


def trained(results: Results, measure: str) -> Markdown:
    """Say how many training and test images a measure's fits had, at most."""
    if not results.has(measure):
        return Markdown("none in this run")
    train, test = results.measures[measure][["train", "test"]].max()
    return Markdown(f"{train:,} training images and {test:,} test images of each dataset")


def depth(results: Results) -> pd.DataFrame:
    """Return the table `depth` as :func:`mnist_transfer.figures.difficulty.depth` takes it."""
    table, networks, cuts = results.on(results.datasets, "depth"), {}, {}
    for kind in table["features"].drop_duplicates():
        name, layer = kind.split("/")
        entry = results.study.network(name)
        networks[kind] = "raw pixels"
        if isinstance(entry, Network):
            networks[kind] = entry.origin
            cuts[kind] = 1.0 + list(entry.layers).index(layer)
    kinds = table["features"]
    return table.assign(dataset=table["dataset"].map(results.title), network=kinds.map(networks), cut=kinds.map(cuts))


def needed(results: Results) -> Markdown:
    """Tabulate how many training images the harder dataset needs for what the easier one has at the reference size.

    That is 1,000, or the nearest size below, or the least.
    """
    easy, hard = results.easiest_and_hardest
    if not results.has("learning_curves") or easy == hard:
        return NOT_TAKEN
    table, titles = results.measures["learning_curves"], results.measure_titles("learning_curves")
    sizes = table["train"].drop_duplicates()
    reference = sizes[sizes <= max(1000, sizes.min())].max()
    means = table.groupby(["dataset", "features", "classifier", "train"], sort=False)["accuracy"].mean()
    rows = []
    for (kind, classifier), _ in table.groupby(["features", "classifier"], sort=False):
        curves = [means.get((name, kind, classifier), pd.Series(dtype=float)) for name in (easy, hard)]
        if curves[1].empty or reference not in curves[0]:
            continue
        goal, gaps = curves[0][reference], (curves[0] - curves[1]).dropna()
        found = images_needed(curves[1], goal)
        most = f"more than {curves[1].index.max():,} (there {percent(curves[1].iloc[-1])})"
        ends = [f"{100 * gaps[size]:.1f}" for size in (gaps.index.min(), gaps.index.max())]
        images = most if found is None else f"about {float(f'{found:.2g}'):,.0f}"
        rows.append([results.heading(str(kind)), titles[str(classifier)], percent(goal), images, *ends])
    of_each = table.groupby("train")["dataset"].nunique()
    shared = of_each[of_each == of_each.max()].index
    heads = ["Features", "Classifier", f"{results.title(easy)}, {reference:,} images", f"{results.title(hard)} needs"]
    heads += [f"gap at {size:,}, points" for size in (shared.min(), shared.max())]
    return markdown_table(heads, rows, text=range(2))


def images_needed(curve: "pd.Series[float]", accuracy: float) -> float | None:
    """Return how many images give an accuracy, by a line over logarithms between the sizes of a curve; None where none does."""
    reached = np.flatnonzero(curve.to_numpy() >= accuracy)
    if not len(reached):
        return None
    if reached[0] == 0:
        return float(curve.index[0])
    around = curve.iloc[reached[0] - 1 : reached[0] + 1]
    return float(np.exp(np.interp(accuracy, around, np.log(around.index.to_numpy(float)))))


def look_alikes(results: Results) -> Markdown:
    """Name the look-alikes of each dataset."""
    groups = {name: [f"{{{', '.join(group)}}}" for group in results.look_alikes(name)] for name in results.datasets}
    return escaped("; ".join(f"{results.title(name)} {listed(found)}" for name, found in groups.items() if found) or "none")


def look_alike_pairs(results: Results, dataset: str) -> Markdown:
    """Say how many pairs of classes count as one when look-alikes do."""
    groups = results.look_alikes(dataset) if dataset in results.datasets else ()
    return Markdown(counted(sum(comb(len(group), 2) for group in groups), "pair") if groups else "–")


def look_alike_images(results: Results) -> dict[str, list[npt.NDArray[np.uint8]]]:
    """Return the first sample image of each class of each group of look-alikes, by dataset title."""
    found = {}
    for name in results.datasets:
        classes = results.study.dataset(name).classes
        groups = [[classes.index(member) for member in group] for group in results.look_alikes(name)]
        found[results.title(name)] = [results.samples[name][group, 0] for group in groups]
    return found


def class_errors(results: Results, kind: str) -> Markdown:
    """Tabulate how many test images of each class the best row on a kind of features gets wrong, the worst class first."""
    if kind not in results.features:
        return NOT_TAKEN
    heads: list[str] = []
    columns: list[list[str]] = []
    for name in results.datasets:
        best, table = results.best(name, kind), results.tables["confusion"]
        rows = table[(table["dataset"] == name) & (table["features"] == kind) & (table["classifier"] == best["classifier"])]
        images = rows.groupby("actual")["count"].sum()
        wrong = rows[rows["actual"] != rows["predicted"]].groupby("actual")["count"].sum().reindex(images.index, fill_value=0)
        shares = (wrong / images).sort_values(ascending=False, kind="stable")
        classes = results.study.dataset(name).classes
        heads += [f"{results.title(name)}, {best['title']}", "Wrong"]
        columns += [[classes[int(label)] for label in shares.index], [percent(share) for share in shares]]
    rows_of = [list(cells) for cells in zip_longest(*columns, fillvalue="")]
    return markdown_table(heads, rows_of, text=range(0, len(heads), 2))


def merged(results: Results) -> Markdown:
    """Tabulate what counting the look-alikes as one does to the mean accuracy and to the gap between the datasets."""
    if not results.has("merged"):
        return NOT_TAKEN
    rows = []
    for keys, table in results.measured("merged").groupby(["features", "dataset"], sort=False):
        errors, left, others = (1 - table[name] for name in ("accuracy", "merged", "others"))
        gone, of_any = (percent(1 - part.sum() / errors.sum(), 0) for part in (left, others))
        rows.append([*keys, percent(errors.mean()), percent(left.mean()), gone, of_any, percent(table["as_good"].mean())])
    heads = ["Features", "Dataset", "Mean error", "Look-alikes as one", "Errors gone"]
    return markdown_table([*heads, "With any such classes", "Groupings as good"], rows, text=range(2))


def dropped(results: Results) -> Markdown:
    """Tabulate accuracies with all classes, with the look-alikes alone and with the others alone."""
    if not results.has("dropped"):
        return NOT_TAKEN
    table, titles = results.measured("dropped"), results.measure_titles("dropped")
    rows = [
        [kind, titles[str(classifier)], dataset, *(_accuracy(row) for _, row in group.iterrows())]
        for (kind, classifier, dataset), group in table.groupby(["features", "classifier", "dataset"], sort=False)
    ]
    return markdown_table(["Features", "Classifier", "Dataset", *table["kept"].drop_duplicates()], rows, text=range(3))


def _accuracy(row: "pd.Series[Any]") -> str:
    return f"{percent(row['accuracy'])} ({100 * row['accuracy_low']:.1f} to {100 * row['accuracy_high']:.1f})"


def mistaken_images(results: Results, dataset: str) -> tuple[dict[str, npt.NDArray[np.uint8]], dict[str, list[str]]]:
    """Return the test images that the best candidate on frozen features gets wrong, and what to write above them, by title."""
    if dataset not in results.mistaken_images:
        raise NotMeasuredError("this study does not take the measure frozen")
    title, classes, table = results.title(dataset), results.study.dataset(dataset).classes, results.measures["frozen"]
    shown = results.mistaken_images[dataset].images()
    names = [f"{classes[label]} → {classes[given]}" for _, label, given in mistakes(table[table["dataset"] == dataset])]
    return {title: shown}, {title: names[: len(shown)]}


def shared_images(results: Results, kind: str) -> tuple[dict[str, npt.NDArray[np.uint8]], dict[str, list[str]]]:
    """Return the shared errors' images and what to write above them, by dataset title."""
    if any(f"{name}/{kind}" not in results.shared_errors for name in results.datasets):
        raise NotMeasuredError(f"this study does not take the measure shared_errors on {kind}")
    table, images, labels = results.measures["shared_errors"], {}, {}
    for name in results.datasets:
        title, classes = results.title(name), results.study.dataset(name).classes
        images[title] = results.shared_errors[f"{name}/{kind}"]
        rows = table[(table["dataset"] == name) & (table["features"] == kind)].head(len(images[title]))
        labels[title] = [f"{classes[row['label']]} → {classes[row['voted']]}\n{row['verdict']}" for _, row in rows.iterrows()]
    return images, labels


def geometry(results: Results) -> Markdown:
    """Tabulate every quantity: mean over draws, and the range."""
    if not results.has("geometry"):
        return NOT_TAKEN
    table = results.measured("geometry")
    found = table.groupby(["features", "dataset", "quantity"], sort=False)["value"].agg(["mean", "min", "max"])
    quantities = list(table["quantity"].drop_duplicates())
    rows = [
        [*keys, *(_spread(name, *found.loc[(*keys, name)]) for name in quantities)]
        for keys, _ in table.groupby(["features", "dataset"], sort=False)
    ]
    return markdown_table(["Features", "Dataset", *(QUANTITIES[name] for name in quantities)], rows, text=range(2))


def _spread(name: str, mean: float, low: float, high: float) -> str:
    if name.endswith(("error", "bound")):
        return f"{percent(mean)} ({100 * low:.1f} to {100 * high:.1f})"
    digits = 2 if abs(mean) < 1 else 1
    return f"{mean:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})".replace("-", "−")


def frozen(results: Results) -> Markdown:
    """Tabulate the best candidate on frozen features beside published figures."""
    if not results.has("frozen"):
        return NOT_TAKEN
    titles, known = results.measure_titles("frozen"), published()
    rows: list[list[str]] = []
    for dataset, table in results.measures["frozen"].groupby("dataset", sort=False):
        tested, title = table[table["on"] == "test"].iloc[0], results.title(str(dataset))
        held_out = percent(table[table["on"] == "validation"]["accuracy"].max())
        what = f"{titles[tested['classifier']]} on {tested['features'].split('/')[1].replace('+', ', ')}"
        interval = f"{percent(tested['accuracy_low'])} to {percent(tested['accuracy_high'])}"
        number = Markdown(f"**{percent(tested['accuracy'], 2)}** ({interval})")
        rows.append([title, f"{what}, {held_out} on held-out images", number])
        figures = known[(known["dataset"] == dataset) & known["source"].isin(SOURCES)]
        rows += [
            [title, f"{SOURCES[row['source']]}: {titles.get(row['classifier'], row['classifier'])}", percent(row["accuracy"])]
            for _, row in figures.iterrows()
        ]
    return markdown_table(["Dataset", "What", "Test accuracy"], rows, text=range(2))
