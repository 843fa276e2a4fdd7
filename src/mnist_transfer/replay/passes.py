"""Features of images that were shown to the network in a recipe's way; a pass that was made once is kept for other recipes."""

import hashlib
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, files, paths
from mnist_transfer.data import splits
from mnist_transfer.entries import Entry, Layer, Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features
from mnist_transfer.extraction.features import Extract
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.progress import track
from mnist_transfer.recipes import Look, Replication
from mnist_transfer.replay import images as looks
from mnist_transfer.study import Study

#: Features float32 (n, width), float64 for some classifiers, and labels uint8 (n,).
Labelled = tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]


def make_extract(network: Network, layer: str, look: Look, tensors: Mapping[str, npt.NDArray[Any]], name: str) -> Extract:
    """Build the function that turns grey images into features, looked at in a recipe's way.

    Parameters
    ----------
    network, layer
        The network, and the name of the one of its layers where it is cut.
    look
        How images are shown to it.
    tensors, name
        Its weights, and what to call them in errors.

    Returns
    -------
    callable
        Maps uint8 (n, height, width) to ``{layer: float32 (n, width of the features)}``.

    Raises
    ------
    InputError
        The weights are not the network's, or it has no such layer.
    """
    import keras
    import tensorflow as tf

    from mnist_transfer.extraction import networks

    model = networks.build(network)
    networks.load(model, tensors, name)
    entry = network.layers[layer]
    cut = keras.Model(model.input, networks.output(model, entry))

    def pass_on(images: tf.Tensor) -> tf.Tensor:
        return networks.pool(cut(looks.scale(tf.cast(images, tf.float32), look.scaling), training=False), entry.pooling)

    forward = tf.function(pass_on, reduce_retracing=True)

    def extract(images: npt.NDArray[np.uint8]) -> features.Features:
        batches = (images[start : start + features.BATCH] for start in range(0, len(images), features.BATCH))
        parts = [forward(looks.show(batch, look, network.preparation.size)).numpy() for batch in batches]
        return {layer: np.concatenate(parts)}

    return extract


class _Pass(Entry):
    """All that decides the features beside images and weights."""

    architecture: str
    size: int
    layer: Layer
    look: Look


def replication(study: Study) -> Replication:
    """Return what params.yaml says of the replication.

    Raises
    ------
    InputError
        It says nothing.
    """
    if study.replication is None:
        raise InputError(f"{paths.PARAMS}: replication is missing; add it, or leave this stage out of dvc.yaml")
    return study.replication


def read(study: Study, dataset: str, look: Look, sizes: Mapping[Split, int] | None = None) -> dict[Split, Labelled]:
    """Pass the images of both splits through the paper's network, or read what an earlier pass left.

    Parameters
    ----------
    study, dataset
        Of which images.
    look
        How they are shown to the network.
    sizes
        How many of each split to use, a stratified subset; all that the study uses when absent.

    Raises
    ------
    InputError
        Images or weights are missing or unsound, or there are fewer images than `sizes` asks for.
    """
    from mnist_transfer.extraction import networks

    name, layer = replication(study).network, replication(study).layer
    network = study.network(name)
    assert isinstance(network, Network)  # the study has checked it
    tensors = networks.read(name)
    extract: Extract | None = None

    def make() -> Extract:
        nonlocal extract
        extract = extract or make_extract(network, layer, look, tensors, str(paths.weights(name)))
        return extract

    made = _Pass(architecture=network.architecture, size=network.preparation.size, layer=network.layers[layer], look=look)
    subsets = {split: _subset(study, dataset, split, sizes) for split in SPLITS}
    labelled: dict[Split, Labelled] = {}
    for split, (images, labels) in subsets.items():
        folder = paths.partial_replica(dataset, str(look)) / f"{features.fingerprint(images, made, tensors)}-{_code()}"
        with track(f"{dataset} {split}, {look}", len(images), "images") as advance:
            chunks = features.extract_chunks(images, make, folder, [layer], advance)
        labelled[split] = np.concatenate([files.read_npz(chunk, "run this again")[layer] for chunk in chunks]), labels
    return labelled


def _code() -> str:
    """Return a hash of the code that a pass depends on: what it leaves is kept beyond a stage, and so beyond changes."""
    from mnist_transfer.extraction import networks, preparation

    sources = (inspect.getsource(module) for module in (looks, features, networks, preparation))
    return hashlib.sha256("".join(sources).encode()).hexdigest()[:16]


def _subset(
    study: Study, dataset: str, split: Split, sizes: Mapping[Split, int] | None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Return the images of a split that a recipe is tried on, and their labels."""
    images, labels = splits.images(study, dataset, split), artifacts.read_split(dataset, split, "labels")
    if sizes is None:
        return images, labels
    if sizes[split] > len(labels):
        raise InputError(f"{paths.PARAMS}: replication: {sizes[split]} {split} images of {dataset}, which has {len(labels)}")
    try:
        rows = splits.stratified_subset(labels, sizes[split], study.seed)
    except ValueError as error:
        raise InputError(f"{paths.PARAMS}: replication: no stratified subset of {sizes[split]} ({error})") from None
    return images[rows], labels[rows]
