"""VGG16 and VGG19 without their classification layers, cut where a study wants them.

Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014,
https://doi.org/10.48550/arXiv.1409.1556: configurations D (16 layers) and E (19). Layers carry the names that
``keras.applications`` gave them, which are also the names in the official weight files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

Network = Literal["vgg16", "vgg19"]

#: Convolutions in each of the five blocks: configurations D and E of table 1.
CONVOLUTIONS: dict[Network, tuple[int, ...]] = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
#: Channels of each block.
CHANNELS = (64, 128, 256, 512, 512)


@dataclass(frozen=True)
class Layer:
    """One row of a network's table of layers.

    Attributes
    ----------
    name, kind
        Keras' name and class of the layer.
    shape
        Height, width and channels of its output.
    parameters
        Number of its weights.
    """

    name: str
    kind: str
    shape: tuple[int, int, int]
    parameters: int


def convolutions(network: Network, blocks: int = 5) -> dict[str, tuple[int, int, int, int]]:
    """Return the kernel shape (height, width, in, out) of every convolution in the first `blocks` blocks, by layer name."""
    kernels: dict[str, tuple[int, int, int, int]] = {}
    channels_in = 3
    for block in range(1, blocks + 1):
        for number in range(1, CONVOLUTIONS[network][block - 1] + 1):
            kernels[f"block{block}_conv{number}"] = (3, 3, channels_in, CHANNELS[block - 1])
            channels_in = CHANNELS[block - 1]
    return kernels


def block_of(layer: str) -> int:
    """Return the number of the block that a layer belongs to."""
    return int(layer.removeprefix("block")[0])


def table(network: Network, image_size: int, blocks: int = 5) -> list[Layer]:
    """List the layers for square images of `image_size` pixels: the paper's Figure 2 for VGG16 at 48."""
    size = image_size
    layers = [Layer("input_1", "InputLayer", (size, size, 3), 0)]
    kernels = convolutions(network, blocks)
    for block in range(1, blocks + 1):
        for name, kernel in kernels.items():
            if block_of(name) == block:
                layers.append(Layer(name, "Conv2D", (size, size, kernel[3]), int(np.prod(kernel)) + kernel[3]))
        size //= 2
        layers.append(Layer(f"block{block}_pool", "MaxPooling2D", (size, size, CHANNELS[block - 1]), 0))
    return layers


def build(network: Network, blocks: int, image_size: int, tensors: Mapping[str, npt.NDArray[Any]]) -> "keras.Model":
    """Build the first `blocks` blocks, up to and with the last one's pooling, and load their weights.

    Parameters
    ----------
    network
        ``vgg16`` or ``vgg19``.
    blocks
        1 to 5.
    image_size
        Side of the square RGB images, in pixels.
    tensors
        ``<layer>/kernel`` (3, 3, in, out) and ``<layer>/bias`` (out,) of every convolution, float32.

    Returns
    -------
    keras.Model
        Maps float32 (n, image_size, image_size, 3) to float32 (n, height, width, channels).
    """
    import keras

    inputs = keras.Input((image_size, image_size, 3))
    outputs = inputs
    for layer in table(network, image_size, blocks)[1:]:
        if layer.kind == "Conv2D":
            convolution = keras.layers.Conv2D(layer.shape[2], 3, padding="same", activation="relu", name=layer.name)
            outputs = convolution(outputs)
            convolution.set_weights([tensors[f"{layer.name}/kernel"], tensors[f"{layer.name}/bias"]])
        else:
            outputs = keras.layers.MaxPooling2D(2, name=layer.name)(outputs)
    return keras.Model(inputs, outputs, name=network)
