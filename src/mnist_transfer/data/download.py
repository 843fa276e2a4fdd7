"""Get a file from the first place that has it: resumed where a transfer broke off, and verified before it counts."""

import gzip
import hashlib
import os
import re
import time
import zlib
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import requests
from filelock import FileLock
from urllib3.exceptions import HTTPError, ProtocolError

from mnist_transfer import files, paths
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source, digest
from mnist_transfer.errors import InputError
from mnist_transfer.files import OutputError
from mnist_transfer.progress import console, track

#: Seconds to wait for a connection, and for a server that sends nothing.
TIMEOUT = (5.0, 10.0)
#: Bytes a second; a server that sends less for so many seconds is left.
SLOWEST, PATIENCE = 1000, 30.0
#: How often a host is asked again that gives no answer or breaks off, and by how many seconds longer it is waited each time.
RETRIES, PAUSE = 3, 0.3
_BUFFER = 1 << 18

#: Name and password in a place, also as a careless user may write them: with a slash or an @, or without a scheme.
_SECRETS = re.compile(r"^(?:(\w+://)(?:[^/@:]*:.*|[^/?#]*)|[^/@:]+:.*)@", re.DOTALL)
#: By host, what was wrong with it: it is not asked for the next file, so that eight files do not wait for it eight times.
_useless: dict[str, str] = {}


class SourceError(InputError):
    """No place had a file; `problems` says of each place what was wrong there."""

    def __init__(self, path: str, problems: list[str]) -> None:
        tried = "; ".join(problems) or "nothing, as no place is known"
        super().__init__(f"{path} could not be had. Tried {tried}. {advice(path)}")
        self.problems = problems


class WrongFileError(InputError):
    """What came, or what is on its way, is not the file that was asked for."""


class _SlowError(Exception):
    """A server sends too little."""


def advice(path: str) -> str:
    """Tell a user who lacks a file what to do."""
    return f"Connect to the network, or set {MIRROR_VARIABLE} to a folder or URL that has {path}; `make demo` needs neither"


def shown(place: str) -> str:
    """Return a place as it may be printed: without name and password."""
    return _SECRETS.sub(r"\1***@", place)


def obtain(source: Source, target: Path) -> None:
    """Put a file, verified and decompressed, at `target`, unless it is there; no place that has it is a `SourceError`."""
    lock = paths.DOWNLOADS / ".lock"
    with files.writing(lock):
        held = FileLock(lock).acquire()
    with held:
        for stopped in target.parent.glob(f".{target.name}.*.tmp"):  # by a fetch that was killed while it wrote
            stopped.unlink()
        if source.is_at(target):
            console.print(f"{target}: there and verified")
            return
        problems = []
        for place in source.places:
            try:
                _obtain_from(place, source, target)
            except OutputError:  # another place is of no help
                raise
            except InputError as error:
                problems.append(f"{shown(place)}: {error}")
            else:
                console.print(f"{target}: fetched from {shown(place)} and verified")
                return
        if target.is_file():
            algorithm, expected = source.hash
            problems.append(f"{target}: damaged, as its {algorithm} is {digest(target, algorithm)}, not {expected}")
    raise SourceError(source.path, problems)


def _obtain_from(place: str, source: Source, target: Path) -> None:
    if not place.lower().startswith(("http://", "https://")):
        _unpack(Path(place), source, target)
        return
    part = paths.DOWNLOADS / f"{source.path}.{hashlib.sha256(place.encode()).hexdigest()[:8]}.part"
    for last in (False, True):
        try:
            download(place, part, source.most)
            _unpack(part, source, target)
            break
        except WrongFileError:  # it may be of two versions of the file, or damaged on its way: once more, from the start
            part.unlink(missing_ok=True)
            if last:
                raise
    for done in part.parent.glob(f"{Path(source.path).name}.*.part"):
        done.unlink()


def _unpack(packed: Path, source: Source, target: Path) -> None:
    """Copy or decompress a file to `target` if it is the right one."""
    algorithm, expected = source.hash
    content = hashlib.new(algorithm)
    with _opened(packed) as stream, files.whole_file(target) as temporary, temporary.open("wb") as written:
        unpacked = _gunzipped(stream) if source.path.endswith(".gz") else stream
        try:
            while block := unpacked.read(_BUFFER):
                content.update(block)
                written.write(block)
                if written.tell() > source.size:
                    raise WrongFileError(f"more than the {source.size:,} bytes that the file has")
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise WrongFileError(f"damaged gzip ({error})") from None
        if (found := content.hexdigest()) != expected:
            raise WrongFileError(f"wrong {algorithm} {found}, expected {expected}")


def _opened(path: Path) -> BinaryIO:
    try:
        if path.exists() and not path.is_file():  # a pipe would keep us waiting
            raise InputError("not a file")
        return path.open("rb")
    except OSError as error:
        raise InputError(str(error.strerror)) from None


def _gunzipped(stream: BinaryIO) -> BinaryIO:
    head = stream.read(64)
    stream.seek(0)
    if head[:2] != b"\x1f\x8b":
        page = b"<html" in head.lower() or b"<!doctype" in head.lower()
        raise WrongFileError("a web page, not gzip" if page else f"not gzip (begins with {head[:8]!r})")
    return gzip.open(stream)  # type: ignore[return-value]


def download(url: str, part: Path, most: int) -> None:
    """Download at most so many bytes to `part`, continuing after what an interruption left of it.

    A name and a password in the URL are not sent to where the host redirects to.
    """
    host = shown(url).split("/")[2].removeprefix("***@")
    if host in _useless:
        raise InputError(_useless[host])
    problem = ""
    for attempt in range(1 + RETRIES):
        time.sleep(PAUSE * attempt)
        have = _size(part)
        headers = {"Range": f"bytes={have}-"} if have else {}
        headers |= {"Accept-Encoding": "identity"}  # else some servers call a .gz an encoding of what is in it
        try:
            # requests itself looks for the first two, unless it is given a file.
            own = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
            trusted = True if own else os.environ.get("SSL_CERT_FILE") or True
            options: Any = {"stream": True, "verify": trusted, "hooks": {"response": _cut}}
            with requests.get(url, headers=headers, timeout=TIMEOUT, **options) as response:
                _check(response, part, have)
                _append(response, part, have if response.status_code == 206 else 0, most)
            return
        except (requests.ConnectionError, requests.Timeout) as error:
            problem = f"{host} gives no answer ({_reason(error)})"
        except (requests.RequestException, ValueError, OSError) as error:  # the last of certificates that are no file
            why = "" if "@" in url else f" ({_reason(error)})"  # which may quote a password
            raise InputError(f"cannot be asked for{why}") from None
        except HTTPError as error:
            problem = f"{host} broke off ({_reason(error)})"
        except _SlowError:
            problem = f"{host} sends less than {SLOWEST:,} bytes a second"
            break
    _useless[host] = problem
    raise InputError(f"{problem}; what came is kept, so run this again to continue" if _size(part) else problem)


def _cut(response: requests.Response, **_: object) -> None:
    """Do not read what comes with a redirect, which may have no end."""
    if response.is_redirect:
        response.close()


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _check(response: requests.Response, part: Path, have: int) -> None:
    """Refuse an answer that has no bytes of the file or others than those that follow."""
    elsewhere = not response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
    if (response.status_code == 416 and have) or (response.status_code == 206 and elsewhere):
        part.unlink(missing_ok=True)
        raise ProtocolError("it sent other bytes than it was asked for")
    if response.status_code not in (200, 203, 206):
        raise InputError(f"HTTP {response.status_code} {_brief(response.reason)}")


def _append(response: requests.Response, part: Path, have: int, most: int) -> None:
    length = response.raw.length_remaining or 0
    begun, came = time.monotonic(), 0
    total, name = have + length if length else 0, Path(urlsplit(response.url).path).name
    with files.writing(part), part.open("ab" if have else "wb") as stream, track(name, total, "bytes") as advance:
        advance(have, True)
        while block := response.raw.read1(_BUFFER, decode_content=False):  # does not wait for a full buffer: less can be lost
            stream.write(block)
            have, came = have + len(block), came + len(block)
            if have > most:
                raise WrongFileError(f"more than the {most:,} bytes that the file can have")
            advance(len(block), False)
            if (seconds := time.monotonic() - begun) > PATIENCE:
                if came < SLOWEST * seconds:
                    raise _SlowError
                begun, came = time.monotonic(), 0


def _reason(error: BaseException) -> str:
    """Return what an error, around which libraries have wrapped others, was at first."""
    while isinstance(inner := error.__cause__ or error.__context__ or (error.args or ("",))[-1], BaseException):
        error = inner
    return _brief(error) or type(error).__name__


def _brief(said: object) -> str:
    """Return what a server or a library said, cut to what fits into a line."""
    return " ".join(str(said).split())[:100]
