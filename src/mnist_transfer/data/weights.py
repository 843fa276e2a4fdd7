"""The ImageNet weights of a network, brought into one safetensors file from whichever form a place has them in.

Tensors are named by Keras' path of their variable: ``<layer>/kernel``, float32 (height, width, in, out), and ``<layer>/bias``.
"""

import hashlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import safetensors.numpy

from mnist_transfer import files, paths
from mnist_transfer.data import sources
from mnist_transfer.data.download import SourceError, advice, obtain
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console

Tensors = dict[str, npt.NDArray[Any]]


def fetch(architecture: str) -> None:
    """Write an architecture's ImageNet weights into ``data/``, or keep a sound file of them; no source is an `InputError`."""
    if architecture not in sources.WEIGHTS:
        raise InputError(
            f"{paths.PARAMS}: no source of ImageNet weights is known for {architecture}, only for "
            f"{', '.join(sources.WEIGHTS)}; use weights: random, or add its official file to data/sources.py"
        )
    known = sources.WEIGHTS[architecture]
    target = paths.weights(architecture)
    if target.is_file() and sources.digest(target, "sha256") == known.sha256:
        console.print(f"{target}: there and verified")
        return
    content = safetensors.numpy.save(_tensors(architecture, known))
    if (found := hashlib.sha256(content).hexdigest()) != known.sha256:
        raise InputError(f"{target}: sha256 {found}, expected {known.sha256}; correct data/sources.py")
    with files.whole_file(target) as temporary:
        temporary.write_bytes(content)
    for part in known.parts:
        (paths.DOWNLOADS / part.path).unlink(missing_ok=True)
    console.print(f"{target}: written and verified")


def _tensors(architecture: str, known: sources.Weights) -> Tensors:
    """Get the tensors: from the official file if it is at hand, else from a mirror's parts, else from the official file."""
    official = paths.DOWNLOADS / known.official.path
    problems: list[str] = []
    if known.parts and not known.official.is_at(official):
        tensors: Tensors = {}
        try:
            for part in known.parts:
                obtain(part, paths.DOWNLOADS / part.path)
                tensors |= safetensors.numpy.load_file(paths.DOWNLOADS / part.path)
            return tensors
        except SourceError as error:
            problems = error.problems
    try:
        obtain(known.official, official)
    except SourceError as error:
        mend = f"put it at {official}, in the place of the damaged one" if official.is_file() else f"put it at {official}"
        damaged = f"{error.problems.pop()}. " if official.is_file() else ""  # first: it is the cause, and near at hand
        raise InputError(
            f"{damaged}ImageNet weights of {architecture} could not be had. Tried {'; '.join(problems + error.problems)}. "
            f"{advice(known.official.path)}. If you have {official.name}, {mend}"
        ) from None
    return read_h5(official)


def read_h5(path: Path) -> Tensors:
    """Read Keras' official file of a network whose layers have a kernel and a bias, listed in this order by Keras 1."""
    with h5py.File(path) as stream:
        return {
            f"{stream[layer].name[1:]}/{kind}": np.asarray(stream[layer][name], np.float32)
            for layer in stream.attrs["layer_names"]
            for kind, name in zip(("kernel", "bias"), stream[layer].attrs["weight_names"], strict=False)
        }
