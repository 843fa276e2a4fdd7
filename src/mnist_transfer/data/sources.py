"""The raw files of the study: where each can be had, and the hash by which it is known."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

#: Names a folder or base URL that is tried before the public places.
MIRROR_VARIABLE = "MNIST_TRANSFER_MIRROR"

_FASHION = (
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)
_MNIST = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
_KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"


@dataclass(frozen=True)
class Source:
    """One file: where it can be had, and how to know it."""

    #: Where a mirror keeps it.
    path: str
    #: Public places, in the order in which they are tried.
    urls: tuple[str, ...] = ()
    #: Bytes of what counts: of the decompressed ones for ``.gz``, as containers differ between hosts, else of the file's own.
    size: int = 0
    #: Of what counts.
    sha256: str = ""
    #: The same, where the authors of the file publish no sha256.
    md5: str = ""

    @property
    def hash(self) -> tuple[str, str]:
        """The algorithm, and what it gives."""
        return ("sha256", self.sha256) if self.sha256 else ("md5", self.md5)

    @property
    def most(self) -> int:
        """Bytes that a place can have of it: gzip makes what it cannot shorten longer by less than a hundredth and a header."""
        return self.size + self.size // 100 + 10_000

    @property
    def places(self) -> list[str]:
        """Where it can be had: the mirror, if one is set, then the public URLs."""
        mirror = os.environ.get(MIRROR_VARIABLE, "").rstrip("/")
        mirror = os.path.expanduser(mirror)  # a shell leaves ~ as it is within quotation marks
        return ([f"{mirror}/{self.path}"] if mirror else []) + list(self.urls)

    def is_at(self, path: Path) -> bool:
        """Return whether a file, as it is after decompression, is this one."""
        return path.is_file() and digest(path, self.hash[0]) == self.hash[1]


@dataclass(frozen=True)
class Weights:
    """The ImageNet weights of an architecture, without its classifying top."""

    #: Of the safetensors file that they become.
    sha256: str
    #: Keras' file.
    official: Source
    #: The same tensors as a mirror may keep them, in several safetensors files.
    parts: tuple[Source, ...] = ()


def digest(path: Path, algorithm: str) -> str:
    """Return the hash of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


#: Of the four files of a dataset, their bytes, which are as many in one as in the other.
_SIZES = {
    "train-images-idx3-ubyte": 47_040_016,
    "train-labels-idx1-ubyte": 60_008,
    "t10k-images-idx3-ubyte": 7_840_016,
    "t10k-labels-idx1-ubyte": 10_008,
}


def _dataset(name: str, bases: tuple[str, ...], *hashes: str) -> dict[str, Source]:
    return {
        file: Source(f"{name}/{file}.gz", tuple(f"{base}{file}.gz" for base in bases), size, sha256)
        for (file, size), sha256 in zip(_SIZES.items(), hashes, strict=True)
    }


#: By dataset, then by the name of the IDX file. The decompressed bytes are those whose official containers have the md5 that
#: torchvision and the datasets' authors publish.
DATASETS: dict[str, dict[str, Source]] = {
    "fashion_mnist": _dataset(
        "fashion_mnist",
        _FASHION,
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    "mnist": _dataset(
        "mnist",
        _MNIST,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}

#: Of the weights as they are written; features depend on it, so it stands in their folder of code.
_SHA256 = json.loads((Path(__file__).parents[1] / "extraction/weights.json").read_text(encoding="utf-8"))

#: By architecture: VGG16 is Keras' conversion of the Oxford weights (CC BY 4.0).
WEIGHTS: dict[str, Weights] = {
    "VGG16": Weights(
        sha256=_SHA256["VGG16"],
        official=Source(
            "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
            (f"{_KERAS}vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",),
            58_889_256,
            md5="6d6bbae143d832006294945121d1f1fc",
        ),
        parts=tuple(
            Source(f"vgg16/block{block}.safetensors", (), size, sha256)
            for block, size, sha256 in (
                (1, 155_208, "68c09a3e756f91d3e8b80f08b083601637e40d1176732181bab953ef75228f4a"),
                (2, 886_104, "1739bb431715b5a1ab423e70e4299bd9fefcd4b880d43af80a30453c1bba625a"),
                (3, 5_901_840, "dfbafad07284641109091b27056cc7607e4d2a3c1bdfce995a1dabd31c8fe144"),
                (4, 23_599_640, "c9d87df123968fff5bad40e990ceffaa0ba3c8812d6172f2803d8950b08478f9"),
                (5, 28_318_232, "b0fd99517f5195f1e64fe5908a8ebc7d8976df17a7ddd3a269c294d8bba01a5c"),
            )
        ),
    ),
}
