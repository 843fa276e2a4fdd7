"""Features of images that were prepared in a recipe's way: a pass of a real network, made once for all that is the same."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer import artifacts, files, paths
from mnist_transfer.entries import Network
from mnist_transfer.extraction import features, networks
from mnist_transfer.recipes import Preprocessing
from mnist_transfer.replay import images as prepared
from mnist_transfer.replay import passes
from tests.commands import files_in
from tests.extraction.runs import NET
from tests.replay import toys
from tests.replay.toys import NEAREST

SIZES: dict[paths.Split, int] = {"train": 30, "test": 20}


def read(name: str = NEAREST, net: dict[str, Any] = NET, **changes: Any) -> dict[paths.Split, passes.Labelled]:
    return passes.read(toys.study(net, **changes), "toys", Preprocessing.parse(name), SIZES)


@pytest.mark.usefixtures("folder", "built")
def test_features_of_fewer_images_are_those_of_the_first_with_their_labels() -> None:
    found = read()
    for split, (vectors, labels) in passes.read(toys.study(), "toys", Preprocessing.parse(NEAREST)).items():
        np.testing.assert_array_equal(labels, artifacts.read_splits("toys")[split].labels)
        np.testing.assert_array_equal(found[split][0], vectors[: SIZES[split]])
        np.testing.assert_array_equal(found[split][1], labels[: SIZES[split]])


@pytest.mark.usefixtures("folder")
def test_the_studys_own_way_to_prepare_images_has_the_studys_own_features_and_no_pass(built: list[str]) -> None:
    rng, study = np.random.default_rng(3), toys.study()
    labels = {f"{split}_labels": chosen.labels for split, chosen in artifacts.read_splits("toys").items()}
    vectors = {split: rng.normal(size=(len(labels[f"{split}_labels"]), 128)).astype(np.float32) for split in paths.SPLITS}
    files.write_npz(paths.features("toys", "net/one"), **vectors, **labels, classes=np.array(5))
    for sizes in (None, SIZES):
        for split, (found, known) in passes.read(study, "toys", "study", sizes).items():
            number = sizes[split] if sizes else None
            np.testing.assert_array_equal(found, vectors[split][:number])
            np.testing.assert_array_equal(known, labels[f"{split}_labels"][:number])
    assert built == []


@pytest.mark.usefixtures("folder")
def test_a_pass_is_made_once_for_all_that_is_the_same_and_anew_for_what_changes_the_features(built: list[str]) -> None:
    first, kept = read(), files_in(paths.partial_replay("toys", NEAREST))
    again = read()
    assert built == [NEAREST]
    assert files_in(paths.partial_replay("toys", NEAREST)) == kept
    for split in paths.SPLITS:
        np.testing.assert_array_equal(again[split][0], first[split][0])
    changes: list[dict[str, Any]] = [
        *({"name": "interleave-nearest-unit-caffe"}, {"name": "repeat-nearest-caffe"}, {"layer": "two"}),
        *({"net": NET | {"preparation": {"size": 40}}}, {"net": NET | {"layers": {"one": NET["layers"]["two"]}}}),
    ]
    for number, change in enumerate(changes, 2):
        read(**change)
        assert len(built) == number
        np.testing.assert_array_equal(first["train"][1], read()["train"][1])


@pytest.mark.slow
def test_the_network_is_passed_what_the_recipe_prepares(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    entry = Network.model_validate(NET | {"layers": {"two": {"layer": "block2_pool", "pooling": "flatten"}}})
    images = np.random.default_rng(2).integers(0, 256, (5, 16, 16), dtype=np.uint8)

    def extract(name: str) -> npt.NDArray[np.float32]:
        found = passes.make_extract(entry, "two", Preprocessing.parse(name), seed=5)(images)
        assert list(found) == ["two"]
        return found["two"]

    model = networks.build(entry)
    networks.load(model, networks.he_normal(model, 5), "x")
    # By hand.
    shown = prepared.show(images, Preprocessing.parse("interleave-bilinear-unit-caffe"), 32)[..., ::-1] / 255
    cut = keras.Model(model.input, model.get_layer("block2_pool").output)
    expected = cut.predict((shown - np.array([103.939, 116.779, 123.68])).astype(np.float32), verbose=0).reshape(5, -1)
    found = extract("interleave-bilinear-unit-caffe")
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    monkeypatch.setattr(features, "BATCH", 2)  # images beyond a batch come in their order
    np.testing.assert_allclose(extract("interleave-bilinear-unit-caffe"), found, rtol=1e-4, atol=1e-3)
    # A recipe of the study's own parts gives the study's own features.
    ours = entry.model_copy(update={"preparation": entry.preparation.model_copy(update={"resize": "nearest"})})
    expected = features.in_batches(networks.forward(model, ours))(images)["two"]
    assert expected.std() > 0
    np.testing.assert_allclose(extract("repeat-nearest-caffe"), expected, rtol=1e-4, atol=1e-3)
