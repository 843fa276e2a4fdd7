"""Download a file over HTTP in spite of connections that break off and processes that are interrupted."""

import time
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse, InvalidURL
from pathlib import Path
from urllib.parse import urlsplit

from mnist_transfer.errors import InputError
from mnist_transfer.files import writing
from mnist_transfer.progress import track

#: Seconds to wait for a server to connect or to send something.
TIMEOUT = 10.0
#: How often a transfer that broke off is taken up again.
RESUMPTIONS = 3
#: Seconds for which a host that could not be reached is not asked again, so that eight files do not wait for it eight times.
UNREACHABLE_FOR = 60.0
_BUFFER = 1 << 18

#: By host: until when it is not asked again, on the monotonic clock, and why.
_unreachable: dict[str, tuple[float, str]] = {}


class _BrokenOffError(Exception):
    """A connection broke off: the server's or the network's doing, not the disk's."""


def download(url: str, part: Path) -> None:
    """Download to `part`, continuing after what is there already.

    Parameters
    ----------
    url
        Begins with ``http://`` or ``https://``.
    part
        The file to write. What an interruption leaves of it is kept, for the next call to continue.

    Raises
    ------
    InputError
        The host cannot be reached, or was found unreachable a moment ago; the server refuses; or the transfer breaks off
        again and again.
    OutputError
        `part` cannot be written.
    """
    host = url.split("/")[2]
    until, problem = _unreachable.get(host, (0.0, ""))
    if time.monotonic() < until:
        raise InputError(problem)
    for attempt in range(1 + RESUMPTIONS):
        try:
            _transfer(url, part)
        except urllib.error.URLError as error:
            problem = f"{host} cannot be reached ({error.reason})"
            if attempt == 0:
                _unreachable[host] = time.monotonic() + UNREACHABLE_FOR, problem
                raise InputError(problem) from None
        except _BrokenOffError as error:
            problem = f"transfer broke off ({error})"
        else:
            return
    raise InputError(f"{problem}; what came is kept, so run this again to continue")


def _transfer(url: str, part: Path) -> None:
    """Append to `part` what the server has beyond it."""
    have = part.stat().st_size if part.is_file() else 0
    try:
        request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
        response: HTTPResponse = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:
            return  # nothing beyond what is there; the hash decides whether that is the file
        raise InputError(f"HTTP {error.code} {error.reason}") from None
    except urllib.error.URLError:
        raise
    except (ValueError, InvalidURL) as error:
        raise InputError(f"not a URL that can be asked for ({error})") from None
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(str(error) or type(error).__name__) from None
    have = have if response.status == 206 else 0
    length = response.length or 0  # of what is to come; 0 if the server does not say
    with (
        response,
        writing(part),
        part.open("ab" if have else "wb") as stream,
        track(Path(urlsplit(url).path).name, have + length if length else 0, "bytes") as advance,
    ):
        advance(have, True)
        received = 0
        while content := _read(response):
            stream.write(content)
            received += len(content)
            advance(len(content), False)
    if received < length:
        raise _BrokenOffError(f"{received:,} of {length:,} bytes came")


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read1(_BUFFER)  # what is there, rather than waiting for a full buffer: less is lost at an interruption
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(str(error) or type(error).__name__) from None
