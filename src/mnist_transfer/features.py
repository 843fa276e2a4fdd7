"""Turn images into feature vectors with a frozen network, in chunks that survive an interruption."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, vgg
from mnist_transfer.study import Extractor

#: Images a step of the network. Fixed, because another size may round the last bit differently.
BATCH = 250
#: Images between two points where an interrupted extraction can continue.
CHUNK = 2_000

#: Maps uint8 images (n, 28, 28) to float32 features (n, width).
Extract = Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]


def preprocess(images: npt.NDArray[np.uint8], image_size: int, scaling: str = "caffe") -> npt.NDArray[np.float32]:
    """Make 28×28 grey images into what VGG was trained on.

    Three equal channels, as ``numpy.dstack`` makes them; bilinear resizing with half-pixel centres; then the
    preprocessing of ``keras.applications.vgg16``.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    image_size
        Side of the result in pixels.
    scaling
        ``caffe``: BGR minus ImageNet's means, on 0 to 255. ``unit``: divided by 255 instead.

    Returns
    -------
    ndarray of float32, shape (n, image_size, image_size, 3)
    """
    import keras
    import tensorflow as tf

    rgb = np.repeat(images[..., np.newaxis], 3, axis=-1)  # (n, 28, 28, 3)
    resized: npt.NDArray[np.float32] = tf.image.resize(rgb, (image_size, image_size), method="bilinear").numpy()
    if scaling == "unit":
        return resized / np.float32(255)
    # preprocess_input writes into its argument; `resized` is ours to give away.
    preprocessed: npt.NDArray[np.float32] = keras.applications.vgg16.preprocess_input(resized)
    return preprocessed


def pool(activations: npt.NDArray[np.float32], pooling: str) -> npt.NDArray[np.float32]:
    """Turn activations (n, height, width, channels) into vectors: all of them, or each channel's mean and maximum."""
    if pooling == "flatten":
        return activations.reshape(len(activations), -1)
    return np.concatenate([activations.mean(axis=(1, 2)), activations.max(axis=(1, 2))], axis=1)


def width(extractor: Extractor, image_size: int) -> int:
    """Return how many features an extractor gives for each image."""
    if extractor.network == "none":
        return 28 * 28
    height, width, channels = vgg.table(extractor.network, image_size, extractor.blocks)[-1].shape
    return 2 * channels if extractor.pooling == "mean-max" else height * width * channels


def pixels(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the pixels themselves, 0 to 1: float32 (n, 784)."""
    return np.divide(images.reshape(len(images), -1), 255, dtype=np.float32)


def make_extract(extractor: Extractor, image_size: int, tensors: dict[str, npt.NDArray[Any]]) -> Extract:
    """Build the function that turns images into features.

    Parameters
    ----------
    extractor
        Network, layer, pooling and scaling.
    image_size
        Side in pixels that images are resized to.
    tensors
        The network's weights; see :func:`mnist_transfer.vgg.build`.

    Returns
    -------
    callable
        Maps uint8 images (n, 28, 28) to float32 features (n, :func:`width`).
    """
    if extractor.network == "none":
        return pixels
    import tensorflow as tf

    model = vgg.build(extractor.network, extractor.blocks, image_size, tensors)
    forward = tf.function(lambda batch: model(batch, training=False), reduce_retracing=True)

    def extract(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        vectors = []
        for start in range(0, len(images), BATCH):
            inputs = preprocess(images[start : start + BATCH], image_size, extractor.scaling)
            vectors.append(pool(forward(inputs).numpy(), extractor.pooling))
        return np.concatenate(vectors)

    return extract


def fingerprint(images: npt.NDArray[np.uint8], settings: dict[str, Any], tensors: dict[str, npt.NDArray[Any]]) -> str:
    """Return a sha256 that changes whenever the features of `images` could."""
    digest = hashlib.sha256(json.dumps([settings, BATCH, CHUNK], sort_keys=True).encode())
    for name in sorted(tensors):
        digest.update(name.encode() + np.ascontiguousarray(tensors[name]).tobytes())
    digest.update(np.ascontiguousarray(images).tobytes())
    return digest.hexdigest()


def extract_in_chunks(
    images: npt.NDArray[np.uint8],
    make: Callable[[], Extract],
    features_width: int,
    partial: Path,
    key: str,
    advance: Callable[[int, bool], None],
) -> None:
    """Write the features of all images to `partial`, continuing where an earlier call with the same `key` stopped.

    Memory stays bounded by one chunk: the file is memory-mapped, and beside it a JSON file counts the finished images.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
    make
        Builds the extracting function; called only if something is left to extract.
    features_width
        Features an image.
    partial
        The ``.npy`` file to fill, float32 (n, features_width).
    key
        :func:`fingerprint` of everything that the features depend on.
    advance
        Called with the number of images just finished, and whether they were found finished rather than computed.

    Raises
    ------
    OutputError
        The folder of `partial` cannot be written to.
    """
    progress = partial.with_suffix(".json")
    shape = (len(images), features_width)
    finished = _finished(progress, partial, shape, key)
    with files.writing(partial):
        output = np.lib.format.open_memmap(partial, mode="r+" if finished else "w+", dtype=np.float32, shape=shape)
        _allocate(partial)
    if finished:
        advance(finished, True)
    extract = make() if finished < len(images) else None
    for start in range(finished, len(images), CHUNK):
        assert extract is not None
        stop = min(start + CHUNK, len(images))
        output[start:stop] = extract(images[start:stop])
        output.flush()
        files.write_json(progress, {"key": key, "finished": stop})
        advance(stop - start, False)


def _allocate(path: Path) -> None:
    """Claim a memory-mapped file's space on disk now: a full disk is an error here, but would kill the process at the map."""
    if hasattr(os, "posix_fallocate"):  # Linux
        with path.open("rb+") as stream:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)


def _finished(progress: Path, partial: Path, shape: tuple[int, int], key: str) -> int:
    """Return how many images an interrupted extraction had finished; 0 if there was none, or of something else."""
    try:
        noted = json.loads(progress.read_text())
        # Reading it first notices a file cut short, which a writable memory map would silently fill with zeros.
        whole = np.load(partial, mmap_mode="r", allow_pickle=False).shape == shape
        return int(noted["finished"]) if whole and noted["key"] == key else 0
    except (OSError, ValueError, KeyError, TypeError, EOFError):
        return 0
