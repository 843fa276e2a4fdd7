"""Check every claim on the results, and write or print the verdicts."""

from typing import TypedDict

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from mnist_transfer import files, paths
from mnist_transfer.claims.claim import CHECKS, Verdict
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.progress import console
from mnist_transfer.results.read import Results, read
from mnist_transfer.wording import Markdown, counted


class Record(TypedDict):
    """What is written of a claim; one that cannot be said to hold or not has neither."""

    holds: bool | None
    evidence: str


#: How a verdict is printed.
MARKS = {True: "[green]✓[/]", False: "[bold red]✗[/]", None: "[yellow]?[/]"}


def check(results: Results) -> dict[str, Verdict | NotMeasuredError]:
    """Check every claim, by its name; one that speaks of what the study lacks has the reason in place of a verdict."""
    verdicts: dict[str, Verdict | NotMeasuredError] = {}
    for name, function in CHECKS.items():
        try:
            verdicts[name] = function(results)
        except NotMeasuredError as error:
            verdicts[name] = error
    return verdicts


class Values:
    """The numbers in the report's prose, by claim and name; a dash where the study lacks what the claim is about."""

    def __init__(self, results: Results) -> None:
        self.verdicts = check(results)

    def __call__(self, claim: str, name: str) -> Markdown:
        """Return one of them."""
        verdict = self.verdicts[claim]
        return Markdown("–" if isinstance(verdict, NotMeasuredError) else verdict.values[name])


def run() -> None:
    """Read ``results/`` and write of each claim whether it holds (null: cannot be said), and why.

    ``results/claims.json`` has the verdicts alone, ``results/evidence.json`` what they rest on too.

    Raises
    ------
    InputError
        The results are missing or damaged.
    """
    content = records(read())
    files.write_json(paths.EVIDENCE, content)
    files.write_json(paths.CLAIMS, {name: record["holds"] for name, record in content.items()})
    held = sum(record["holds"] is True for record in content.values())
    broken = [name for name, record in content.items() if record["holds"] is False]
    unknown = sum(record["holds"] is None for record in content.values())
    told = f"{paths.CLAIMS}: {held} of {counted(len(content), 'claim')} hold"
    told += f"; not {', '.join(broken)}" if broken else ""
    told += f"; {unknown} cannot be checked" if unknown else ""
    console.print(told)


def show() -> bool:
    """Print every claim with its verdict and evidence, and return whether none of them fails.

    Raises
    ------
    InputError
        The results are missing or damaged.
    """
    printed = Table("", Column("claim", no_wrap=True), "evidence", box=None, pad_edge=False)
    found = records(read())
    for name, record in found.items():
        printed.add_row(MARKS[record["holds"]], name, Text(record["evidence"]))
    Console().print(printed)
    return all(record["holds"] is not False for record in found.values())


def records(results: Results) -> dict[str, Record]:
    """Check every claim and return what is written of each, by its name."""
    return {name: as_record(verdict) for name, verdict in check(results).items()}


def as_record(verdict: Verdict | NotMeasuredError) -> Record:
    """Return what is written of a verdict."""
    if isinstance(verdict, NotMeasuredError):
        return {"holds": None, "evidence": str(verdict)}
    return {"holds": bool(verdict.holds), "evidence": verdict.evidence}
