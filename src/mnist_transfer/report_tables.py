"""The report's tables, as Markdown: what Quarto and pandoc turn into HTML and PDF alike."""

from collections.abc import Iterable, Sequence

import pandas as pd

from mnist_transfer.facts import Facts, Markdown, cell, listed, signed

#: Terms of the datasets' publishers.
LICENCES = {
    "fashion_mnist": "MIT [@xiao2017]",
    "mnist": "CC BY-SA 3.0 [@lecun1998]",
    "digits": "CC BY 4.0 [@alpaydin1998]",
    "garments": "MIT, drawn by this project",
}


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1) -> Markdown:
    """Write a pipe table whose first `left` columns are text and the others numbers, aligned right."""
    lines = [f"| {' | '.join(header)} |", f"|{'|'.join([':--'] * left + ['--:'] * (len(header) - left))}|"]
    return Markdown("\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)]))


class Tables:
    """One method a table."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def datasets(self) -> Markdown:
        """Return the datasets' sizes and licences."""
        rows = []
        for name in self.facts.datasets:
            entry = self.facts.study.dataset(name)
            rows.append(
                (entry.title, LICENCES.get(name, "see its source"), f"{entry.train:,}", f"{entry.test:,}", len(entry.classes))
            )
        return markdown_table(["Dataset", "Licence", "Training images", "Test images", "Classes"], rows, left=2)

    def extractors(self) -> Markdown:
        """Return every defined extractor and whether it ran."""
        facts = self.facts
        rows = []
        for name, entry in facts.study.extractors.items():
            weights = {"imagenet": "ImageNet", "random": "random (He-normal)", "none": "–"}[entry.weights]
            if entry.quantized_blocks:
                weights += f", blocks {listed([str(block) for block in entry.quantized_blocks])} in 8 bits"
            cut = f"`{entry.layer}`, {entry.pooling}" if entry.layer else "–"
            network = "none" if entry.network == "none" else entry.network.upper()
            rows.append(
                (f"`{name}`", network, weights, cut, "**yes**" if name in facts.extractors else "no", facts.width(name))
            )
        return markdown_table(["Extractor", "Network", "Weights", "Cut", "Ran", "Features"], rows, left=5)

    def layers(self) -> Markdown:
        """Return one tab a network with its layers and where each extractor cuts it."""
        facts = self.facts
        tabs = []
        for network, layers in facts.results.layers.groupby("network", sort=False):
            rows = []
            for _, layer in layers.iterrows():
                cuts = [] if pd.isna(layer["extractors"]) else str(layer["extractors"]).split()
                marks = ", ".join(f"✂ `{name}`{'' if name in facts.extractors else ' (not run)'}" for name in cuts)
                shape = f"{layer['height']} × {layer['width']} × {layer['channels']}"
                rows.append((f"`{layer['layer']}`", shape, f"{layer['parameters']:,}", marks))
            rows.append(("**Total**", "", f"**{layers['parameters'].sum():,}**", ""))
            tabs.append((str(network).upper(), markdown_table(["Layer", "Output", "Parameters", "Cut for"], rows)))
        return _tabset(tabs)

    def projection(self) -> Markdown:
        """Return explained variance and agreement of clusters and classes."""
        facts = self.facts
        rows = []
        for _, row in facts.results.projection.iterrows():
            shares = [100 * row[f"variance_{axis}"] for axis in (1, 2, 3)]
            scores = [row["adjusted_rand_index"], row["normalized_mutual_information"], row["purity"]]
            numbers = [f"{share:.1f}" for share in (*shares, sum(shares))] + [f"{score:.3f}" for score in scores]
            rows.append((facts.title(row["dataset"]), facts.features(row["extractor"]), row["split"], *numbers))
        header = ["Dataset", "Features", "Split", "PC 1, %", "PC 2, %", "PC 3, %", "Sum, %", "ARI", "NMI", "Purity"]
        return _sortable(markdown_table(header, rows, left=3))

    def accuracy(self, extractor: str) -> Markdown:
        """Return one row a classifier: each dataset's accuracy with its interval, the paper's, and the difference."""
        facts = self.facts
        header = ["Classifier"]
        shown = {name: facts.rows(name, extractor).set_index("classifier") for name in facts.datasets}
        for dataset, rows in shown.items():
            header += [f"{facts.title(dataset)}, %", "95% interval"]
            if rows["paper"].notna().any():
                header += ["Paper, %", "Diff."]
        lines = []
        for classifier in facts.classifiers:
            cells = [facts.study.classifier(classifier).title]
            for rows in shown.values():
                row = rows.loc[classifier]
                text = f"{100 * row['accuracy']:.2f}"
                cells.append(f"[**{text}**]{{.best}}" if row["accuracy"] == rows["accuracy"].max() else text)
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

    def other_accuracies(self) -> Markdown:
        """Return the accuracy table of each extractor but the main one, in tabs."""
        others = self.facts.extractors[1:]
        if not others:
            return Markdown("This run has one kind of features only.")
        return _tabset([(self.facts.features(name), self.accuracy(name)) for name in others])

    def timing(self) -> Markdown:
        """Return the total training and test time by dataset, features and processor; rows of two processors never add up."""
        facts = self.facts
        rows = []
        groups = facts.results.timing.groupby(["dataset", "extractor", "processor", "cores"], sort=False)
        seconds = groups[["fit_seconds", "predict_seconds"]].sum()
        unit, divisor = ("min", 60) if seconds.to_numpy().max() >= 60 else ("s", 1)
        for (dataset, extractor, processor, cores), group in groups:
            total = [f"{group[column].sum() / divisor:,.1f}" for column in seconds]
            rows.append((facts.title(str(dataset)), facts.features(str(extractor)), processor, cores, len(group), *total))
        header = ["Dataset", "Features", "Processor", "Cores", "Classifiers", f"Training, {unit}", f"Test, {unit}"]
        return _sortable(markdown_table(header, rows, left=3))

    def versions(self) -> Markdown:
        """Return the versions that the study ran with."""
        versions = self.facts.results.provenance["versions"]
        return markdown_table(["Software", "Version"], [(name, f"`{version}`") for name, version in versions.items()], left=2)

    def hashes(self) -> Markdown:
        """Return the sha256 of every file of data and weights."""
        found = dict(self.facts.results.provenance["data"])
        found |= {f"weights/{name}.safetensors": value for name, value in self.facts.results.provenance["weights"].items()}
        return markdown_table(["File", "sha256"], [(f"`{name}`", f"`{value}`") for name, value in found.items()], left=2)


def _sortable(table: str) -> Markdown:
    return Markdown(f"::: {{.sortable}}\n{table}\n:::")


def _tabset(tabs: Sequence[tuple[str, str]]) -> Markdown:
    return Markdown("::: {.panel-tabset}\n" + "\n\n".join(f"#### {title}\n\n{body}" for title, body in tabs) + "\n:::")
