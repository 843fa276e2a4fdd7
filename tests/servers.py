"""An HTTP server on this machine that behaves, or misbehaves, as a test says."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: All that a server sends, in pieces, whatever it is asked for.
Answer = Callable[[], Iterable[bytes]]


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
        if server.answer is not None:
            self.close_connection = True
            with suppress(ConnectionError):  # the client has seen enough
                for piece in server.answer():
                    self.wfile.write(piece)
        elif self.path not in server.content:
            self.send_error(404)
        else:
            self.send_content(server.content[self.path], int(asked.removeprefix("bytes=").removesuffix("-") or 0))
        while server.hangs.is_set():
            time.sleep(0.01)

    def send_content(self, content: bytes, first: int) -> None:
        server = self.server
        start = first + server.shift if first and server.honours_range else 0
        if start >= len(content) > 0:
            self.send_error(416)
            return
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

    def log_message(self, *arguments: object) -> None:
        """Keep the tests' output clean."""


def serve() -> Server:
    server = Server()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server
