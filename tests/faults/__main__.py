"""The campaign: ``python -m tests.faults [SEED] [KIND ...]``, which writes what came out into ``docs/reliability.md``."""

import argparse
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from mnist_transfer import files
from tests.commands import ROOT
from tests.faults import disturbances, inputs, servers, study
from tests.faults.study import Case, Finished, Outcome

PAGE = ROOT / "docs/reliability.md"
#: By the name of a kind of faults, what the page says of it, and what yields its cases from a finished study and a seed.
KINDS: dict[str, tuple[str, Callable[[Finished, int], Iterator[Case]]]] = {
    "kills": ("Killed, interrupted or terminated at a random moment, then run again", disturbances.kills),
    "repro": ("`dvc repro` killed at random moments, one after another", disturbances.repro),
    "pairs": ("Run twice at the same time", disturbances.pairs),
    "disks": ("The disk is full, or read-only", disturbances.disks),
    "artifacts": ("What a command reads is damaged or of another kind", disturbances.artifacts),
    "servers": ("A server misbehaves, then behaves", servers.cases),
    "inputs": ("What is read is malformed, in every format", inputs.cases),
}
#: Cases at a time: most of them wait, for a moment to come or for imports.
AT_A_TIME = 2


def do(cases: Iterator[Case], folder: Path) -> list[Outcome]:
    """Do the cases, some at a time and each in a folder of its own, and say of each what went wrong."""

    def told(numbered: tuple[int, Case]) -> Outcome:
        number, case = numbered
        outcome = case(folder / str(number))
        shutil.rmtree(folder / str(number), ignore_errors=True)
        print(f"{'FAULT ' if outcome.problem else ''}{outcome.case}{': ' * bool(outcome.problem)}{outcome.problem}", flush=True)
        return outcome

    folder.mkdir()
    with ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(told, enumerate(cases)))


def noted(page: str, name: str, outcomes: list[Outcome], seed: int) -> str:
    """Return the page with the figures of one kind in the place of its earlier ones."""
    number, bad = sum(outcome.number for outcome in outcomes), sum(bool(outcome.problem) for outcome in outcomes)
    run = f"{date.today():%d %B %Y}, seed {seed}, {platform.system()}, Python {platform.python_version()}"
    row = f"| {name} | {number:,} | {number - bad:,} | {bad} | {run} |"
    return re.sub(rf"^\| {re.escape(name)} \|.*$", row, page, flags=re.MULTILINE)


def main() -> int:
    """Run the campaign; the exit code is 1 if a fault did harm."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("seed", nargs="?", type=int, default=1, help="of the moments and the inputs (1)")
    parser.add_argument("kinds", nargs="*", metavar="kind", help=f"{', '.join(KINDS)}; all of them unless some are named")
    arguments = parser.parse_args()
    if unknown := set(arguments.kinds) - set(KINDS):
        parser.error(f"unknown kind {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    folder, harmful = Path(tempfile.mkdtemp(prefix="faults-")), False
    try:
        finished = study.run_undisturbed(folder / "finished", study.commands())
        for kind in arguments.kinds or KINDS:
            name, cases = KINDS[kind]
            found = do(cases(finished, arguments.seed), folder / kind)
            page = PAGE.read_text(encoding="utf-8")  # each kind is noted at once, should the next be stopped
            files.write_text(PAGE, noted(page, name, found, arguments.seed))
            harmful = harmful or any(outcome.problem for outcome in found)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return int(harmful)


if __name__ == "__main__":
    sys.exit(main())
