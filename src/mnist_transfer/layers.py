"""Where a network can be cut: the layers of the architectures in ``keras.applications``."""

import hashlib
import json
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mnist_transfer import files, paths
from mnist_transfer import study as studies
from mnist_transfer.entries import Network
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console

#: Layers by architecture, for those that need not be built to be known.
KNOWN = Path(__file__).with_name("layers.json")


def table(network: Network) -> list[dict[str, Any]]:
    """List a network's layers, as :func:`mnist_transfer.extraction.networks.table` does.

    They are kept in build/layers/, because building a network takes ten seconds.

    Raises
    ------
    InputError
        There is no such architecture, or it does not take images of this size.
    """
    path = paths.layers_of(
        network.weights if network.is_file else network.architecture, network.preparation.size, version("keras")
    )
    if not path.is_file():
        from mnist_transfer.extraction import networks

        console.print(f"Building {network.architecture} to see its layers (10 seconds, once)")
        files.write_json(path, {"layers": networks.table(networks.build(network))})
    found: list[dict[str, Any]] = files.read_json(path, "remove it, and run this again")["layers"]
    return found


def check(study: studies.Study) -> None:
    """Raise an `InputError` unless each network of the study has all the layers at which it is cut."""
    shipped = json.loads(KNOWN.read_text(encoding="utf-8"))
    for name in study.selection.networks:
        network = study.network(name)
        if not isinstance(network, Network):
            continue
        known = shipped.get(network.architecture) or [str(layer["layer"]) for layer in table(network)]
        for key, cut in network.layers.items():
            if cut.layer not in known:
                near = get_close_matches(cut.layer, known, 1) or known[-1:]
                raise InputError(
                    f"{paths.PARAMS}: networks.{name}.layers.{key}.layer: {network.architecture} has no layer {cut.layer!r}; "
                    f"it has {near[0]!r}, and `mnist-transfer layers {network.architecture}` lists all"
                )


def show(architecture: str, size: int) -> None:
    """Print the layers of an architecture for images of `size` pixels, one a line: name, kind, shape and parameters."""
    entry: dict[str, Any] = {"architecture": architecture, "weights": "random", "layers": {"all": {"layer": ""}}}
    entry["preparation"] = {"size": size}
    if architecture.endswith(".keras"):
        with files.reading(Path(architecture), "give the path of a .keras file"):
            entry |= {"weights": hashlib.sha256(Path(architecture).read_bytes()).hexdigest()}
            entry["preparation"] |= {"scaling": "none"}
    try:
        rows = table(Network.model_validate(entry))
    except ValidationError as error:
        raise InputError(studies.line(error)) from None
    width = max(len(row["layer"]) for row in rows)
    for row in rows:
        shape = " × ".join(map(str, row["shape"]))
        print(f"{row['layer']:{width}}  {row['kind']:22}  {shape:>18}  {row['parameters']:>12,}")
