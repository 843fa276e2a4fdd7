"""Networks for tests: their entries, made-up weights, and the layout of Keras' official files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import numpy.typing as npt

from mnist_transfer.entries import Network
from mnist_transfer.extraction import networks, weights
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
    tensors = weights.he_normal(model, seed)
    return tensors | {
        name: generator.normal(0, 0.1, tensor.shape).astype(np.float32)
        for name, tensor in tensors.items()
        if name.endswith("/bias")
    }


def head(last: str = "block2_pool") -> keras.Model:
    """Return the first blocks of VGG16, which are soon filled."""
    model = networks.build(network())
    return keras.Model(model.input, model.get_layer(last).output, name="vgg16")


def write_h5(path: Path, tensors: Mapping[str, npt.NDArray[Any]], model: keras.Model) -> None:
    """Write the layout of Keras' official files, all layers listed, those without weights as empty groups."""
    layers = [layer.name for layer in model.layers]
    with h5py.File(path, "w") as stream:
        stream.attrs["layer_names"] = [layer.encode() for layer in layers]
        stream.attrs["backend"] = b"tensorflow"
        stream.attrs["keras_version"] = b"1.2.0"
        for layer in layers:
            group = stream.create_group(layer)
            names = {f"{layer}_W_1:0": f"{layer}/kernel", f"{layer}_b_1:0": f"{layer}/bias"}
            present = [dataset for dataset, name in names.items() if name in tensors]
            for dataset in present:
                group[dataset] = tensors[names[dataset]]
            group.attrs["weight_names"] = [dataset.encode() for dataset in present]


def assert_same(found: Mapping[str, npt.NDArray[Any]], expected: Mapping[str, npt.NDArray[Any]]) -> None:
    assert set(found) == set(expected)
    for name, tensor in expected.items():
        np.testing.assert_array_equal(found[name], tensor, strict=True)
