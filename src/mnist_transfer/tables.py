"""Tables for reading: the accuracies of ``results/`` side by side on a terminal."""

import re
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mnist_transfer import paths
from mnist_transfer.errors import InputError
from mnist_transfer.study import Study


def read(path: Path) -> pd.DataFrame:
    """Read one of the results' tables.

    Raises
    ------
    InputError
        The table is missing or damaged.
    """
    try:
        return pd.read_csv(path)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro`") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is damaged ({' '.join(str(error).split())}); run `dvc repro`") from None


def read_accuracy() -> pd.DataFrame:
    """Read the accuracy table.

    Raises
    ------
    InputError
        The table is missing or damaged, or is of something else.
    """
    table = read(paths.table("accuracy"))
    names, numbers = ["dataset", "extractor", "classifier", "title"], ["accuracy", "paper"]
    sound = set(names + numbers) <= set(table) and all(pd.api.types.is_numeric_dtype(table[column]) for column in numbers)
    if not sound or table.empty or table[names].isna().any(axis=None):
        raise InputError(f"{paths.table('accuracy')} is damaged (not the columns of an accuracy table); run `dvc repro`")
    return table


def published() -> pd.DataFrame:
    """Read the published accuracies that ours are compared with: columns source, classifier, dataset and accuracy.

    ``paper``: the table of the paper that this study reproduces. ``raw-pixels``: Xiao, Rasul and Vollgraf, "Fashion-MNIST: a
    novel image dataset for benchmarking machine learning algorithms", 2017, https://doi.org/10.48550/arXiv.1708.07747, table 3.
    """
    return pd.read_csv(Path(__file__).with_name("published.csv"))


def accuracies(table: pd.DataFrame, extractor: str) -> pd.DataFrame:
    """Turn one extractor's long table into one row a classifier, under its title: accuracy and the paper's by dataset."""
    rows = table[table["extractor"] == extractor]
    titles = rows.drop_duplicates("classifier").set_index("classifier")["title"]
    wide = rows.pivot(index="classifier", columns="dataset", values=["accuracy", "paper"]).reindex(titles.index)
    return wide.set_axis(titles, axis="index").reindex(columns=rows["dataset"].drop_duplicates(), level="dataset")


def markdown(study: Study) -> str:
    """Return all accuracies as a Markdown table: a row a classifier, the paper's figures, then ours; the best in bold."""
    table = read_accuracy()
    columns: dict[str, pd.Series] = {}
    for extractor in table["extractor"].drop_duplicates():
        wide = accuracies(table, extractor)
        for dataset in wide["accuracy"]:
            title = study.dataset(str(dataset)).title
            columns.setdefault(f"paper, {title}", wide["paper"][dataset])
            columns[f"{extractor}, {title}"] = wide["accuracy"][dataset]
    ordered = sorted(columns, key=lambda name: not name.startswith("paper"))
    lines = [f"| classifier | {' | '.join(ordered)} |", f"|---|{'---:|' * len(ordered)}"]
    for row, title in enumerate(columns[ordered[0]].index):
        cells = [_bold_if_best(columns[name], row) for name in ordered]
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


def _bold_if_best(column: pd.Series, row: int) -> str:
    if pd.isna(column.iloc[row]):
        return "–"
    return f"**{column.iloc[row]:.4f}**" if column.iloc[row] == column.max() else f"{column.iloc[row]:.4f}"


def show(study: Study) -> None:
    """Print one table an extractor: every classifier on every dataset, beside ours the paper's figures where it has any."""
    console = Console()
    table = read_accuracy()
    compares = bool(table["paper"].notna().any())
    for extractor in table["extractor"].drop_duplicates():
        wide = accuracies(table, extractor)
        best = wide["accuracy"].max()
        printed = Table(title=f"Test accuracy on features of {extractor}", title_justify="left")
        printed.add_column("classifier")
        for dataset in best.index:
            printed.add_column(study.dataset(dataset).title, justify="right")
            if compares:
                printed.add_column("paper", justify="right", style="dim")
        for title, row in wide.iterrows():
            cells = []
            for dataset in best.index:
                accuracy, paper = row["accuracy"][dataset], row["paper"][dataset]
                cells.append(f"[bold]{accuracy:.4f}[/]" if accuracy == best[dataset] else f"{accuracy:.4f}")
                if compares:
                    cells.append("" if pd.isna(paper) else f"{paper:.4f}")
            printed.add_row(escape(str(title)), *cells)
        console.print(printed)
