"""Tables for reading: the accuracies of ``results/`` side by side on a terminal."""

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
