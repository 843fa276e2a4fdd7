"""Where the raw files come from, and how they are fetched: mirror first, then the public places, always verified."""

import gzip
import hashlib
import os
import shutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mnist_transfer import files, paths
from mnist_transfer.data import connection
from mnist_transfer.data.download import WrongFileError, download, empty
from mnist_transfer.errors import InputError
from mnist_transfer.files import OutputError
from mnist_transfer.progress import console

#: Names a folder or base URL that is tried before the public places.
MIRROR_VARIABLE = "MNIST_TRANSFER_MIRROR"
_BUFFER = 1 << 18

_FASHION = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
_MNIST = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"

#: Makes the second file, the target, from the first, which was transferred.
Unpack = Callable[[Path, Path], object]


@dataclass(frozen=True)
class Source:
    """One file, where it can be had, and how to know it.

    Attributes
    ----------
    path
        Where a mirror keeps it.
    urls
        Public places, in the order in which they are tried.
    sha256
        Of what counts: the decompressed bytes for ``.gz`` (containers differ between hosts), else the file's own.
    md5
        Of the file as its authors publish it; checked when there is no `sha256`.
    size
        Bytes of what counts, if that is known.
    """

    path: str
    urls: tuple[str, ...] = ()
    sha256: str = ""
    md5: str = ""
    size: int | None = None

    @property
    def most(self) -> int | None:
        """Bytes that a place can have of it: gzip makes what it cannot shorten longer by less than a hundredth and a header."""
        return None if self.size is None else self.size + self.size // 100 + 10_000


#: Bytes of the four files of a dataset, which are as large in one as in the other.
_SIZES = {
    "train-images-idx3-ubyte": 47_040_016,
    "train-labels-idx1-ubyte": 60_008,
    "t10k-images-idx3-ubyte": 7_840_016,
    "t10k-labels-idx1-ubyte": 10_008,
}


def _dataset(name: str, bases: tuple[str, ...], hashes: dict[str, str]) -> dict[str, Source]:
    return {
        file: Source(f"{name}/{file}.gz", tuple(f"{base}{file}.gz" for base in bases), sha256=sha256, size=_SIZES[file])
        for file, sha256 in hashes.items()
    }


#: By dataset, then by the name of the IDX file. The decompressed bytes are those whose official containers have the md5 that
#: torchvision and the datasets' authors publish.
DATASETS: dict[str, dict[str, Source]] = {
    "fashion_mnist": _dataset(
        "fashion_mnist",
        _FASHION,
        {
            "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
    ),
    "mnist": _dataset(
        "mnist",
        _MNIST,
        {
            "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    ),
}

#: Official ImageNet weights without the classifying top, by architecture: Keras' conversion of the Oxford weights (CC BY 4.0).
WEIGHTS: dict[str, Source] = {
    "VGG16": Source(
        "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        (f"{_KERAS}vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",),
        md5="6d6bbae143d832006294945121d1f1fc",
        size=58_889_256,
    ),
}

#: The same tensors as a mirror may keep them, in several safetensors files.
WEIGHT_PARTS: dict[str, tuple[Source, ...]] = {
    "VGG16": tuple(
        Source(f"vgg16/block{block}.safetensors", sha256=sha256, size=size)
        for block, size, sha256 in (
            (1, 155_208, "68c09a3e756f91d3e8b80f08b083601637e40d1176732181bab953ef75228f4a"),
            (2, 886_104, "1739bb431715b5a1ab423e70e4299bd9fefcd4b880d43af80a30453c1bba625a"),
            (3, 5_901_840, "dfbafad07284641109091b27056cc7607e4d2a3c1bdfce995a1dabd31c8fe144"),
            (4, 23_599_640, "c9d87df123968fff5bad40e990ceffaa0ba3c8812d6172f2803d8950b08478f9"),
            (5, 28_318_232, "b0fd99517f5195f1e64fe5908a8ebc7d8976df17a7ddd3a269c294d8bba01a5c"),
        )
    ),
}


class SourceError(InputError):
    """No place had a file.

    Attributes
    ----------
    problems
        Each place with what was wrong there.
    """

    def __init__(self, path: str, problems: list[str]) -> None:
        super().__init__(
            f"{path} could not be had. Tried {'; '.join(problems) or 'nothing, as no place is known'}. {advice(path)}"
        )
        self.problems = problems


def advice(path: str) -> str:
    """Tell a user who lacks a file what to do."""
    return f"Connect to the network, or set {MIRROR_VARIABLE} to a folder or URL that has {path}; `make demo` needs neither"


def obtain(source: Source, target: Path, unpack: Unpack = shutil.copyfile) -> None:
    """Get one file from the first place that has it whole, verify it, and put it at `target`.

    Parameters
    ----------
    source
        Where it can be had and how to know it.
    target
        Where it goes.
    unpack
        Makes the target from what was transferred.

    Raises
    ------
    SourceError
        No place had it, or what they had was not it.
    OutputError
        There is no place to put it.
    """
    problems: list[str] = []
    for place in places(source):
        try:
            fetched = _obtain_from(place, source, target, unpack)
        except OutputError:
            raise
        except InputError as error:
            problems.append(f"{connection.shown(place)}: {error}")
        else:
            tidy(source, target)
            came = f"fetched from {connection.shown(place)} and verified" if fetched else "there and verified"
            console.print(f"{target}: {came}")
            return
    raise SourceError(source.path, problems)


def is_there(source: Source, target: Path) -> bool:
    """Return whether a file has been fetched and is sound."""
    return target.is_file() and digest(target, _hash(source)[0]) == _hash(source)[1]


def tidy(source: Source, target: Path) -> None:
    """Remove what killed processes left of a file that has been fetched since."""
    part = paths.DOWNLOADS / source.path
    files.sweep(part.parent, f"{part.name}.", ".part")
    files.sweep(target.parent, f".{target.name}.", ".tmp")


def places(source: Source) -> list[str]:
    """List where a file can be had: the mirror, if one is set, then the public URLs."""
    mirror = os.environ.get(MIRROR_VARIABLE, "").rstrip("/")
    return ([f"{mirror}/{source.path}"] if mirror else []) + list(source.urls)


def decompress(packed: Path, unpacked: Path, most: int | None = None) -> None:
    """Decompress a gzip file, to at most so many bytes.

    Raises
    ------
    WrongFileError
        Not gzip, damaged, or of more bytes; the message says which.
    """
    with packed.open("rb") as stream:
        head = stream.read(64)
    if head[:2] != b"\x1f\x8b":
        page = b"<html" in head.lower() or b"<!doctype" in head.lower()
        raise WrongFileError("a web page, not gzip" if page else f"not gzip (begins with {head[:8]!r})")
    try:
        with gzip.open(packed) as source, unpacked.open("wb") as target:
            while content := source.read(_BUFFER):
                target.write(content)
                if most is not None and target.tell() > most:
                    raise WrongFileError(f"gzip of more than the {most:,} bytes that the file has")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise WrongFileError(f"damaged gzip ({error})") from None


def digest(path: Path, algorithm: str) -> str:
    """Return the hash of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def _hash(source: Source) -> tuple[str, str]:
    return ("sha256", source.sha256) if source.sha256 else ("md5", source.md5)


def _obtain_from(place: str, source: Source, target: Path, unpack: Unpack) -> bool:
    """Get a file from one place, and return whether that was needed: another process may have been at it."""
    if not place.lower().startswith(("http://", "https://")):
        _unpack_verified(_in_folder(Path(place), source), source, target, unpack)
        return True
    part = paths.DOWNLOADS / f"{source.path}.{hashlib.sha256(place.encode()).hexdigest()[:8]}.part"
    with files.claimed(part) as waited:
        needed = not (waited and is_there(source, target))
        try:
            if needed:
                _download_verified(place, part, source, target, unpack)
            empty(part)
        finally:
            if not part.stat().st_size:
                part.unlink()
    return needed


def _download_verified(place: str, part: Path, source: Source, target: Path, unpack: Unpack) -> None:
    resumed = part.stat().st_size > 0
    try:
        download(place, part, source.most)
        _unpack_verified(part, source, target, unpack)
    except WrongFileError:
        empty(part)
        if not resumed:
            raise
        # What an earlier run left may have been of another version of the file: once more, from the start.
        _download_verified(place, part, source, target, unpack)


def _in_folder(path: Path, source: Source) -> Path:
    """Return a file in a folder that serves as mirror, if it can be the one; a pipe would keep us waiting."""
    try:
        path.open("rb").close() if path.is_file() else path.stat()
    except OSError as error:
        raise InputError(str(error.strerror)) from None
    if not path.is_file():
        raise InputError("not a file")
    if source.most is not None and path.stat().st_size > source.most:
        raise WrongFileError(f"{path.stat().st_size:,} bytes, which is more than the file can have")
    return path


def _unpack_verified(packed: Path, source: Source, target: Path, unpack: Unpack) -> None:
    algorithm, expected = _hash(source)
    with files.whole_file(target) as temporary:
        unpack(packed, temporary)
        if (found := digest(temporary, algorithm)) != expected:
            raise WrongFileError(f"wrong {algorithm} {found}, expected {expected}")
