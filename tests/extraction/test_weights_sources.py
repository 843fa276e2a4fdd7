"""Where ImageNet weights come from, in what order, and that damaged files of them are refused."""

import hashlib
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import paths
from mnist_transfer.data import sources
from mnist_transfer.data.sources import Source
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import networks, weights
from tests.extraction.nets import assert_same, head, network, random_tensors, write_h5
from tests.servers import Server, all_files

NETWORK = network(weights="imagenet")
FILE = "vgg16/some_notop.h5"
DOWNLOADED = paths.DOWNLOADS / FILE


@pytest.fixture
def official(empty_folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> networks.Tensors:
    """Have a server offer the first blocks of a made-up VGG16 as the official file, and return its tensors."""
    model = head()
    tensors = random_tensors(model)
    write_h5(Path("made.h5"), tensors, model)
    content = Path("made.h5").read_bytes()
    Path("made.h5").unlink()
    server.content[f"/{FILE}"] = content
    source = Source(FILE, (f"{server.url}/{FILE}",), md5=hashlib.md5(content).hexdigest())
    monkeypatch.setitem(sources.WEIGHTS, "VGG16", source)
    return tensors


def test_the_official_file_is_downloaded_kept_and_not_asked_for_again(official: networks.Tensors, server: Server) -> None:
    assert_same(weights.imagenet(NETWORK, head()), official)
    assert set(all_files()) == {str(DOWNLOADED)}
    assert_same(weights.imagenet(NETWORK, head()), official)
    assert len(server.requests) == 1


def test_a_download_of_something_else_is_replaced(official: networks.Tensors, server: Server) -> None:
    DOWNLOADED.parent.mkdir(parents=True)
    DOWNLOADED.write_bytes(b"an older version")
    assert_same(weights.imagenet(NETWORK, head()), official)
    assert all_files() == {str(DOWNLOADED): server.content[f"/{FILE}"]}


def test_an_official_file_that_is_at_hand_is_accepted_by_its_md5(official: networks.Tensors, server: Server) -> None:
    Path("mine.h5").write_bytes(server.content[f"/{FILE}"])
    assert_same(weights.imagenet(NETWORK, head(), Path("mine.h5")), official)
    assert server.requests == []


def test_a_server_with_something_else_is_named_and_nothing_kept(official: networks.Tensors, server: Server) -> None:
    server.content[f"/{FILE}"] = b"<html>"
    with pytest.raises(
        InputError, match=rf"{server.url}/{FILE}: wrong md5 .*give it with --h5 or put it at {DOWNLOADED}$"
    ) as caught:
        weights.imagenet(NETWORK, head())
    assert "\n" not in str(caught.value)
    assert all_files() == {}


def test_an_architecture_without_a_known_source_says_what_to_do() -> None:
    entry = network("MobileNetV2", weights="imagenet", layers={"last": {"layer": "out_relu", "pooling": "mean-max"}})
    with pytest.raises(InputError) as caught:
        weights.imagenet(entry, head())
    assert str(caught.value) == (
        "params.yaml: no source of ImageNet weights is known for MobileNetV2, only for VGG16; "
        "use weights: random, or add its official file to data/sources.py"
    )


@pytest.mark.slow
def test_what_keras_3_saves_of_another_network_is_refused(tmp_path: Path) -> None:
    networks.build(network("VGG19", 32)).save_weights(tmp_path / "x.weights.h5")
    with pytest.raises(InputError, match="not a sound file of vgg16's weights"):
        weights.read_h5(tmp_path / "x.weights.h5", networks.build(network(size=32)))


@pytest.fixture(scope="module")
def tiny() -> keras.Model:
    """A network whose file is small enough for damage to hit what matters."""
    inputs = keras.Input((4, 4, 1))
    outputs = keras.layers.Conv2D(2, 1, name="two")(keras.layers.Conv2D(2, 1, name="one")(inputs))
    return keras.Model(inputs, outputs, name="tiny")


@given(st.data())
def test_a_damaged_h5_is_bad_input_or_of_sound_values(tmp_path: Path, tiny: keras.Model, data: st.DataObject) -> None:
    path = tmp_path / "x.h5"
    write_h5(path, random_tensors(tiny), tiny)
    content = bytearray(path.read_bytes())
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
        content[position] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    message = ""
    try:
        tensors = weights.read_h5(path, tiny)
    except InputError as error:
        message = str(error)
        assert message.startswith(f"{path}: ")
    else:
        networks.check(tensors, networks.shapes(tiny), "x")
    assert "\n" not in message


def test_the_helper_writes_a_file_that_h5py_reads(tmp_path: Path, tiny: keras.Model) -> None:
    tensors = random_tensors(tiny)
    write_h5(tmp_path / "x.h5", tensors, tiny)
    with h5py.File(tmp_path / "x.h5") as stream:
        np.testing.assert_array_equal(stream["one/one_W_1:0"][()], tensors["one/kernel"])
