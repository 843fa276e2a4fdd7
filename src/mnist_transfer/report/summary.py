"""The accuracies of ``results/`` side by side: on a terminal with what they cost, or as a table in the README."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console as log
from mnist_transfer.results.read import read_accuracy, read_record
from mnist_transfer.study import Study
from mnist_transfer.wording import counted, escaped, listed


def run(study: Study, update_file: Path) -> None:
    """Write the accuracies into a Markdown file between its two marks.

    Raises
    ------
    InputError
        The results are missing or damaged, or the file is missing or has no marks.
    """
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
    return f"**{_short(value)}**" if value == best else _short(value)


def _short(share: float, digits: int = 4) -> str:
    """Write a share without the zero before its point; one that is not there as a dash."""
    return "–" if pd.isna(share) else f"{share:.{digits}f}".removeprefix("0")


def update(text: str, table: str) -> str:
    """Replace what stands between the lines ``<!-- table -->`` and ``<!-- /table -->``, which must be there."""
    pattern = re.compile(r"(?<=^<!-- table -->\n).*?(?=^<!-- /table -->$)", re.DOTALL | re.MULTILINE)
    if len(pattern.findall(text)) != 1:
        raise InputError("no one place for the table; mark it with the lines <!-- table --> and <!-- /table -->")
    return pattern.sub(lambda _: table, text)


def show(datasets: Sequence[str] = (), features: Sequence[str] = ()) -> None:
    """Print from ``results/`` how good the classifiers are, what they cost, and which claims of the report do not hold.

    Parameters
    ----------
    datasets
        Side by side where there is room; all if none is named.
    features
        Kinds of features, a table each; the study's first if none is named.

    Raises
    ------
    InputError
        The results are missing or damaged, or have no such dataset or features.
    """
    study, _ = read_record()
    table = read_accuracy().merge(schema.TIMING.read(paths.TIMING), "left", list(schema.ROW))
    for column, names in (("dataset", datasets), ("features", features)):
        known = list(table[column].drop_duplicates())
        if unknown := [name for name in names if name not in known]:
            raise InputError(f"{paths.RESULTS} has no {column} {unknown[0]!r}; it has {listed(known)}")
    stages, claims = schema.STAGES.read(paths.STAGES), files.read_json(paths.EVIDENCE, schema.REMEDY)
    console = Console()
    for kind in features or study.selection.features[:1]:
        rows = table[(table["features"] == kind) & table["dataset"].isin(datasets or study.selection.datasets)]
        printed = [_side_by_side(study, kind, rows)]
        if console.measure(printed[0], options=console.options.update_width(10_000)).maximum > console.width:
            printed = [_side_by_side(study, kind, part) for _, part in rows.groupby("dataset", sort=False)]
        console.print(*printed, sep="\n")
    if not stages.empty:
        on = listed(list(dict.fromkeys(stages["processor"])))
        console.print(Text(f"All stages together took {stages['seconds'].sum() / 3600:.1f} hours ({on})."))
    by_verdict = {holds: [name for name in claims if claims[name]["holds"] is holds] for holds in (True, False, None)}
    lacking = f"; {len(by_verdict[None])} cannot be checked" if by_verdict[None] else ""
    holding = len(by_verdict[True])
    console.print(f"{holding} of the report's {counted(len(claims), 'claim')} {'holds' if holding == 1 else 'hold'}{lacking}.")
    for name in by_verdict[False]:
        console.print(Text(f"✗ {name}: {claims[name]['evidence']}", "red"))


def _side_by_side(study: Study, kind: str, table: pd.DataFrame) -> Table:
    """Return a row a classifier, and for each dataset its accuracy and interval, the paper's figure and the time of its fit."""
    printed = Table("classifier", title=f"Test accuracy on {kind}", title_justify="left", box=None, pad_edge=False)
    cells = {name: [Text(title)] for name, title in zip(table["classifier"], table["title"], strict=True)}
    for dataset, rows in table.groupby("dataset", sort=False):
        shown = {study.dataset(str(dataset)).title: "", "95% interval": "dim"}
        shown |= {"paper": "dim"} if rows["paper"].notna().any() else {}
        shown |= {"fit, s": "dim"} if rows["fit_seconds"].notna().any() else {}
        for heading, style in shown.items():
            printed.add_column(Text(heading), justify="right", style=style, no_wrap=True)
        for _, row in rows.iterrows():
            best = row["accuracy"] == rows["accuracy"].max()
            found = {
                "95% interval": f"{_short(row['accuracy_low'], 3)}–{_short(row['accuracy_high'], 3)}",
                "paper": _short(row["paper"]),
                "fit, s": "" if pd.isna(row["fit_seconds"]) else f"{row['fit_seconds']:,.0f}",
            }
            cells[row["classifier"]].append(Text(f"{'★ ' if best else ''}{_short(row['accuracy'])}", "bold" if best else ""))
            cells[row["classifier"]] += [Text(found[heading]) for heading in list(shown)[1:]]
    for line in cells.values():
        printed.add_row(*line)
    return printed
