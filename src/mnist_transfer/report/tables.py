"""The report's tables, as Markdown: what Quarto and pandoc turn into HTML and PDF alike."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from mnist_transfer import files, yaml
from mnist_transfer.entries import Network
from mnist_transfer.report.facts import Facts, cell
from mnist_transfer.wording import Markdown, code, escaped, listed, signed

#: Who to cite, in the folder of ``dvc.yaml``.
CITATION = Path("CITATION.cff")
#: Terms of the datasets' publishers.
LICENCES = {
    "fashion_mnist": Markdown("MIT [@xiao2017]"),
    "mnist": Markdown("CC BY-SA 3.0 [@lecun1998]"),
    "digits": Markdown("CC BY 4.0 [@alpaydin1998]"),
    "garments": Markdown("MIT, drawn by this project"),
}
YES = Markdown("**yes**")


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1) -> Markdown:
    """Write a pipe table whose first `left` columns are text and the others numbers, aligned right.

    A cell is text, and shown as it is, unless it is `Markdown`.
    """
    rule = f"|{'|'.join([':--'] * left + ['--:'] * (len(header) - left))}|"
    return Markdown("\n".join([_line(header), rule, *map(_line, rows)]))


def _line(cells: Iterable[object]) -> str:
    return f"| {' | '.join(escaped(cell if isinstance(cell, str) else str(cell)) for cell in cells)} |"


class Tables:
    """One method a table."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def imprint(self) -> Markdown:
        """Say whose report this is, of which version, date and licence, and how to cite it, as CITATION.cff does."""
        cited = yaml.load(files.read_text(CITATION, f"`git checkout {CITATION}` restores it"))
        authors = listed([author["name"] for author in cited["authors"]])
        line = f"{authors} · version {cited['version']}, results of {cited['date-released']} · {cited['license']} licence"
        return Markdown(
            f"::: {{.imprint}}\n{line} · cite as: {authors}, *{cited['title']}*, version {cited['version']} "
            f"({str(cited['date-released'])[:4]})\n:::"
        )

    def datasets(self) -> Markdown:
        """Return the datasets' sizes and licences."""
        rows = []
        for name in self.facts.datasets:
            entry, shown = self.facts.study.dataset(name), len(self.facts.tested(name))
            classes = f"{len(entry.classes)}" + (f" ({shown} in test images)" if shown < len(entry.classes) else "")
            rows.append((entry.title, LICENCES.get(name, "see its source"), f"{entry.train:,}", f"{entry.test:,}", classes))
        return markdown_table(["Dataset", "Licence", "Training images", "Test images", "Classes"], rows, left=2)

    def features(self) -> Markdown:
        """Return every layer of every network that ran, and which of them were classified."""
        facts = self.facts
        rows = []
        for network in facts.study.selection.networks:
            entry = facts.study.network(network)
            if not isinstance(entry, Network):
                name = f"{network}/all"
                rows.append((code(name), "none", "–", "–", YES if name in facts.kinds else "no", f"{facts.width(name):,}"))
                continue
            weights = {"imagenet": "ImageNet", "random": "random (He-normal)"}[entry.weights]
            for layer, cut in entry.layers.items():
                name = f"{network}/{layer}"
                classified = YES if name in facts.kinds else "no"
                where = Markdown(f"{code(cut.layer)}, {cut.pooling}")
                rows.append((code(name), entry.architecture, weights, where, classified, f"{facts.width(name):,}"))
        return markdown_table(["Features", "Network", "Weights", "Cut", "Classified", "Number"], rows, left=5)

    def layers(self) -> Markdown:
        """Return one table an architecture, each under its name if there are several: its layers, and where it is cut."""
        facts = self.facts
        found: dict[str, Markdown] = {}
        for network, layers in facts.results.tables["layers"].groupby("network", sort=False):
            entry = facts.study.network(str(network))
            if not isinstance(entry, Network) or entry.architecture in found:
                continue
            rows = []
            for _, layer in layers.iterrows():
                cuts = [] if pd.isna(layer["features"]) else str(layer["features"]).split()
                marks = ", ".join(f"✂ {name.split('/')[1]}" for name in cuts)
                rows.append((code(layer["layer"]), layer["shape"], f"{layer['parameters']:,}", marks))
            rows.append((Markdown("**Total**"), "", Markdown(f"**{layers['parameters'].sum():,}**"), ""))
            found[entry.architecture] = markdown_table(["Layer", "Output", "Parameters", "Cut for"], rows)
        if len(found) < 2:
            return next(iter(found.values()), Markdown("This run has no network."))
        return _named(found.items())

    def settings(self) -> Markdown:
        """Return every classifier's class, what it sees, and its arguments that are not the class's defaults."""
        rows = []
        for name in self.facts.study.selection.classifiers:
            entry = self.facts.study.classifier(name)
            sees = "z-scores" if entry.scale else "features as they are"
            sees += f", {entry.components} components" if entry.components else ""
            arguments = ", ".join(f"{key}={value}" for key, value in entry.arguments.items())
            title = entry.title
            if entry.path is not None:
                title = title.replace(f"{{{entry.path[0]}}}", ", ".join(map(str, entry.path[1])))
            rows.append((title, code(entry.class_name.rpartition(".")[2]), sees, code(arguments) if arguments else "–"))
        return markdown_table(["Classifier", "Class", "Sees", "Arguments"], rows, left=4)

    def projection(self) -> Markdown:
        """Return explained variance and agreement of clusters and classes."""
        facts = self.facts
        rows = []
        for _, row in facts.results.tables["projection"].iterrows():
            shares = [100 * row[f"variance_{axis}"] for axis in (1, 2, 3)]
            scores = [row["adjusted_rand_index"], row["normalized_mutual_information"], row["purity"]]
            numbers = [f"{share:.1f}" for share in (*shares, sum(shares))] + [f"{score:.3f}" for score in scores]
            rows.append((facts.title(row["dataset"]), facts.heading(row["features"]), row["split"], *numbers))
        header = ["Dataset", "Features", "Split", "PC 1, %", "PC 2, %", "PC 3, %", "Sum, %", "ARI", "NMI", "Purity"]
        return _sortable(markdown_table(header, rows, left=3))

    def accuracy(self, features: str) -> Markdown:
        """Return one row a classifier: each dataset's accuracy with its interval, the paper's, and the difference."""
        facts = self.facts
        if features not in facts.kinds:
            return Markdown(f"This run does not classify `{features}`.")
        header = ["Classifier"]
        shown = {name: facts.rows(name, features).set_index("classifier") for name in facts.datasets}
        for dataset, rows in shown.items():
            header += [f"{facts.title(dataset)}, %", "95% interval"]
            if rows["paper"].notna().any():
                header += ["Paper, %", "Diff."]
        lines = []
        for classifier in facts.classifiers:
            cells = [facts.titles[classifier]]
            for rows in shown.values():
                row = rows.loc[classifier]
                text = f"{100 * row['accuracy']:.2f}"
                cells.append(Markdown(f"[**{text}** ★]{{.best}}") if row["accuracy"] == rows["accuracy"].max() else text)
                cells.append(f"{100 * row['accuracy_low']:.2f}–{100 * row['accuracy_high']:.2f}")
                if rows["paper"].notna().any():
                    known = not pd.isna(row["paper"])
                    cells += (
                        [
                            f"{100 * row['paper']:.2f}",
                            signed(cell(rows, classifier, "accuracy") - cell(rows, classifier, "paper"), 2),
                        ]
                        if known
                        else ["–", "–"]
                    )
            lines.append(cells)
        return _sortable(markdown_table(header, lines))

    def other_accuracies(self, shown: str) -> Markdown:
        """Return the accuracy table of each kind of features but the one that is shown elsewhere, each under their name."""
        others = [name for name in self.facts.kinds if name != shown]
        if not others:
            return Markdown("This run has no other kind of features.")
        return _named((self.facts.heading(name), self.accuracy(name)) for name in others)

    def timing(self) -> Markdown:
        """Return the total training and test time by dataset, features and processor; rows of two processors never add up."""
        facts = self.facts
        rows = []
        timing = facts.results.tables["timing"]
        shared = timing.assign(  # rows of one fit state its whole time each
            fit_seconds=timing["fit_seconds"] / timing["shared_by"],
            predict_seconds=timing["predict_seconds"] / timing["shared_by"],
        )
        groups = shared.groupby(["dataset", "features", "processor", "cores"], sort=False)
        seconds = groups[["fit_seconds", "predict_seconds"]].sum()
        unit, divisor = ("min", 60) if seconds.to_numpy().max() >= 60 else ("s", 1)
        for (dataset, features, processor, cores), group in groups:
            total = [f"{group[column].sum() / divisor:,.1f}" for column in seconds]
            rows.append((facts.title(str(dataset)), facts.heading(str(features)), processor, cores, len(group), *total))
        header = ["Dataset", "Features", "Processor", "Cores", "Classifiers", f"Training, {unit}", f"Test, {unit}"]
        return _sortable(markdown_table(header, rows, left=3))

    def versions(self) -> Markdown:
        """Return the versions that the study ran with."""
        versions = self.facts.results.provenance["versions"]
        return markdown_table(["Software", "Version"], [(name, code(version)) for name, version in versions.items()], left=2)

    def hashes(self) -> Markdown:
        """Return the sha256 of every file of data and weights."""
        found = dict(self.facts.results.provenance["data"])
        found |= {f"weights/{name}.safetensors": value for name, value in self.facts.results.provenance["weights"].items()}
        return markdown_table(["File", "sha256"], [(code(name), code(value)) for name, value in found.items()], left=2)


def _sortable(table: str) -> Markdown:
    return Markdown(f"::: {{.sortable}}\n{table}\n:::")


def _named(tables: Iterable[tuple[str, str]]) -> Markdown:
    return Markdown("\n\n".join(f"**{escaped(title)}**\n\n{table}" for title, table in tables))
