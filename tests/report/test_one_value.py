"""What stands in several places of the report, as a sentence, a table and a figure, has one value there."""

import re
from collections.abc import Callable

import pytest

from mnist_transfer.claims import verdicts
from mnist_transfer.claims.names import FASHION, MNIST, PIXELS, TITLES
from mnist_transfer.comparisons.families import representatives
from mnist_transfer.difficulty import frozen
from mnist_transfer.report import measures
from mnist_transfer.results.read import Results
from tests.report.conftest import cells

#: Values of the claims, as the prose has them.
Said = Callable[[str, str], str]


@pytest.fixture(scope="module")
def said(committed: Results) -> Said:
    found = verdicts.check(committed)
    return lambda claim, name: found[claim].values[name]


def test_the_best_candidate_on_frozen_features_has_one_accuracy_and_one_number_of_mistakes(
    committed: Results, said: Said
) -> None:
    claims = {MNIST: "frozen-features-reach-995-on-mnist", FASHION: "frozen-features-beat-pixels-and-people"}
    for name, claim in claims.items():
        accuracy, mistakes = said(claim, "accuracy"), int(said(claim, "mistakes"))
        row = next(row for row in cells(measures.frozen(committed)) if row[0] == TITLES[name])
        assert re.findall(r"\*\*(.*)\*\*", row[2]) == [accuracy]
        table = committed.on([name], "frozen")
        (tested,) = table[table["on"] == "test"].to_dict("records")
        assert len(frozen.mistakes(table)) == round((1 - tested["accuracy"]) * tested["test"]) == mistakes
    _, labels = measures.mistaken_images(committed, MNIST)
    assert len(labels[TITLES[MNIST]]) == int(said(claims[MNIST], "mistakes")), "each of them is shown"


@pytest.mark.parametrize("title", TITLES.values())
def test_as_many_errors_are_gone_with_the_look_alikes_in_the_table_as_in_the_prose(
    committed: Results, said: Said, title: str
) -> None:
    gone = [int(row[4].removesuffix("%")) for row in cells(measures.merged(committed)) if row[1] == title]
    assert len(gone) == len(committed.features)
    assert said("fashion-errors-are-its-look-alikes", f"gone on {title}") == f"{min(gone)}% to {max(gone)}%"


def test_the_lead_in_the_prose_is_that_of_the_accuracies_and_of_what_is_drawn(committed: Results, said: Said) -> None:
    for table in (committed.on(TITLES, "accuracy"), committed.on(TITLES, "merged")):
        means = table.groupby(["features", "dataset"])["accuracy"].mean().unstack()
        for kind, lead in (100 * (means[MNIST] - means[FASHION])).items():
            assert said("mnist-easier-everywhere", f"lead on {kind}") == f"{lead:.1f}"


def test_the_prose_has_as_many_pairs_of_families_as_what_is_drawn(committed: Results, said: Said) -> None:
    pairs, drawn = (committed.on([MNIST], name, PIXELS) for name in ("mcnemar", "resolution"))
    families = len(representatives([*pairs["first"], *pairs["second"]]))
    assert set(drawn["pairs"]) == {families * (families - 1) // 2}
    assert f"of {families * (families - 1) // 2} pairs" in said("mnist-still-separates-on-pixels", "apart")


def test_the_digits_that_all_get_wrong_are_counted_once(committed: Results, said: Said) -> None:
    every = committed.on([MNIST], "shared_errors", PIXELS)
    assert said("labels-shared-errors-are-in-doubt", "images") == f"{len(every)}"
    _, labels = measures.shared_images(committed, PIXELS)
    assert len(labels[TITLES[MNIST]]) <= len(every)
