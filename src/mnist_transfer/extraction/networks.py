"""Networks of ``keras.applications`` without their classifying top, cut where a study wants them."""

import inspect
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import safetensors.numpy
import tensorflow as tf
from safetensors import SafetensorError

from mnist_transfer import files, paths
from mnist_transfer.entries import Layer, Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import preparation

#: Tensors by Keras' path of the variable, such as ``block1_conv1/kernel``: float32.
Tensors = dict[str, npt.NDArray[Any]]


def build(network: Network) -> keras.Model:
    """Build the whole network for its image size, without its classifying top and with Keras' initial weights.

    Raises
    ------
    InputError
        ``keras.applications`` has no such architecture, or the architecture does not take images of this size.
    """
    size = network.preparation.size
    constructor: Any = getattr(keras.applications, network.architecture, None)
    if not inspect.isfunction(constructor):
        known = [name for name, _ in inspect.getmembers(keras.applications, inspect.isfunction)]
        raise InputError(
            f"{paths.PARAMS}: keras.applications has no architecture {network.architecture!r}; it has {', '.join(known)}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on input sizes that the official weights were not trained on
            return constructor(include_top=False, weights=None, input_shape=(size, size, 3))
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{paths.PARAMS}: {network.architecture} does not take images of {size} pixels ({reason})") from None


def table(model: keras.Model) -> list[dict[str, Any]]:
    """List a network's layers: name, kind (Keras' class), output shape without the batch, and number of parameters.

    For VGG16 at 48 pixels this is the paper's Figure 2.
    """
    return [
        {
            "layer": layer.name,
            "kind": type(layer).__name__,
            "shape": [int(length) for length in layer.output.shape[1:]],
            "parameters": int(layer.count_params()),
        }
        for layer in model.layers
    ]


def read_safetensors(path: Path, remedy: str) -> Tensors:
    """Read all tensors of a safetensors file.

    Raises
    ------
    InputError
        The file is missing or damaged; the message ends with `remedy`.
    """
    with files.reading(path, remedy):
        try:
            return dict(safetensors.numpy.load_file(path))
        except (SafetensorError, KeyError) as error:
            raise ValueError(str(error)) from None


def read(network: str) -> Tensors:
    """Read what the stage ``weights`` wrote.

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    return read_safetensors(paths.weights(network), f"run `dvc repro weights@{network}`")


def shapes(model: keras.Model) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor that the network needs, by its path."""
    return {variable.path: tuple(variable.shape) for variable in model.weights}


def load(model: keras.Model, tensors: Mapping[str, npt.NDArray[Any]], name: str) -> None:
    """Put tensors into a network.

    Raises
    ------
    InputError
        A tensor is missing, has another shape or is not finite; the message begins with `name`.
    """
    check(tensors, shapes(model), name)
    for variable in model.weights:
        variable.assign(tensors[variable.path])


def check(tensors: Mapping[str, npt.NDArray[Any]], expected: Mapping[str, tuple[int, ...]], name: str) -> None:
    """Raise an `InputError` unless `tensors` are all that a network needs, finite and in their shapes."""
    if missing := [key for key in expected if key not in tensors]:
        raise InputError(f"{name}: the network needs {', '.join(missing[:6])}, which it lacks; get the weights again")
    for key, shape in expected.items():
        if tensors[key].shape != shape:
            raise InputError(f"{name}: {key} has shape {tensors[key].shape}, not {shape}; get the weights again")
        if not np.isfinite(tensors[key]).all():
            raise InputError(f"{name}: {key} holds NaN or infinite values; get the weights again")


def forward(model: keras.Model, network: Network) -> Any:
    """Return the function that turns images into the features of every layer, in one pass and one graph.

    Returns
    -------
    callable
        Maps uint8 (n, height, width) to a dict of float32 (n, width of the features) by the layer's name.

    Raises
    ------
    InputError
        The network has no such layer.
    """
    outputs = {name: output(model, entry) for name, entry in network.layers.items()}
    cut = keras.Model(model.input, outputs)

    def run(images: tf.Tensor) -> dict[str, tf.Tensor]:
        activations = cut(preparation.prepare(images, network.preparation), training=False)
        return {name: pool(activations[name], entry.pooling) for name, entry in network.layers.items()}

    return tf.function(run, reduce_retracing=True)


def pool(activations: tf.Tensor, pooling: str) -> tf.Tensor:
    """Turn activations (n, height, width, channels) into vectors: all of them, or each channel's mean and maximum."""
    if pooling == "mean-max":
        positions = list(range(1, len(activations.shape) - 1))
        return tf.concat([tf.reduce_mean(activations, positions), tf.reduce_max(activations, positions)], axis=-1)
    return tf.reshape(activations, (-1, int(np.prod(activations.shape[1:]))))


def output(model: keras.Model, entry: Layer) -> Any:
    """Return where a network is cut; a layer that it lacks is an `InputError`."""
    try:
        return model.get_layer(entry.layer).output
    except ValueError:
        known = ", ".join(layer.name for layer in model.layers)
        raise InputError(f"{paths.PARAMS}: {model.name} has no layer {entry.layer!r}; it has {known}") from None
