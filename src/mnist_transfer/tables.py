"""Tables for reading: the accuracies of ``results/`` side by side on a terminal."""

import re

import pandas as pd
from rich.console import Console
from rich.table import Table

from mnist_transfer import paths
from mnist_transfer.errors import InputError
from mnist_transfer.study import Study


def read(name: str) -> pd.DataFrame:
    """Read one of the results' tables.

    Raises
    ------
    InputError
        The table is missing or damaged.
    """
    path = paths.table(name)
    try:
        return pd.read_csv(path)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro`") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is damaged ({' '.join(str(error).split())}); run `dvc repro`") from None


def accuracies(table: pd.DataFrame, extractor: str) -> pd.DataFrame:
    """Turn one extractor's long table into one row a classifier: title, then accuracy and the paper's by dataset."""
    rows = table[table["extractor"] == extractor]
    wide = rows.pivot(index="title", columns="dataset", values=["accuracy", "paper"])
    return wide.reindex(rows["title"].drop_duplicates()).reindex(columns=rows["dataset"].drop_duplicates(), level="dataset")


def markdown(study: Study) -> str:
    """Return all accuracies as a Markdown table: a row a classifier, the paper's figures, then ours; the best in bold."""
    table = read("accuracy")
    columns: dict[str, pd.Series] = {}
    for extractor in table["extractor"].drop_duplicates():
        wide = accuracies(table, extractor)
        for dataset in wide["accuracy"]:
            title = study.dataset(str(dataset)).title
            columns.setdefault(f"paper, {title}", wide["paper"][dataset])
            columns[f"{extractor}, {title}"] = wide["accuracy"][dataset]
    ordered = sorted(columns, key=lambda name: not name.startswith("paper"))
    lines = [f"| classifier | {' | '.join(ordered)} |", f"|---|{'---:|' * len(ordered)}"]
    for title in columns[ordered[0]].index:
        cells = [_bold_if_best(columns[name], str(title)) for name in ordered]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def update(text: str, table: str) -> str:
    """Replace what stands between the lines ``<!-- table -->`` and ``<!-- /table -->``.

    Raises
    ------
    InputError
        `text` lacks the two lines.
    """
    pattern = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- /table -->)", re.DOTALL)
    if not pattern.search(text):
        raise InputError("no place for the table; mark it with the lines <!-- table --> and <!-- /table -->")
    return pattern.sub(lambda _: table, text)


def _bold_if_best(column: pd.Series, title: str) -> str:
    if pd.isna(column[title]):
        return "–"
    return f"**{column[title]:.4f}**" if column[title] == column.max() else f"{column[title]:.4f}"


def show(study: Study) -> None:
    """Print one table an extractor: every classifier on every dataset, with the paper's figures beside ours."""
    console = Console()
    table = read("accuracy")
    for extractor in table["extractor"].drop_duplicates():
        wide = accuracies(table, extractor)
        best = wide["accuracy"].max()
        printed = Table(title=f"Test accuracy on features of {extractor}", title_justify="left")
        printed.add_column("classifier")
        for dataset in best.index:
            printed.add_column(study.dataset(dataset).title, justify="right")
            printed.add_column("paper", justify="right", style="dim")
        for title, row in wide.iterrows():
            cells = []
            for dataset in best.index:
                accuracy, paper = row["accuracy"][dataset], row["paper"][dataset]
                cells.append(f"[bold]{accuracy:.4f}[/]" if accuracy == best[dataset] else f"{accuracy:.4f}")
                cells.append("" if pd.isna(paper) else f"{paper:.4f}")
            printed.add_row(str(title), *cells)
        console.print(printed)
