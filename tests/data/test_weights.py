"""ImageNet weights: one file of the same tensors from every form that they come in."""

import hashlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import safetensors.numpy

from mnist_transfer import paths
from mnist_transfer.data import sources, weights
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source
from mnist_transfer.errors import InputError
from tests.servers import Server, all_files

TARGET = str(paths.weights("VGG16"))
OFFICIAL, PARTS = "vgg16/official.h5", ("vgg16/1.safetensors", "vgg16/2.safetensors")
KERNELS = {f"conv{n}/kernel": np.random.default_rng(n).normal(size=(3, 3, n, 4)).astype(np.float32) for n in (1, 2)}
TENSORS = {**KERNELS, **{f"conv{n}/bias": np.full(4, n, np.float32) for n in (1, 2)}}
CONTENT = safetensors.numpy.save(TENSORS)


@pytest.fixture
def h5(empty_folder: Path) -> bytes:
    """Return the bytes of the made-up weights in the layout of Keras' official files."""
    with h5py.File("made.h5", "w") as stream:
        stream.attrs["layer_names"] = [b"input", b"conv1", b"conv2", b"pool"]
        for layer in ("input", "conv1", "conv2", "pool"):
            group = stream.create_group(layer)
            names = {f"{layer}_W_1:0": f"{layer}/kernel", f"{layer}_b_1:0": f"{layer}/bias"} if "conv" in layer else {}
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, tensor in names.items():
                group[name] = TENSORS[tensor]
    content = Path("made.h5").read_bytes()
    Path("made.h5").unlink()
    return content


@pytest.fixture(autouse=True)
def known(h5: bytes, server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Take the made-up weights for VGG16's, and return their parts; a server and a mirror have none of it yet."""
    parts = {
        path: safetensors.numpy.save({name: tensor for name, tensor in TENSORS.items() if name.startswith(f"conv{n}")})
        for n, path in enumerate(PARTS, 1)
    }
    entry = sources.Weights(
        hashlib.sha256(CONTENT).hexdigest(),
        Source(OFFICIAL, (f"{server.url}/{OFFICIAL}",), len(h5), md5=hashlib.md5(h5).hexdigest()),
        tuple(Source(path, (), len(content), hashlib.sha256(content).hexdigest()) for path, content in parts.items()),
    )
    monkeypatch.setitem(sources.WEIGHTS, "VGG16", entry)
    return parts


def test_the_official_file_is_downloaded_and_the_weights_are_not_asked_for_again(h5: bytes, server: Server) -> None:
    server.content[f"/{OFFICIAL}"] = h5
    for _ in range(2):
        weights.fetch("VGG16")
    assert all_files() == {TARGET: CONTENT, f"downloads/{OFFICIAL}": h5}
    assert len(server.requests) == 1


def test_a_mirrors_parts_give_the_same_file(known: dict[str, bytes], server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, server.url)
    server.content |= {f"/{path}": content for path, content in known.items()}
    weights.fetch("VGG16")
    assert all_files() == {TARGET: CONTENT}


def test_an_official_file_that_is_at_hand_is_used(h5: bytes, server: Server) -> None:
    place(h5)
    weights.fetch("VGG16")
    assert all_files() == {TARGET: CONTENT, f"downloads/{OFFICIAL}": h5}
    assert server.requests == []


def place(content: bytes) -> None:
    path = paths.DOWNLOADS / OFFICIAL
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


@pytest.mark.parametrize("there", [False, True])
def test_weights_that_cannot_be_had_name_places_and_the_remedy(
    server: Server, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "mirror")
    server.content[f"/{OFFICIAL}"] = b"<html>"
    if there:
        place(b"damaged")
    with pytest.raises(InputError) as caught:
        weights.fetch("VGG16")
    message = str(caught.value)
    for place_tried in (f"mirror/{PARTS[0]}: No such", f"mirror/{OFFICIAL}: No such", f"{server.url}/{OFFICIAL}: wrong md5"):
        assert place_tried in message
    mend = f"replace downloads/{OFFICIAL}, which is damaged" if there else f"put it at downloads/{OFFICIAL}"
    assert message.endswith(f"If you have official.h5, {mend}")
    assert set(all_files()) == ({f"downloads/{OFFICIAL}"} if there else set())


def test_a_damaged_file_of_weights_is_made_again(h5: bytes) -> None:
    place(h5)
    paths.weights("VGG16").parent.mkdir(parents=True)
    paths.weights("VGG16").write_bytes(CONTENT[:-1])
    weights.fetch("VGG16")
    assert paths.weights("VGG16").read_bytes() == CONTENT


def test_an_architecture_without_a_known_source_says_what_to_do() -> None:
    with pytest.raises(
        InputError, match="no source of ImageNet weights is known for VGG19, only for VGG16; use weights: random, or"
    ):
        weights.fetch("VGG19")
