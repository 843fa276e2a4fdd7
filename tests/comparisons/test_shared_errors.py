"""Images that every classifier mistakes: which, in which order, and what is said of their labels."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer.comparisons import shared_errors
from mnist_transfer.paths import Split
from tests.difficulty import toys
from tests.difficulty.toys import Labels

#: Test images, and the wrong labels that they are given: one from and to each class, because confident learning asks whether an
#: image is surer to be of another class than those with that label are on average.
FLIPPED = {3: 0, 4: 1, 10: 3, 21: 2}
#: Labels of forty images, ten of each class.
FORTY = np.tile(np.arange(4, dtype=np.uint8), 10)


def lay_out(wrong: dict[int, int]) -> None:
    """Write clouds far from each other, test labels that are wrong in places, and classifiers that say what is right."""
    labels = toys.mistaken(wrong)
    toys.write_splits(labels)
    named: dict[Split, Labels] = {"train": toys.LABELS["train"], "test": labels}
    toys.write_features("net/two", toys.blobs("train", 30.0), toys.blobs("test", 30.0), labels=named)
    toys.write_predictions("net/two", *[toys.LABELS["test"]] * 3)


def rows(train: int = 80) -> toys.Rows:
    return toys.rows(shared_errors, "net/two", train=train)


def sure(*labels: int, share: float = 0.97) -> npt.NDArray[np.float64]:
    """Return probabilities of four classes of which one has almost all."""
    probabilities = np.full((len(labels), 4), (1 - share) / 3)
    probabilities[np.arange(len(labels)), labels] = share
    return probabilities


# Which, and how they are judged


@pytest.mark.parametrize("train", [80, 5000])
def test_a_flipped_label_on_well_separated_images_is_in_doubt(folder: Path, train: int) -> None:
    lay_out(FLIPPED)
    found = rows(train)
    assert {row["place"] for row in found} == set(FLIPPED)
    for row in found:
        assert row["index"] == row["place"] * 3 + 1, "the row of the raw file, as the toys' splits have it"
        assert row["verdict"] == "label in doubt"
        assert row["label"] == FLIPPED[row["place"]]
        assert row["likely"] == row["voted"] == row["place"] % 4
        assert row["votes"] == 3
        assert row["quality"] < 0.1


def test_an_image_that_one_classifier_gets_right_is_not_shared(folder: Path) -> None:
    lay_out(FLIPPED)
    right, one = toys.LABELS["test"], toys.mistaken({10: FLIPPED[10]})
    toys.write_predictions("net/two", right, right, one)
    assert {row["place"] for row in rows()} == set(FLIPPED) - {10}
    lay_out({})
    assert rows() == []


def test_the_least_credible_label_comes_first_with_the_answer_of_most() -> None:
    labels, probabilities = FORTY, sure(*FORTY)
    for image, quality in ((6, 0.4), (17, 0.1), (30, 0.25), (31, 0.2)):
        probabilities[image] = (1 - quality) / 3
        probabilities[image, labels[image]] = quality
    predicted = np.stack([labels] * 3)
    predicted[:, [6, 17, 31]] = [[1, 0, 0], [3, 3, 1], [1, 3, 1]]
    predicted[0, 30] = 0
    found = list(shared_errors.measure(predicted, labels, probabilities))
    assert [(row["place"], row["label"], row["voted"], row["votes"]) for row in found] == [
        (17, 1, 3, 2),
        (31, 3, 1, 2),
        (6, 2, 1, 2),
    ]
    assert [row["quality"] for row in found] == pytest.approx([0.1, 0.2, 0.4])


def test_verdicts_by_hand() -> None:
    known = {
        (0.02, 0.94, 0.02, 0.02): "label in doubt",  # as sure of class 1 as of those that are of it
        (0.40, 0.45, 0.10, 0.05): "ambiguous",
        (0.60, 0.35, 0.03, 0.02): "ambiguous",  # likeliest of all, whatever the classifiers said
        (0.10, 0.45, 0.40, 0.05): "hard",
        (0.05, 0.45, 0.40, 0.10): "hard",
    }
    for probabilities, verdict in known.items():
        others = sure(*FORTY, share=0.9)
        others[0] = probabilities
        assert shared_errors.verdicts(FORTY, others) == [verdict, *["ambiguous"] * 39], "sound labels are the likeliest class"


def test_probabilities_come_from_training_images_alone(folder: Path) -> None:
    wrong = {place: (place + 1) % 4 for place in range(0, 60, 2)}
    lay_out(wrong)
    assert {row["place"]: row["likely"] for row in rows()} == {place: place % 4 for place in wrong}
