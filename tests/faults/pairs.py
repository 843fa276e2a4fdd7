"""Every command is run twice at the same time on the same names."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.faults import study
from tests.faults.study import Case, Command, Finished, Outcome

NAME = "Run twice at the same time"


def cases(finished: Finished, folder: Path, seed: int) -> Iterator[Case]:
    """Yield one case a command."""
    for number, command in enumerate(finished.outputs):
        yield partial(_both, finished, command, folder / f"pair-{number}")


def _both(finished: Finished, command: Command, folder: Path) -> Outcome:
    finished.before(command, folder)
    results = [study.finish(process) for process in [study.start(command, folder) for _ in range(2)]]
    problems = [study.refused(result) for result in results if result.returncode]
    if len(problems) == len(results):
        problems.append("neither of them ran")
    problem = next(filter(None, problems), "") or finished.difference(command, folder)
    shutil.rmtree(folder)
    return Outcome(" ".join(command), problem)
