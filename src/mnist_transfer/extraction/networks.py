"""Networks of ``keras.applications`` without their classifying top, their weights, and where a study cuts them.

Tensors are named by Keras' path of their variable: ``<layer>/kernel``, float32 (height, width, in, out), and ``<layer>/bias``.
TensorFlow is imported where a model is built, and nowhere else: it takes seconds.
"""

import hashlib
import inspect
import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mnist_transfer import files, paths
from mnist_transfer.entries import Layer, Network
from mnist_transfer.errors import InputError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Tensors = dict[str, npt.NDArray[Any]]

#: The sha256 of each architecture's file of ImageNet weights, as `mnist-transfer fetch` writes it. It stands here, in what
#: features depend on, so that other weights make other features.
WEIGHTS = Path(__file__).with_name("weights.json")


def build(network: Network) -> "keras.Model":
    """Build the whole network for its image size, without its classifying top and with Keras' initial weights.

    Raises
    ------
    InputError
        ``keras.applications`` has no such architecture, or the architecture does not take images of this size.
    """
    import keras

    from mnist_transfer.extraction import preparation  # noqa: F401  which sets TensorFlow's threads, before it has any

    if network.is_file:
        return _read(network)
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


def _read(network: Network) -> "keras.Model":
    """Read a network from its file; one that is missing, damaged, not the one meant or for other images is an `InputError`."""
    import keras

    path, size = Path(network.architecture), network.preparation.size
    with files.reading(path, f"give the file's path from the folder of {paths.PARAMS}"):
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != network.weights:
        raise InputError(
            f"{path} has the sha256 {found}; if it is the one that is meant, write that at its weights in {paths.PARAMS}"
        )
    with files.reading(path, "save the network with `model.save`, and without code of its own"):
        read = keras.saving.load_model(path, compile=False)
        model = keras.Model(read.inputs, read.outputs)  # a `Sequential` has no output of its layers
    shape = model.input_shape
    if len(shape) != 4 or any(side not in (None, size) for side in shape[1:3]) or shape[3] not in (1, 3):
        raise InputError(
            f"{path} takes input of the shape {shape[1:]}, and the preparation of {paths.PARAMS} gives ({size}, {size}, 3)"
        )
    return model


def make(network: Network, tensors: Mapping[str, npt.NDArray[Any]], name: str) -> "keras.Model":
    """Build a network with the weights that :func:`get_weights` has returned; see :func:`load`."""
    model = build(network)
    if not network.is_file:
        load(model, tensors, name)
    return model


def table(model: "keras.Model") -> list[dict[str, Any]]:
    """List a network's layers: name, kind (Keras' class), output shape without the batch, and number of parameters.

    For VGG16 at 48 pixels this is the paper's Figure 2.
    """
    return [
        {
            "layer": re.sub(r"^(input_layer)_\d+$", r"\1", layer.name),  # Keras numbers the inputs of a process
            "kind": type(layer).__name__,
            "shape": [int(length) for length in layer.output.shape[1:]],
            "parameters": int(layer.count_params()),
        }
        for layer in model.layers
    ]


def identify_weights(network: Network, seed: int) -> str:
    """Name a network's weights by what they come from: a seed, or the sha256 that their file must have."""
    if network.weights == "random":
        return f"random {seed}"
    if network.is_file:
        return network.weights
    known = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    if network.architecture not in known:
        raise InputError(
            f"{paths.PARAMS}: no ImageNet weights are known for {network.architecture}, only for {', '.join(known)}; use "
            "weights: random"
        )
    return str(known[network.architecture])


def get_weights(network: Network, model: "keras.Model", seed: int) -> Tensors:
    """Return a network's weights: ImageNet's from the file that `mnist-transfer fetch` has brought, or random ones.

    One's own file has been read with its weights: none are returned for it.

    Raises
    ------
    InputError
        The file is missing, or is not the one that is known.
    """
    if network.is_file:
        return {}
    if network.weights == "random":
        return he_normal(model, seed)
    import safetensors.numpy

    path = paths.weights(network.architecture)
    with files.reading(path, "run `mnist-transfer fetch`"):
        content = path.read_bytes()
        if (found := hashlib.sha256(content).hexdigest()) != identify_weights(network, seed):
            raise ValueError(f"sha256 {found}")
        return dict(safetensors.numpy.load(content))


def he_normal(model: "keras.Model", seed: int) -> Tensors:
    """Draw random kernels: He et al., "Delving deep into rectifiers", 2015, https://doi.org/10.1109/ICCV.2015.123.

    They are normal with variance 2 / fan-in, which keeps the activations' scale through layers of ReLU. All other variables
    keep what Keras gives them: biases of zero, and normalisations that change nothing.
    """
    import keras

    generator = np.random.default_rng(seed)
    tensors: Tensors = {}
    depthwise = {layer.kernel.path for layer in model.layers if isinstance(layer, keras.layers.DepthwiseConv2D)}
    depthwise |= {layer.depthwise_kernel.path for layer in model.layers if isinstance(layer, keras.layers.SeparableConv2D)}
    for variable in model.weights:
        shape = tuple(variable.shape)
        if variable.path.endswith("kernel"):
            fan_in = np.prod(shape[:2]) if variable.path in depthwise else np.prod(shape[:-1])
            tensors[variable.path] = generator.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32)
        else:
            tensors[variable.path] = np.asarray(variable.numpy(), np.float32)
    return tensors


def load(model: "keras.Model", tensors: Mapping[str, npt.NDArray[Any]], name: str) -> None:
    """Put tensors into a network.

    Raises
    ------
    InputError
        A tensor is missing, has another shape or is not finite; the message begins with `name`.
    """
    expected = {variable.path: tuple(variable.shape) for variable in model.weights}
    if missing := [key for key in expected if key not in tensors]:
        raise InputError(f"{name}: the network needs {', '.join(missing[:6])}, which its weights lack; get them again")
    for key, shape in expected.items():
        if tensors[key].shape != shape:
            raise InputError(f"{name}: {key} has shape {tensors[key].shape}, not {shape}; get the weights again")
        if not np.isfinite(tensors[key]).all():
            raise InputError(f"{name}: {key} holds NaN or infinite values; get the weights again")
    for variable in model.weights:
        variable.assign(tensors[variable.path])


def forward(model: "keras.Model", network: Network) -> Any:
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
    import keras
    import tensorflow as tf

    from mnist_transfer.extraction import preparation

    outputs = {name: output(model, entry) for name, entry in network.layers.items()}
    cut = keras.Model(model.input, outputs)

    def run(images: "tf.Tensor") -> dict[str, "tf.Tensor"]:
        prepared = preparation.prepare(images, network.preparation)
        if model.input_shape[-1] == 1:
            prepared = prepared[..., :1]
        activations = cut(prepared, training=False)
        return {name: pool(activations[name], entry.pooling) for name, entry in network.layers.items()}

    return tf.function(run, reduce_retracing=True)


def pool(activations: "tf.Tensor", pooling: str) -> "tf.Tensor":
    """Turn activations (n, height, width, channels) into vectors: all of them, or each channel's mean and maximum."""
    import tensorflow as tf

    if pooling == "mean-max":
        positions = list(range(1, len(activations.shape) - 1))
        return tf.concat([tf.reduce_mean(activations, positions), tf.reduce_max(activations, positions)], axis=-1)
    return tf.reshape(activations, (-1, int(np.prod(activations.shape[1:]))))


def widths(model: "keras.Model", network: Network) -> dict[str, int]:
    """Return how many features each of a network's layers gives, by its name."""
    shapes = {name: tuple(output(model, entry).shape[1:]) for name, entry in network.layers.items()}
    return {
        name: 2 * shape[-1] if network.layers[name].pooling == "mean-max" else int(np.prod(shape))
        for name, shape in shapes.items()
    }


def output(model: "keras.Model", entry: Layer) -> Any:
    """Return where a network is cut; a layer that it lacks is an `InputError`."""
    try:
        return model.get_layer(entry.layer).output
    except ValueError:
        known = ", ".join(layer.name for layer in model.layers)
        raise InputError(f"{paths.PARAMS}: {model.name} has no layer {entry.layer!r}; it has {known}") from None
