"""One pass over both splits of a dataset; broken off, it continues with what is left, as far as that is sound and its own."""

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_transfer import artifacts, files, paths
from mnist_transfer.entries import Pixels
from mnist_transfer.errors import InputError
from mnist_transfer.extraction import features
from tests.commands import ROOT, files_in
from tests.extraction.runs import IMAGES, NET, TRAIN, chunks, lay_out, study

SIZES = (20, 20, 5)
LAYERS = {"one": 128, "two": 256}


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "BATCH", 10)
    monkeypatch.setattr(features, "CHUNK", 20)


def test_a_chunk_is_a_whole_number_of_batches() -> None:
    assert features.CHUNK % features.BATCH == 0, "else chunks would change what the network sees at a time"


# Chunks


def extract(folder: Path, images: npt.NDArray[np.uint8] = IMAGES[:45]) -> list[int]:
    """Pass images in chunks of 20 and check their features; return the sizes of the chunks that were extracted."""
    made = []

    def counting(images: npt.NDArray[np.uint8]) -> features.Features:
        made.append(len(images))
        return features.pixels(images)

    found = features.extract_in_chunks(images, lambda: counting, folder, ["all"], "toys")
    np.testing.assert_array_equal(found["all"], images.reshape(len(images), 480) / np.float32(255), strict=True)
    return made


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize("missing", [(), (1,), (0, 2)])
def test_chunks_may_be_finished_in_any_order(tmp_path: Path, missing: tuple[int, ...]) -> None:
    assert extract(tmp_path) == [*SIZES]
    for number in missing:
        chunk(tmp_path, number).unlink()
    assert extract(tmp_path) == [SIZES[number] for number in missing]


def chunk(folder: Path, number: int = 1) -> Path:
    """Return the file of a chunk, which is named by its images."""
    images = IMAGES[20 * number : min(20 * number + 20, 45)]
    return folder / f"{hashlib.sha256(str(images.shape).encode() + images.tobytes()).hexdigest()}.npz"


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize(
    "arrays",
    [
        {"all": np.ones((19, 480), np.float32)},
        {"all": np.ones((20, 480), np.float32), "more": np.ones((20, 1), np.float32)},
        {"all": np.ones((20, 480))},
    ],
    ids=["too few images", "one layer more", "another type"],
)
def test_a_chunk_that_is_another_passs_is_computed_again(tmp_path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    extract(tmp_path)
    np.savez(chunk(tmp_path), allow_pickle=False, **arrays)
    assert extract(tmp_path) == [20]


@pytest.mark.usefixtures("small_steps")
@settings(max_examples=50)
@given(st.data())
def test_any_other_bytes_are_computed_again_unless_they_hold_the_same_features(tmp_path: Path, data: st.DataObject) -> None:
    extract(tmp_path)
    path = chunk(tmp_path)
    content = bytearray(path.read_bytes())
    end = len(content)
    for position in data.draw(st.lists(st.integers(0, end - 1) | st.integers(end - 200, end - 1), max_size=4)):
        content[position] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, end) | st.just(end))])
    extract(tmp_path)


@pytest.mark.usefixtures("small_steps")
def test_a_chunk_serves_wherever_the_same_images_come_again_and_no_others(tmp_path: Path) -> None:
    one_pixel = IMAGES[:20].copy()
    one_pixel[-1, -1, -1] ^= 1
    for images, made in (
        *((IMAGES[:45], [20, 20, 5]), (IMAGES[20:45], []), (IMAGES[:20], [])),
        *((one_pixel, [20]), (IMAGES[:19], [19]), (IMAGES[19::-1], [20]), (IMAGES[:20].reshape(-1, 24, 20), [20])),
    ):
        assert extract(tmp_path, images) == made


def test_the_fingerprint_changes_with_all_that_is_done_to_images(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = study().network("net")
    changes: list[dict[str, Any]] = [
        *({"architecture": "VGG19"}, {"preparation": {"size": 32, "scaling": "unit"}}),
        {"layers": NET["layers"] | {"one": {"layer": "block1_pool", "pooling": "flatten"}}},
    ]
    prints = [features.fingerprint(study(net=NET | change).network("net"), "random 1") for change in ({}, *changes)]
    prints += [features.fingerprint(Pixels(architecture="none"), ""), features.fingerprint(entry, "random 2")]
    assert features.fingerprint(study().network("net"), "random 1") == prints[0]
    monkeypatch.setattr(features, "BATCH", 1)
    prints.append(features.fingerprint(entry, "random 1"))
    assert len(set(prints)) == len(prints)


# The stage

STUDY = study()


@pytest.mark.usefixtures("empty_folder", "small_steps")
def test_pixels_of_both_splits_are_written_in_the_order_of_the_labels() -> None:
    lay_out()
    features.run(STUDY, "toys", "pixels")
    chosen, found = artifacts.read_splits("toys"), artifacts.read_features(STUDY, "toys", "pixels/all")
    for split, images, vectors, labels in (
        ("train", IMAGES[:TRAIN], found.train, found.train_labels),
        ("test", IMAGES[TRAIN:], found.test, found.test_labels),
    ):
        rows = chosen[split].index  # type: ignore[index]
        np.testing.assert_array_equal(vectors, images[rows].reshape(len(rows), -1) / np.float32(255), strict=True)
        np.testing.assert_array_equal(labels, rows % 5)
    assert found.classes == 5
    assert files.read_json(paths.layers("toys", "pixels"), "") == {"layers": [], "widths": {"all": 480}}
    assert chunks() == []


@pytest.mark.slow
@pytest.mark.usefixtures("empty_folder", "small_steps")
def test_chunks_give_the_bytes_that_all_images_at_once_give_layer_by_layer() -> None:
    from mnist_transfer.extraction import networks

    lay_out()
    entry: Any = STUDY.network("net")
    features.run(STUDY, "toys", "net")
    model = networks.build(entry)
    networks.load(model, networks.he_normal(model, STUDY.seed), "net")
    images = artifacts.read_images(STUDY, "toys", "train")
    for layer, expected in features.in_batches(networks.forward(model, entry))(images).items():
        vectors = artifacts.read_features(STUDY, "toys", f"net/{layer}").train
        np.testing.assert_array_equal(vectors, expected, strict=True)
        assert vectors.std() > 0
    found = files.read_json(paths.layers("toys", "net"), "")
    assert (found["layers"][1:], found["widths"]) == (networks.table(model)[1:], LAYERS)  # Keras numbers inputs as it goes
    before = files_in(Path("features"))
    before.pop("toys/net/layers.json")
    assert set(before) == {"toys/net/one.npz", "toys/net/two.npz"}
    features.run(STUDY, "toys", "net")
    assert before.items() <= files_in(Path("features")).items(), "the same bytes twice"


@pytest.mark.usefixtures("empty_folder")
def test_features_that_have_no_room_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10**9))
    with pytest.raises(InputError, match=r"^the features of toys, net take 1\.6 GB of disk .*, and 1\.0 GB are free; free"):
        features._check_disk({"one": 2000}, 100_000, "toys, net")


#: Dies when it is about to finish its fifth chunk.
KILLED = """
import os, signal
from mnist_transfer.extraction import features
from tests.extraction.runs import study
features.BATCH, features.CHUNK = 10, 20
pixels, left = features.pixels, 5
def killed_at_a_chunk(images):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return pixels(images)
features.pixels = killed_at_a_chunk
features.run(study(), "toys", "pixels")
"""


@pytest.mark.slow
@pytest.mark.usefixtures("empty_folder", "small_steps")
def test_a_killed_pass_ends_in_the_bytes_of_one_that_nothing_disturbed(capsys: pytest.CaptureFixture[str]) -> None:
    lay_out()
    features.run(STUDY, "toys", "pixels")
    undisturbed = files_in(Path("features"))
    for path in undisturbed:
        Path("features", path).unlink()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    result = subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False, timeout=60)
    assert result.returncode == -signal.SIGKILL
    assert (len(chunks()), files_in(Path("features"))) == (4, {}), "the training split's three, and one of the test split's"
    capsys.readouterr()
    features.run(STUDY, "toys", "pixels")
    assert files_in(Path("features")) == undisturbed
    assert "found finished" in capsys.readouterr().err
    assert not paths.partial_features("toys", "pixels").exists()
