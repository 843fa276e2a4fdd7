"""Get a file from the first place that has it: resumed where a transfer broke off, and verified before it counts."""

import functools
import gzip
import hashlib
import re
import stat
import time
import zlib
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
from filelock import FileLock
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from mnist_transfer import files, paths
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source, digest
from mnist_transfer.errors import InputError
from mnist_transfer.files import OutputError
from mnist_transfer.progress import console, track

#: Seconds to wait for a connection, and for a server that sends nothing.
TIMEOUT = (5.0, 10.0)
#: Bytes a second; a server that sends less for so many seconds is left.
SLOWEST, PATIENCE = 1000, 30.0
#: How often a host is asked again that cannot be reached, and a transfer taken up again that broke off.
RETRIES, RESUMPTIONS = 2, 3
_BUFFER = 1 << 18

#: Name and password in a place, also as a careless user may write them: with a slash or an @, or without a scheme.
_SECRETS = re.compile(r"^(?:(\w+://)(?:[^/@:]*:.*|[^/?#]*)|[^/@:]+:.*)@", re.DOTALL)
#: By host, what was wrong with it: it is not asked for the next file, so that eight files do not wait for it eight times.
_unreachable: dict[str, str] = {}


class SourceError(InputError):
    """No place had a file; `problems` says of each place what was wrong there."""

    def __init__(self, path: str, problems: list[str]) -> None:
        tried = "; ".join(problems) or "nothing, as no place is known"
        super().__init__(f"{path} could not be had. Tried {tried}. {advice(path)}")
        self.problems = problems


class WrongFileError(InputError):
    """What came, or what is on its way, is not the file that was asked for."""


class _BrokenOffError(Exception):
    """A transfer broke off: the server's or the network's doing, not the disk's."""


class _HopelessError(Exception):
    """The server is such that asking it again is of no use."""


def advice(path: str) -> str:
    """Tell a user who lacks a file what to do."""
    return f"Connect to the network, or set {MIRROR_VARIABLE} to a folder or URL that has {path}; `make demo` needs neither"


def shown(place: str) -> str:
    """Return a place as it may be printed: without name and password."""
    return _SECRETS.sub(r"\1***@", place)


def obtain(source: Source, target: Path) -> None:
    """Get one file from the first place that has it, verify it, and put it at `target`; a sound one that is there is kept.

    Parameters
    ----------
    source
        Where it can be had and how to know it; what ends in ``.gz`` is decompressed.
    target
        Where it goes.

    Raises
    ------
    SourceError
        No place had it, or what they had was not it.
    OutputError
        There is no place to put it.
    """
    lock = paths.DOWNLOADS / ".lock"
    with files.writing(lock):
        held = FileLock(lock).acquire()
    with held:
        if source.is_at(target):
            console.print(f"{target}: there and verified")
            return
        problems = []
        for place in source.places:
            try:
                _obtain_from(place, source, target)
            except OutputError:
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
    pieced = part.is_file()
    while True:
        try:
            pieced = download(place, part, source.most)
            _unpack(part, source, target)
            break
        except WrongFileError:
            part.unlink(missing_ok=True)
            if not pieced:
                raise
            pieced = False  # it may be of two versions of the file: once more, from the start
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
    """Open a file; a pipe, which would keep us waiting, is none."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
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


def download(url: str, part: Path, most: int) -> bool:
    """Download to `part`, continuing after what is there already.

    Parameters
    ----------
    url
        Begins with ``http://`` or ``https://``; a name and password in it are not sent to where the host redirects to.
    part
        The file to write. What an interruption leaves of it is kept, for the next call to continue.
    most
        Bytes that the file has at most.

    Returns
    -------
    bool
        Whether the file is put together from more than one answer.

    Raises
    ------
    WrongFileError
        The server has more bytes than that.
    InputError
        The server refuses, cannot be reached, is too slow, or breaks off again and again; or one of these was found before.
    OutputError
        `part` cannot be written.
    """
    host = shown(url).split("/")[2].removeprefix("***@")
    if host in _unreachable:
        raise InputError(_unreachable[host])
    version: dict[str, str] = {}
    pieced = False
    problem = ""
    for _ in range(1 + RESUMPTIONS):
        pieced |= _size(part) > 0
        try:
            _transfer(url, part, most, version)
            return pieced
        except _BrokenOffError as error:
            problem = f"{host} broke off ({error})"
        except _HopelessError as error:
            problem = f"{host} {error}"
            break
    _unreachable[host] = problem
    raise InputError(f"{problem}; what came is kept, so run this again to continue" if _size(part) else problem)


def _size(part: Path) -> int:
    return part.stat().st_size if part.is_file() else 0


def _transfer(url: str, part: Path, most: int, version: dict[str, str]) -> None:
    """Append to `part` what the server has beyond it, and take down in `version` of which version of the file that is."""
    have = _size(part)
    headers = {"Range": f"bytes={have}-"} | version if have else {}
    with _ask(url, headers) as response:
        elsewhere = not response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if (response.status_code == 416 and have) or (response.status_code == 206 and elsewhere):
            part.unlink(missing_ok=True)
            raise _BrokenOffError("it sent other bytes than it was asked for")
        if response.status_code not in (200, 203, 206):
            raise InputError(f"HTTP {response.status_code} {_brief(response.reason)}")
        tag = response.headers.get("ETag", "")
        known = tag if tag.startswith('"') else response.headers.get("Last-Modified")
        version |= {"If-Range": known} if known else {}
        _append(response, part, have if response.status_code == 206 else 0, most, Path(urlsplit(url).path).name)


def _ask(url: str, headers: dict[str, str]) -> requests.Response:
    """Return a server's answer, whose body is still to be read."""
    try:
        return _session().get(url, headers=headers, stream=True, timeout=TIMEOUT)
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _HopelessError(f"gives no answer ({_reason(error)})") from None
    except (requests.RequestException, HTTPError, ValueError) as error:
        why = "" if "@" in url else f" ({_reason(error)})"  # which may quote a password
        raise InputError(f"cannot be asked for{why}") from None


@functools.cache
def _session() -> requests.Session:
    session = requests.Session()
    session.max_redirects = 5
    session.headers["Accept-Encoding"] = "identity"  # else some servers call a .gz an encoding of what is in it
    adapter = HTTPAdapter(max_retries=Retry(RETRIES, backoff_factor=0.5, respect_retry_after_header=False))
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session


def _append(response: requests.Response, part: Path, have: int, most: int, name: str) -> None:
    length = response.raw.length_remaining or 0
    if have + length > most:
        raise WrongFileError(f"{have + length:,} bytes, which is more than the file can have")
    begun, came = time.monotonic(), 0
    total = have + length if length else 0
    with files.writing(part), part.open("ab" if have else "wb") as stream, track(name, total, "bytes") as advance:
        advance(have, True)
        while block := _read(response):
            stream.write(block)
            have, came = have + len(block), came + len(block)
            if have > most:
                raise WrongFileError(f"more than the {most:,} bytes that the file can have")
            advance(len(block), False)
            if (seconds := time.monotonic() - begun) > PATIENCE:
                if came < SLOWEST * seconds:
                    raise _HopelessError(f"sends less than {SLOWEST:,} bytes a second")
                begun, came = time.monotonic(), 0


def _read(response: requests.Response) -> bytes:
    """Return what is there, rather than wait for a full buffer: less is lost at an interruption."""
    try:
        block: bytes = response.raw.read1(_BUFFER, decode_content=False)
        return block
    except HTTPError as error:
        raise _BrokenOffError(_reason(error)) from None


def _reason(error: BaseException) -> str:
    """Return what an error, around which libraries have wrapped others, was at first."""
    while isinstance(inner := error.__cause__ or error.__context__ or (error.args or ("",))[-1], BaseException):
        error = inner
    return _brief(error) or type(error).__name__


def _brief(said: object) -> str:
    """Return what a server or a library said, cut to what fits into a line."""
    return " ".join(str(said).split())[:100]
