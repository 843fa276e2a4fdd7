"""Ask a server for a URL: HTTP and nothing else, names and passwords for that host alone, and no patience with dawdlers."""

import base64
import functools
import io
import re
import time
import urllib.request
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import unquote

#: Seconds to wait for a server to connect or to send something.
TIMEOUT = 10.0
#: Bytes a second; a server that sends less for so many seconds is left.
SLOWEST, PATIENCE = 1000.0, 30.0
#: Bytes of headers, or around a piece of a body; of a server that sends more there is no end to be expected.
MOST_AROUND = 1 << 20

#: Name and password as they stand in a URL.
_CREDENTIALS = re.compile(r"^(\w+://)([^/?#]*)@")
#: The same as a careless user may write them, with a slash or an @ in the password, or without a scheme.
_SECRETS = re.compile(r"^(?:(\w+://)(?:[^/@:]*:.*|[^/?#]*)|[^/@:]+:.*)@", re.DOTALL)


class HopelessError(Exception):
    """The server is such that asking it for another file is of no use."""


def shown(place: str) -> str:
    """Return a place as it may be printed: without name and password."""
    return _SECRETS.sub(r"\1***@", place)


def ask(url: str, headers: Mapping[str, str]) -> HTTPResponse:
    """Return a server's answer, whose body is still to be read.

    Parameters
    ----------
    url
        Begins with ``http://`` or ``https://``; a name and password in it are not sent to where the host redirects to.
    headers
        Those to send beside the usual ones.

    Raises
    ------
    ValueError, InvalidURL
        Not a URL that can be asked for.
    URLError
        The server cannot be reached or, as `HTTPError`, refuses.
    HopelessError
        It says nothing, or hardly anything; reading the body may raise this too.
    OSError, HTTPException
        What it says is not HTTP, or breaks off.
    """
    request = urllib.request.Request(_CREDENTIALS.sub(r"\1", url), headers=dict(headers))  # noqa: S310  HTTP alone
    if credentials := _CREDENTIALS.match(url):
        token = base64.b64encode(unquote(credentials[2]).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {token}")
    try:
        response: HTTPResponse = _opener().open(request, timeout=TIMEOUT)
    except TimeoutError:
        raise silent() from None
    return response


def silent() -> HopelessError:
    """Return the error for a server that sends nothing."""
    return HopelessError(f"sends nothing (waited {TIMEOUT:g} s)")


class _Paced(io.RawIOBase):
    """What comes through a connection, as long as it comes fast enough."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._waited, self._came = 0.0, 0
        self._left = MOST_AROUND
        self.in_body = False

    def expect(self, size: int) -> None:
        """Let through so many bytes, and what may stand around them: http.client itself reads headers and trailers for ever."""
        self._left = size + MOST_AROUND

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        begun = time.monotonic()
        count: int | None = self._raw.readinto(buffer)
        self._waited += time.monotonic() - begun  # for the server, not for our own disk
        self._came += (count or 0) if self.in_body else 0
        self._left -= count or 0
        if self._left < 0:
            raise HopelessError(f"sends more than {MOST_AROUND:,} bytes that are no content")
        if self._waited >= PATIENCE:
            if self._came < SLOWEST * self._waited:
                raise HopelessError(f"sends less than {SLOWEST:,.0f} bytes a second (for {PATIENCE:g} s)")
            self._waited, self._came = 0.0, 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        reader: Any = self.fp  # that HTTPResponse made for its socket
        self._paced = _Paced(reader.detach())
        self.fp = io.BufferedReader(self._paced)

    def begin(self) -> None:
        super().begin()
        self._paced.in_body = True

    def read1(self, n: int = -1) -> bytes:
        self._paced.expect(max(n, 0))
        return super().read1(n)


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Handler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_Connection, req)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        context: Any = vars(self)["_context"]
        return self.do_open(_SecureConnection, req, context=context)


@functools.cache
def _opener() -> urllib.request.OpenerDirector:
    """Return what opens HTTP and nothing else that a server might redirect us to."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        _Handler,
        _SecureHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener
