"""Accuracy under several seeds: the study's own and those after it, all on the same images."""

from pathlib import Path

from mnist_transfer.classifiers import classify
from mnist_transfer.difficulty import seed_noise, shared
from tests.difficulty import toys


def test_seeds_count_upwards_from_the_studys_own_and_each_gives_the_same_whatever_it_is_counted_from(folder: Path) -> None:
    first, second = (
        {(row["classifier"], row["seed"]): row for row in toys.rows(seed_noise, "net/one", seed)} for seed in (7, 9)
    )
    assert list(first) == [(name, seed) for name in ("knn", "forest") for seed in (7, 8, 9, 10, 11)]
    both = first.keys() & second.keys()
    assert {seed for _, seed in both} == {9, 10, 11}
    assert all(first[key] == second[key] for key in both)


def test_only_a_classifier_that_draws_has_noise_and_every_fit_is_to_all_training_images(folder: Path) -> None:
    found = toys.rows(seed_noise, "net/one")
    assert len(set(toys.column(found, "accuracy", classifier="knn"))) == 1
    assert len(set(toys.column(found, "accuracy", classifier="forest"))) > 1
    train, test = toys.blobs("train", 1.5), toys.blobs("test", 1.5)
    outcome = classify.fit_and_predict(shared.CLASSIFIERS["forest"], train, toys.LABELS["train"], test, 8)
    correct = float((outcome.predictions[None] == toys.LABELS["test"]).mean())
    row = toys.one(found, classifier="forest", seed=8)
    assert (row["accuracy"], row["test"]) == (correct, toys.TEST)
