"""The weights of a network, whichever form they come in: per-block safetensors, Keras' official HDF5, or a seed.

Tensors are named ``<layer>/kernel``, float32 (height, width, in, out), and ``<layer>/bias``, float32 (out,).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors.numpy
from safetensors import SafetensorError

from mnist_transfer import paths, sources, vgg
from mnist_transfer.errors import InputError
from mnist_transfer.study import Extractor
from mnist_transfer.vgg import Network

Tensors = dict[str, npt.NDArray[Any]]


def he_normal(network: Network, blocks: int, seed: int) -> Tensors:
    """Draw random weights: He et al., "Delving deep into rectifiers", 2015, https://doi.org/10.1109/ICCV.2015.123.

    Kernels are normal with variance 2 / fan-in, which keeps the activations' scale through layers of ReLU; biases are zero.
    """
    generator = np.random.default_rng(seed)
    tensors: Tensors = {}
    for layer, shape in vgg.convolutions(network, blocks).items():
        deviation = np.sqrt(2 / np.prod(shape[:3]))
        tensors[f"{layer}/kernel"] = generator.normal(0, deviation, shape).astype(np.float32)
        tensors[f"{layer}/bias"] = np.zeros(shape[3], np.float32)
    return tensors


def quantize(tensors: Mapping[str, npt.NDArray[Any]]) -> Tensors:
    """Round kernels to 8 bits, one scale and zero point a layer, as the mirror's blocks 4 and 5 of VGG19 are.

    The scheme is TensorFlow.js' affine uint8 quantisation: ``scale = (max - min) / 255``, ``zero_point =
    round(-min / scale)``, ``quantized = round((kernel - min_value) / scale)`` with ``min_value = -zero_point * scale``; the
    last step in float32, so that official weights give the mirror's bytes. A range that does not hold 0, as no trained
    kernel's does, is first stretched to it, so that the zero point always is one of the 256 steps.

    Parameters
    ----------
    tensors
        ``<layer>/kernel`` and ``<layer>/bias``, float32.

    Returns
    -------
    dict
        ``<layer>/kernel_quantized`` uint8, ``<layer>/kernel_scale`` float64 (1,), ``<layer>/kernel_zero_point`` int32 (1,)
        and ``<layer>/bias`` float32.
    """
    quantized: Tensors = {}
    for name, tensor in tensors.items():
        if not name.endswith("/kernel"):
            quantized[name] = tensor
            continue
        low, high = min(float(tensor.min()), 0.0), max(float(tensor.max()), 0.0)
        scale = (high - low) / 255 or 1.0
        zero_point = round(-low / scale)
        steps = np.round((tensor - np.float32(-zero_point * scale)) / np.float32(scale))
        quantized[f"{name}_quantized"] = np.clip(steps, 0, 255).astype(np.uint8)
        quantized[f"{name}_scale"] = np.array([scale], np.float64)
        quantized[f"{name}_zero_point"] = np.array([zero_point], np.int32)
    return quantized


def dequantize(tensors: Mapping[str, npt.NDArray[Any]]) -> Tensors:
    """Undo :func:`quantize`, but for the rounding: ``kernel = (quantized - zero_point) * scale``, as float32.

    Tensors that are not quantised pass through.
    """
    whole: Tensors = {}
    for name, tensor in tensors.items():
        if name.endswith("/kernel_quantized"):
            kernel = name.removesuffix("_quantized")
            steps = tensor.astype(np.int32) - tensors[f"{kernel}_zero_point"]
            whole[kernel] = (steps * tensors[f"{kernel}_scale"]).astype(np.float32)
        elif not name.endswith(("/kernel_scale", "/kernel_zero_point")):
            whole[name] = tensor
    return whole


def block(tensors: Mapping[str, npt.NDArray[Any]], number: int) -> Tensors:
    """Pick the tensors of one block."""
    return {name: tensor for name, tensor in tensors.items() if vgg.block_of(name) == number}


def read_h5(path: Path, network: Network, blocks: int) -> Tensors:
    """Read the convolutions of the first `blocks` blocks from an HDF5 file of Keras' legacy layout.

    That is: a root attribute ``layer_names``; one group a layer; in it ``<layer>_W_1:0`` and ``<layer>_b_1:0``.

    Raises
    ------
    InputError
        Not an HDF5 file, or a layer is missing, of the wrong shape, or not finite.
    """
    import h5py

    tensors: Tensors = {}
    try:
        with h5py.File(path, "r") as stream:
            named = {name.decode() if isinstance(name, bytes) else str(name) for name in stream.attrs.get("layer_names", [])}
            for layer in vgg.convolutions(network, blocks):
                for kind, dataset in (("kernel", f"{layer}_W_1:0"), ("bias", f"{layer}_b_1:0")):
                    if layer not in named or layer not in stream or dataset not in stream[layer]:
                        raise InputError(f"{path}: no {dataset} of layer {layer}; give Keras' official {network} notop file")
                    tensors[f"{layer}/{kind}"] = np.asarray(stream[layer][dataset], np.float32)
    except (OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not a sound HDF5 file of weights ({error}); download it again") from None
    check(tensors, network, blocks, str(path))
    return tensors


def read_safetensors(path: Path) -> Tensors:
    """Read all tensors of a safetensors file, 8-bit kernels turned back into float32.

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    try:
        return dequantize(safetensors.numpy.load_file(path))
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run `dvc repro`") from None
    except (SafetensorError, KeyError, OSError) as error:
        raise InputError(f"{path}: not a sound safetensors file ({error}); remove it and run `dvc repro`") from None


def check(tensors: Mapping[str, npt.NDArray[Any]], network: Network, blocks: int, name: str) -> None:
    """Raise an `InputError` unless `tensors` have the first `blocks` blocks of the network, finite and in their shapes."""
    expected: dict[str, tuple[int, ...]] = {}
    for layer, kernel in vgg.convolutions(network, blocks).items():
        expected |= {f"{layer}/kernel": kernel, f"{layer}/bias": kernel[3:]}
    if missing := [key for key in expected if key not in tensors]:
        raise InputError(f"{name}: {network} needs {', '.join(missing)}, which it lacks; get the weights again")
    for key, shape in expected.items():
        if tensors[key].shape != shape:
            raise InputError(f"{name}: {key} has shape {tensors[key].shape}, {network} needs {shape}; get the weights again")
        if not np.isfinite(tensors[key]).all():
            raise InputError(f"{name}: {key} holds NaN or infinite values; get the weights again")


def imagenet(extractor: Extractor, h5: Path | None = None, *, official_only: bool = True) -> Tensors:
    """Get the ImageNet weights that an extractor needs, from the first of these that has them.

    `h5` if given; an official file in ``downloads/``; the mirror's blocks; the official file from the mirror or the web.

    Parameters
    ----------
    extractor
        Says which network, how many blocks, and which of them are rounded to 8 bits.
    h5
        An HDF5 file of Keras' legacy layout to use instead of fetching one.
    official_only
        Refuse an `h5` whose md5 is not the official file's.

    Raises
    ------
    InputError
        The weights cannot be had; the message names the layers, the places tried and what to do.
    OutputError
        There is no place to put a download.
    """
    assert extractor.network != "none"
    official = sources.OFFICIAL_WEIGHTS[extractor.network]
    downloaded = paths.DOWNLOADS / official.path
    if h5 is not None:
        if not h5.is_file():
            raise InputError(f"{h5} is missing; give the path of {Path(official.path).name}")
        if official_only and (found := sources.digest(h5, "md5")) != official.md5:
            raise InputError(f"{h5} has md5 {found}, the official file has {official.md5}; give that, or --accept-unofficial")
        return _from_h5(h5, extractor)
    if downloaded.is_file() and sources.digest(downloaded, "md5") == official.md5:
        return _from_h5(downloaded, extractor)
    tensors, missing, problems = _from_mirror_blocks(extractor)
    if not missing:
        return tensors
    try:
        sources.obtain(official, downloaded)
    except sources.SourceError as error:
        raise InputError(
            f"ImageNet weights of {extractor.network} for {', '.join(missing)} could not be had. "
            f"Tried {'; '.join(problems + error.problems)}. {sources.advice(official.path)}. "
            f"If you have {Path(official.path).name}, give it with --h5 or put it at {downloaded}"
        ) from None
    return _from_h5(downloaded, extractor)


def _from_h5(path: Path, extractor: Extractor) -> Tensors:
    assert extractor.network != "none"
    tensors = read_h5(path, extractor.network, extractor.blocks)
    for number in extractor.quantized_blocks:
        tensors |= dequantize(quantize(block(tensors, number)))
    return tensors


def _from_mirror_blocks(extractor: Extractor) -> tuple[Tensors, list[str], list[str]]:
    """Read the blocks that a mirror has in the asked precision; return tensors, layers that it lacks, and what was wrong."""
    assert extractor.network != "none"
    tensors: Tensors = {}
    missing: list[str] = []
    problems: list[str] = []
    for number in range(1, extractor.blocks + 1):
        stored: Tensors = {}
        try:
            stored = _mirror_block(extractor.network, number)
        except sources.SourceError as error:
            problems += error.problems
        eight_bits = any(name.endswith("_quantized") for name in stored)
        asked = number in extractor.quantized_blocks
        if eight_bits and not asked:
            problems.append(f"block{number}.safetensors: kernels of 8 bits, and quantized_blocks does not list {number}")
        if not stored or (eight_bits and not asked):
            missing += [layer for layer in vgg.convolutions(extractor.network, number) if vgg.block_of(layer) == number]
            continue
        tensors |= dequantize(quantize(stored) if asked and not eight_bits else stored)
    return tensors, missing, problems


def _mirror_block(network: Network, number: int) -> Tensors:
    """Read one block from the mirror, still quantised if it is there; empty if mirrors do not have this block."""
    source = sources.WEIGHT_BLOCKS.get((network, number))
    if source is None:
        return {}
    target = paths.DOWNLOADS / source.path
    if not target.is_file() or sources.digest(target, "sha256") != source.sha256:
        sources.obtain(source, target)
    return dict(safetensors.numpy.load_file(target))
