"""What commands read is malformed, in every format: at random but from a seed, and by hand where chance would hardly do it."""

import io
import json
import random
import re
import resource
import shutil
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import process_time

from mnist_transfer.errors import LONGEST
from tests.commands import run_here
from tests.faults import study
from tests.faults.disturbances import READERS
from tests.faults.study import Case, Command, Finished, Outcome

#: Which file is spoilt, the command that reads it, and how often: seldom where the command takes a second.
INPUTS: list[tuple[str, Command, int]] = [
    ("params.yaml", ("check",), 1500),
    ("results/tables/accuracy.csv", ("table",), 500),
    ("results/tables/confusion.csv", ("claims",), 50),
    *((name, command, 50 if command == ("results",) else 500) for name, command in READERS if command[0] != "report"),
]
#: Seconds of computing that an input may take beyond three times what a sound one takes, and bytes beyond what it takes.
SECONDS, MEMORY = 10.0, 1_000_000_000
#: More than may be taken into memory, and yet little enough for a machine to survive it.
GIGANTIC = 3_000_000_000

# At random

_NUMBER = re.compile(rb"-?\d+(\.\d+)?")
#: What stands in the place of a number in text.
_ODD_NUMBERS = b"-1 0 1e999 -0.0 nan Infinity true null ~ '' [] {} 1.5 0x10 1_000 256 4294967296 9223372036854775807".split()
_ODD_NUMBERS += [b"9" * 400, b"9" * 5000]
#: What stands in the place of a few bytes: ends of ranges, and what text formats take as marks.
_ODD_BYTES = [
    *(b"\0", b"\0\0\0\0", b"\xff", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff\xff\xff\xff\x7f"),
    *(b"\n", b"\r", b"\t", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", rb"\ud800", "\u2028".encode(), b"\x1b[31m"),
    *b"\" ' , : { } [ ] &a *a !!python/object % # \\".split(),
]


def mutate(sound: bytes, chance: random.Random) -> bytes:
    """Change a file in one to three ways: bytes changed, cut, put in and repeated, its end cut off, numbers changed."""
    content = sound
    for _ in range(chance.choice((1, 1, 2, 3))):
        begin = chance.choice(
            (chance.randrange(len(content) + 1), chance.randrange(256))
        )  # where most formats say how long what is
        end = begin + chance.choice((0, 1, 4, 16, 100, 1000, len(content)))
        numbers = list(_NUMBER.finditer(content))
        if numbers and chance.random() < 0.2:
            number = chance.choice(numbers[:20] if chance.random() < 0.5 else numbers)
            content = content[: number.start()] + chance.choice(_ODD_NUMBERS) + content[number.end() :]
        else:
            put = (
                b"",
                chance.choice(_ODD_BYTES),
                chance.randbytes(1),
                chance.randbytes(16),
                content[begin:end] * chance.choice((2, 50)),
            )
            content = content[:begin] + chance.choice(put) + content[end:]
    return content


# By hand

Spoil = Callable[[Path], object]


def npy(description: str, shape: str, content: bytes = b"") -> bytes:
    header = f"{{'descr': {description}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def npz(sound: bytes, member: bytes, compression: int = zipfile.ZIP_STORED) -> bytes:
    """Put something in the place of every array of an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sound)) as archive, zipfile.ZipFile(stream, "w", compression) as spoilt:
        for name in archive.namelist():
            spoilt.writestr(name, member)
    return stream.getvalue()


_ARRAYS = {
    "a shape of terabytes": npy("'|u1'", "(1000000000000000,)"),
    "a shape beyond all numbers": npy("'|u1'", f"({'9' * 100},)"),
    "a negative shape": npy("'|u1'", "(-100,)", bytes(100)),
    "objects": npy("'|O'", "(100,)", bytes(800)),
    "a deep operation": npy("'|u1'", "-" * 9000 + "1"),
}
#: By suffix, a file's content.
BY_HAND: dict[str, dict[str, bytes]] = {
    ".yaml": {
        "nested": b"a: " + b"[" * 100_000 + b"]" * 100_000,
        "aliases of aliases": b"a: &a [1, 1]\n"
        + b"".join(b"%c: &%c [*%c, *%c, *%c]\n" % (n, n, *[n - 1] * 3) for n in b"bcdefghijk"),
        "a long line": b"seed: " + b"9" * 1_000_000,
    },
    "": {
        "a shape of terabytes": struct.pack(">4B3I", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1),
        "255 dimensions": struct.pack(">4B255I", 0, 0, 8, 255, *[0] * 255),
    },
    ".npy": _ARRAYS,
    ".json": {
        "nested": b'{"layers":' * 50_000,
        "many digits": b'{"accuracy": ' + b"9" * 1_000_000 + b"}",
        "infinite": b'{"accuracy": Infinity}',
    },
    ".csv": {"a million columns": b"x," * 500_000 + b"\n", "a quote without end": b'"' + b"x,\n" * 1_000_000},
}


def _by_hand(path: Path) -> Iterator[tuple[str, Spoil]]:
    """Yield what is made by hand in the place of a file, and how."""
    contents = {
        "empty": b"",
        "zeros": bytes(1000),
        "a web page": b"<!DOCTYPE html>\n<html></html>\n",
        "line ends": b"\n" * 1000,
    }
    contents |= BY_HAND.get(path.suffix, {})
    if path.suffix == ".npz":
        sound = path.read_bytes()
        contents |= {how: npz(sound, member) for how, member in _ARRAYS.items()}
        contents["a bomb"] = npz(sound, npy("'|u1'", f"({GIGANTIC // 10},)", bytes(GIGANTIC // 10)), zipfile.ZIP_DEFLATED)
    for how, content in contents.items():
        yield how, partial(Path.write_bytes, data=content)
    yield "a folder", Path.mkdir
    yield "a link to itself", lambda path: path.symlink_to(path.name)
    if path.suffix:  # images may be as many as a user has memory for
        yield "gigantic", _gigantic


def _gigantic(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(GIGANTIC)


# What comes of it


def cases(finished: Finished, seed: int) -> Iterator[Case]:
    """Yield a batch for each file and command that was run, in a process of its own, which a fault may kill."""
    for number, (name, command, _) in enumerate(INPUTS):
        if (finished.folder / name).is_file():
            yield partial(_read_apart, finished, f"{' '.join(command)}, {name}", number, seed)


def _read_apart(finished: Finished, case: str, number: int, seed: int, folder: Path) -> Outcome:
    shutil.copytree(finished.folder, folder)
    result = study.finish(study.start((str(number), str(seed)), folder, program=("-m", "tests.faults.inputs")))
    *_, last = ["", *result.stdout.splitlines()]
    if result.returncode or not last.startswith("{"):
        return Outcome(case, f"exit code {result.returncode} at {last}: {result.stderr[-500:]}")
    return Outcome(case, **json.loads(last))


def read_batch(number: int, seed: int, most: int = sys.maxsize) -> Iterator[tuple[str, str]]:
    """Spoil one file of the working directory again and again; yield how, and what harm came of it."""
    name, command, times = INPUTS[number]
    path, chance = Path(name), random.Random(f"{name} {seed}")
    sound, begin = path.read_bytes(), process_time()
    assert run_here(*command).returncode in (0, 1)  # 1: a claim does not hold
    begin, _ = process_time(), run_here(*command)  # for the first time all is imported
    seconds, memory = 3 * (process_time() - begin) + SECONDS, _peak() + MEMORY
    at_random: Iterator[tuple[str, Spoil]] = (
        (str(at), partial(Path.write_bytes, data=mutate(sound, chance))) for at in range(min(times, most))
    )
    for how, spoil in [*_by_hand(path), *at_random] if most > times else at_random:
        path.unlink()  # a file that is mapped stays what it was
        spoil(path)
        yield how, _harm(command, seconds, memory)
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        path.write_bytes(sound)


def _harm(command: Command, seconds: float, memory: float) -> str:
    """Run a command, and say what is wrong with how that ended."""
    begin = process_time()
    try:
        result = run_here(*command)
    except BaseException as error:  # whatever a library raises
        return f"{type(error).__name__}: {error}"
    if result.returncode not in (0, 1) and (problem := study.refused(result)):
        return problem
    if result.returncode == 2 and len(result.stderr.splitlines()[-1]) > LONGEST + len("error: "):
        return f"refused with {result.stderr!r}"
    if (taken := process_time() - begin) > seconds:
        return f"it took {taken:.1f} s"
    return f"it took {_peak() / 1e9:.1f} GB" if _peak() > memory else ""


def _peak() -> int:
    """Return the most memory that this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(number: int, seed: int) -> None:
    """Read a batch, up to its first harm, and print what came of it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    done, problem = 0, ""
    for how, harm in read_batch(number, seed):
        print(how, flush=True)
        done += 1
        if harm:
            problem = f"{how}: {harm}"[:400]
            break
    print(json.dumps({"problem": problem, "number": done}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
