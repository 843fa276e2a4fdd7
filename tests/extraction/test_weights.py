"""A network's weights: ImageNet's as they were fetched and nothing else, or He-normal ones from the seed."""

from typing import Any

import numpy as np
import pytest

from mnist_transfer import files, paths
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import networks

LAST = {"last": {"layer": "block5_pool", "pooling": "mean-max"}}


def network(architecture: str, weights: str, size: int = 48) -> Network:
    entry: dict[str, Any] = {"architecture": architecture, "weights": weights, "preparation": {"size": size}, "layers": LAST}
    return Network.model_validate(entry)


@pytest.mark.usefixtures("empty_folder")
def test_imagenet_weights_that_are_missing_damaged_or_unknown_are_refused() -> None:
    model: Any = None  # of which there is no need
    path = paths.weights("VGG16")
    with pytest.raises(InputError, match=f"^{path} is missing; run `mnist-transfer fetch`$"):
        networks.get_weights(network("VGG16", "imagenet"), model, 1)
    files.write_text(path, "damaged")
    with pytest.raises(InputError, match=rf"^{path} is damaged \(sha256 .*\); run `mnist-transfer fetch`$"):
        networks.get_weights(network("VGG16", "imagenet"), model, 1)
    with pytest.raises(InputError, match="no ImageNet weights are known for VGG19, only for VGG16"):
        networks.identify_weights(network("VGG19", "imagenet"), 1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [("VGG16", 32), ("MobileNetV2", 32), ("Xception", 71)])
def test_random_weights_come_from_the_seed_and_keep_the_scale_and_the_normalisations(name: str, size: int) -> None:
    """A depthwise kernel sees one channel, so its fan-in is its area."""
    model = networks.build(network(name, "random", size))
    tensors = networks.he_normal(model, seed=1)
    for path, tensor in tensors.items():
        last = path.split("/")[-1]
        assert tensor.dtype == np.float32
        if last.endswith("kernel"):
            depthwise = "depthwise" in path and last != "pointwise_kernel"
            fan_in = np.prod(tensor.shape[:2] if depthwise else tensor.shape[:-1])
            assert tensor.var() * fan_in == pytest.approx(2, rel=0.4), path  # 288 draws in the smallest
            assert abs(tensor.mean()) < 5 * np.sqrt(2 / fan_in / tensor.size)
        else:
            expected = {"gamma": 1, "beta": 0, "moving_mean": 0, "moving_variance": 1, "bias": 0}
            assert (tensor == expected[last]).all(), path
    again, other = networks.he_normal(model, seed=1), networks.he_normal(model, seed=2)
    assert all(np.array_equal(again[path], tensor) for path, tensor in tensors.items())
    assert not all(np.array_equal(other[path], tensor) for path, tensor in tensors.items())


@pytest.mark.slow
def test_loading_names_what_is_missing_misshapen_or_not_finite() -> None:
    model = networks.build(network("VGG16", "random", 32))
    tensors = networks.he_normal(model, seed=1)
    networks.load(model, tensors, "x")
    few = {path: tensor for path, tensor in tensors.items() if "block3_conv1" not in path}
    with pytest.raises(InputError, match=r"^x: the network needs block3_conv1/kernel, block3_conv1/bias"):
        networks.load(model, few, "x")
    with pytest.raises(InputError, match=r"^x: block1_conv2/bias has shape \(63,\), not \(64,\)"):
        networks.load(model, tensors | {"block1_conv2/bias": np.zeros(63)}, "x")
    with pytest.raises(InputError, match=r"^x: block2_conv2/bias holds NaN or infinite values"):
        networks.load(model, tensors | {"block2_conv2/bias": np.full(128, np.nan, np.float32)}, "x")
