"""The networks are the paper's, and Keras' own, layer for layer."""

import re

import numpy as np
import pytest

from mnist_transfer import vgg, weights
from mnist_transfer.vgg import Layer, Network

# The paper's Figure 2, row for row.
FIGURE_2 = """\
input_1 (InputLayer)	(None, 48, 48, 3)	0
block1_conv1 (Conv2D)	(None, 48, 48, 64)	1792
block1_conv2 (Conv2D)	(None, 48, 48, 64)	36928
block1_pool (MaxPooling2D)	(None, 24, 24, 64)	0
block2_conv1 (Conv2D)	(None, 24, 24, 128)	73856
block2_conv2 (Conv2D)	(None, 24, 24, 128)	147584
block2_pool (MaxPooling2D)	(None, 12, 12, 128)	0
block3_conv1 (Conv2D)	(None, 12, 12, 256)	295168
block3_conv2 (Conv2D)	(None, 12, 12, 256)	590080
block3_conv3 (Conv2D)	(None, 12, 12, 256)	590080
block3_pool (MaxPooling2D)	(None, 6, 6, 256)	0
block4_conv1 (Conv2D)	(None, 6, 6, 512)	1180160
block4_conv2 (Conv2D)	(None, 6, 6, 512)	2359808
block4_conv3 (Conv2D)	(None, 6, 6, 512)	2359808
block4_pool (MaxPooling2D)	(None, 3, 3, 512)	0
block5_conv1 (Conv2D)	(None, 3, 3, 512)	2359808
block5_conv2 (Conv2D)	(None, 3, 3, 512)	2359808
block5_conv3 (Conv2D)	(None, 3, 3, 512)	2359808
block5_pool (MaxPooling2D)	(None, 1, 1, 512)	0
"""
FIGURE_2_TOTAL = 14_714_688


def figure_2() -> list[Layer]:
    rows = []
    for line in FIGURE_2.splitlines():
        match = re.fullmatch(r"(\w+) \((\w+)\)\t\(None, (\d+), (\d+), (\d+)\)\t(\d+)", line)
        assert match is not None
        name, kind, height, width, channels, parameters = match.groups()
        rows.append(Layer(name, kind, (int(height), int(width), int(channels)), int(parameters)))
    return rows


def total(layers: list[Layer]) -> int:
    return sum(layer.parameters for layer in layers)


def test_vgg16_is_the_papers_figure_2() -> None:
    assert vgg.table("vgg16", 48) == figure_2()
    assert total(vgg.table("vgg16", 48)) == FIGURE_2_TOTAL


@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 5])
def test_a_cut_network_is_the_head_of_the_whole_one(blocks: int) -> None:
    head = vgg.table("vgg16", 48, blocks)
    assert head == figure_2()[: len(head)]
    assert head[-1].name == f"block{blocks}_pool"


def test_parameters_of_the_other_networks_of_the_study() -> None:
    assert total(vgg.table("vgg16", 48, 3)) == 1_735_488
    assert total(vgg.table("vgg19", 48)) == 20_024_384


@pytest.mark.parametrize("network", ["vgg16", "vgg19"])
def test_kernels_and_biases_hold_just_the_tables_parameters(network: Network) -> None:
    expected = {layer.name: layer.parameters for layer in vgg.table(network, 48) if layer.kind == "Conv2D"}
    kernels = vgg.convolutions(network)
    assert {name: int(np.prod(shape)) + shape[3] for name, shape in kernels.items()} == expected
    assert all(vgg.block_of(name) == int(name[5]) for name in kernels)


@pytest.mark.parametrize("network", ["vgg16", "vgg19"])
def test_the_table_is_that_of_keras_applications(network: Network) -> None:
    import keras

    application = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}[network]
    model = application(include_top=False, weights=None, input_shape=(48, 48, 3))
    theirs = [Layer(x.name, type(x).__name__, tuple(x.output.shape[1:]), x.count_params()) for x in model.layers]
    ours = vgg.table(network, 48)
    assert ours[1:] == theirs[1:]
    assert (ours[0].kind, ours[0].shape) == (theirs[0].kind, theirs[0].shape)  # Keras numbers its inputs as it goes
    assert total(ours) == model.count_params()


def test_what_is_built_is_what_the_table_says() -> None:
    model = vgg.build("vgg16", 3, 48, weights.he_normal("vgg16", 3, seed=0))
    built = [Layer(x.name, type(x).__name__, tuple(x.output.shape[1:]), x.count_params()) for x in model.layers]
    assert built[1:] == vgg.table("vgg16", 48, 3)[1:]
    assert model.input_shape == (None, 48, 48, 3)
    assert model.output_shape == (None, 6, 6, 256)


def test_one_block_computes_what_its_definition_says() -> None:
    generator = np.random.default_rng(3)
    tensors = weights.he_normal("vgg16", 1, seed=3)
    tensors |= {name: generator.normal(size=64).astype(np.float32) for name in tensors if name.endswith("/bias")}
    images = generator.normal(size=(2, 8, 8, 3)).astype(np.float32)

    expected = images.astype(np.float64)
    for layer in ("block1_conv1", "block1_conv2"):  # y = max(0, Σ kernel · x + bias), a border of zeros around x
        padded = np.pad(expected, ((0, 0), (1, 1), (1, 1), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))  # (n, y, x, in, ky, kx)
        sums = np.einsum("nyxiab,abio->nyxo", windows, tensors[f"{layer}/kernel"].astype(np.float64))
        expected = np.maximum(0, sums + tensors[f"{layer}/bias"])
    count, height, width, channels = expected.shape
    expected = expected.reshape(count, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))

    np.testing.assert_allclose(vgg.build("vgg16", 1, 8, tensors)(images), expected, rtol=1e-5, atol=1e-5)
