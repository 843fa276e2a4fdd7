"""ImageNet weights: from a mirror's parts or Keras' official file, the same file either way, and none that is not it."""

import hashlib
from pathlib import Path

import h5py
import numpy as np
import pytest
import safetensors.numpy

from mnist_transfer import paths
from mnist_transfer.data import sources, weights
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source, Weights
from mnist_transfer.errors import InputError
from tests.commands import files_in
from tests.servers import Server

DRAWN = np.random.default_rng(0).standard_normal(60).astype(np.float32)
KERNEL = DRAWN[:18].reshape(3, 3, 1, 2)
TENSORS = {"one/bias": DRAWN[:2], "one/kernel": KERNEL, "two/bias": DRAWN[9:12], "two/kernel": DRAWN[:6]}
FILE = safetensors.numpy.save(TENSORS)
OFFICIAL = paths.DOWNLOADS / "vgg16/notop.h5"
TARGET = paths.weights("VGG16")


def official() -> bytes:
    """Return the tensors as Keras 1 laid them out: a group a layer, whose attribute names the kernel, then the bias."""
    with h5py.File("made.h5", "w") as stream:
        stream.attrs["layer_names"] = np.array(["input", "one", "two"], "S")
        stream.create_group("input").attrs["weight_names"] = np.array([], "S")
        for layer in ("one", "two"):
            group = stream.create_group(layer)
            group.attrs["weight_names"] = np.array([f"{layer}_W_1:0", f"{layer}_b_1:0"], "S")
            for name, kind in zip(group.attrs["weight_names"], ("kernel", "bias"), strict=True):
                group[name] = TENSORS[f"{layer}/{kind}"]
    content = Path("made.h5").read_bytes()
    Path("made.h5").unlink()
    return content


def parts() -> dict[str, bytes]:
    return {
        f"vgg16/{layer}.safetensors": safetensors.numpy.save({k: v for k, v in TENSORS.items() if k.startswith(layer)})
        for layer in ("one", "two")
    }


@pytest.fixture(autouse=True)
def known(empty_folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Know the made-up weights as VGG16's: parts that a mirror may have, and an official file that the server may have."""
    h5 = official()
    file = Source("vgg16/notop.h5", (f"{server.url}/notop.h5",), len(h5), md5=hashlib.md5(h5).hexdigest())
    pieces = tuple(Source(path, (), len(part), hashlib.sha256(part).hexdigest()) for path, part in parts().items())
    monkeypatch.setitem(sources.WEIGHTS, "VGG16", Weights(hashlib.sha256(FILE).hexdigest(), file, pieces))
    monkeypatch.setenv(MIRROR_VARIABLE, "mirror")
    Path("mirror/vgg16").mkdir(parents=True)


def test_a_mirrors_parts_become_one_file_that_is_kept(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    for path, part in parts().items():
        Path("mirror", path).write_bytes(part)
    weights.fetch("VGG16")
    assert files_in(Path()) == {f"mirror/{path}": part for path, part in parts().items()} | {str(TARGET): FILE}
    weights.fetch("VGG16")
    assert capsys.readouterr().err.endswith(f"{TARGET}: there and verified\n")
    assert server.ranges == []


def test_the_official_file_becomes_the_same_and_serves_again_when_that_is_damaged(server: Server) -> None:
    server.content["/notop.h5"] = official()
    weights.fetch("VGG16")
    assert files_in(Path()) == {str(OFFICIAL): official(), str(TARGET): FILE}
    TARGET.write_bytes(b"damaged")
    weights.fetch("VGG16")
    assert TARGET.read_bytes() == FILE
    assert len(server.ranges) == 1


def test_weights_that_cannot_be_had_name_places_and_what_to_do(server: Server) -> None:
    Path("mirror/vgg16/one.safetensors").write_bytes(b"not it")
    with pytest.raises(InputError) as caught:
        weights.fetch("VGG16")
    message = str(caught.value)
    assert f"mirror/vgg16/one.safetensors: wrong sha256 {hashlib.sha256(b'not it').hexdigest()}" in message
    for word in ("mirror/vgg16/notop.h5: No such file", "notop.h5: HTTP 404", MIRROR_VARIABLE, f"put it at {OFFICIAL}"):
        assert word in message
    OFFICIAL.parent.mkdir(parents=True, exist_ok=True)
    OFFICIAL.write_bytes(b"cut short")
    with pytest.raises(InputError, match=rf"^{OFFICIAL}: damaged, as its md5 is .*put it at {OFFICIAL}, in the place"):
        weights.fetch("VGG16")
    assert not TARGET.exists()
    told = r"no source of ImageNet weights is known for VGG19, only for VGG16; use weights: random"
    with pytest.raises(InputError, match=told):
        weights.fetch("VGG19")
