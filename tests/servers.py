"""An HTTP server on this machine that behaves, or misbehaves, as a test says, and a made-up dataset to fetch from it."""

import gzip
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from mnist_transfer import paths
from mnist_transfer.data import idx
from mnist_transfer.data.download import obtain
from mnist_transfer.data.sources import Source

# A made-up file: an IDX of values that gzip cannot make much smaller.
CONTENT = idx.serialize(np.random.default_rng(0).integers(0, 256, (1000, 28, 28), dtype=np.uint8))
PACKED = gzip.compress(CONTENT, mtime=0)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
PAGE = b"\n<!DOCTYPE html><html><body>Please log in</body></html>"
#: What is on disk when the dataset has been fetched.
FETCHED = {"data/toy/images": CONTENT}

#: All that a server sends, in pieces, whatever it is asked for.
Answer = Callable[[], Iterable[bytes]]


def always(sent: bytes, pause: float = 0.0) -> Answer:
    """Send the same, a byte at a time if there is a pause in seconds after each."""

    def answer() -> Iterator[bytes]:
        for at in range(len(sent)) if pause else (0,):
            yield sent[at : at + 1] if pause else sent
            time.sleep(pause)

    return answer


def redirect(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()


#: By what is wrong: what is no answer, or hardly one, and what is said of it.
NO_ANSWERS = {
    "nothing": (b"", "gives no answer (Remote end closed connection without response)"),
    "garbage": (b"\x00\xff\x1b[2J nonsense\r\n\r\n", "gives no answer ("),
    "an unknown status": (b"HTTP/1.1 999 Odd\r\n\r\n", "HTTP 999 Odd"),
    "no content": (b"HTTP/1.1 204 None\r\n\r\n", "HTTP 204 None"),
    "control characters": (b"HTTP/1.1 503 \x1b[31mred\x9b2J\r\nContent-Length: 0\r\n\r\n", r"HTTP 503 \x1b[31mred\x9b2J"),
    "a redirect to itself": (redirect("/toy/images.gz"), "Exceeded 30 redirects"),
    "a redirect to another scheme": (redirect("ftp://127.0.0.1/"), "No connection adapters were found for 'ftp:"),
    "a redirect to a file": (redirect("file:///etc/passwd"), "No connection adapters were found for 'file:"),
    "a redirect to no URL": (redirect("http://[::1"), "cannot be asked for"),
}


class Server(ThreadingHTTPServer):
    """Serves `content` by path, in the way that its attributes say, and notes what it was asked for and what it sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content: dict[str, bytes] = {}
        self.honours_range = True
        self.gives_length = True
        self.breaks_after: list[int] = []  # bytes after which the next answers break off, one an answer
        self.hangs = threading.Event()  # set: an answer that would break off waits instead
        self.answer: Answer | None = None  # what is sent in place of HTTP
        self.shift = 0  # bytes by which what it sends begins elsewhere than asked
        self.ranges: list[str] = []  # of every request
        self.authorizations: list[str] = []
        self.sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that went away, as some do here."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, asked = self.server, self.headers.get("Range", "")
        server.ranges.append(asked)
        server.authorizations.append(self.headers.get("Authorization", ""))
        first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if server.answer is not None:
            return self.send_pieces(server.answer())
        if self.path not in server.content:
            return self.send_error(404)
        content = server.content[self.path]
        start = first + server.shift if first and server.honours_range else 0
        if start >= len(content) > 0:
            return self.send_error(416)
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if server.gives_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        if server.breaks_after:
            body = body[: server.breaks_after.pop(0)]
        server.sent += len(body)
        self.wfile.write(body)
        while server.hangs.is_set():
            time.sleep(0.01)
        return None

    def send_pieces(self, pieces: Iterable[bytes]) -> None:
        self.close_connection = True
        with suppress(ConnectionError):  # the client has seen enough
            for piece in pieces:
                self.wfile.write(piece)
        while self.server.hangs.is_set():
            time.sleep(0.01)

    def log_message(self, *arguments: object) -> None:
        """Keep the tests' output clean."""


def serve() -> Server:
    server = Server()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


def source(*servers: Server, path: str = "toy/images.gz", size: int = len(CONTENT)) -> Source:
    return Source(path, tuple(f"{server.url}/{path}" for server in servers), size, SHA256)


def fetch(toy: Source) -> None:
    obtain(toy, paths.DATA / "toy/images")


def all_files() -> dict[str, bytes]:
    """Return the content of every file below the current folder but the lock of downloads."""
    return {str(path): path.read_bytes() for path in Path().rglob("*") if path.is_file() and path.name != ".lock"}
