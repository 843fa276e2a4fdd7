"""What a command reads is damaged, and changed at random, by ``python -m tests.faults.inputs FILE COMMAND...``."""

import random
import re
import resource
import sys
from itertools import chain
from pathlib import Path
from time import process_time

from mnist_transfer.errors import LONGEST
from tests.commands import run_here
from tests.faults import study
from tests.faults.study import EVERYTHING, READERS, SEED, Command

#: By file that is spoilt and command that reads it: how often `make faults` changes it, seldom where that takes a second.
TIMES: dict[tuple[str, Command], int] = {
    ("params.yaml", ("check",)): 1500,
    ("results/tables/accuracy.csv", ("show",)): 500,
    ("results/tables/confusion.csv", ("claims",)): 50,
    **{reader: {"results": 50, "report": 0}.get(reader[1][0], 500) for reader in READERS},
}
#: How often the slow tests do it.
FEW = 20
#: Seconds of computing that an input may take beyond three times what a sound one takes, and bytes beyond what it takes.
SECONDS, MEMORY = 10.0, 1_000_000_000
#: A sound file of each format with other content than what any command reads.
FOREIGN = {
    ".npy": "classifiers/digits/pixels/all/lda/predictions.npy",
    ".npz": "splits/fashion_sample.npz",
    ".json": "classifiers/digits/pixels/all/lda/metrics.json",
    ".csv": "results/tables/layers.csv",
    ".webp": "results/images/confused-digits.webp",
    "": "data/digits/t10k-labels-idx1-ubyte",
}

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
        # Within the first bytes most formats say how long what is.
        begin = chance.choice((chance.randrange(len(content) + 1), chance.randrange(256)))
        end = begin + chance.choice((0, 1, 4, 16, 100, 1000, len(content)))
        numbers = list(_NUMBER.finditer(content))
        if numbers and chance.random() < 0.2:
            number = chance.choice(numbers[:20] if chance.random() < 0.5 else numbers)
            content = content[: number.start()] + chance.choice(_ODD_NUMBERS) + content[number.end() :]
        else:
            repeated = content[begin:end] * chance.choice((2, 50))
            put = (b"", chance.choice(_ODD_BYTES), chance.randbytes(1), chance.randbytes(16), repeated)
            content = content[:begin] + chance.choice(put) + content[end:]
    return content


def damages(path: Path, sound: bytes) -> list[bytes]:
    """Return what may stand in the place of a file: nothing, half of it, a web page, a sound file of another kind."""
    foreign = Path(FOREIGN.get(path.suffix, "none"))
    others = [foreign.read_bytes()] if foreign.is_file() and foreign != path else []
    return [b"", sound[: len(sound) // 2], b"<!DOCTYPE html>\n<html></html>\n", *others]


def assert_harmless(command: Command, seconds: float, memory: float) -> int:
    """Run a command: it must do its work or refuse it in one readable line, soon and with little memory; return its code."""
    begin = process_time()
    result = run_here(*command)
    if result.returncode not in (0, 1):
        study.assert_refused(result)
        assert len(result.stderr.splitlines()[-1]) <= LONGEST + len("error: "), result.stderr
    assert process_time() - begin < seconds
    assert _peak() < memory
    return result.returncode


def _peak() -> int:
    """Return the most memory that this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(name: str, *command: str) -> None:
    """Spoil one file of the working directory again and again; the last line printed says at which time that did harm."""

    def others() -> dict[str, bytes]:
        return {file: content for file, content in study.outputs_in(Path()).items() if file not in (name, *study.TIMES)}

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    path, chance, times = Path(name), random.Random(f"{name} {SEED}"), TIMES[name, command]
    sound = path.read_bytes()
    assert run_here(*command).returncode in (0, 1)  # 1: a claim does not hold
    begin, _ = process_time(), run_here(*command)  # for the first time all is imported
    seconds, memory = 3 * (process_time() - begin) + SECONDS, _peak() + MEMORY
    whole, undisturbed = damages(path, sound), others()
    changed = (mutate(sound, chance) for _ in range(times if EVERYTHING else FEW))
    for number, spoilt in enumerate(chain(whole, changed)):
        path.unlink()  # a file that is mapped stays what it was
        path.write_bytes(spoilt)
        print(number, flush=True)
        done = assert_harmless(command, seconds, memory) == 0
        assert number >= len(whole) or not done or others() == undisturbed, "neither refused nor of no effect"
    print("harmless")


if __name__ == "__main__":
    main(*sys.argv[1:])
