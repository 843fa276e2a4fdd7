"""The whole campaign: ``python -m tests.faults [SEED]``, which writes what came out into ``docs/reliability.md``."""

import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from time import monotonic

from mnist_transfer import files
from mnist_transfer.report.summary import update
from tests.commands import ROOT
from tests.faults import artifacts, disks, kills, pairs, study
from tests.faults.study import Case, Finished, Outcome

PAGE = ROOT / "docs/reliability.md"
#: Each has a NAME and yields its `cases`, from a finished study, a folder to work in and a seed. Another kind, such as servers
#: that misbehave or malformed inputs, is a module of this package with these two and its place here and in test_faults.py.
KINDS = (kills, pairs, disks, artifacts)
#: Cases at a time: most of them wait, for a moment to come or for imports.
AT_A_TIME = 2


def do(cases: Iterable[Case]) -> list[Outcome]:
    """Do the cases, some at a time, and say of each what went wrong."""

    def told(case: Case) -> Outcome:
        outcome = case()
        print(f"{'FAULT ' if outcome.problem else ''}{outcome.case}{': ' * bool(outcome.problem)}{outcome.problem}", flush=True)
        return outcome

    with ThreadPoolExecutor(AT_A_TIME) as threads:
        return list(threads.map(told, cases))


def campaign(folder: Path, seed: int) -> dict[str, list[Outcome]]:
    """Finish the study once, and do every fault to it."""
    finished: Finished = study.run_undisturbed(folder / "finished", study.commands())
    few = Finished(finished.folder, {c: o for c, o in finished.outputs.items() if "garments" not in c}, finished.seconds)
    outcomes = {kind.NAME: do(kind.cases(few, folder, seed)) for kind in KINDS}
    outcomes[kills.IN_DVC] = kills.repro(finished, folder / "repro", seed)
    return outcomes


def table(outcomes: dict[str, list[Outcome]], seed: int, seconds: float) -> str:
    """Return the figures as Markdown."""
    lines = ["| what was done | cases | harmless | harmful |", "|---|---:|---:|---:|"]
    for name, found in outcomes.items():
        bad = sum(bool(outcome.problem) for outcome in found)
        lines.append(f"| {name} | {len(found)} | {len(found) - bad} | {bad} |")
    system = f"{platform.system()}, Python {platform.python_version()}"
    lines += ["", f"Run on {date.today():%d %B %Y} with seed {seed}, in {seconds / 60:.0f} minutes, on {system}."]
    for name, found in outcomes.items():
        lines += [f"\nHarmful: {name}\n"] if any(outcome.problem for outcome in found) else []
        lines += [f"- {o.case}: {' '.join(o.problem.split())[:200]}" for o in found if o.problem]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the campaign; the exit code is 1 if a fault did harm."""
    seed, begin = int(sys.argv[1]) if sys.argv[1:] else 1, monotonic()
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        outcomes = campaign(folder, seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    files.write_text(PAGE, update(PAGE.read_text(encoding="utf-8"), table(outcomes, seed, monotonic() - begin)))
    return int(any(outcome.problem for found in outcomes.values() for outcome in found))


if __name__ == "__main__":
    sys.exit(main())
