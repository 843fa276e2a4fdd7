"""What stands in several places of the report, as a sentence, a table and a figure, has one value there."""

import re
from collections.abc import Callable, Iterator

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
#: A quantity, and its value in each place.
Quantities = Iterator[tuple[str, list[str]]]


@pytest.fixture(scope="module")
def said(committed: Results) -> Said:
    found = verdicts.check(committed)
    return lambda claim, name: found[claim].values[name]


def cells_of(table: str, *starts: str) -> list[str]:
    """Return the cells of the rows of a Markdown table that begin with some cells."""
    return [cell for row in cells(table) if row[: len(starts)] == list(starts) for cell in row]


def of_frozen(results: Results, said: Said) -> Quantities:
    claims = {MNIST: "frozen-features-reach-995-on-mnist", FASHION: "frozen-features-beat-pixels-and-people"}
    for name, claim in claims.items():
        table = results.on([name], "frozen")
        (tested,) = table[table["on"] == "test"].to_dict("records")
        row = next(cell for cell in cells_of(measures.frozen(results), TITLES[name]) if cell.startswith("**"))
        yield f"accuracy of the best candidate on {name}", [said(claim, "accuracy"), re.findall(r"\*\*(.*)\*\*", row)[0]]
        wrong = round((1 - tested["accuracy"]) * tested["test"])
        yield f"its mistakes on {name}", [said(claim, "mistakes"), str(len(frozen.mistakes(table))), str(wrong)]
    _, labels = measures.mistaken_images(results, MNIST)
    yield "the images of its mistakes", [said(claims[MNIST], "mistakes"), str(len(labels[TITLES[MNIST]]))]


def of_look_alikes(results: Results, said: Said) -> Quantities:
    table = measures.merged(results)
    gone = {
        name: [int(cells_of(table, results.heading(kind), TITLES[name])[4][:-1]) for kind in results.features]
        for name in TITLES
    }
    for name, shares in gone.items():
        place = f"gone on {TITLES[name]}"
        yield place, [said("fashion-errors-are-its-look-alikes", place), f"{min(shares)}% to {max(shares)}%"]


def of_the_lead(results: Results, said: Said) -> Quantities:
    merged = results.on(TITLES, "merged")
    for kind in results.features:
        rows = [results.rows(name, kind)["accuracy"].mean() for name in (MNIST, FASHION)]
        drawn = merged[merged["features"] == kind].groupby("dataset")["accuracy"].mean()
        both = [f"{100 * (first - second):.1f}" for first, second in (rows, (drawn[MNIST], drawn[FASHION]))]
        yield f"lead on {kind}", [said("mnist-easier-everywhere", f"lead on {kind}"), *both]


def of_pairs(results: Results, said: Said) -> Quantities:
    pairs = results.on([MNIST], "mcnemar", PIXELS)
    families = len(representatives([*pairs["first"], *pairs["second"]]))
    table = results.on([MNIST], "resolution", PIXELS)
    of = re.findall(r"of (\d+) pairs", said("mnist-still-separates-on-pixels", "apart"))
    yield "pairs of families", [*of, str(families * (families - 1) // 2), *map(str, table["pairs"].unique())]


def of_shared_errors(results: Results, said: Said) -> Quantities:
    _, labels = measures.shared_images(results, PIXELS)
    every = len(results.on([MNIST], "shared_errors", PIXELS))
    yield "digits that all get wrong", [said("labels-shared-errors-are-in-doubt", "images"), str(every)]
    assert len(labels[TITLES[MNIST]]) <= every


@pytest.mark.parametrize("places", [of_frozen, of_look_alikes, of_the_lead, of_pairs, of_shared_errors])
def test_a_quantity_has_one_value(committed: Results, said: Said, places: Callable[[Results, Said], Quantities]) -> None:
    for quantity, values in places(committed, said):
        assert len(set(values)) == 1, (quantity, values)
