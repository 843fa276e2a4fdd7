"""Features of images that were prepared in a recipe's way; a pass that was made once is kept for other recipes."""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import artifacts, paths
from mnist_transfer.entries import Entry, Layer, Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features, networks
from mnist_transfer.extraction.features import Extract
from mnist_transfer.paths import SPLITS, Split
from mnist_transfer.recipes import Preprocessing, Replay
from mnist_transfer.replay import images as prepared
from mnist_transfer.study import Study

#: Features float32 (n, width), float64 for some classifiers, and labels (n,).
Labelled = tuple[npt.NDArray[Any], npt.NDArray[np.unsignedinteger]]
Splits = dict[Split, Labelled]


def make_extract(network: Network, layer: str, preprocessing: Preprocessing, seed: int) -> Extract:
    """Build the function that turns grey images into features, prepared in a recipe's way.

    Returns
    -------
    callable
        Maps uint8 (n, height, width) to ``{layer: float32 (n, width of the features)}``.
    """
    tensors = networks.get_weights(network, networks.build(network), seed)
    return features.Built(_load, network, layer, preprocessing, tensors)


def _load(network: Network, layer: str, preprocessing: Preprocessing, tensors: networks.Tensors) -> Extract:
    import keras
    import tensorflow as tf

    model = networks.make(network, tensors, network.architecture)
    entry = network.layers[layer]
    cut = keras.Model(model.input, networks.output(model, entry))

    def pass_on(shown: tf.Tensor) -> tf.Tensor:
        activations = cut(prepared.scale(tf.cast(shown, tf.float32), preprocessing.scaling), training=False)
        return networks.pool(activations, entry.pooling)

    forward = tf.function(pass_on, reduce_retracing=True)
    size = network.preparation.size
    return features.in_batches(lambda batch: {layer: forward(prepared.show(batch, preprocessing, size))})


class _Pass(Entry):
    """All that decides the features beside images and weights."""

    architecture: str
    size: int
    layer: Layer
    preprocessing: Preprocessing


def settings(study: Study) -> Replay:
    """Return what params.yaml says of the replay; nothing is an `InputError`."""
    if study.replay is None:
        raise InputError(f"{paths.PARAMS}: replay is missing; add it, or leave this stage out of dvc.yaml")
    return study.replay


def read(study: Study, dataset: str, preparation: Preprocessing | str, sizes: Mapping[Split, int] | None = None) -> Splits:
    """Pass the images of both splits through the paper's network, or read what an earlier pass left.

    Parameters
    ----------
    study, dataset
        Of which images.
    preparation
        How they are prepared. For the study's own way, the features are those of the study.
    sizes
        How many of each split to use, the first; all that the study uses when absent.

    Raises
    ------
    InputError
        Images, weights or features are missing or unsound, or there are fewer images than `sizes` asks for.
    """
    name, layer = settings(study).network, settings(study).layer
    labels = {split: chosen.labels for split, chosen in artifacts.read_splits(dataset).items()}
    for split, number in (sizes or {}).items():
        if number > len(labels[split]):
            raise InputError(f"{paths.PARAMS}: replay: {number} {split} images of {dataset}, which has {len(labels[split])}")
    taken = {split: slice(sizes[split] if sizes else None) for split in SPLITS}
    if not isinstance(preparation, Preprocessing):
        found = artifacts.read_features(study, dataset, f"{name}/{layer}")
        return {split: (getattr(found, split)[taken[split]], labels[split][taken[split]]) for split in SPLITS}
    network = study.network(name)
    assert isinstance(network, Network)  # the study has checked it
    weights = f"{networks.identify_weights(network, study.seed)} {_code()}"
    make = functools.cache(lambda: make_extract(network, layer, preparation, study.seed))
    made = _Pass(
        architecture=network.architecture,
        size=network.preparation.size,
        layer=network.layers[layer],
        preprocessing=preparation,
    )
    folder = paths.partial_replay(dataset, str(preparation)) / features.fingerprint(made, weights)
    labelled: Splits = {}
    for split in SPLITS:
        images = artifacts.read_images(study, dataset, split)[taken[split]]
        passed = features.extract_in_chunks(images, make, folder, [layer], f"{dataset} {split}, {preparation}")
        labelled[split] = passed[layer], labels[split][taken[split]]
    return labelled


def _code() -> str:
    """Return a hash of the code that a pass depends on: what it leaves is kept beyond a stage, and so beyond changes."""
    folder = Path(features.__file__).parent
    sources = [Path(prepared.__file__), *(folder / f"{name}.py" for name in ("features", "networks", "preparation"))]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
