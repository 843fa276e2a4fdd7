"""The networks are those of Keras, VGG16 is the paper's, layer for layer, and one pass gives the features of all its layers."""

import hashlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from mnist_transfer import paths
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import networks

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
BLOCKS = {f"block{number}": {"layer": f"block{number}_pool", "pooling": "mean-max"} for number in (1, 2, 3, 4)} | {
    "block5": {"layer": "block5_pool", "pooling": "flatten"}
}
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 28, 28), dtype=np.uint8)


def network(architecture: str = "VGG16", size: int = 48, **changes: Any) -> Network:
    """Return an entry of params.yaml; VGG16 with all five blocks unless told otherwise."""
    entry = {"architecture": architecture, "weights": "random", "preparation": {"size": size}, "layers": BLOCKS}
    return Network.model_validate(entry | changes)


# Weights


def test_weights_are_named_by_a_seed_or_by_the_sha256_that_their_file_must_have() -> None:
    assert networks.identify_weights(network(), 7) == "random 7" != networks.identify_weights(network(), 8)
    with pytest.raises(InputError, match=r"no ImageNet weights are known for VGG19, only for VGG16; use weights: random$"):
        networks.identify_weights(network("VGG19", weights="imagenet"), 7)


@pytest.mark.usefixtures("empty_folder")
def test_the_file_of_weights_is_the_one_that_is_known_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imagenet, model, path = network(weights="imagenet"), object(), paths.weights("VGG16")
    with pytest.raises(InputError, match=rf"^{path} is missing; run `mnist-transfer fetch`$"):
        networks.get_weights(imagenet, model, seed=1)
    tensors = {"block1_conv1/kernel": np.arange(6, dtype=np.float32).reshape(2, 3)}
    path.parent.mkdir(parents=True)
    path.write_bytes(content := safetensors.numpy.save(tensors))
    with pytest.raises(InputError, match=rf"^{path} is damaged \(sha256 [0-9a-f]{{64}}\); run `mnist-transfer fetch`$"):
        networks.get_weights(imagenet, model, seed=1)
    known = tmp_path / "weights.json"
    known.write_text(f'{{"VGG16": "{hashlib.sha256(content).hexdigest()}"}}')
    monkeypatch.setattr(networks, "WEIGHTS", known)
    found = networks.get_weights(imagenet, model, seed=1)
    np.testing.assert_array_equal(found["block1_conv1/kernel"], tensors["block1_conv1/kernel"], strict=True)


# With TensorFlow


@pytest.fixture(scope="module")
def vgg16() -> Any:
    """VGG16 with random weights, and biases that are not zero."""
    model, generator = networks.build(network()), np.random.default_rng(5)
    tensors = networks.he_normal(model, 5)
    biases = {
        name: generator.normal(0, 0.1, tensor.shape).astype(np.float32) for name, tensor in tensors.items() if "bias" in name
    }
    networks.load(model, dict(reversed((tensors | biases).items())), "random")
    for variable in model.weights:
        np.testing.assert_array_equal(variable.numpy(), (tensors | biases)[variable.path])
    return model


def features(model: Any, entry: Network) -> dict[str, Any]:
    return {name: tensor.numpy() for name, tensor in networks.forward(model, entry)(IMAGES).items()}


@pytest.mark.slow
def test_vgg16_is_the_papers_figure_2(vgg16: Any) -> None:
    rows = [re.fullmatch(r"(\w+) \((\w+)\)\t\(None, (\d+), (\d+), (\d+)\)\t(\d+)", line) for line in FIGURE_2.splitlines()]
    expected = [
        {"layer": match[1], "kind": match[2], "shape": [int(match[at]) for at in (3, 4, 5)], "parameters": int(match[6])}
        for match in rows
        if match
    ]
    first, *others = networks.table(vgg16)
    assert [{**first, "layer": "input_1"}, *others] == expected
    assert vgg16.count_params() == 14_714_688
    assert networks.widths(vgg16, network()) == {"block1": 128, "block2": 256, "block3": 512, "block4": 1024, "block5": 512}


@pytest.mark.slow
def test_random_kernels_are_he_normal_from_the_seed() -> None:
    model = networks.build(network())
    tensors = networks.he_normal(model, 3)
    for name, tensor in tensors.items():
        if name.endswith("/kernel"):
            expected = np.sqrt(2 / np.prod(tensor.shape[:-1]))
            assert tensor.std() == pytest.approx(expected, rel=0.05)
            assert abs(tensor.mean()) < 0.1 * expected
        else:
            assert not tensor.any()
        np.testing.assert_array_equal(networks.he_normal(model, 3)[name], tensor)
    assert not np.array_equal(networks.he_normal(model, 4)["block1_conv1/kernel"], tensors["block1_conv1/kernel"])


@pytest.mark.slow
def test_weights_that_do_not_fit_and_an_unknown_layer_are_one_line(vgg16: Any) -> None:
    name, tensors = "block1_conv1/bias", {variable.path: variable.numpy() for variable in vgg16.weights}
    wrong = {
        "the network needs block1_conv1/bias, which its weights lack; get": {k: v for k, v in tensors.items() if k != name},
        r"block1_conv1/bias has shape \(63,\), not \(64,\); get": tensors | {name: np.zeros(63, np.float32)},
        "block1_conv1/bias holds NaN or infinite values; get": tensors | {name: np.full(64, np.nan, np.float32)},
    }
    for message, content in wrong.items():
        with pytest.raises(InputError, match=f"^mine: {message}"):
            networks.load(vgg16, content, "mine")
    entry = network(layers={"block6": {"layer": "block6_pool", "pooling": "flatten"}})
    with pytest.raises(InputError, match=r"^params.yaml: vgg16 has no layer 'block6_pool'; it has input.*, block5_pool$"):
        networks.forward(vgg16, entry)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("architecture", "size", "message"),
    [
        ("vgg16", 48, "has no architecture 'vgg16'; it has .*ResNet50, .*VGG16, VGG19, "),
        ("MobileNetV2", 16, r"MobileNetV2 does not take images of 16 pixels \(.*32x32"),
    ],
)
def test_what_cannot_be_built_is_one_line(architecture: str, size: int, message: str) -> None:
    with pytest.raises(InputError, match=f"^params.yaml: .*{message}") as caught:
        networks.build(network(architecture, size))
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_one_pass_gives_what_five_networks_cut_at_its_layers_give_in_any_order(vgg16: Any) -> None:
    together = features(vgg16, network())
    backwards = features(vgg16, network(layers=dict(reversed(BLOCKS.items()))))
    assert list(backwards) == list(reversed(together)) == list(reversed(BLOCKS))
    for name, entry in BLOCKS.items():
        alone = features(vgg16, network(layers={name: entry}))
        assert list(alone) == [name]
        assert alone[name].std() > 0
        for found in (together, backwards):
            np.testing.assert_allclose(found[name], alone[name], rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_a_pass_is_what_keras_own_network_gives_on_the_authors_way(vgg16: Any) -> None:
    import keras
    import tensorflow as tf

    theirs = keras.applications.VGG16(include_top=False, weights=None, input_shape=(48, 48, 3))
    theirs.set_weights(vgg16.get_weights())
    resized = tf.image.resize(np.stack([np.dstack([image] * 3) for image in IMAGES]), (48, 48))
    expected = theirs.predict(keras.applications.vgg16.preprocess_input(resized.numpy()), verbose=0).reshape(len(IMAGES), 512)
    assert expected.std() > 0
    np.testing.assert_allclose(features(vgg16, network())["block5"], expected, rtol=1e-4, atol=1e-4 * expected.max())


@pytest.mark.slow
def test_activations_are_pooled_or_laid_out_flat() -> None:
    activations = np.array([[[[1, -8], [2, 7]], [[3, 6], [6, -1]]]], np.float32)  # (1, 2, 2, 2)
    for pooling, pooled in {"mean-max": [[3, 1, 6, 7]], "flatten": [[1, -8, 2, 7, 3, 6, 6, -1]]}.items():
        np.testing.assert_array_equal(networks.pool(activations, pooling).numpy(), np.array(pooled, np.float32), strict=True)


@pytest.mark.slow
@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_of_ones_own_is_read_from_its_file(channels: int) -> None:
    import keras

    from mnist_transfer.extraction import preparation  # noqa: F401  which sets TensorFlow's threads, before it has any

    path = Path("mine.keras")
    keras.utils.set_random_seed(1)
    of = keras.layers
    mine = keras.Sequential([keras.Input((28, 28, channels)), of.Conv2D(4, 3, name="conv"), of.GlobalMaxPool2D(name="pool")])
    mine.save(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    unit = {"size": 28, "scaling": "unit"}
    cuts = {"conv": {"layer": "conv"}, "pool": {"layer": "pool", "pooling": "flatten"}}
    entry = network(str(path), 28, weights=digest, preparation=unit, layers=cuts)
    found = features(networks.make(entry, networks.get_weights(entry, networks.build(entry), 1), "mine"), entry)
    assert networks.identify_weights(entry, 1) == digest
    shown = np.repeat(IMAGES[..., np.newaxis] / np.float32(255), channels, axis=-1)
    # Near zero the last digits of the sums are all there is: hence atol.
    np.testing.assert_allclose(found["pool"], mine(shown).numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found["conv"][:, 4:], found["pool"], rtol=1e-5)

    def refused(message: str, **changes: Any) -> None:
        with pytest.raises(InputError, match=message):
            networks.make(entry.model_copy(update=changes), {}, "mine")

    refused(f"^mine.keras has the sha256 {digest}; if it is the one that is meant", weights="0" * 64)
    refused(r"takes input of the shape \(28, 28, \d\), and .* gives \(48, 48, 3\)", preparation=network().preparation)
    refused("^gone.keras", architecture="gone.keras")
    path.write_bytes(b"cut")
    refused("^mine.keras is damaged", weights=hashlib.sha256(b"cut").hexdigest())


@pytest.mark.slow
def test_another_architecture_will_do() -> None:
    layers = {"early": "conv2_block3_out", "last": "conv5_block3_out"}
    entry = network("ResNet50", 32, layers={key: {"layer": layer, "pooling": "mean-max"} for key, layer in layers.items()})
    model = networks.build(entry)
    networks.load(model, networks.get_weights(entry, model, 1), "random")
    found = features(model, entry)
    assert {key: array.shape[1] for key, array in found.items()} == {"early": 2 * 256, "last": 2 * 2048}
    for array in found.values():
        assert np.isfinite(array).all()
        assert not np.array_equal(array[0], array[1]), "the images show"
