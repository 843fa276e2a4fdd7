"""A pass that is broken off continues with what is left, and only with what is sound and its own."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_transfer import files, paths
from mnist_transfer.entries import Pixels
from mnist_transfer.extraction import features
from mnist_transfer.extraction.features import Extract, Features
from tests.commands import ROOT, files_in
from tests.extraction.runs import IMAGES, NET, chunks, lay_out, study

PIXELS = Pixels(architecture="none")
Steps = list[tuple[int, bool]]

# Chunks


class Counting:
    """Extracts pixels, and keeps count of the images."""

    def __init__(self) -> None:
        self.images = 0

    def __call__(self, images: npt.NDArray[np.uint8]) -> Features:
        self.images += len(images)
        return features.pixels(images)


def extract(folder: Path, make: Callable[[], Extract]) -> tuple[Steps, bytes]:
    """Pass 45 images in chunks of 20; return the steps that were reported and the bytes of the features."""
    steps: Steps = []
    found = features.extract_chunks(IMAGES[:45], make, folder, ["all"], lambda *step: steps.append(step))
    features.join(found, "all", folder / "whole.npy")
    return steps, (folder / "whole.npy").read_bytes()


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "BATCH", 10)
    monkeypatch.setattr(features, "CHUNK", 20)


@pytest.fixture
def expected(tmp_path: Path, small_steps: None) -> bytes:
    """The bytes of a pass that nothing interrupted."""
    steps, content = extract(tmp_path / "undisturbed", lambda: features.pixels)
    assert steps == [(20, False), (20, False), (5, False)]
    return content


@pytest.fixture
def folder(tmp_path: Path, expected: bytes) -> Path:
    """The chunks of a finished pass."""
    return tmp_path / "undisturbed"


@pytest.mark.parametrize("missing", [(1, 2), (0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_chunks_may_be_finished_in_any_order(folder: Path, expected: bytes, missing: tuple[int, ...]) -> None:
    for number in missing:
        (folder / f"{number:05d}.npz").unlink()
    counting = Counting()
    steps, content = extract(folder, lambda: counting)
    sizes = (20, 20, 5)
    assert steps == [(size, number not in missing) for number, size in enumerate(sizes)]
    assert counting.images == sum(sizes[number] for number in missing)
    assert content == expected


def test_a_finished_pass_builds_no_network(folder: Path, expected: bytes) -> None:
    def make() -> Extract:
        raise AssertionError("nothing is left to extract")

    assert extract(folder, make) == ([(20, True), (20, True), (5, True)], expected)


def write(chunk: Path, **arrays: npt.NDArray[Any]) -> None:
    np.savez(chunk, allow_pickle=False, **arrays)


def one_bit(chunk: Path) -> None:
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1  # among the features
    chunk.write_bytes(content)


def unknown_compression(chunk: Path) -> None:
    content = bytearray(chunk.read_bytes())
    content[content.index(b"PK\x01\x02") + 10] = 99  # of the first entry of the zip archive's central directory
    chunk.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "one bit": one_bit,
    "unknown compression": unknown_compression,
    "truncated": lambda chunk: os.truncate(chunk, chunk.stat().st_size - 1),
    "half": lambda chunk: os.truncate(chunk, chunk.stat().st_size // 2),
    "empty": lambda chunk: chunk.write_bytes(b""),
    "a page": lambda chunk: chunk.write_bytes(b"<!DOCTYPE html>"),
    "one array": lambda chunk: files.write_npy(chunk, np.ones((20, 480), np.float32)),
    "too few images": lambda chunk: write(chunk, all=np.ones((19, 480), np.float32)),
    "another layer": lambda chunk: write(chunk, some=np.ones((20, 480), np.float32)),
    "one layer more": lambda chunk: write(chunk, all=np.ones((20, 480), np.float32), more=np.ones((20, 1), np.float32)),
    "another type": lambda chunk: write(chunk, all=np.ones((20, 480))),
    "another dimension": lambda chunk: write(chunk, all=np.ones((20, 480, 1), np.float32)),
    "pickled": lambda chunk: np.savez(chunk, all=np.array([None] * 20), allow_pickle=True),
}


@pytest.mark.parametrize("spoil", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_chunk_is_computed_again(folder: Path, expected: bytes, spoil: Callable[[Path], object]) -> None:
    spoil(folder / "00001.npz")
    assert extract(folder, lambda: features.pixels) == ([(20, True), (20, False), (5, True)], expected)


@pytest.mark.usefixtures("small_steps")
@settings(max_examples=50)
@given(st.data())
def test_any_other_bytes_are_computed_again_unless_they_hold_the_same_features(tmp_path: Path, data: st.DataObject) -> None:
    _, expected = extract(tmp_path, lambda: features.pixels)
    chunk = tmp_path / "00001.npz"
    content = bytearray(chunk.read_bytes())
    end = len(content)
    for position in data.draw(st.lists(st.integers(0, end - 1) | st.integers(end - 200, end - 1), max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    chunk.write_bytes(content[: data.draw(st.integers(0, end) | st.just(end))])
    _, found = extract(tmp_path, lambda: features.pixels)
    assert hashlib.sha256(found).digest() == hashlib.sha256(expected).digest()


# Whose chunks


def test_the_fingerprint_changes_with_all_that_features_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    entry, tensors = study().network("net"), {"a": np.zeros(3, np.float32), "b": np.ones(2, np.float32)}
    one_pixel, one_weight = IMAGES.copy(), {"a": np.array([0, 0, 1e-9], np.float32), "b": tensors["b"]}
    one_pixel[-1, -1, -1] ^= 1
    layers = {"layers": NET["layers"] | {"one": {"layer": "block1_pool", "pooling": "flatten"}}}
    fewer = {"layers": {"one": NET["layers"]["one"]}}
    other: list[dict[str, Any]] = [
        *({"architecture": "VGG19"}, {"preparation": {"size": 48}}, {"preparation": {"size": 32, "resize": "bicubic"}}),
        *({"preparation": {"size": 32, "scaling": "unit"}}, layers, fewer),
    ]
    prints = [
        features.fingerprint(IMAGES, entry, tensors),
        features.fingerprint(one_pixel, entry, tensors),
        features.fingerprint(IMAGES[:-1], entry, tensors),
        features.fingerprint(IMAGES[::-1], entry, tensors),
        features.fingerprint(IMAGES.reshape(-1, 24, 20), entry, tensors),
        *(features.fingerprint(IMAGES, study(net=NET | change).network("net"), tensors) for change in other),
        features.fingerprint(IMAGES, PIXELS, {}),
        features.fingerprint(IMAGES, entry, one_weight),
        features.fingerprint(IMAGES, entry, {"a": tensors["a"]}),
    ]
    assert features.fingerprint(IMAGES.copy(), study().network("net"), dict(reversed(tensors.items()))) == prints[0]
    for name in ("BATCH", "CHUNK"):
        with monkeypatch.context() as patched:
            patched.setattr(features, name, 1)
            prints.append(features.fingerprint(IMAGES, entry, tensors))
    assert len(set(prints)) == len(prints)


# The stage, killed

KILLED = """
import os, signal, sys
from pathlib import Path
from mnist_transfer.extraction import features
from tests.extraction.runs import study
features.BATCH, features.CHUNK = 10, 20
pixels, left = features.pixels, int(sys.argv[1])
def killed_at_a_chunk(images):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return pixels(images)
features.pixels = killed_at_a_chunk
features.run(study(), "toys", "pixels")
"""


def run_and_kill(chunk: int) -> None:
    """Run the stage in a process of its own that dies when it is about to finish its so-manieth chunk."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run([sys.executable, "-c", KILLED, str(chunk)], env=environment, check=False, timeout=60)
    assert result.returncode == -signal.SIGKILL


@pytest.mark.usefixtures("empty_folder", "small_steps")
@pytest.mark.parametrize("chunk", [2, 5], ids=["train", "test"])
def test_a_killed_pass_ends_in_the_bytes_of_one_that_nothing_disturbed(chunk: int, capsys: pytest.CaptureFixture[str]) -> None:
    lay_out()
    features.run(study(), "toys", "pixels")
    undisturbed = files_in(Path("features"))
    for path in undisturbed:
        Path("features", path).unlink()

    run_and_kill(chunk)
    assert len(chunks()) == chunk - 1
    assert files_in(Path("features")) == {}
    capsys.readouterr()
    features.run(study(), "toys", "pixels")
    assert files_in(Path("features")) == undisturbed
    assert ("found finished" in capsys.readouterr().err) == (chunk > 3), "the training split's three chunks"
    assert not paths.partial_features("toys", "pixels").exists()


@pytest.mark.usefixtures("empty_folder", "small_steps")
def test_chunks_of_other_images_are_not_used() -> None:
    lay_out(seed=2)
    features.run(study(2), "toys", "pixels")
    expected = files_in(Path("features"))

    lay_out(seed=1)
    run_and_kill(5)
    left = chunks()
    lay_out(seed=2)  # draws other images for training
    features.run(study(2), "toys", "pixels")
    assert len(left) == 4
    assert files_in(Path("features")) == expected


@pytest.mark.usefixtures("empty_folder", "small_steps")
def test_chunks_are_taken_at_their_word_where_they_are_sound_and_their_own() -> None:
    """Else the test before this one would show nothing."""
    lay_out()
    run_and_kill(5)
    for chunk in chunks():
        with np.load(chunk) as archive:
            write(chunk, all=np.full_like(archive["all"], 7))
    features.run(study(), "toys", "pixels")
    found = np.load(paths.features("toys", "pixels/all", "train"))
    assert (found == 7).all()
