"""The weights of a network, whichever form they come in: safetensors from a mirror, Keras' official HDF5, or a seed.

Tensors are named by Keras' path of their variable: ``<layer>/kernel``, float32 (height, width, in, out), and ``<layer>/bias``.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import numpy.typing as npt
import safetensors.numpy

from mnist_transfer import files, paths
from mnist_transfer.data import sources
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import networks
from mnist_transfer.extraction.networks import Tensors
from mnist_transfer.progress import console
from mnist_transfer.study import Study
from mnist_transfer.wording import counted

#: Seconds that reading an HDF5 file may take; libhdf5 does not end in one whose list of texts leads back to itself.
PATIENCE = 60.0


def he_normal(model: keras.Model, seed: int) -> Tensors:
    """Draw random kernels: He et al., "Delving deep into rectifiers", 2015, https://doi.org/10.1109/ICCV.2015.123.

    They are normal with variance 2 / fan-in, which keeps the activations' scale through layers of ReLU. All other variables
    keep what Keras gives them: biases of zero, and normalisations that change nothing.
    """
    generator = np.random.default_rng(seed)
    tensors: Tensors = {}
    depthwise = {layer.kernel.path for layer in model.layers if isinstance(layer, keras.layers.DepthwiseConv2D)}
    depthwise |= {layer.depthwise_kernel.path for layer in model.layers if isinstance(layer, keras.layers.SeparableConv2D)}
    for variable in model.weights:
        shape = tuple(variable.shape)
        if variable.path.endswith("kernel"):
            fan_in = np.prod(shape[:2]) if variable.path in depthwise else np.prod(shape[:-1])
            tensors[variable.path] = generator.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32)
        else:
            tensors[variable.path] = _values(variable.numpy())
    return tensors


def read_h5(path: Path, model: keras.Model) -> Tensors:
    """Read the weights of a network from an HDF5 file that Keras wrote, by the names of its layers.

    Parameters
    ----------
    path
        A file of Keras' ``save_weights`` or ``save``, in any of the layouts of Keras 1 to 3 that name their layers.
    model
        The network, which is not changed.

    Raises
    ------
    InputError
        Not such a file, of another network, or with a value that is not finite.
    """
    expected = {layer.name: layer for layer in model.layers if layer.weights}
    sizes = {name: layer.count_params() for name, layer in expected.items()}
    try:
        with h5py.File(path) as stream:
            layers = {name: _arrays(group, sizes.get(name), stream) for name, group in _layers(stream)}
    except Exception as error:  # h5py and NumPy raise whatever they stumble over in a damaged file
        raise _unsound(path, model, " ".join(str(error).split())[:200] or type(error).__name__) from None
    found = [name for name, arrays in layers.items() if arrays]
    if not set(found) & set(expected):
        raise _unsound(path, model, f"its layers are {_few(found)}, where {_few(expected)} are expected")
    if alien := sorted(set(found) - set(expected)):
        raise _unsound(path, model, f"it has {_few(alien)}, which this network lacks")
    tensors: Tensors = {}
    for name, layer in expected.items():
        tensors |= _named(layer, layers.get(name, {}))
    shapes = networks.shapes(model)
    if surplus := [name for name in tensors if name not in shapes]:
        raise _unsound(path, model, f"it has {_few(surplus)}, which this network lacks")
    networks.check(tensors, shapes, str(path))
    return tensors


def _layers(stream: Any) -> Iterator[tuple[str, Any]]:
    """Yield the groups of a file that hold a layer each, with the layer's name."""
    top = stream.get("model_weights", stream)
    if "layer_names" in top.attrs:  # Keras 1 and 2, and 3 for the sake of old programs
        for name in dict.fromkeys(map(_text, top.attrs["layer_names"])):
            yield name, top[name]
        return
    for name, group in stream.get("layers", stream).items():  # Keras 3, which may name a group by the layer's class
        yield _text(group["vars"].attrs.get("name", name) if "vars" in group else name), group


def _arrays(group: Any, most: int | None, stream: Any) -> Tensors:
    """Read the arrays of a layer, by the names that the file gives them: their numbers, in Keras 3.

    None has more than so many numbers; of a layer that is not known to have any, only the names count, and nothing is read.
    """
    found: dict[str, Any] = {}
    if "weight_names" in group.attrs:
        found = {name: group[name] for name in map(_text, group.attrs["weight_names"])}
    else:
        group.visititems(lambda name, item: found.update({name: item}) if hasattr(item, "shape") else None)
    return {name: _values(()) if most is None else _stored(item, most, stream) for name, item in found.items()}


def _stored(item: Any, most: int, stream: Any) -> npt.NDArray[np.float32]:
    """Read an array that a file of weights itself holds; a few bytes can claim any size, and point to any other file."""
    if item.dtype.kind not in "biuf":
        raise ValueError(f"{item.name} is of type {item.dtype}")
    if item.size is None or item.size > most:
        raise ValueError(f"{item.name} has {item.size or 0:,} numbers, where its layer has {most:,}")
    if item.external or item.is_virtual or item.file.filename != stream.filename:
        raise ValueError(f"the numbers of {item.name} are in another file")
    with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite, which is refused
        return _values(item[()])


def _text(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


#: What Keras 1 called the variables of a layer.
_KERAS_1 = {"W": "kernel", "b": "bias"}


def _named(layer: Any, arrays: Tensors) -> Tensors:
    """Return a layer's arrays by Keras' path of their variables."""
    tensors: Tensors = {}
    for name, array in arrays.items():
        last = name.split("/")[-1]
        if last.isdigit() and int(last) < len(layer.weights):
            tensors[layer.weights[int(last)].path] = array
        else:
            plain = re.sub(rf"^{re.escape(layer.name)}_|(_\d+)?(:0)?$", "", last)
            tensors[f"{layer.name}/{_KERAS_1.get(plain, plain)}"] = array
    return tensors


def _few(names: Iterable[str]) -> str:
    first = list(names)
    return ", ".join(first[:4]) + (f" and {len(first) - 4} more" if first[4:] else "") if first else "none"


def _unsound(path: Path, model: keras.Model, why: str) -> InputError:
    return InputError(f"{path}: not a sound file of {model.name}'s weights without its top ({why}); download it again")


def _values(content: Any) -> npt.NDArray[np.float32]:
    return np.asarray(content, np.float32)


def imagenet(network: Network, model: keras.Model, h5: Path | None = None, *, official_only: bool = True) -> Tensors:
    """Get a network's ImageNet weights from the first of these that has them.

    `h5` if given; the official file in ``downloads/``; the mirror's safetensors; the official file from the mirror or the web.

    Parameters
    ----------
    network, model
        Which network; the model as :func:`networks.build` made it, whose weights this may change.
    h5
        An HDF5 file to use instead of fetching one.
    official_only
        Refuse an `h5` whose md5 is not the official file's.

    Raises
    ------
    InputError
        The weights cannot be had; the message names the places tried and what to do.
    OutputError
        There is no place to put a download.
    """
    official = sources.WEIGHTS.get(network.architecture)
    if official is None:
        raise InputError(
            f"{paths.PARAMS}: no source of ImageNet weights is known for {network.architecture}, only for "
            f"{', '.join(sources.WEIGHTS)}; use weights: random, or add its official file to data/sources.py"
        )
    downloaded = paths.DOWNLOADS / official.path
    if h5 is not None:
        if not h5.is_file():
            raise InputError(f"{h5} is missing; give the path of {Path(official.path).name}")
        if official_only and (found := sources.digest(h5, "md5")) != official.md5:
            raise InputError(f"{h5} has md5 {found}, the official file has {official.md5}; give that, or --accept-unofficial")
        return read_h5(h5, model)
    if downloaded.is_file() and sources.digest(downloaded, "md5") == official.md5:
        return read_h5(downloaded, model)
    problems: list[str] = []
    try:
        return _from_parts(network.architecture)
    except sources.SourceError as error:
        problems += error.problems
    try:
        sources.obtain(official, downloaded)
    except sources.SourceError as error:
        raise InputError(
            f"ImageNet weights of {network.architecture} could not be had. Tried {'; '.join(problems + error.problems)}. "
            f"{sources.advice(official.path)}. "
            f"If you have {Path(official.path).name}, give it with --h5 or put it at {downloaded}"
        ) from None
    return read_h5(downloaded, model)


def _from_parts(architecture: str) -> Tensors:
    """Read the tensors from the several files in which a mirror may keep them."""
    tensors: Tensors = {}
    for source in sources.WEIGHT_PARTS.get(architecture, ()):
        target = paths.DOWNLOADS / source.path
        if not target.is_file() or sources.digest(target, "sha256") != source.sha256:
            sources.obtain(source, target)
        tensors |= networks.read_safetensors(target, "remove it and run this again")
    if not tensors:
        raise sources.SourceError(architecture, [])
    return tensors


def run(study: Study, network: str, h5: Path | None = None, *, official_only: bool = True) -> None:
    """Write a network's tensors and its table of layers; both are empty where no network is asked for.

    Raises
    ------
    InputError
        The weights cannot be had or are not those of this network, or `h5` is given for weights that are not ImageNet's.
    """
    entry = study.network(network)
    if h5 is not None and not (isinstance(entry, Network) and entry.weights == "imagenet"):
        raise InputError(f"--h5 {h5}: {network} uses no ImageNet weights; leave the option out")
    tensors: Tensors = {}
    layers: list[dict[str, Any]] = []
    if isinstance(entry, Network):
        model = networks.build(entry)
        layers = networks.table(model)
        if entry.weights == "random":
            tensors = he_normal(model, study.seed)
        else:
            tensors = imagenet(entry, model, h5, official_only=official_only)
        networks.check(tensors, networks.shapes(model), network)
    files.write_json(paths.layers(network), {"layers": layers})
    with files.whole_file(paths.weights(network)) as temporary:
        temporary.write_bytes(safetensors.numpy.save(tensors))
    parameters = sum(tensor.size for tensor in tensors.values())
    console.print(f"{paths.weights(network)}: {counted(len(tensors), 'tensor')}, {counted(parameters, 'parameter')}")
