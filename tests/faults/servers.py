"""A server misbehaves, in any way that HTTP forbids or allows, while `fetch` asks it for a file."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import monotonic

from mnist_transfer import paths
from tests.commands import files_in
from tests.faults import fetching, study
from tests.faults.misbehaviour import RECOVERED, REFUSED
from tests.faults.study import Case, Finished, Outcome
from tests.servers import Answer, Server

NAME = "A server misbehaves, then behaves"
#: Seconds to wait for a server that is silent, and for one that is slow, and how long a fetch may take on a busy machine.
WAITS, LONGEST = (0.5, 1.0), 60.0


def cases(finished: Finished, folder: Path, seed: int) -> Iterator[Case]:
    """Yield every misbehaviour, those that end in a refusal first."""
    for recovers, answers in ((False, REFUSED), (True, RECOVERED)):
        for number, (name, answer) in enumerate(answers.items()):
            yield partial(_face, finished, name, answer, recovers, folder / f"server-{recovers}-{number}")


def _face(finished: Finished, name: str, answer: Answer, recovers: bool, folder: Path) -> Outcome:
    """Fetch from a server that misbehaves and, if that is refused, once more when it does not."""
    fetching.lay_out(finished, folder)
    with fetching.mirror(finished) as server:
        server.answer = answer
        problem = _judged(finished, server, folder, recovers)
        server.answer = None
        if not recovers:
            problem = problem or _judged(finished, server, folder, True)
    shutil.rmtree(folder)
    return Outcome(name, problem)


def _judged(finished: Finished, server: Server, folder: Path, succeeds: bool) -> str:
    """Fetch, and say what is wrong with how it ended."""
    begin = monotonic()
    process = fetching.start(finished, server, folder, WAITS)
    try:
        result = study.finish(process)
    except subprocess.TimeoutExpired:
        process.kill()
        return "it hangs"
    if (seconds := monotonic() - begin) > LONGEST:
        return f"it took {seconds:.0f} s"
    if succeeds and result.returncode:
        return result.stderr
    if not succeeds and (problem := study.refused(result)):
        return problem
    raw, found = files_in(finished.folder / fetching.DIGITS), files_in(folder / "data")
    if unsound := [name for name, content in found.items() if raw.get(name.removeprefix("digits/")) != content]:
        return f"in data/ is {', '.join(unsound)}, which is not verified"
    sizes = {str(paths.DOWNLOADS / source.path): source.most or 0 for source in fetching.sources(finished).values()}
    for name in set(files_in(folder)) - {f"data/{file}" for file in found} - {str(paths.PARAMS)}:
        if (folder / name).stat().st_size > sizes.get(re.sub(r"\.[0-9a-f]{8}\.part$", "", name), -1):
            return f"{name} is left, and no part of a file that can be continued"
    if succeeds and (set(found) != {f"digits/{name}" for name in raw} or files_in(folder / "downloads")):
        return f"there are {', '.join(files_in(folder))}"
    return ""
