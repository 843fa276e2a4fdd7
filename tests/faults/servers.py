"""A server misbehaves, in ways that HTTP forbids or allows, while `fetch` asks it for a file."""

import gzip
import hashlib
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from mnist_transfer import paths
from tests.commands import files_in
from tests.faults import study
from tests.faults.study import Case, Finished, Outcome
from tests.servers import NO_ANSWERS, PAGE, Answer, Server, always, serve

#: Far more bytes than any file that is asked for, more seconds than who asks waits, and seconds that a fetch may take.
MUCH, LONG, LONGEST = 50_000_000, 5.0, 60.0
BOMB = gzip.compress(bytes(MUCH))


def head(status: str, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "\r\n"]).encode("latin-1")


def status(line: str, *lines: str) -> Answer:
    return always(head(line, "Content-Length: 5", *lines) + b"sorry")


def body(content: bytes) -> bytes:
    return head("200 OK", f"Content-Length: {len(content)}") + content


def rest(content: bytes, start: int, *lines: str) -> bytes:
    """Answer as asked."""
    if not start:
        return head("200 OK", f"Content-Length: {len(content)}", *lines) + content
    place = f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}"
    return head("206 Partial Content", f"Content-Length: {len(content) - start}", place, *lines) + content[start:]


def with_length(length: object) -> Answer:
    return lambda content, _: [head("200 OK", f"Content-Length: {length}"), content]


def instead(change: Callable[[bytes], bytes]) -> Answer:
    """Send something else as if it were the file."""
    return lambda content, _: [body(change(content))]


def endless(begin: bytes, piece: bytes) -> Answer:
    def slowly() -> Iterator[bytes]:
        while True:
            time.sleep(0.001)
            yield piece

    return lambda *_: itertools.chain([begin], itertools.repeat(piece, MUCH // len(piece)), slowly())


def ending(after: int, *, silent: bool) -> Answer:
    """Fall silent, or reset the connection, after some bytes."""

    def answer(content: bytes, start: int) -> Iterator[bytes]:
        yield rest(content, start)[:after]
        time.sleep(LONG if silent else 0.1)  # else what was sent may be lost with the connection
        if not silent:
            raise ConnectionResetError

    return answer


def after_a_break(answer: Answer, *lines: str) -> Answer:
    """Break off in the middle of each file's first transfer, answer as said for its rest, and well from then on."""
    broken: set[bytes] = set()

    def after(content: bytes, start: int) -> Iterable[bytes]:
        if start:
            return answer(content, start)
        if content in broken:
            return [rest(content, 0)]
        broken.add(content)
        return [rest(content, 0, *lines)[: -len(content) // 2]]

    return after


#: A client is refused, whatever it tries.
REFUSED: dict[str, Answer] = {
    **{f"{name}, always": always(sent) for name, (sent, _) in NO_ANSWERS.items()},
    **{f"status {line}": status(line) for line in ("403 No", "404 No", "304 Not Modified", "416 No", "500 No")},
    "status 429 that asks to wait": status("429 Too Many Requests", "Retry-After: 86400"),
    "endless status 100": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "an endless status line": endless(b"HTTP/1.1 200 ", b"x" * 1000),
    "an endless chain of redirects": lambda *_: [head("302 Found", f"Location: /{time.monotonic_ns()}", "Content-Length: 0")],
    "a redirect with a body without end": endless(head("302 Found", "Location: /x"), bytes(10_000)),
    "a redirect to a file": status("301 Moved", "Location: file:///etc/passwd"),
    "a redirect to control characters": status("302 Moved", "Location: http://127.0.0.1/\x1b[31m\x00 \x7f"),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-Filler: x\r\n" * 50),
    "headers that trickle": always(head("200 OK", *["X-Filler: x"] * 90), 0.005),
    "a body that trickles": always(head("200 OK", "Content-Length: 9999") + bytes(5000), 0.005),
    **{f"silence after {after} bytes": ending(after, silent=True) for after in (0, 10, 2000)},
    **{f"a reset after {after} bytes": ending(after, silent=False) for after in (0, 30)},
    "half the file, always": lambda content, _: [rest(content, 0)[: -len(content) // 2]],
    "a body without end or length": endless(head("200 OK"), bytes(10_000)),
    "an endless gzip": endless(head("200 OK"), BOMB[:10_000]),
    "endless chunks": endless(head("200 OK", "Transfer-Encoding: chunked"), b"1\r\nx\r\n" * 1000),
    "an endless trailer": endless(head("200 OK", "Transfer-Encoding: chunked") + b"0\r\n", b"X-Filler: x\r\n" * 50),
    **{f"a Content-Length of {length}": with_length(length) for length in (1000, 50_000, 1 << 50)},
    "a gzip bomb": lambda *_: [body(BOMB)],
    "a truncated gzip": instead(lambda content: content[:-100]),
    "a gzip of the right size and other bytes": instead(lambda content: gzip.compress(gzip.decompress(content)[::-1], mtime=0)),
    "a gzip with a wrong checksum": instead(lambda content: content[:-8] + bytes(4) + content[-4:]),
    "a gzip with an endless name": endless(head("200 OK") + b"\x1f\x8b\x08\x08" + bytes(6), b"x" * 1000),
    "a web page": instead(lambda _: PAGE),
    "an empty file": instead(lambda _: b""),
}
#: A client that tries again, or does not mind, gets the file.
RECOVERED: dict[str, Answer] = {
    "bytes beyond the length": lambda content, start: [rest(content, start), b"surplus" * 1000],
    "no length": lambda content, _: [head("200 OK"), content],
    "zeros behind the gzip": instead(lambda content: content + bytes(100)),
    "a break in the middle, then the rest": after_a_break(lambda content, start: [rest(content, start)]),
    "a break in the middle, then 200 and all": after_a_break(lambda content, _: [rest(content, 0)]),
}


#: `mnist-transfer` that knows other hashes and sizes of MNIST, and does not wait long for a server.
_FETCHING = """
import json, os
from mnist_transfer.data import download, sources
download.TIMEOUT, download.PATIENCE = (0.5, 0.5), 1.0
sources.DATASETS["mnist"] = {name: sources.Source(**known) for name, known in json.loads(os.environ["SOURCES"]).items()}
from mnist_transfer.__main__ import main
main()
"""


class Mirror:
    """Serves the study's MNIST from this machine, and lets `fetch mnist` ask for it."""

    def __init__(self, finished: Finished, server: Server) -> None:
        self.server = server
        self.files = files_in(finished.folder / "data/mnist")
        self.parameters = finished.folder / paths.PARAMS
        server.content |= {f"/mnist/{name}.gz": gzip.compress(content, mtime=0) for name, content in self.files.items()}

    def start(self, folder: Path) -> subprocess.Popen[str]:
        """Start to fetch, into a study without data if the folder is not there."""
        if not folder.is_dir():
            folder.mkdir()
            shutil.copy(self.parameters, folder)
        known = {
            name: {"path": f"mnist/{name}.gz", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in self.files.items()
        }
        environment = {"SOURCES": json.dumps(known), "MNIST_TRANSFER_MIRROR": self.server.url, "no_proxy": "127.0.0.1"}
        return study.start(("fetch", "mnist"), folder, study.ENVIRONMENT | environment, ("-c", _FETCHING))

    def unsound(self, folder: Path, fetched: bool) -> str:
        """Say what is in data/ that was not verified, or is missing of what was fetched, or left over; nothing if nothing."""
        found = files_in(folder / "data/mnist")
        if wrong := [name for name, content in found.items() if self.files.get(name) != content]:
            return f"in data/ is {', '.join(wrong)}, which is not verified"
        left = [name for name in files_in(folder / "downloads") if name.endswith(".part")]
        return f"there are {', '.join([*found, *left])}" if fetched and (found != self.files or left) else ""


@contextmanager
def mirrored(finished: Finished) -> Iterator[Mirror]:
    """Serve the study's MNIST until the block ends."""
    server = serve()
    try:
        yield Mirror(finished, server)
    finally:
        server.shutdown()
        server.server_close()


def cases(finished: Finished, seed: int) -> Iterator[Case]:
    """Yield every misbehaviour, those that end in a refusal first."""
    for recovers, answers in ((False, REFUSED), (True, RECOVERED)):
        for name, answer in answers.items():
            yield partial(_face, finished, name, answer, recovers)


def _face(finished: Finished, name: str, answer: Answer, recovers: bool, folder: Path) -> Outcome:
    """Fetch from a server that misbehaves and, if that is refused, once more when it does not."""
    with mirrored(finished) as mirror:
        mirror.server.answer = answer
        problem = _judged(mirror, folder, recovers)
        mirror.server.answer = None
        return Outcome(name, problem or ("" if recovers else _judged(mirror, folder, True)))


def _judged(mirror: Mirror, folder: Path, succeeds: bool) -> str:
    """Fetch, and say what is wrong with how it ended."""
    begin = time.monotonic()
    result = study.finish(mirror.start(folder))
    if (seconds := time.monotonic() - begin) > LONGEST:
        return f"it took {seconds:.0f} s"
    if succeeds and result.returncode:
        return result.stderr
    return ("" if succeeds else study.refused(result)) or mirror.unsound(folder, succeeds)
