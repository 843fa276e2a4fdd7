"""Pass images through a network once for the features of all its layers, in chunks that survive an interruption."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, paths
from mnist_transfer.data import splits
from mnist_transfer.entries import Entry, Network, Pixels
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.progress import Advance, track
from mnist_transfer.study import Study

#: Images a step of the network. Fixed, because another size may round the last bit differently.
BATCH = 250
#: Images between two points where an interrupted pass can continue: some ten seconds of work.
CHUNK = 2_000

Features = dict[str, npt.NDArray[np.float32]]
#: Maps uint8 images (n, height, width) to float32 features (n, width) by the layer's name.
Extract = Callable[[npt.NDArray[np.uint8]], Features]


def pixels(images: npt.NDArray[np.uint8]) -> Features:
    """Return the pixels themselves, 0 to 1, as the layer ``all``: float32 (n, height × width)."""
    return {"all": np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)}


def make_extract(entry: Network | Pixels, tensors: Mapping[str, npt.NDArray[Any]], name: str) -> Extract:
    """Build the function that turns images into features.

    Parameters
    ----------
    entry
        The network, or none.
    tensors
        Its weights; see :func:`mnist_transfer.extraction.networks.load`.
    name
        What to call the weights in errors.

    Raises
    ------
    InputError
        The weights are not the network's, or it has no such layer.
    """
    if isinstance(entry, Pixels):
        return pixels
    from mnist_transfer.extraction import networks

    model = networks.build(entry)
    networks.load(model, tensors, name)
    forward = networks.forward(model, entry)

    def extract(images: npt.NDArray[np.uint8]) -> Features:
        batches = [forward(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        return {layer: np.concatenate([batch[layer].numpy() for batch in batches]) for layer in entry.layers}

    return extract


def fingerprint(images: npt.NDArray[np.uint8], entry: Entry, tensors: Mapping[str, npt.NDArray[Any]]) -> str:
    """Return a sha256 that changes whenever the features could: with the images, what is done to them, or the weights."""
    digest = hashlib.sha256(json.dumps([entry.model_dump(), BATCH, CHUNK], sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(name.encode() + np.ascontiguousarray(tensors[name]).tobytes())
    digest.update(str(images.shape).encode() + np.ascontiguousarray(images).tobytes())
    return digest.hexdigest()


def extract_chunks(
    images: npt.NDArray[np.uint8], make: Callable[[], Extract], folder: Path, layers: Sequence[str], advance: Advance
) -> list[Path]:
    """Write the features of all images as one file a chunk; chunks that are there and sound are kept.

    Every file is whole or absent, so chunks may be made in any order, and a file proves itself by the checksums inside it.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
    make
        Builds the extracting function; called only if something is left to extract.
    folder
        Where the chunks go; for these images and this network alone.
    layers
        The names of the layers.
    advance
        Called with the number of images just finished, and whether they were found finished rather than computed.

    Returns
    -------
    list of Path
        The chunks' ``.npz`` files, in the images' order: an array a layer.

    Raises
    ------
    OutputError
        The folder cannot be written to.
    """
    extract: Extract | None = None
    chunks = []
    for number, start in enumerate(range(0, len(images), CHUNK)):
        part = images[start : start + CHUNK]
        chunk = folder / f"{number:05d}.npz"
        found = _is_sound(chunk, layers, len(part))
        if not found:
            extract = extract or make()
            files.write_npz(chunk, **extract(part))
        advance(len(part), found)
        chunks.append(chunk)
    return chunks


def _is_sound(chunk: Path, layers: Sequence[str], images: int) -> bool:
    """Say whether a chunk is there, has every layer's features of so many images, and agrees with its checksums."""
    try:
        arrays = files.read_npz(chunk, "")  # reading an array compares its checksum
    except InputError:
        return False
    return list(arrays) == list(layers) and all(
        array.ndim == 2 and len(array) == images and array.dtype == np.float32 for array in arrays.values()
    )


def join(chunks: Sequence[Path], layer: str, target: Path) -> None:
    """Write one layer's features of all chunks as one ``.npy`` file: float32 (n, width), a chunk at a time in memory."""
    lengths, width = [], 0
    for chunk in chunks:
        with np.load(chunk, allow_pickle=False) as archive:
            rows, width = archive[layer].shape
            lengths.append(rows)
    header = {"descr": "<f4", "fortran_order": False, "shape": (sum(lengths), width)}
    with files.whole_file(target) as temporary, temporary.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for chunk in chunks:
            with np.load(chunk, allow_pickle=False) as archive:
                stream.write(np.ascontiguousarray(archive[layer], "<f4").tobytes())


def run(study: Study, dataset: str, network: str) -> None:
    """Pass a dataset through a network and write ``features/<dataset>/<network>/<layer>/{train,test}.npy``.

    Raises
    ------
    InputError
        Images, weights or the network's entry are not what they should be.
    OutputError
        The features cannot be written.
    """
    entry = study.network(network)
    images = {split: splits.images(study, dataset, split) for split in SPLITS}
    tensors: Mapping[str, npt.NDArray[Any]] = {}
    if isinstance(entry, Network):
        from mnist_transfer.extraction import networks  # and TensorFlow with it

        tensors = networks.read(network)
    layers = list(entry.layers)
    partial = paths.partial_features(dataset, network)
    extract: Extract | None = None

    def make() -> Extract:
        nonlocal extract
        extract = extract or make_extract(entry, tensors, str(paths.weights(network)))
        return extract

    chunks: dict[Split, list[Path]] = {}
    for split in SPLITS:
        folder = partial / fingerprint(images[split], entry, tensors)
        with track(f"{dataset} {split} → {network}", len(images[split]), "images") as advance:
            chunks[split] = extract_chunks(images[split], make, folder, layers, advance)
    for split in SPLITS:
        for layer in layers:
            join(chunks[split], layer, paths.features(dataset, f"{network}/{layer}", split))
    shutil.rmtree(partial)
