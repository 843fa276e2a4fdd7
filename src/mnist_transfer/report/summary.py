"""The accuracies of ``results/`` side by side: on a terminal, or as a table in the README."""

import re
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mnist_transfer import files
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console as log
from mnist_transfer.results.read import read_accuracy
from mnist_transfer.study import Study
from mnist_transfer.wording import escaped


def run(study: Study, update_file: Path | None = None) -> None:
    """Print the accuracies, or write them into a Markdown file between its two marks.

    Raises
    ------
    InputError
        The results are missing or damaged, or the file is missing or has no marks.
    """
    if update_file is None:
        show(study)
        return
    text = files.read_text(update_file, "name a Markdown file")
    files.write_text(update_file, update(text, markdown(study)))
    log.print(f"{update_file}: table updated")


def accuracies(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return a row a classifier, under its title, by kind of features: accuracy and the paper's by dataset."""
    found = {}
    for features, rows in table.groupby("features", sort=False):
        titles = rows.drop_duplicates("classifier").set_index("classifier")["title"]
        wide = rows.pivot(index="classifier", columns="dataset", values=["accuracy", "paper"]).reindex(titles.index)
        found[str(features)] = wide.set_axis(titles).reindex(columns=rows["dataset"].drop_duplicates(), level="dataset")
    return found


def markdown(study: Study) -> str:
    """Return all accuracies as a Markdown table: a row a classifier, a column a source, the best of each dataset in bold."""
    tables = accuracies(read_accuracy())
    paper = next(iter(tables.values()))["paper"]
    columns = {"the paper": paper} | {features: wide["accuracy"] for features, wide in tables.items()}
    datasets = " / ".join(study.dataset(str(name)).title for name in paper)
    lines = [f"| {escaped(datasets)} | {' | '.join(columns)} |", f"|---|{'---:|' * len(columns)}"]
    for title in paper.index:
        cells = [" / ".join(_digits(wide[name][title], wide[name].max()) for name in wide) for wide in columns.values()]
        lines.append(f"| {escaped(str(title))} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _digits(value: float, best: float) -> str:
    if pd.isna(value):
        return "–"
    digits = f"{value:.4f}".removeprefix("0")
    return f"**{digits}**" if value == best else digits


def update(text: str, table: str) -> str:
    """Replace what stands between the lines ``<!-- table -->`` and ``<!-- /table -->``, which must be there."""
    pattern = re.compile(r"(?<=^<!-- table -->\n).*?(?=^<!-- /table -->$)", re.DOTALL | re.MULTILINE)
    if len(pattern.findall(text)) != 1:
        raise InputError("no one place for the table; mark it with the lines <!-- table --> and <!-- /table -->")
    return pattern.sub(lambda _: table, text)


def show(study: Study) -> None:
    """Print one table a kind of features: every classifier on every dataset, and the paper's figures where it has any."""
    console, table = Console(), read_accuracy()
    compares = bool(table["paper"].notna().any())
    for features, wide in accuracies(table).items():
        best = wide["accuracy"].max()
        printed = Table("classifier", title=f"Test accuracy on {features}", title_justify="left")
        for dataset in best.index:
            printed.add_column(Text(study.dataset(dataset).title), justify="right")
            if compares:
                printed.add_column("paper", justify="right", style="dim")
        for title, row in wide.iterrows():
            cells = []
            for dataset in best.index:
                accuracy, paper = row["accuracy"][dataset], row["paper"][dataset]
                cells.append(Text(f"{accuracy:.4f}", "bold" if accuracy == best[dataset] else ""))
                if compares:
                    cells.append(Text("" if pd.isna(paper) else f"{paper:.4f}"))
            printed.add_row(Text(str(title)), *cells)
        console.print(printed)
