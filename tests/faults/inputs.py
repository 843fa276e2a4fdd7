"""What the program reads is malformed, in every format: thousands of random damages of sound files, and some by hand."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import process_time

from mnist_transfer.errors import LONGEST, InputError
from tests.faults import formats, hostile, study
from tests.faults.formats import FORMATS, Format
from tests.faults.mutations import mutate
from tests.faults.study import Case, Finished, Outcome

NAME = "What is read is malformed, in every format"
#: Inputs that one process reads, one after another.
BATCH = 250
#: Seconds of computing, and bytes, that an input may take.
SECONDS, MEMORY = 2.0, 1_000_000_000


def cases(finished: Finished, folder: Path, seed: int) -> Iterator[Case]:
    """Yield batches of inputs: of each format those made by hand, and then random ones."""
    for name, kind in FORMATS.items():
        for batch in range(-(-kind.number // BATCH)):
            yield partial(_read_apart, name, seed, batch, folder / f"inputs-{name.replace(' ', '-')}-{batch}")


def _read_apart(name: str, seed: int, batch: int, folder: Path) -> Outcome:
    """Read a batch in a process of its own, which a fault may kill."""
    folder.mkdir()
    case = f"{name}, batch {batch}"
    process = study.start((name, str(seed), str(batch)), folder, program=("-m", "tests.faults.inputs"))
    try:
        result = study.finish(process)
    except subprocess.TimeoutExpired:
        process.kill()
        return Outcome(case, "it hangs")
    if result.returncode:
        return Outcome(case, f"exit code {result.returncode}: {result.stderr[-500:]}")
    return Outcome(case, **json.loads(result.stdout.splitlines()[-1]))


def read_batch(name: str, seed: int, batch: int, number: int = BATCH) -> Iterator[tuple[str, str]]:
    """Spoil files of a format in the working directory, one after another; yield how, and what harm came of it."""
    formats.lay_out()
    kind, chance = FORMATS[name], random.Random(f"{name} {seed} {batch}")
    sound = {path: path.read_bytes() for path in kind.names()}
    for path in sound:
        yield f"{path}, sound", _refusal(kind, path) or _harm(kind, path)
    by_hand = hostile.of(name) if batch == 0 else {}
    for how, spoil in by_hand.items():
        path = next(iter(sound))
        yield f"{path}, {how}", _spoilt(kind, path, sound[path], spoil)
    for at in range(number):
        path = chance.choice(list(sound))
        content = mutate(sound[path], chance)
        yield f"{path}, {at}", _spoilt(kind, path, sound[path], hostile.put(content))


def _spoilt(kind: Format, path: Path, sound: bytes, spoil: Callable[[Path], object]) -> str:
    path.unlink()  # a file that is mapped stays what it was
    spoil(path)
    try:
        return _harm_apart(kind, path)
    finally:
        path.rmdir() if path.is_dir() else path.unlink()
        path.write_bytes(sound)


def _refusal(kind: Format, path: Path) -> str:
    try:
        kind.read(path)
    except InputError as error:
        return str(error)
    return ""


def _harm_apart(kind: Format, path: Path) -> str:
    """Read a file in a process of its own, which may be ended for taking too long, as a command's is."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, _harm(kind, path)[:4000].encode())
        os._exit(0)
    os.close(theirs)
    with open(ours, "rb") as told:
        harm = told.read().decode()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return harm if code in (0, -signal.SIGALRM) else f"ended by {signal.Signals(-code).name}"


def _harm(kind: Format, path: Path) -> str:
    """Read a file, and say what is wrong with how that ended."""
    begin, before = process_time(), _peak()
    try:
        kind.read(path)
    except InputError as error:
        message = str(error)
        if not message.isprintable() or len(message) > LONGEST:
            return f"refused with {message!r}"
    except BaseException as error:  # whatever a library raises
        return f"{type(error).__name__}: {error}"
    if (seconds := process_time() - begin) > SECONDS:
        return f"it took {seconds:.1f} s"
    if (taken := _peak() - before) > MEMORY:
        return f"it took {taken / 1e9:.1f} GB"
    return ""


def _peak() -> int:
    """Return the most memory that this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(name: str, seed: int, batch: int) -> None:
    """Read a batch, up to its first harm, and print what came of it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    number, problem = 0, ""
    for what, harm in read_batch(name, seed, batch):
        if not what.endswith(", sound"):
            number += 1
        if harm:
            problem = f"{what}: {harm}"
            if "KEEP_GOING" not in os.environ:
                break
            print(problem[:400])
    print(json.dumps({"problem": problem, "number": number}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
