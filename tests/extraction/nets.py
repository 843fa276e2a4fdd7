"""Networks for tests: their entries and made-up weights."""

from typing import Any

import keras
import numpy as np

from mnist_transfer.entries import Network
from mnist_transfer.extraction import networks
from mnist_transfer.extraction.networks import Tensors

#: Where the paper's network is cut in the study.
BLOCKS = {f"block{number}": {"layer": f"block{number}_pool", "pooling": "mean-max"} for number in (1, 2, 3, 4)} | {
    "block5": {"layer": "block5_pool", "pooling": "flatten"}
}


def network(architecture: str = "VGG16", size: int = 48, **changes: Any) -> Network:
    """Return an entry of params.yaml; VGG16 with all five blocks unless told otherwise."""
    entry = {"architecture": architecture, "weights": "random", "preparation": {"size": size}, "layers": BLOCKS}
    return Network.model_validate(entry | changes)


def random_tensors(model: keras.Model, seed: int = 5) -> Tensors:
    """He-normal kernels, and biases that are not zero."""
    generator = np.random.default_rng(seed)
    tensors = networks.he_normal(model, seed)
    return tensors | {
        name: generator.normal(0, 0.1, tensor.shape).astype(np.float32)
        for name, tensor in tensors.items()
        if name.endswith("/bias")
    }


def head(last: str = "block2_pool") -> keras.Model:
    """Return the first blocks of VGG16, which are soon filled."""
    model = networks.build(network())
    return keras.Model(model.input, model.get_layer(last).output, name="vgg16")
