"""Images that every classifier mistakes: which, in which order, and what is said of their labels."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer import paths
from mnist_transfer.difficulty import measure, shared_errors
from mnist_transfer.errors import InputError
from tests.difficulty import toys
from tests.difficulty.toys import Labels

#: Test images, and the wrong labels that they are given: one from and to each class, because confident learning asks whether an
#: image is surer to be of another class than those with that label are on average.
FLIPPED = {3: 0, 4: 1, 10: 3, 21: 2}


def flip(wrong: dict[int, int]) -> Labels:
    labels = toys.labels("test")
    labels[list(wrong)] = list(wrong.values())
    return labels


def lay_out(wrong: dict[int, int]) -> None:
    """Write clouds far from each other, test labels that are wrong in places, and classifiers that say what is right."""
    toys.write_labels(toys.labels("train"), flip(wrong))
    toys.write_blobs("net/two", 30.0)
    toys.write_predictions("net/two", *[toys.labels("test")] * 3)


def rows(**changes: Any) -> list[dict[str, Any]]:
    return list(shared_errors.rows(toys.study(changes), "toys", "net/two"))


def sure(*labels: int, share: float = 0.97) -> npt.NDArray[np.float64]:
    """Return probabilities of four classes of which one has almost all."""
    probabilities = np.full((len(labels), 4), (1 - share) / 3)
    probabilities[np.arange(len(labels)), labels] = share
    return probabilities


def named(*labels: int) -> Labels:
    return np.array(labels, np.uint8)


# Which, and how they are judged


def test_a_flipped_label_on_well_separated_images_is_in_doubt(folder: Path) -> None:
    lay_out(FLIPPED)
    found = rows()
    assert {row["place"] for row in found} == set(FLIPPED)
    for row in found:
        assert row["verdict"] == "label in doubt"
        assert row["label"] == FLIPPED[row["place"]]
        assert row["likely"] == row["voted"] == row["place"] % 4
        assert row["votes"] == 3
        assert row["quality"] < 0.1


def test_an_image_that_one_classifier_gets_right_is_not_shared(folder: Path) -> None:
    lay_out(FLIPPED)
    right = toys.labels("test")
    toys.write_predictions("net/two", right, right, np.where(np.arange(60) == 10, flip(FLIPPED), right).astype(np.uint8))
    assert {row["place"] for row in rows()} == set(FLIPPED) - {10}


def test_index_is_the_row_of_the_raw_file_and_place_the_one_of_the_split(folder: Path) -> None:
    lay_out(FLIPPED)
    assert all(row["index"] == row["place"] * 3 + 1 for row in rows())  # as the toys' splits have it


def test_classifiers_that_share_no_error_have_no_rows(folder: Path) -> None:
    toys.write_predictions("net/two", toys.mistaken({0: 1}), toys.mistaken({1: 0}), toys.mistaken({}))
    assert rows() == []


def test_the_least_credible_label_comes_first() -> None:
    labels = named(*[0, 1, 2, 3] * 10)
    probabilities = sure(*labels)
    for image, quality in ((6, 0.4), (17, 0.1), (30, 0.25), (31, 0.2)):
        probabilities[image] = (1 - quality) / 3
        probabilities[image, labels[image]] = quality
    predicted = np.stack([labels, labels])
    predicted[:, [6, 17, 31]] = 3 - labels[[6, 17, 31]]
    predicted[0, 30] = 0
    found = list(shared_errors.measure(predicted, labels, probabilities))
    assert [row["place"] for row in found] == [17, 31, 6]
    assert [row["quality"] for row in found] == pytest.approx([0.1, 0.2, 0.4])


def test_the_vote_is_the_answer_of_most() -> None:
    labels = named(*[0, 1, 2, 3] * 5)
    predicted = np.stack([labels] * 5)
    predicted[:, 4] = [3, 1, 3, 3, 1]
    row = toys.one(list(shared_errors.measure(predicted, labels, sure(*labels))))
    assert (row["place"], row["label"], row["voted"], row["votes"], row["likely"]) == (4, 0, 3, 3, 0)


@pytest.mark.parametrize(
    ("probabilities", "verdict"),
    [
        ([0.02, 0.94, 0.02, 0.02], "label in doubt"),  # as sure of class 1 as of those that are of it
        ([0.40, 0.45, 0.10, 0.05], "ambiguous"),
        ([0.60, 0.35, 0.03, 0.02], "ambiguous"),  # likeliest of all, whatever the classifiers said
        ([0.10, 0.45, 0.40, 0.05], "hard"),
        ([0.05, 0.45, 0.40, 0.10], "hard"),
    ],
)
def test_verdicts_by_hand(probabilities: list[float], verdict: str) -> None:
    labels = named(*[0, 1, 2, 3] * 10)
    others = sure(*labels, share=0.9)
    others[0] = probabilities
    found = shared_errors.verdicts(labels, others)
    assert found[0] == verdict
    assert set(found[1:]) == {"ambiguous"}, "sound labels are the likeliest class"


def test_probabilities_come_from_training_images_alone(folder: Path) -> None:
    wrong = {place: (place + 1) % 4 for place in range(0, 60, 2)}
    lay_out(wrong)
    assert {row["place"]: row["likely"] for row in rows()} == {place: place % 4 for place in wrong}


@pytest.mark.parametrize("train", [20, 5000])
def test_no_more_images_than_there_are_are_asked_for(folder: Path, train: int) -> None:
    lay_out(FLIPPED)
    assert {row["place"] for row in rows(**{"difficulty.shared_errors.train": train})} == set(FLIPPED)


# The images to be shown


def shown() -> npt.NDArray[np.uint8]:
    measure.run(toys.study({"difficulty.shared_errors.features": ["net/two"]}), "shared_errors", "toys", "net/two")
    content: npt.NDArray[np.uint8] = np.load(paths.measure("shared_errors", "toys", "net/two").with_suffix(".npz"))["images"]
    return content


def test_the_images_beside_the_table_are_its_rows_in_their_order(folder: Path) -> None:
    lay_out(FLIPPED)
    images = shown()
    assert images.shape == (len(FLIPPED), 2, 3)
    assert images[:, 0, 0].tolist() == [row["index"] for row in rows()]  # as the toys' raw images have it


def test_no_more_images_are_kept_than_shown_and_they_are_the_least_credible(folder: Path) -> None:
    lay_out({place: (place + 1) % 4 for place in range(0, 60, 2)})
    assert shown()[:, 0, 0].tolist() == [row["index"] for row in rows()][: shared_errors.SHOWN]
    assert len(rows()) == 30 > shared_errors.SHOWN


def test_where_no_error_is_shared_there_is_no_image(folder: Path) -> None:
    lay_out({})
    assert shown().shape == (0, 2, 3)


# Classifiers that will not do


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_a_classifier_that_has_not_converged_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="not converged"):
        rows(**{"difficulty.classifiers.logistic.arguments": {"max_iter": 1}})


def test_a_classifier_that_refuses_its_arguments_is_one_line(folder: Path) -> None:
    with pytest.raises(InputError, match="the estimator refused it"):
        rows(**{"difficulty.classifiers.logistic.arguments": {"C": -1}})


def test_a_classifier_without_probabilities_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="probabilit"):
        rows(**{"difficulty.classifiers.logistic.class": "sklearn.linear_model.Perceptron"})


def test_a_class_without_training_images_moves_no_column(folder: Path) -> None:
    train = toys.labels("train")
    toys.write_labels(np.where(train == 1, 0, train).astype(np.uint8), toys.labels("test"))
    toys.write_predictions("net/two", *[((toys.labels("test") + 1) % 4).astype(np.uint8)] * 3)
    likely = {row["place"]: row["likely"] for row in rows()}
    assert {likely[place] for place in range(3, 60, 4)} == {3}
