"""Weights: the same tensors from every form that they come in, and nothing but sound ones."""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest
import safetensors.numpy
from hypothesis import assume, example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from mnist_transfer import features, paths, sources, vgg, weights
from mnist_transfer.errors import InputError
from mnist_transfer.sources import MIRROR_VARIABLE
from mnist_transfer.study import Extractor
from mnist_transfer.vgg import Network
from mnist_transfer.weights import Tensors

ROOT = Path(__file__).parents[1]
#: The real mirror, if this machine has one as a folder; the tests themselves set the variable as they need it.
MIRROR = Path(os.environ.get(MIRROR_VARIABLE) or "unset").resolve()
needs_mirror = pytest.mark.skipif(not MIRROR.is_dir(), reason=f"needs the blocks of weights: set {MIRROR_VARIABLE} to a folder")

NETWORKS = pytest.mark.parametrize("network", ["vgg16", "vgg19"])


def random_tensors(network: Network, blocks: int) -> Tensors:
    """He-normal kernels, and biases that are not zero."""
    generator = np.random.default_rng(5)
    tensors = weights.he_normal(network, blocks, seed=5)
    return tensors | {
        name: generator.normal(0, 0.1, tensor.shape).astype(np.float32)
        for name, tensor in tensors.items()
        if name.endswith("/bias")
    }


def write_h5(path: Path, tensors: Mapping[str, npt.NDArray[Any]], network: Network = "vgg16") -> None:
    """Write the layout of Keras' official files, all layers listed, those without weights as empty groups."""
    layers = [layer.name for layer in vgg.table(network, 48)]
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


# Random weights


@NETWORKS
def test_random_weights_come_from_the_seed_alone(network: Network) -> None:
    tensors = weights.he_normal(network, 3, seed=1)
    weights.check(tensors, network, 3, "random")
    assert_same(weights.he_normal(network, 3, seed=1), tensors)
    assert not np.array_equal(weights.he_normal(network, 3, seed=2)["block1_conv1/kernel"], tensors["block1_conv1/kernel"])


def test_random_kernels_have_he_variance_and_no_bias() -> None:
    for name, tensor in weights.he_normal("vgg16", 3, seed=1).items():
        assert tensor.dtype == np.float32
        if name.endswith("/bias"):
            assert not tensor.any()
        else:
            fan_in = np.prod(tensor.shape[:3])
            assert tensor.var() * fan_in == pytest.approx(2, rel=0.15)  # 1,728 draws in the smallest
            assert abs(tensor.mean()) < 5 * np.sqrt(2 / fan_in / tensor.size)


# Eight bits

KERNEL = "block1_conv1/kernel"
kernels = arrays(np.float32, array_shapes(min_dims=1, max_dims=4, max_side=5), elements=st.floats(-8, 8, width=32)).filter(
    lambda kernel: not kernel.any() or abs(kernel).max() > 1e-3
)


def test_quantization_by_hand() -> None:
    quantized = weights.quantize({KERNEL: np.array([-1, -0.004, 0, 0.016, 1.55], np.float32)})
    assert quantized[f"{KERNEL}_quantized"].tolist() == [0, 100, 100, 102, 255]
    assert quantized[f"{KERNEL}_scale"] == pytest.approx([0.01])
    assert quantized[f"{KERNEL}_zero_point"].tolist() == [100]
    types = {name.removeprefix(KERNEL): (tensor.dtype, tensor.shape) for name, tensor in quantized.items()}
    assert types == {"_quantized": (np.uint8, (5,)), "_scale": (np.float64, (1,)), "_zero_point": (np.int32, (1,))}
    dequantized = weights.dequantize(quantized)
    assert set(dequantized) == {KERNEL}
    np.testing.assert_allclose(dequantized[KERNEL], [-1, 0, 0, 0.02, 1.55], rtol=1e-6)
    assert dequantized[KERNEL].dtype == np.float32


@given(kernels)
@example(np.array([-1, 1], np.float32))  # the zero point is a tie
@example(np.array([-0.75, 126.75], np.float32))  # a tie that rounds the upper end to step 256
def test_quantization_errs_by_half_a_step_at_most(kernel: npt.NDArray[np.float32]) -> None:
    quantized = weights.quantize({KERNEL: kernel})
    restored = weights.dequantize(quantized)[KERNEL]
    error = np.abs(restored.astype(np.float64) - kernel).max()
    assert error <= 0.501 * quantized[f"{KERNEL}_scale"][0]
    assert restored.shape == kernel.shape


@given(kernels)
def test_quantization_keeps_zeros(kernel: npt.NDArray[np.float32]) -> None:
    restored = weights.dequantize(weights.quantize({KERNEL: kernel}))[KERNEL]
    assert not restored[kernel == 0].any()


@given(kernels)
def test_quantization_of_what_was_quantized_changes_nothing(kernel: npt.NDArray[np.float32]) -> None:
    once = weights.quantize({KERNEL: kernel})
    # Where the zero point is a tie between two steps, as from -1 to 1, both ends may round inwards, and the range shrinks.
    assume(abs(min(kernel.min(), 0) / once[f"{KERNEL}_scale"][0] % 1 - 0.5) > 1e-3)
    restored = weights.dequantize(once)
    twice = weights.quantize(restored)
    for part in ("quantized", "zero_point"):
        np.testing.assert_array_equal(twice[f"{KERNEL}_{part}"], once[f"{KERNEL}_{part}"])
    np.testing.assert_allclose(weights.dequantize(twice)[KERNEL], restored[KERNEL], rtol=3e-7)  # the scale comes from float32


@pytest.mark.parametrize("value", [0.0, 0.25, -3.0])
def test_a_constant_kernel_can_be_quantized(value: float) -> None:
    kernel = np.full((3, 3, 2, 2), value, np.float32)
    np.testing.assert_array_equal(weights.dequantize(weights.quantize({KERNEL: kernel}))[KERNEL], kernel)


def test_biases_are_not_quantized() -> None:
    tensors = random_tensors("vgg16", 1)
    quantized = weights.quantize(tensors)
    assert {name for name in quantized if name.endswith("/bias")} == {"block1_conv1/bias", "block1_conv2/bias"}
    np.testing.assert_array_equal(quantized["block1_conv1/bias"], tensors["block1_conv1/bias"])


# The mirror's blocks

BLOCKS = pytest.mark.parametrize(("network", "number"), sources.WEIGHT_BLOCKS)


def mirror_file(network: str, number: int) -> Path:
    return MIRROR / sources.WEIGHT_BLOCKS[network, number].path


@needs_mirror
@BLOCKS
def test_a_block_saves_to_the_bytes_that_the_mirror_has(network: str, number: int) -> None:
    saved = safetensors.numpy.save(safetensors.numpy.load_file(mirror_file(network, number)))
    assert hashlib.sha256(saved).hexdigest() == sources.WEIGHT_BLOCKS[network, number].sha256


@needs_mirror
@pytest.mark.parametrize("number", [4, 5])
def test_the_mirrors_eight_bits_are_those_of_our_scheme(number: int) -> None:
    stored = safetensors.numpy.load_file(mirror_file("vgg19", number))
    again = weights.quantize(weights.dequantize(stored))
    assert set(again) == set(stored)
    for name, tensor in stored.items():
        if name.endswith("_scale"):
            np.testing.assert_allclose(again[name], tensor, rtol=1e-7, strict=True)  # all that float32 kernels can tell of it
        else:
            np.testing.assert_array_equal(again[name], tensor, strict=True)


@needs_mirror
def test_the_official_layout_gives_the_mirrors_bytes(tmp_path: Path) -> None:
    exact: Tensors = {}
    for number in (1, 2, 3):
        exact |= safetensors.numpy.load_file(mirror_file("vgg16", number))
    write_h5(tmp_path / "official.h5", exact)
    tensors = weights.read_h5(tmp_path / "official.h5", "vgg16", 3)
    for number in (1, 2, 3):
        saved = safetensors.numpy.save(weights.block(tensors, number))
        assert hashlib.sha256(saved).hexdigest() == sources.WEIGHT_BLOCKS["vgg16", number].sha256


# Keras' official layout


@NETWORKS
def test_reads_the_official_layout(tmp_path: Path, network: Network) -> None:
    tensors = random_tensors(network, 3)
    write_h5(tmp_path / "x.h5", tensors, network)
    assert_same(weights.read_h5(tmp_path / "x.h5", network, 3), tensors)
    first = {name: tensor for name, tensor in tensors.items() if name.startswith("block1")}
    assert_same(weights.read_h5(tmp_path / "x.h5", network, 1), first)


def test_blocks_of_an_h5_are_rounded_to_eight_bits_where_the_study_asks_for_it(tmp_path: Path) -> None:
    tensors = random_tensors("vgg16", 2)
    write_h5(tmp_path / "x.h5", tensors)
    extractor = Extractor(network="vgg16", weights="imagenet", layer="block2_pool", quantized_blocks=(2,))
    found = weights.imagenet(extractor, tmp_path / "x.h5", official_only=False)
    assert_same(found, weights.block(tensors, 1) | weights.dequantize(weights.quantize(weights.block(tensors, 2))))
    assert not np.array_equal(found["block2_conv1/kernel"], tensors["block2_conv1/kernel"])


@pytest.mark.slow
@NETWORKS
def test_features_are_those_of_keras_applications(tmp_path: Path, network: Network) -> None:
    import keras

    write_h5(tmp_path / "x.h5", random_tensors(network, 5), network)
    application = {"vgg16": keras.applications.VGG16, "vgg19": keras.applications.VGG19}[network]
    theirs = application(include_top=False, weights=str(tmp_path / "x.h5"), input_shape=(48, 48, 3))
    ours = vgg.build(network, 5, 48, weights.read_h5(tmp_path / "x.h5", network, 5))
    images = np.random.default_rng(0).integers(0, 256, (4, 28, 28), dtype=np.uint8)
    inputs = features.preprocess(images, 48)
    expected = theirs.predict(inputs, verbose=0)
    assert expected.shape == (4, 1, 1, 512)
    assert expected.std() > 0
    np.testing.assert_array_equal(ours.predict(inputs, verbose=0), expected, strict=True)


def spoil(change: Callable[[h5py.File], None]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        write_h5(path, random_tensors("vgg16", 2))
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


def truncated(path: Path) -> None:
    write_h5(path, random_tensors("vgg16", 2))
    path.write_bytes(path.read_bytes()[:-1000])


BIAS, KERNEL_2 = "block1_conv2/block1_conv2_b_1:0", "block2_conv1/block2_conv1_W_1:0"


@pytest.mark.parametrize(
    ("write", "complaint"),
    [
        (lambda path: path.write_bytes(b"<!DOCTYPE html>" * 99), "not a sound HDF5 file"),
        (truncated, "not a sound HDF5 file"),
        (spoil(lambda stream: stream.attrs.__delitem__("layer_names")), "no block1_conv1_W_1:0 of layer block1_conv1"),
        (remove("block2_conv1"), "no block2_conv1_W_1:0 of layer block2_conv1"),
        (remove(BIAS), "no block1_conv2_b_1:0 of layer block1_conv2"),
        (replace("block1_conv2", np.zeros(3)), "block1_conv2"),
        (replace(BIAS, "text"), "not a sound HDF5 file"),
        (replace(BIAS, np.array([b"text"] * 64)), "not a sound HDF5 file"),
        (replace(BIAS, np.zeros(63)), r"block1_conv2/bias has shape \(63,\), vgg16 needs \(64,\)"),
        (replace(KERNEL_2, np.zeros((64, 128, 3, 3))), r"block2_conv1/kernel has shape \(64, 128, 3, 3\)"),
        (replace(BIAS, np.full(64, np.nan)), "block1_conv2/bias holds NaN or infinite values"),
        (replace(KERNEL_2, np.full((3, 3, 64, 128), -np.inf)), "block2_conv1/kernel holds NaN or infinite values"),
    ],
    ids=[
        "page",
        "truncated",
        "no names",
        "no layer",
        "no bias",
        "no group",
        "text",
        "texts",
        "63",
        "theano",
        "NaN",
        "infinite",
    ],
)
def test_an_unsound_h5_is_refused(tmp_path: Path, write: Callable[[Path], None], complaint: str) -> None:
    write(tmp_path / "x.h5")
    with pytest.raises(InputError, match=complaint) as caught:
        weights.read_h5(tmp_path / "x.h5", "vgg16", 2)
    assert str(caught.value).startswith(f"{tmp_path / 'x.h5'}: ")
    assert "\n" not in str(caught.value)


# The files of weights/


def test_reads_what_was_saved(tmp_path: Path) -> None:
    tensors = random_tensors("vgg16", 2)
    eight_bits = weights.quantize(weights.block(tensors, 2))
    safetensors.numpy.save_file(weights.block(tensors, 1) | eight_bits, tmp_path / "x.safetensors")
    expected = weights.block(tensors, 1) | weights.dequantize(eight_bits)
    assert_same(weights.read_safetensors(tmp_path / "x.safetensors"), expected)


def test_missing_weights_name_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is missing; run `dvc repro`"):
        weights.read_safetensors(tmp_path / "x.safetensors")


@given(st.data())
def test_a_damaged_file_of_weights_is_bad_input_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    kernel = np.linspace(-1, 1, 27, dtype=np.float32).reshape(3, 3, 3, 1)
    content = bytearray(safetensors.numpy.save(weights.quantize({KERNEL: kernel, "block1_conv1/bias": kernel[0, 0, 0]})))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    (tmp_path / "x").write_bytes(content[: data.draw(st.integers(0, len(content)))])
    message = ""
    try:
        weights.read_safetensors(tmp_path / "x")
    except InputError as error:
        message = str(error)
    assert not message or message.startswith(f"{tmp_path / 'x'}: not a sound safetensors file")
    assert "\n" not in message


@pytest.mark.parametrize("lacking", [["_scale"], ["_zero_point"], ["_scale", "_zero_point"]])
def test_eight_bits_without_their_scale_are_refused(tmp_path: Path, lacking: list[str]) -> None:
    quantized = weights.quantize({KERNEL: np.ones((3, 3, 3, 64), np.float32)})
    for name in lacking:
        del quantized[f"{KERNEL}{name}"]
    safetensors.numpy.save_file(quantized, tmp_path / "x.safetensors")
    with pytest.raises(InputError, match="not a sound safetensors file"):
        weights.read_safetensors(tmp_path / "x.safetensors")


def test_check_names_what_is_missing_misshapen_or_not_finite() -> None:
    tensors = random_tensors("vgg16", 2)
    weights.check(tensors, "vgg16", 2, "x")
    with pytest.raises(InputError, match=r"x: vgg16 needs block3_conv1/kernel, .*block3_conv3/bias, which it lacks"):
        weights.check(tensors, "vgg16", 3, "x")
    with pytest.raises(InputError, match=r"x: block1_conv2/kernel has shape \(3, 3, 64, 63\), vgg16 needs \(3, 3, 64, 64\)"):
        weights.check(tensors | {"block1_conv2/kernel": np.zeros((3, 3, 64, 63))}, "vgg16", 2, "x")
    with pytest.raises(InputError, match="x: block2_conv2/bias holds NaN or infinite values"):
        weights.check(tensors | {"block2_conv2/bias": np.full(128, np.nan, np.float32)}, "vgg16", 2, "x")


# The command line


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Run ``mnist-transfer weights`` in an empty folder with an empty mirror, all hosts being out of reach."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "mirror").mkdir()
    with socket.socket() as taken:  # a port that refuses connections and that nobody else takes
        taken.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{taken.getsockname()[1]}"

        def command_line(*arguments: str, mirror: Path = Path("mirror")) -> subprocess.CompletedProcess[str]:
            environment = os.environ | {"http_proxy": proxy, "https_proxy": proxy, MIRROR_VARIABLE: str(mirror)}
            command = [sys.executable, "-m", "mnist_transfer", "weights", *arguments]
            return subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False, timeout=120
            )

        yield command_line


Run = Callable[..., subprocess.CompletedProcess[str]]


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def assert_refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    *progress, error = result.stderr.splitlines()
    assert error.startswith("error: ")
    assert all("fetched from" in line for line in progress)
    for word in words:
        assert word in error


def test_weights_that_cannot_be_had_name_layers_places_and_remedies(run: Run, tmp_path: Path) -> None:
    official = sources.OFFICIAL_WEIGHTS["vgg16"]
    layers = ", ".join(vgg.convolutions("vgg16"))
    places = ["mirror/vgg16/block1.safetensors", f"mirror/{official.path}", *official.urls]
    remedies = ["--h5", str(paths.DOWNLOADS / official.path), MIRROR_VARIABLE, "`make demo`"]
    assert_refused(run("vgg16-block5"), layers, *places, *remedies)
    assert files_in(tmp_path) == {"params.yaml"}


@needs_mirror
def test_only_the_layers_that_the_mirror_lacks_are_named(run: Run, tmp_path: Path) -> None:
    result = run("vgg16-block5", mirror=MIRROR)
    missing = [layer for layer in vgg.convolutions("vgg16") if vgg.block_of(layer) > 3]
    assert_refused(result, f"for {', '.join(missing)} could not be had")
    assert not (tmp_path / paths.weights("vgg16-block5")).exists()


@needs_mirror
def test_rounded_blocks_are_no_silent_substitute_for_exact_ones(run: Run, tmp_path: Path) -> None:
    params = (tmp_path / "params.yaml").read_text()
    assert "quantized_blocks: [4, 5]" in params
    (tmp_path / "params.yaml").write_text(params.replace("quantized_blocks: [4, 5]", "quantized_blocks: [4]"))
    missing = [layer for layer in vgg.convolutions("vgg19") if vgg.block_of(layer) == 5]
    result = run("vgg19-block5", mirror=MIRROR)
    assert_refused(result, f"for {', '.join(missing)} could not be had", "quantized_blocks does not list 5")
    assert not (tmp_path / paths.weights("vgg19-block5")).exists()


def test_a_damaged_block_of_the_mirror_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mirror/vgg16").mkdir()
    (tmp_path / "mirror/vgg16/block2.safetensors").write_bytes(b"not it")
    assert_refused(run("vgg16-block3"), f"block2.safetensors: wrong sha256 {hashlib.sha256(b'not it').hexdigest()}")
    assert files_in(tmp_path) == {"params.yaml", "mirror/vgg16/block2.safetensors"}


@needs_mirror
def test_mirror_and_official_layout_give_the_same_file(run: Run, tmp_path: Path) -> None:
    result = run("vgg16-block3", mirror=MIRROR)
    assert result.returncode == 0, result.stderr
    assert "1,735,488 parameters" in result.stderr
    target = tmp_path / paths.weights("vgg16-block3")
    from_mirror = target.read_bytes()
    write_h5(tmp_path / "x.h5", weights.read_safetensors(target))
    target.unlink()
    result = run("vgg16-block3", "--h5", "x.h5", "--accept-unofficial")
    assert result.returncode == 0, result.stderr
    assert target.read_bytes() == from_mirror


@needs_mirror
def test_the_mirrors_vgg19_is_whole(run: Run, tmp_path: Path) -> None:
    result = run("vgg19-block5", mirror=MIRROR)
    assert result.returncode == 0, result.stderr
    assert "20,024,384 parameters" in result.stderr
    tensors = weights.read_safetensors(tmp_path / paths.weights("vgg19-block5"))
    exact = safetensors.numpy.load_file(mirror_file("vgg19", 3))
    rounded = safetensors.numpy.load_file(mirror_file("vgg19", 5))
    np.testing.assert_array_equal(tensors["block3_conv4/kernel"], exact["block3_conv4/kernel"], strict=True)
    steps = rounded["block5_conv4/kernel_quantized"].astype(np.float64) - rounded["block5_conv4/kernel_zero_point"]
    np.testing.assert_array_equal(
        tensors["block5_conv4/kernel"], (steps * rounded["block5_conv4/kernel_scale"]).astype(np.float32), strict=True
    )


def test_an_unsound_h5_leaves_the_old_weights_alone(run: Run, tmp_path: Path) -> None:
    target = tmp_path / paths.weights("vgg16-block3")
    target.parent.mkdir()
    target.write_bytes(b"old")
    write_h5(tmp_path / "few.h5", random_tensors("vgg16", 2))
    md5 = hashlib.md5((tmp_path / "few.h5").read_bytes()).hexdigest()
    assert_refused(run("vgg16-block3", "--h5", "few.h5"), md5, sources.OFFICIAL_WEIGHTS["vgg16"].md5, "--accept-unofficial")
    assert_refused(run("vgg16-block3", "--h5", "few.h5", "--accept-unofficial"), "few.h5: no block3_conv1_W_1:0")
    write_h5(tmp_path / "nan.h5", random_tensors("vgg16", 3) | {"block3_conv3/bias": np.full(256, np.nan, np.float32)})
    assert_refused(run("vgg16-block3", "--h5", "nan.h5", "--accept-unofficial"), "nan.h5: block3_conv3/bias holds NaN")
    assert_refused(run("vgg16-block3", "--h5", "nowhere.h5"), "nowhere.h5 is missing")
    assert target.read_bytes() == b"old"
    assert files_in(tmp_path) == {"params.yaml", "few.h5", "nan.h5", "weights/vgg16-block3.safetensors"}


def test_a_folder_that_cannot_be_made_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / paths.WEIGHTS).write_text("a file where a folder should be")
    assert_refused(run("pixels"), f"cannot write {paths.weights('pixels')}")
    assert files_in(tmp_path) == {"params.yaml", "weights"}
