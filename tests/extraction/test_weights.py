"""Weights: the same tensors from every form that they come in, and nothing but sound ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.errors import InputError
from mnist_transfer.extraction import networks, weights
from tests.extraction.nets import assert_same, head, network, random_tensors, write_h5

KERNEL = "block1_conv1/kernel"


def test_random_weights_come_from_the_seed_alone() -> None:
    model = head()
    tensors = weights.he_normal(model, seed=1)
    networks.check(tensors, networks.shapes(model), "random")
    assert_same(weights.he_normal(head(), seed=1), tensors)
    assert not np.array_equal(weights.he_normal(model, seed=2)[KERNEL], tensors[KERNEL])


def test_random_kernels_have_he_variance_and_no_bias() -> None:
    for name, tensor in weights.he_normal(head(), seed=1).items():
        assert tensor.dtype == np.float32
        if name.endswith("/bias"):
            assert not tensor.any()
        else:
            fan_in = np.prod(tensor.shape[:3])
            assert tensor.var() * fan_in == pytest.approx(2, rel=0.15)  # 1,728 draws in the smallest
            assert abs(tensor.mean()) < 5 * np.sqrt(2 / fan_in / tensor.size)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [("MobileNetV2", 32), ("Xception", 71)])
def test_random_weights_of_other_architectures_keep_the_scale_and_the_normalisations(name: str, size: int) -> None:
    """A depthwise kernel sees one channel, so its fan-in is its area."""
    model = networks.build(network(name, size))
    for path, tensor in weights.he_normal(model, seed=1).items():
        last = path.split("/")[-1]
        if last.endswith("kernel"):
            depthwise = "depthwise" in path and last != "pointwise_kernel"
            fan_in = np.prod(tensor.shape[:2] if depthwise else tensor.shape[:-1])
            assert tensor.var() * fan_in == pytest.approx(2, rel=0.4), path  # 288 draws in the smallest
        else:
            assert (tensor == {"gamma": 1, "beta": 0, "moving_mean": 0, "moving_variance": 1}[last]).all(), path


def test_reads_the_official_layout(tmp_path: Path) -> None:
    model = head()
    tensors = random_tensors(model)
    write_h5(tmp_path / "x.h5", tensors, model)
    assert_same(weights.read_h5(tmp_path / "x.h5", head()), tensors)


@pytest.mark.parametrize("name", ["x.weights.h5", "x.h5"])
def test_reads_what_keras_3_saves_under_any_name(tmp_path: Path, name: str) -> None:
    model = head()
    tensors = random_tensors(model)
    networks.load(model, tensors, "made up")
    model.save_weights(tmp_path / "x.weights.h5")
    (tmp_path / "x.weights.h5").rename(tmp_path / name)
    assert_same(weights.read_h5(tmp_path / name, head()), tensors)


def test_reads_a_whole_model_that_keras_saves(tmp_path: Path) -> None:
    model = head()
    tensors = random_tensors(model)
    networks.load(model, tensors, "made up")
    model.save(tmp_path / "x.h5")
    assert_same(weights.read_h5(tmp_path / "x.h5", head()), tensors)


@pytest.mark.parametrize(
    "naming", ["{layer}/{layer}/{kind}:0", "{layer}/{kind}:0", "{layer}/{kind}", "layers/{layer}/vars/{number}"]
)
@pytest.mark.parametrize("listed", [True, False])
def test_reads_arrays_by_the_names_of_their_layers_in_whatever_order(tmp_path: Path, naming: str, listed: bool) -> None:
    """So do Keras 2 and early versions of Keras 3 name them, the former with lists of layers and arrays."""
    if listed and naming.startswith("layers/"):
        pytest.skip("Keras 3 has no such lists")
    tensors = random_tensors(head())
    with h5py.File(tmp_path / "x.h5", "w") as stream:
        for path in sorted(tensors, reverse=True):
            layer, kind = path.split("/")
            name = naming.format(layer=layer, kind=kind, number=["kernel", "bias"].index(kind))
            stream[name] = tensors[path]
            if listed:
                names = [*stream[layer].attrs.get("weight_names", []), name.removeprefix(f"{layer}/")]
                stream[layer].attrs["weight_names"] = np.array(names, "S")
        if listed:
            stream.attrs["layer_names"] = [layer.encode() for layer in stream]
    assert_same(weights.read_h5(tmp_path / "x.h5", head()), tensors)


def assert_refused(path: Path, *words: str) -> None:
    with pytest.raises(InputError) as caught:
        weights.read_h5(path, head())
    assert str(caught.value).startswith(f"{path}: not a sound file of vgg16's weights without its top (")
    for word in words:
        assert word in str(caught.value)


def deeper(tmp_path: Path, layer: str) -> Path:
    """Write the weights of a network that has one layer more, and return the file."""
    model = head()
    more = keras.Model(model.input, keras.layers.Conv2D(8, 3, name=layer)(model.output), name="vgg16")
    write_h5(tmp_path / "x.h5", random_tensors(more), more)
    return tmp_path / "x.h5"


def test_weights_with_a_layer_that_the_network_lacks_are_refused(tmp_path: Path) -> None:
    assert_refused(deeper(tmp_path, "block3_conv4"), "(it has block3_conv4, which this network lacks)")


def test_weights_with_an_array_that_a_layer_lacks_are_refused(tmp_path: Path) -> None:
    model = head()
    write_h5(tmp_path / "x.h5", random_tensors(model), model)
    with h5py.File(tmp_path / "x.h5", "r+") as stream:
        group = stream["block1_conv1"]
        group["scale:0"] = np.ones(64)
        group.attrs["weight_names"] = np.array([*group.attrs["weight_names"], "scale:0"], "S")
    assert_refused(tmp_path / "x.h5", "(it has block1_conv1/scale, which this network lacks)")


def test_weights_of_layers_without_names_are_refused(tmp_path: Path) -> None:
    """Early versions of Keras 3 number the layers of a class, and another network's come in the same order."""
    with h5py.File(tmp_path / "x.weights.h5", "w") as stream:
        for number, (path, tensor) in enumerate(random_tensors(head()).items()):
            layer = "conv2d" if number < 2 else f"conv2d_{number // 2}"
            stream[f"layers/{layer}/vars/{path.endswith('bias'):d}"] = tensor
    assert_refused(tmp_path / "x.weights.h5", "(its layers are conv2d, conv2d_1", "where block1_conv1, ")


@pytest.mark.slow
@pytest.mark.parametrize("how", ["official", "weights.h5", "whole"])
def test_weights_of_another_network_are_refused(tmp_path: Path, how: str) -> None:
    vgg19 = networks.build(network("VGG19"))
    path = tmp_path / ("x.weights.h5" if how == "weights.h5" else "x.h5")
    if how == "official":
        write_h5(path, random_tensors(vgg19), vgg19)
    else:
        (vgg19.save_weights if how == "weights.h5" else vgg19.save)(path)
    with pytest.raises(
        InputError, match=r"vgg16's weights .*\(it has block3_conv4, block4_conv4, block5_conv4, which this network"
    ):
        weights.read_h5(path, networks.build(network()))


def spoil(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        model = head()
        write_h5(path, random_tensors(model), model)
        with h5py.File(path, "r+") as stream:
            change(stream)

    return write


def remove(name: str) -> Callable[[Path], None]:
    return spoil(lambda stream: stream.__delitem__(name))


def replace(name: str, content: Any) -> Callable[[Path], None]:
    def change(stream: h5py.File) -> None:
        del stream[name]
        stream[name] = content

    return spoil(change)


def claim(stream: h5py.File, length: int, **options: Any) -> None:
    """Have an array of so many numbers that takes no disk."""
    del stream[BIAS]
    stream.create_dataset(BIAS, shape=(length,), dtype="<f4", **options)


def linked(path: Path) -> None:
    """Have an array of the right shape stand in another file."""
    write_h5(path.with_name("other.h5"), random_tensors(head()), head())
    replace(BIAS, h5py.ExternalLink("other.h5", BIAS))(path)


def page(path: Path) -> None:
    path.write_bytes(b"<!DOCTYPE html>" * 99)


def truncated(path: Path) -> None:
    spoil(lambda stream: None)(path)
    path.write_bytes(path.read_bytes()[:-1000])


BIAS, KERNEL_2 = "block1_conv2/block1_conv2_b_1:0", "block2_conv1/block2_conv1_W_1:0"
UNSOUND: dict[str, Callable[[Path], None]] = {
    "page": page,
    "truncated": truncated,
    "no layer": remove("block2_conv1"),
    "no bias": remove(BIAS),
    "no group": replace("block1_conv2", np.zeros(3)),
    "text": replace(BIAS, "text"),
    "texts": replace(BIAS, np.array([b"text"] * 64)),
    "63": replace(BIAS, np.zeros(63)),
    "theano": replace(KERNEL_2, np.zeros((64, 128, 3, 3))),
    "NaN": replace(BIAS, np.full(64, np.nan)),
    "complex": replace(BIAS, np.zeros(64, complex)),
    "gigantic": spoil(lambda stream: claim(stream, 1 << 42)),
    "elsewhere": spoil(lambda stream: claim(stream, 64, external=[("/dev/zero", 0, 256)])),
    "linked": linked,
    "infinite": replace(KERNEL_2, np.full((3, 3, 64, 128), -np.inf)),
}


@pytest.mark.parametrize("damage", UNSOUND)
def test_an_unsound_h5_is_refused(tmp_path: Path, damage: str) -> None:
    UNSOUND[damage](tmp_path / "x.h5")
    with pytest.raises(InputError) as caught:
        weights.read_h5(tmp_path / "x.h5", head())
    assert str(caught.value).startswith(f"{tmp_path / 'x.h5'}: ")
    assert "\n" not in str(caught.value)


def test_reads_what_was_saved(tmp_path: Path) -> None:
    tensors = random_tensors(head())
    safetensors.numpy.save_file(tensors, tmp_path / "x.safetensors")
    assert_same(networks.read_safetensors(tmp_path / "x.safetensors", "do that"), tensors)


@pytest.mark.usefixtures("empty_folder")
def test_missing_weights_name_what_makes_them() -> None:
    with pytest.raises(InputError, match="is missing; run `dvc repro weights@vgg16`"):
        networks.read("vgg16")


@given(st.data())
def test_a_damaged_file_of_weights_is_bad_input_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    kernel = np.linspace(-1, 1, 27, dtype=np.float32).reshape(3, 3, 3, 1)
    content = bytearray(safetensors.numpy.save({KERNEL: kernel, "block1_conv1/bias": kernel[0, 0, 0]}))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    (tmp_path / "x").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    message = ""
    try:
        networks.read_safetensors(tmp_path / "x", "do that")
    except InputError as error:
        message = str(error)
    assert not message or message.startswith(f"{tmp_path / 'x'} is damaged (")
    assert "\n" not in message


def test_check_names_what_is_missing_misshapen_or_not_finite() -> None:
    model: keras.Model = head()
    tensors, shapes = random_tensors(model), networks.shapes(model)
    networks.check(tensors, shapes, "x")
    with pytest.raises(InputError, match=r"x: the network needs block3_conv1/kernel, block3_conv1/bias"):
        networks.check(tensors, networks.shapes(head("block3_pool")), "x")
    with pytest.raises(InputError, match=r"x: block1_conv2/kernel has shape \(3, 3, 64, 63\), not \(3, 3, 64, 64\)"):
        networks.check(tensors | {"block1_conv2/kernel": np.zeros((3, 3, 64, 63))}, shapes, "x")
    with pytest.raises(InputError, match="x: block2_conv2/bias holds NaN or infinite values"):
        networks.check(tensors | {"block2_conv2/bias": np.full(128, np.nan, np.float32)}, shapes, "x")
