"""Check every claim on the results, and write or print the verdicts."""

from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from mnist_transfer import files, paths
from mnist_transfer.claims.claim import CHECKS, Verdict
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.progress import console
from mnist_transfer.results.read import Results, read
from mnist_transfer.wording import Markdown, counted

#: How a verdict is printed.
MARKS = {True: "[green]✓[/]", False: "[bold red]✗[/]"}


def check(results: Results) -> dict[str, Verdict]:
    """Check every claim, by its name."""
    verdicts = {}
    for name, function in CHECKS.items():
        try:
            verdicts[name] = function(results)
        except NotMeasuredError as error:
            verdicts[name] = Verdict(None, str(error))
    return verdicts


class Values:
    """The numbers in the report's prose, by claim and name; a dash where the study lacks what it is about."""

    def __init__(self, results: Results) -> None:
        self.verdicts = check(results)

    def __call__(self, claim: str, name: str) -> Markdown:
        """Return one of them."""
        return Markdown(self.verdicts[claim].values.get(name, "–"))


def records(results: Results) -> dict[str, dict[str, Any]]:
    """Check every claim and return what is written of each, by its name: whether it holds, and the evidence."""
    return {
        name: {"holds": None if verdict.holds is None else bool(verdict.holds), "evidence": verdict.evidence}
        for name, verdict in check(results).items()
    }


def run(results: Results) -> None:
    """Write of each claim whether it holds (null: cannot be said), and why.

    ``results/claims.json`` has the verdicts alone, ``results/evidence.json`` what they rest on too.
    """
    content = records(results)
    files.write_json(paths.EVIDENCE, content)
    files.write_json(paths.CLAIMS, {name: record["holds"] for name, record in content.items()})
    named = {holds: [name for name, record in content.items() if record["holds"] is holds] for holds in (True, False, None)}
    broken = f"; not {', '.join(named[False])}" if named[False] else ""
    lacking = f"; {len(named[None])} cannot be checked" if named[None] else ""
    console.print(f"{paths.CLAIMS}: {len(named[True])} of {counted(len(content), 'claim')} hold{broken}{lacking}")


def show() -> bool:
    """Print every claim that can be checked, with its verdict and evidence, and return whether none of them fails.

    Of those that cannot, as the study lacks what they speak of, it prints how many there are.

    Raises
    ------
    InputError
        The results are missing or damaged.
    """
    printed = Table("", Column("claim", no_wrap=True), "evidence", box=None, pad_edge=False)
    found = records(read())
    checked = {name: record for name, record in found.items() if record["holds"] is not None}
    for name, record in checked.items():
        printed.add_row(MARKS[record["holds"]], name, Text(record["evidence"]))
    if checked:
        Console().print(printed)
    if lacking := len(found) - len(checked):
        console.print(
            f"{lacking} of {counted(len(found), 'claim')} cannot be checked: they speak of what this study does not have"
        )
    return all(record["holds"] is not False for record in found.values())
