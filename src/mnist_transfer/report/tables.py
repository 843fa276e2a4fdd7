"""The report's tables of the study itself, as Markdown: what Quarto and pandoc turn into HTML and PDF alike."""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from mnist_transfer import files, yaml
from mnist_transfer.claims import THEMES, verdicts
from mnist_transfer.claims.claim import CHECKS
from mnist_transfer.comparisons.families import representatives
from mnist_transfer.entries import Network
from mnist_transfer.results.read import Results
from mnist_transfer.wording import Markdown, code, escaped, listed, percent, signed

#: Who to cite, in the folder of ``dvc.yaml``.
CITATION = Path("CITATION.cff")
#: Terms of the datasets' publishers.
LICENCES = {
    "fashion_mnist": Markdown("MIT [@xiao2017]"),
    "mnist": Markdown("CC BY-SA 3.0 [@lecun1998]"),
    "digits": Markdown("CC BY 4.0 [@alpaydin1998]"),
    "fashion_sample": Markdown("MIT [@xiao2017]"),
}


def markdown_table(
    header: Sequence[str], rows: Iterable[Sequence[object]], text: Collection[int] = range(1), style: str = ""
) -> Markdown:
    """Write a pipe table, in a div of a style. The columns at the places `text` are text; the others are aligned right.

    A cell is text, and shown as it is, unless it is `Markdown`.
    """
    rule = f"|{'|'.join(':--' if column in text else '--:' for column in range(len(header)))}|"
    table = "\n".join([_line(header), rule, *map(_line, rows)])
    return Markdown(f"::: {{.{style}}}\n{table}\n:::" if style else table)


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(escaped(cell if isinstance(cell, str) else str(cell)) for cell in cells)} |"


def _named(tables: Iterable[tuple[str, str]]) -> Markdown:
    return Markdown("\n\n".join(f"**{escaped(title)}**\n\n{table}" for title, table in tables))


def imprint() -> Markdown:
    """Say whose report this is, of which version, date and licence, and how to cite it, as CITATION.cff does."""
    cited = yaml.load(files.read_text(CITATION, f"`git checkout {CITATION}` restores it"))
    authors, version = listed([author["name"] for author in cited["authors"]]), f"version {cited['version']}"
    date = str(cited["date-released"])
    return Markdown(
        f"::: {{.imprint}}\n{authors} · {version}, results of {date} · {cited['license']} licence · "
        f"cite as: {authors}, *{cited['title']}*, {version} ({date[:4]})\n:::"
    )


def bibtex() -> Markdown:
    """Return how to cite the study, as BibTeX."""
    cited = yaml.load(files.read_text(CITATION, f"`git checkout {CITATION}` restores it"))
    fields = {
        "title": cited["title"],
        "author": " and ".join(f"{{{author['name']}}}" for author in cited["authors"]),
        "version": cited["version"],
        "year": str(cited["date-released"])[:4],
        **({"url": cited["repository-code"]} if "repository-code" in cited else {}),
    }
    lines = "\n".join(f"  {key} = {{{value}}}," for key, value in fields.items())
    return Markdown(f"\n```bibtex\n@software{{mnist_transfer,\n{lines}\n}}\n```\n")


def cost(results: Results) -> Markdown:
    """Say in a sentence what the last whole run took."""
    stages = results.tables["stages"]
    if stages.empty:
        return Markdown("How long a run takes was not kept.")  # Quarto shows the code itself where it gives nothing
    hours, cores = stages["seconds"].sum() / 3600, listed([str(number) for number in sorted(set(stages["cores"]))])
    on = listed(list(dict.fromkeys(stages["processor"])))
    return Markdown(f"A run of everything takes {hours:.1f} hours on {cores} cores ({escaped(on)}).")


def datasets(results: Results) -> Markdown:
    """Return the datasets' sizes and licences."""
    rows = []
    for name in results.datasets:
        entry, shown = results.study.dataset(name), len(results.tested(name))
        classes = f"{len(entry.classes)}" + (f" ({shown} in test images)" if shown < len(entry.classes) else "")
        rows.append((entry.title, LICENCES.get(name, "see its source"), f"{entry.train:,}", f"{entry.test:,}", classes))
    return markdown_table(["Dataset", "Licence", "Training images", "Test images", "Classes"], rows, text=range(2))


def features(results: Results) -> Markdown:
    """Return every layer of every network that ran, and which of them were classified."""
    rows = []
    for network in results.study.selection.networks:
        entry = results.study.network(network)
        for layer in entry.layers:
            name, origin = f"{network}/{layer}", ("none", "–", "–")
            if isinstance(entry, Network):
                cut, weights = entry.layers[layer], entry.origin
                origin = (entry.title, weights, Markdown(f"{code(cut.layer)}, {cut.pooling}"))
            classified = Markdown("**yes**") if name in results.features else "no"
            rows.append((code(name), *origin, classified, f"{results.width(name):,}"))
    return markdown_table(["Features", "Network", "Weights", "Cut", "Classified", "Number"], rows, text=range(5))


def layers(results: Results) -> Markdown:
    """Return one table an architecture, each under its name if there are several: its layers, and where it is cut."""
    found: dict[str, Markdown] = {}
    for network, table in results.tables["layers"].groupby("network", sort=False):
        entry = results.study.network(str(network))
        if not isinstance(entry, Network) or entry.title in found:
            continue
        rows = []
        for _, layer in table.iterrows():
            cuts = [] if pd.isna(layer["features"]) else str(layer["features"]).split()
            marks = ", ".join(f"✂ {name.split('/')[1]}" for name in cuts)
            rows.append((code(layer["layer"]), layer["shape"], f"{layer['parameters']:,}", marks))
        rows.append((Markdown("**Total**"), "", Markdown(f"**{table['parameters'].sum():,}**"), ""))
        found[entry.title] = markdown_table(["Layer", "Output", "Parameters", "Cut for"], rows)
    if len(found) < 2:
        return next(iter(found.values()), Markdown("This run has no network."))
    return _named(found.items())


def settings(results: Results) -> Markdown:
    """Return every classifier's class, what it sees, and its arguments that are not the class's defaults."""
    rows = []
    for name in results.study.selection.classifiers:
        entry = results.study.classifier(name)
        sees = "z-scores" if entry.scale else "features as they are"
        sees += f", {entry.components} components" if entry.components else ""
        arguments = ", ".join(f"{key}={value}" for key, value in entry.arguments.items())
        title = results.study.titles.get(name, name)
        if entry.path is not None:
            title = title.replace(f"{{{entry.path[0]}}}", ", ".join(map(str, entry.path[1])))
        rows.append((title, code(entry.class_name.rpartition(".")[2]), sees, code(arguments) if arguments else "–"))
    return markdown_table(["Classifier", "Class", "Sees", "Arguments"], rows, text=range(4))


def projection(results: Results) -> Markdown:
    """Return explained variance and agreement of clusters and classes."""
    rows = []
    for _, row in results.titled(results.tables["projection"]).iterrows():
        shares = [100 * row[f"variance_{axis}"] for axis in (1, 2, 3)]
        scores = [row[name] for name in ("adjusted_rand_index", "normalized_mutual_information", "purity")]
        numbers = [f"{share:.1f}" for share in (*shares, sum(shares))] + [f"{score:.3f}" for score in scores]
        rows.append((row["dataset"], row["features"], row["split"], *numbers))
    header = ["Dataset", "Features", "Split", "PC 1, %", "PC 2, %", "PC 3, %", "Sum, %", "ARI", "NMI", "Purity"]
    return markdown_table(header, rows, text=range(3), style="sortable")


def accuracy(results: Results, kind: str, of_families: bool = False) -> Markdown:
    """Return one row a classifier, or the last one of each family: each dataset's accuracy and its interval.

    Beside the paper's own features also what the paper has, and the difference.
    """
    if kind not in results.features:
        return Markdown(f"This run does not classify `{kind}`.")
    header = ["Classifier"]
    last = representatives(results.row_titles)
    cells: dict[str, list[str]] = {name: [title] for name, title in results.row_titles.items()}
    for dataset in results.datasets:
        table = results.rows(dataset, kind)
        published = kind == results.papers_own and bool(table["paper"].notna().any())
        header += [f"{results.title(dataset)}, %", "95% interval", *(["Paper, %", "Diff."] if published else [])]
        for _, row in table.iterrows():
            text = f"{100 * row['accuracy']:.2f}"
            best = row["accuracy"] == table["accuracy"].max()
            cells[row["classifier"]] += [Markdown(f"[**{text}** ★]{{.best}}") if best else text]
            cells[row["classifier"]] += [f"{100 * row['accuracy_low']:.2f}–{100 * row['accuracy_high']:.2f}"]
            paper = ["–", "–"]
            if not pd.isna(row["paper"]):
                paper = [f"{100 * row['paper']:.2f}", signed(row["accuracy"] - row["paper"], 2)]
            cells[row["classifier"]] += paper if published else []
    rows = [row for name, row in cells.items() if name in last or not of_families]
    return markdown_table(header, rows, style="sortable")


def all_accuracies(results: Results) -> Markdown:
    """Return the accuracy table of each kind of features, each under their name."""
    return _named((results.heading(name), accuracy(results, name)) for name in results.features)


def kept_variance(results: Results, kind: str) -> Markdown:
    """Say how much of the variance of a kind of features three principal components keep, dataset by dataset."""
    table = results.tables["projection"]
    rows = table[(table["features"] == kind) & (table["split"] == "train")]
    shares = rows[["variance_1", "variance_2", "variance_3"]].sum(axis=1)
    return Markdown(listed([percent(share, 0) for share in shares]) if len(rows) else "–")


def claims(results: Results) -> Markdown:
    """Return a table of the claims of each theme: whether one holds, what is checked, and the evidence."""
    marks, found = {True: "✓", False: "✗", None: "–"}, verdicts.check(results)
    tables = []
    for theme in THEMES:
        rows = []
        for name, check in CHECKS.items():
            if check.__module__ == theme.__name__:
                checked = (check.__doc__ or "").splitlines()[0].removeprefix("Check: ")
                told = f"{checked[:1].upper()}{checked[1:]}"
                rows.append((marks[found[name].holds], code(name), told, found[name].evidence))
        title = re.split("[:.]", theme.__doc__ or "")[0].removeprefix("Claims about ")
        tables.append(
            (
                f"{title[:1].upper()}{title[1:]}",
                markdown_table(["", "Claim", "Holds if", "Evidence"], rows, range(4), "wrapped"),
            )
        )
    return _named(tables)


def timing(results: Results) -> Markdown:
    """Return the total training and test time by dataset, features and processor; rows of two processors never add up."""
    times = results.titled(results.tables["timing"])
    if times.empty:
        return Markdown("No times were kept.")
    seconds = times[["fit_seconds", "predict_seconds"]].div(times["shared_by"], axis="index")  # of one fit each row has all
    groups = seconds.groupby([times[name] for name in ("dataset", "features", "processor", "cores")], sort=False)
    unit, divisor = ("min", 60) if groups.sum().to_numpy().max() >= 60 else ("s", 1)
    rows = [(*keys, len(group), *(f"{value / divisor:,.1f}" for value in group.sum())) for keys, group in groups]
    header = ["Dataset", "Features", "Processor", "Cores", "Classifiers", f"Training, {unit}", f"Test, {unit}"]
    return markdown_table(header, rows, text=range(3), style="sortable")


def versions(results: Results) -> Markdown:
    """Return the versions that the study ran with."""
    found = results.provenance["versions"].items()
    return markdown_table(["Software", "Version"], [(name, code(version)) for name, version in found], text=range(2))


def hashes(results: Results) -> Markdown:
    """Return the sha256 of every file of data and weights."""
    found = {**results.provenance["data"], **results.provenance["weights"]}
    return markdown_table(["File", "sha256"], [(code(name), code(value)) for name, value in found.items()], text=range(2))
