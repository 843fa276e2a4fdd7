"""What a server may send instead of what it was asked for, and whether a client can still get the file from it."""

import gzip
import itertools
import time
from collections.abc import Callable, Iterable, Iterator

from tests.servers import NO_ANSWERS, PAGE, Answer, always

#: Far more than any file that is asked for, and seconds that are longer than the patience of who asks.
MUCH, LONG = 50_000_000, 5.0


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


def with_length(length: object, surplus: bytes = b"") -> Answer:
    return lambda content, _: [head("200 OK", f"Content-Length: {length}"), content + surplus]


def instead(change: Callable[[bytes], bytes]) -> Answer:
    """Send something else as if it were the file."""
    return lambda content, _: [body(change(content))]


def endless(begin: bytes, piece: bytes) -> Answer:
    return lambda *_: itertools.chain([begin], itertools.repeat(piece, MUCH // len(piece)), forever(piece))


def forever(piece: bytes) -> Iterator[bytes]:
    while True:
        time.sleep(0.001)
        yield piece


def stuck(after: int) -> Answer:
    def answer(content: bytes, start: int) -> Iterator[bytes]:
        yield rest(content, start)[:after]
        time.sleep(LONG)

    return answer


def reset(after: int) -> Answer:
    def answer(content: bytes, start: int) -> Iterator[bytes]:
        yield rest(content, start)[:after]
        time.sleep(0.1)  # else what was sent may be lost with the connection
        raise ConnectionResetError

    return answer


def chunked(end: bytes) -> Answer:
    """Send half the file as one chunk, and then an end."""

    def answer(content: bytes, start: int) -> Iterable[bytes]:
        half = content[: len(content) // 2]
        yield head("200 OK", "Transfer-Encoding: chunked") + f"{len(half):x}\r\n".encode() + half + end

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


def partial_content(place: str, shift: int = 0, *lines: str) -> Answer:
    """Answer 206 with a Content-Range, in which {start}, {wrong}, {last} and {size} may stand, and bytes `shift` beyond."""

    def answer(content: bytes, start: int) -> Iterable[bytes]:
        said = place.format(start=start, wrong=start + shift, last=len(content) - 1, size=len(content))
        sent = content[start + shift :]
        yield head("206 Partial Content", f"Content-Length: {len(sent)}", *([said] if said else []), *lines) + sent

    return answer


def redirect(location: str, code: int = 301) -> Answer:
    return status(f"{code} Moved", f"Location: {location}")


def chain(content: bytes, start: int) -> Iterable[bytes]:
    return [head("302 Found", f"Location: /{time.monotonic_ns()}", "Content-Length: 0")]


BOMB = gzip.compress(bytes(MUCH))

#: A client is refused, whatever it tries.
REFUSED: dict[str, Answer] = {
    **{f"{name}, always": always(sent) for name, (sent, _) in NO_ANSWERS.items()},
    "status 401 with a challenge": status("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"'),
    "status 403": status("403 Forbidden"),
    "status 404": status("404 Not Found"),
    "status 416 at the start": status("416 Range Not Satisfiable"),
    "status 429 that asks to wait": status("429 Too Many Requests", "Retry-After: 86400"),
    "status 500": status("500 Internal Server Error"),
    "status 503": status("503 Service Unavailable", "Retry-After: 86400"),
    "status 304": status("304 Not Modified"),
    "endless status 100": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "a reason of 60,000 characters": status(f"403 {'x' * 60_000}"),
    "an endless status line": endless(b"HTTP/1.1 200 ", b"x" * 1000),
    "a status line of HTTP/9.9": always(b"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "a 301 to itself": lambda *_: [head("301 Moved", "Location: ?", "Content-Length: 0")],
    "an endless chain of redirects": chain,
    "a redirect with a body without end": endless(head("302 Found", "Location: /x"), bytes(10_000)),
    "a redirect to a file": redirect("file:///etc/passwd"),
    "a redirect without a place": status("302 Found"),
    "a redirect to a closed port": redirect("http://127.0.0.1:1/x", 302),
    "a redirect to control characters": redirect("http://127.0.0.1/\x1b[31m\x00 \x7f", 302),
    "a header of 100,000 bytes": status("200 OK", f"X-Filler: {'x' * 100_000}"),
    "a thousand headers": status("200 OK", *["X-Filler: x"] * 1000),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-Filler: x\r\n" * 50),
    "silence": stuck(0),
    "silence within the status line": stuck(10),
    "silence at the start of the body": lambda content, start: stuck(len(rest(content, start)) - len(content))(content, start),
    "silence in the middle": stuck(2000),
    "headers that trickle": always(head("200 OK", *["X-Filler: x"] * 90), 0.005),
    "a body that trickles": always(head("200 OK", "Content-Length: 9999") + bytes(5000), 0.005),
    "a reset at the start": reset(0),
    "a reset within the headers": reset(30),
    "a reset in the middle": lambda content, _: reset(2000)(content, 0),
    "half the file, always": lambda content, _: [rest(content, 0)[: -len(content) // 2]],
    "a body without end or length": endless(head("200 OK"), bytes(10_000)),
    "an endless gzip": endless(head("200 OK"), BOMB[:10_000]),
    "endless chunks": endless(head("200 OK", "Transfer-Encoding: chunked"), b"1\r\nx\r\n" * 1000),
    "a chunk cut short": chunked(b"\r\nffff\r\nxx"),
    "chunks without an end": chunked(b"\r\n"),
    "a chunk of no size": chunked(b"\r\nnonsense\r\nxx"),
    "a chunk of a negative size": chunked(b"\r\n-5\r\nxxxxx"),
    "a chunk of a gigantic size": chunked(b"\r\nffffffffffffffffffff\r\nxx"),
    "an endless chunk's line": endless(head("200 OK", "Transfer-Encoding: chunked"), b"0" * 1000),
    "an endless trailer": endless(head("200 OK", "Transfer-Encoding: chunked") + b"0\r\n", b"X-Filler: x\r\n" * 50),
    "a Content-Length that is too small": with_length(1000),
    "a Content-Length that is too large": with_length(50_000),
    "a Content-Length of terabytes": with_length(1 << 50),
    "a file with surplus bytes": lambda content, _: [body(content + b"surplus")],
    "a 206 that nobody asked for, of other bytes": partial_content("Content-Range: bytes 1000-{last}/{size}", 1000),
    "a 206 that nobody asked for, of unknown bytes": partial_content(""),
    "a gzip bomb": lambda *_: [body(BOMB)],
    "a truncated gzip": instead(lambda content: content[:-100]),
    "a gzip of the right size and other bytes": instead(lambda content: gzip.compress(gzip.decompress(content)[::-1], mtime=0)),
    "a gzip with a wrong checksum": instead(lambda content: content[:-8] + bytes(4) + content[-4:]),
    "a gzip with an endless name": endless(head("200 OK") + b"\x1f\x8b\x08\x08" + bytes(6), b"x" * 1000),
    "a gzip in a gzip": instead(gzip.compress),
    "bytes of the right size that are no gzip": instead(lambda content: b"\0" * len(content)),
    "the file unpacked": instead(gzip.decompress),
    "a web page": instead(lambda _: PAGE),
    "an empty file": instead(lambda _: b""),
}

#: A client that tries again, or does not mind, gets the file.
RECOVERED: dict[str, Answer] = {
    "a body with bytes beyond its length": lambda content, start: [rest(content, start), b"surplus" * 1000],
    "no length": lambda content, _: [head("200 OK"), content],
    "a length that is no number": with_length("many"),
    "a negative length": with_length(-5),
    "zeros behind the gzip": instead(lambda content: content + bytes(100)),
    "a break in the middle, then the rest": after_a_break(lambda content, start: [rest(content, start)]),
    "a break in the middle, then 200 and all": after_a_break(lambda content, _: [rest(content, 0)]),
    "status 416 for the rest": after_a_break(status("416 Range Not Satisfiable")),
    "a 206 from a wrong offset": after_a_break(partial_content("Content-Range: bytes {wrong}-{last}/{size}", 100)),
    "a 206 from an earlier offset": after_a_break(partial_content("Content-Range: bytes {wrong}-{last}/{size}", -100)),
    "a 206 without Content-Range": after_a_break(partial_content("")),
    "a Content-Range that is none": after_a_break(partial_content("Content-Range: pages 1-2/3")),
    "a Content-Range of another size": after_a_break(partial_content("Content-Range: bytes {start}-{last}/99999")),
    "a Content-Range of a gigantic number": after_a_break(
        partial_content(f"Content-Range: bytes {'9' * 5000}-{{last}}/{{size}}")
    ),
    "another ETag for the rest": after_a_break(
        partial_content("Content-Range: bytes {start}-{last}/{size}", 0, 'ETag: "new"'), 'ETag: "old"'
    ),
}
