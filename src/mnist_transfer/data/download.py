"""Download a file over HTTP in spite of connections that break off, servers that dawdle and processes that are interrupted."""

import os
import re
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, InvalidURL
from math import inf
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from mnist_transfer.data import connection
from mnist_transfer.data.connection import HopelessError
from mnist_transfer.errors import InputError
from mnist_transfer.files import writing
from mnist_transfer.progress import track

#: How often a transfer that broke off is taken up again.
RESUMPTIONS = 3
#: Seconds for which a host that could not be reached is not asked again, so that eight files do not wait for it eight times.
UNREACHABLE_FOR = 60.0
_BUFFER = 1 << 18
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")

#: By host: until when it is not asked again, on the monotonic clock, and why.
_unreachable: dict[str, tuple[float, str]] = {}


class WrongFileError(InputError):
    """What came, or what is on its way, is not the file that was asked for."""


class _BrokenOffError(Exception):
    """A connection broke off: the server's or the network's doing, not the disk's."""


class _StalledError(_BrokenOffError):
    """It broke off because the server sent nothing more."""


@dataclass
class _Known:
    """What is known of a file: the bytes that it has at most, and what the last answer said of it."""

    most: float
    total: int = 0
    version: str = ""


def download(url: str, part: Path, most: int | None = None) -> None:
    """Download to `part`, continuing after what is there already.

    Parameters
    ----------
    url
        Begins with ``http://`` or ``https://``.
    part
        The file to write. What an interruption leaves of it is kept, for the next call to continue.
    most
        Bytes that the file has at most, if that is known.

    Raises
    ------
    WrongFileError
        The server has more bytes than that.
    InputError
        The host cannot be reached or is too slow, or was found so before; the server refuses; or the transfer breaks off
        again and again.
    OutputError
        `part` cannot be written.
    """
    host = connection.shown(url).split("/")[2].removeprefix("***@")
    until, problem = _unreachable.get(host, (0.0, ""))
    if time.monotonic() < until:
        raise InputError(problem)
    known, stalled = _Known(inf if most is None else most), False
    for attempt in range(1 + RESUMPTIONS):
        try:
            _transfer(url, part, known)
        except URLError as error:
            problem, stalled = f"{host} cannot be reached ({error.reason})", False
            if attempt == 0:
                _unreachable[host] = time.monotonic() + UNREACHABLE_FOR, problem
                break
        except HopelessError as error:
            problem, stalled = f"{host} {error}", True
            break
        except _BrokenOffError as error:
            problem, stalled = f"transfer broke off ({error})", isinstance(error, _StalledError)
        else:
            return
    if stalled:
        _unreachable[host] = inf, problem
    raise InputError(f"{problem}; what came is kept, so run this again to continue" if _size(part) else problem)


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _transfer(url: str, part: Path, known: _Known) -> None:
    """Append to `part` what the server has beyond it."""
    have = _size(part)
    if have > known.most:
        have = 0  # of something else
    headers = {"Range": f"bytes={have}-"} if have else {}
    if have and known.version:
        headers["If-Range"] = known.version
    try:
        response = connection.ask(url, headers)
    except HTTPError as error:
        if error.code == 416 and have < known.total:
            empty(part)
            raise _BrokenOffError("the server no longer has the rest of the file") from None
        if error.code == 416 and have:
            return  # nothing beyond what is there; the hash decides whether that is the file
        raise InputError(f"HTTP {error.code} {_brief(error.reason)}") from None
    except URLError:
        raise
    except (ValueError, InvalidURL) as error:
        why = "" if "@" in url else f" ({_brief(error)})"  # which may quote a password
        raise InputError(f"not a URL that can be asked for{why}") from None
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(_brief(error) or type(error).__name__) from None
    with response:
        try:
            begin = _begin(response, have, known)
        except (WrongFileError, _BrokenOffError):
            empty(part)
            raise
        _append(response, part, begin, known, Path(urlsplit(url).path).name)


def _begin(response: HTTPResponse, have: int, known: _Known) -> int:
    """Return after how many bytes of the file an answer begins, and take down what it says of the file."""
    if response.status not in (200, 203, 206):
        raise InputError(f"HTTP {response.status} {_brief(response.reason)}")
    tag = response.headers.get("ETag", "")
    version = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
    begin, total = 0, response.length or 0
    if response.status == 206:
        said = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        begin = int(said[1]) if said else -1
        total = int(said[2]) if said and said[2] != "*" else have + total
        if begin != have or known.total not in (0, total) or known.version not in ("", version):
            known.total, known.version = 0, ""
            raise _BrokenOffError("the server sent other bytes than it was asked for, or of a file that has changed")
    if total > known.most:
        raise WrongFileError(f"{total:,} bytes, which is more than the file can have")
    known.total, known.version = total, version
    return begin


def _append(response: HTTPResponse, part: Path, begin: int, known: _Known, name: str) -> None:
    have = begin
    with writing(part), part.open("ab" if begin else "wb") as stream, track(name, known.total, "bytes") as advance:
        advance(begin, True)
        while content := _read(response, anything=have > begin):
            have += len(content)
            if have > known.most:
                stream.truncate(0)
                raise WrongFileError(f"more than the {known.most:,.0f} bytes that the file can have")
            stream.write(content)
            advance(len(content), False)
    if have < known.total:
        raise _BrokenOffError(f"{have:,} of {known.total:,} bytes came")


def _read(response: HTTPResponse, *, anything: bool) -> bytes:
    """Return what is there, rather than wait for a full buffer: less is lost at an interruption."""
    try:
        return response.read1(_BUFFER)
    except TimeoutError as error:
        if not anything:
            raise connection.silent() from None
        raise _StalledError(_brief(error)) from None
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(_brief(error) or type(error).__name__) from None


def empty(part: Path) -> None:
    """Drop what is in a part, but not the part: it may be claimed."""
    if part.is_file():
        with writing(part):
            os.truncate(part, 0)


def _brief(said: object) -> str:
    """Return what a server or a library said, cut to what fits into a line."""
    return " ".join(str(said).split())[:100]
