"""The campaign: ``python -m tests.faults [SEED] [KIND ...]``, which writes what came out into ``docs/reliability.md``."""

import argparse
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from types import ModuleType

from mnist_transfer import files
from mnist_transfer.report.summary import update
from tests.commands import ROOT
from tests.faults import artifacts, disks, inputs, kills, pairs, repro, servers, study
from tests.faults.study import Case, Finished, Outcome

PAGE = ROOT / "docs/reliability.md"
#: Each has a NAME and yields its `cases`, from a finished study, a folder to work in and a seed. Another kind is a module of
#: this package with these two, and has its place here and in test_faults.py.
KINDS: dict[str, ModuleType] = {
    "kills": kills,
    "repro": repro,
    "pairs": pairs,
    "disks": disks,
    "artifacts": artifacts,
    "servers": servers,
    "inputs": inputs,
}
#: Those that disturb no command of the study, so that none need be run before.
WITHOUT_COMMANDS = {"servers", "inputs"}
#: Cases at a time: most of them wait, for a moment to come or for imports.
AT_A_TIME = 2
#: What the page shows: the figures of each kind by its name, and then what did harm.
ORDER = [kind.NAME for kind in KINDS.values()]
_ROW, _HARM = re.compile(r"^\| (?P<name>.*?) \| \d.*$", re.MULTILINE), re.compile(r"^- (?P<name>.*?): .*$", re.MULTILINE)


def do(cases: Iterable[Case]) -> list[Outcome]:
    """Do the cases, some at a time, and say of each what went wrong."""

    def told(case: Case) -> Outcome:
        outcome = case()
        print(f"{'FAULT ' if outcome.problem else ''}{outcome.case}{': ' * bool(outcome.problem)}{outcome.problem}", flush=True)
        return outcome

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(told, cases))


def campaign(folder: Path, seed: int, chosen: Collection[str]) -> Iterator[tuple[str, list[Outcome]]]:
    """Finish the study once, do every fault of the chosen kinds to it, and yield what came of each kind, by its name."""
    commands = study.commands() if set(chosen) - WITHOUT_COMMANDS else ()
    finished = study.run_undisturbed(folder / "finished", commands)
    few = Finished(finished.folder, {c: o for c, o in finished.outputs.items() if "garments" not in c}, finished.seconds)
    for name in chosen:
        yield KINDS[name].NAME, do(KINDS[name].cases(few, folder, seed))


def table(outcomes: Mapping[str, list[Outcome]], seed: int, before: str) -> str:
    """Return the figures as Markdown, those of kinds that were not done now as they were `before`."""
    rows = {found["name"]: found[0] for found in _ROW.finditer(before)}
    harm = {name: [found[0] for found in _HARM.finditer(before) if found["name"] == name] for name in rows}
    run = f"{date.today():%d %B %Y}, seed {seed}, {platform.system()}, Python {platform.python_version()}"
    for name, found in outcomes.items():
        number, bad = sum(outcome.number for outcome in found), sum(bool(outcome.problem) for outcome in found)
        rows[name] = f"| {name} | {number:,} | {number - bad:,} | {bad} | {run} |"
        harm[name] = [f"- {name}: {o.case}: {' '.join(o.problem.split())[:200]}" for o in found if o.problem]
    lines = ["| what was done | cases | harmless | harmful | when and where |", "|---|---:|---:|---:|---|"]
    lines += [rows[name] for name in ORDER if name in rows]
    harmful = [line for name in ORDER for line in harm.get(name, [])]
    return "\n".join([*lines, *(["", "Harmful:", "", *harmful] if harmful else [])]) + "\n"


def main() -> int:
    """Run the campaign; the exit code is 1 if a fault did harm."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("seed", nargs="?", type=int, default=1, help="of the moments and the inputs (1)")
    parser.add_argument("kinds", nargs="*", metavar="kind", help=f"{', '.join(KINDS)}; all of them unless some are named")
    arguments = parser.parse_args()
    if unknown := set(arguments.kinds) - set(KINDS):
        parser.error(f"unknown kind {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    chosen = [name for name in KINDS if name in (arguments.kinds or KINDS)]
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    harmful = False
    try:
        for name, found in campaign(folder, arguments.seed, chosen):  # each is noted at once, should the next be stopped
            page = PAGE.read_text(encoding="utf-8")
            files.write_text(PAGE, update(page, table({name: found}, arguments.seed, page)))
            harmful = harmful or any(outcome.problem for outcome in found)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return int(harmful)


if __name__ == "__main__":
    sys.exit(main())
