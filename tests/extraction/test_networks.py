"""The networks are those of Keras, and VGG16 is the paper's, layer for layer."""

import re
from typing import Any

import keras
import numpy as np
import pytest

from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import networks
from tests.extraction.nets import BLOCKS, head, network, random_tensors

# The paper's Figure 2, row for row; only its input has another name now, as Keras numbers inputs as it goes.
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

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)


@pytest.fixture(scope="module")
def vgg16() -> keras.Model:
    model = networks.build(network())
    networks.load(model, random_tensors(model), "random")
    return model


def figure_2() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for line in FIGURE_2.splitlines():
        match = re.fullmatch(r"(\w+) \((\w+)\)\t\(None, (\d+), (\d+), (\d+)\)\t(\d+)", line)
        assert match is not None
        name, kind, *shape, parameters = match.groups()
        rows.append({"layer": name, "kind": kind, "shape": [int(x) for x in shape], "parameters": int(parameters)})
    return rows


# The table


def test_vgg16_is_the_papers_figure_2(vgg16: keras.Model) -> None:
    found, expected = networks.table(vgg16), figure_2()
    assert found[1:] == expected[1:]
    assert {**found[0], "layer": "input_1"} == expected[0]
    assert sum(row["parameters"] for row in found) == FIGURE_2_TOTAL


def test_the_tensors_hold_just_the_tables_parameters(vgg16: keras.Model) -> None:
    expected = {row["layer"]: row["parameters"] for row in figure_2() if row["kind"] == "Conv2D"}
    found: dict[str, int] = {}
    for path, shape in networks.shapes(vgg16).items():
        layer, kind = path.split("/")
        assert kind in ("kernel", "bias")
        found[layer] = found.get(layer, 0) + int(np.prod(shape))
    assert found == expected


# What cannot be built or cut


@pytest.mark.parametrize("name", ["VGG99", "vgg16", "keras", "resnet"])
def test_an_unknown_architecture_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError) as caught:
        networks.build(network(name))
    message = str(caught.value)
    assert message.startswith(f"params.yaml: keras.applications has no architecture {name!r}; it has ")
    assert {"VGG16", "VGG19", "ResNet50"} < set(message.split("; it has ")[1].split(", "))
    assert "\n" not in message


@pytest.mark.parametrize(("name", "size"), [("VGG16", 31), ("MobileNetV2", 16)])
def test_images_too_small_for_an_architecture_are_refused(name: str, size: int) -> None:
    with pytest.raises(InputError, match=rf"^params.yaml: {name} does not take images of {size} pixels \(.*32x32") as caught:
        networks.build(network(name, size))
    assert "\n" not in str(caught.value)


def test_an_unknown_layer_is_answered_with_the_known_ones(vgg16: keras.Model) -> None:
    entry = network(layers={"block6": {"layer": "block6_pool", "pooling": "flatten"}})
    with pytest.raises(InputError) as caught:
        networks.forward(vgg16, entry)
    message = str(caught.value)
    assert message.startswith("params.yaml: vgg16 has no layer 'block6_pool'; it has input")
    assert message.endswith("block5_conv3, block5_pool")
    assert "\n" not in message


# From images to features


def features(model: keras.Model, entry: Network) -> dict[str, Any]:
    return {name: tensor.numpy() for name, tensor in networks.forward(model, entry)(IMAGES).items()}


def test_one_pass_gives_what_five_networks_cut_at_its_layers_give(vgg16: keras.Model) -> None:
    together = features(vgg16, network())
    widths = {"block1": 2 * 64, "block2": 2 * 128, "block3": 2 * 256, "block4": 2 * 512, "block5": 512}
    assert {name: array.shape[1] for name, array in together.items()} == widths
    for name, entry in BLOCKS.items():
        alone = features(vgg16, network(layers={name: entry}))
        assert list(alone) == [name]
        assert alone[name].std() > 0
        np.testing.assert_allclose(together[name], alone[name], rtol=1e-5, atol=1e-5)


def test_the_order_of_layers_in_params_changes_nothing_but_their_order(vgg16: keras.Model) -> None:
    forwards, backwards = (features(vgg16, network(layers=dict(order(BLOCKS.items())))) for order in (list, reversed))
    assert list(backwards) == list(reversed(forwards))
    for name, array in forwards.items():
        np.testing.assert_allclose(backwards[name], array, rtol=1e-5, atol=1e-5)


def test_tensors_are_put_in_by_name_in_whatever_order_they_come() -> None:
    model = head()
    tensors = random_tensors(model)
    networks.load(model, dict(reversed(tensors.items())), "x")
    for variable in model.weights:
        np.testing.assert_array_equal(variable.numpy(), tensors[variable.path])


def test_one_block_computes_what_its_definition_says() -> None:
    model, generator = head("block1_pool"), np.random.default_rng(3)
    tensors = random_tensors(model)
    networks.load(model, tensors, "x")
    images = generator.normal(size=(2, 48, 48, 3)).astype(np.float32)

    expected = images.astype(np.float64)
    for layer in ("block1_conv1", "block1_conv2"):  # y = max(0, Σ kernel · x + bias), a border of zeros around x
        padded = np.pad(expected, ((0, 0), (1, 1), (1, 1), (0, 0)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))  # (n, y, x, in, ky, kx)
        sums = np.einsum("nyxiab,abio->nyxo", windows, tensors[f"{layer}/kernel"].astype(np.float64), optimize=True)
        expected = np.maximum(0, sums + tensors[f"{layer}/bias"])
    expected = expected.reshape(2, 24, 2, 24, 2, 64).max(axis=(2, 4))

    np.testing.assert_allclose(model(images), expected, rtol=1e-4, atol=1e-4)


ACTIVATIONS = np.array([[[[1, -8], [2, 7]], [[3, 6], [6, -1]]]], np.float32)  # (1, 2, 2, 2)


def test_mean_max_pooling_has_the_means_first() -> None:
    found = networks.pool(ACTIVATIONS, "mean-max").numpy()
    np.testing.assert_array_equal(found, np.array([[3, 1, 6, 7]], np.float32), strict=True)


def test_flattening_keeps_every_activation_in_order() -> None:
    found = networks.pool(ACTIVATIONS, "flatten").numpy()
    np.testing.assert_array_equal(found, np.array([[1, -8, 2, 7, 3, 6, 6, -1]], np.float32), strict=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "scaling", "layers", "widths"),
    [
        ("MobileNetV2", "tf", {"early": "block_3_expand_relu", "last": "out_relu"}, {"early": 2 * 144, "last": 2 * 1280}),
        ("ResNet50", "caffe", {"early": "conv2_block3_out", "last": "conv5_block3_out"}, {"early": 2 * 256, "last": 2 * 2048}),
    ],
)
def test_another_architecture_will_do(name: str, scaling: str, layers: dict[str, str], widths: dict[str, int]) -> None:
    entry = network(
        name,
        preparation={"size": 32, "scaling": scaling},
        layers={key: {"layer": layer, "pooling": "mean-max"} for key, layer in layers.items()},
    )
    model = networks.build(entry)
    networks.load(model, networks.he_normal(model, 1), "random")
    found = features(model, entry)
    assert {key: array.shape for key, array in found.items()} == {key: (len(IMAGES), n) for key, n in widths.items()}
    for array in found.values():
        assert np.isfinite(array).all()
        assert not np.array_equal(array[0], array[1]), "the images show"
