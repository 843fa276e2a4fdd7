"""Pass images through a network once for the features of all its layers, in chunks that survive an interruption."""

import functools
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, execution, files, memory, paths
from mnist_transfer.entries import Entry, Network
from mnist_transfer.errors import InputError
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.progress import track
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


class Built:
    """An `Extract` that is built when it first extracts: once in every process to which it is sent."""

    def __init__(self, build: Callable[..., Extract], *arguments: Any) -> None:
        self._recipe = build, *arguments
        self._extract: Extract | None = None

    def __call__(self, images: npt.NDArray[np.uint8]) -> Features:
        """Extract."""
        build, *arguments = self._recipe
        self._extract = self._extract or build(*arguments)
        return self._extract(images)

    def __reduce__(self) -> tuple[Any, ...]:
        return Built, self._recipe


def in_batches(forward: Callable[[npt.NDArray[np.uint8]], Mapping[str, Any]]) -> Extract:
    """Make a function of any number of images of a TensorFlow function of `BATCH` images."""

    def extract(images: npt.NDArray[np.uint8]) -> Features:
        batches = [forward(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        return {layer: np.concatenate([batch[layer].numpy() for batch in batches]) for layer in batches[0]}

    return extract


def make_extract(entry: Network, tensors: Mapping[str, npt.NDArray[Any]], name: str) -> Extract:
    """Build a network with its weights, and return what extracts its features."""
    from mnist_transfer.extraction import networks

    return in_batches(networks.forward(networks.make(entry, tensors, name), entry))


def fingerprint(entry: Entry, weights: str) -> str:
    """Return a sha256 that changes whenever the features of an image could: with what is done to it, or the weights."""
    return hashlib.sha256(json.dumps([entry.model_dump(), BATCH, weights], sort_keys=True).encode()).hexdigest()


def extract_in_chunks(
    images: npt.NDArray[np.uint8], make: Callable[[], Extract], folder: Path, layers: Sequence[str], description: str
) -> Features:
    """Return the features of all images, by way of one file a chunk; chunks that are there and sound are kept.

    Every file is whole or absent, and named by a hash of its images, so that chunks may be made in any order, and serve
    wherever the same images come again. A file proves itself by the checksums inside it.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
    make
        Returns the extracting function; called for each chunk that is left to extract, so it should build it once.
        Where chunks are extracted elsewhere, it is pickled.
    folder
        Where the chunks go; for this network and this way to prepare images alone.
    layers
        The names of the layers.
    description
        Of the progress.

    Raises
    ------
    OutputError
        The folder cannot be written to.
    """
    places: dict[Path, list[int]] = {}
    for start in range(0, len(images), CHUNK):
        part = images[start : start + CHUNK]
        digest = hashlib.sha256(str(part.shape).encode() + np.ascontiguousarray(part).tobytes())
        places.setdefault(folder / f"{digest.hexdigest()}.npz", []).append(start)
    found: Features = {}

    def put(chunk: Features, starts: Sequence[int]) -> None:
        for layer, values in chunk.items():
            if layer not in found:
                found[layer] = memory.empty((len(images), values.shape[1]), values.dtype)
            for start in starts:
                found[layer][start : start + len(values)] = values

    with track(description, len(images), "images") as advance:
        left: dict[Path, tuple[npt.NDArray[np.uint8]]] = {}
        for path, starts in places.items():
            part = images[starts[0] : starts[0] + CHUNK]
            if (kept := _read_chunk(path, layers, len(part))) is None:
                left[path] = (part,)
            else:
                put(kept, starts)
                advance(len(starts) * len(part), True)
        for path, chunk in execution.unordered(make, left.items()):
            files.write_npz(path, **chunk)
            put(chunk, places[path])
            advance(len(places[path]) * len(chunk[layers[0]]), False)
    return found


def _read_chunk(path: Path, layers: Sequence[str], images: int) -> Features | None:
    """Return a chunk that is there, has every layer's features of so many images, and agrees with its checksums; else None."""
    try:
        arrays = files.read_npz(path, "")  # reading an array compares its checksum
    except InputError:
        return None
    sound = list(arrays) == list(layers) and all(
        array.ndim == 2 and len(array) == images and array.dtype == np.float32 for array in arrays.values()
    )
    return arrays if sound else None


def run(study: Study, dataset: str, network: str) -> None:
    """Pass a dataset through a network and write ``features/<dataset>/<network>/<layer>.npz``, with the images' labels.

    Beside them goes ``layers.json``: the network's layers, by Keras' names.
    """
    entry = study.network(network)
    images = {split: artifacts.read_images(study, dataset, split) for split in SPLITS}
    weights = ""
    if isinstance(entry, Network):
        from mnist_transfer.extraction import networks

        weights = networks.identify_weights(entry, study.seed)
    folder = paths.partial_features(dataset, network)
    place = folder / fingerprint(entry, weights)
    table = place / "layers.json"

    @functools.cache
    def make() -> Extract:
        if not isinstance(entry, Network):
            return pixels
        from mnist_transfer.extraction import networks

        model = networks.build(entry)
        files.write_json(table, {"layers": networks.table(model)})
        _check_disk(networks.widths(model, entry), sum(map(len, images.values())), f"{dataset}, {network}")
        return Built(make_extract, entry, networks.get_weights(entry, model, study.seed), network)

    if isinstance(entry, Network) and not table.is_file():
        make()
    layers = list(entry.layers)
    found: dict[Split, Features] = {}
    for split in SPLITS:
        found[split] = extract_in_chunks(images[split], make, place, layers, f"{dataset} {split} → {network}")
    chosen = artifacts.read_splits(dataset)
    labels = {f"{split}_labels": chosen[split].labels for split in SPLITS}
    classes = np.array(len(study.dataset(dataset).classes))
    for layer in layers:
        arrays = {split: found[split][layer] for split in SPLITS}
        files.write_npz(paths.features(dataset, f"{network}/{layer}"), **arrays, **labels, classes=classes)
    named = files.read_json(table, "run this again") if isinstance(entry, Network) else {"layers": []}
    files.write_json(
        paths.layers(dataset, network), named | {"widths": {name: found["test"][name].shape[1] for name in layers}}
    )
    shutil.rmtree(folder, ignore_errors=True)


def _check_disk(widths: Mapping[str, int], images: int, what: str) -> None:
    """Raise an `InputError` unless there is room for the features in chunks, by layers and, of large ones, as arrays."""
    sizes = [images * width * np.dtype(np.float32).itemsize for width in widths.values()]
    needed = 2 * sum(sizes) + sum(size for size in sizes if size > memory.limit())
    free = shutil.disk_usage(Path()).free
    if needed > free:
        reason = f"take {needed / 1e9:,.1f} GB of disk while they are made, and {free / 1e9:,.1f} GB are free"
        remedy = f"free some, or in {paths.PARAMS} use fewer images (train, test) or pool large layers (mean-max)"
        raise InputError(f"the features of {what} {reason}; {remedy}")
