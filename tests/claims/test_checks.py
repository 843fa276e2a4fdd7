"""Every check turns where its sentence says, and says what the study lacks; the cases stand by theme."""

import inspect
from itertools import product

import pandas as pd
import pytest

from mnist_transfer.claims import THEMES, causes
from mnist_transfer.claims.claim import CHECKS, Check, Verdict
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, THIRD
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.published import published
from tests.claims import accuracy, benchmark, cuts, paper
from tests.claims import causes as of_causes
from tests.claims.constructed import Content, changed, checks_of, results, without

CASES = (accuracy, cuts, paper, benchmark, of_causes)
CASES_OF = {check: cases for theme, cases in zip(THEMES, CASES, strict=True) for check in checks_of(theme)}
EVERY = pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))


def verdict(check: Check, content: Content) -> Verdict:
    """Return what a check says; its evidence is one line without a hole, and so is every number of the prose."""
    found = check(results(content))
    for text in (found.evidence, *found.values.values()):
        assert text.strip()
        assert "\n" not in text
        assert "nan" not in text.lower()
    return found


def lacking(check: Check, content: Content) -> str:
    """Return the line in which a check says that the study lacks what it speaks of."""
    with pytest.raises(NotMeasuredError, match=r"\A(this study|the paper has|no published) [^\n]+\Z") as caught:
        check(results(content))
    return str(caught.value)


@EVERY
def test_a_check_turns_where_it_says_and_gives_the_prose_its_numbers(check: Check) -> None:
    cases = CASES_OF[check]
    good = verdict(check, cases.GOOD)
    assert good.holds
    numbers = {name: text for (of, name), text in cases.VALUES.items() if of is check}
    assert numbers.items() <= good.values.items()
    turns = [(changes, holds) for turning, changes, holds in cases.TURNS if turning is check]
    assert False in [holds for _, holds in turns], "no case makes it fail"
    for changes, holds in turns:
        assert bool(verdict(check, changed(cases.GOOD, changes)).holds) is holds, changes


@EVERY
def test_a_check_says_what_the_study_lacks_and_asks_for_nothing_else(check: Check) -> None:
    cases = CASES_OF[check]
    table, *kinds = cases.NEEDS[check]
    for dataset, kind in product(DATASETS, ((), *((kind,) for kind in kinds))):
        assert dataset in lacking(check, without(cases.GOOD, (dataset, *kind), tables=(table,)))
    for of, content in cases.LACKS:
        assert of is not check or lacking(check, content)
    named = {key: cell for key, cell in cases.GOOD[table].items() if not kinds or key[1] in kinds}
    assert verdict(check, {**cases.GOOD, table: named}).holds


def test_rows_that_do_not_hold_are_counted() -> None:
    worse = accuracy.accuracies((FASHION, THIRD, "a", 0.7), (FASHION, LAST, "b", 0.99))
    content = results(changed(accuracy.GOOD, worse))
    assert "in 24 of 25 rows" in accuracy.EASIER(content).evidence
    assert "Fashion-MNIST 3 of 5 rows" in accuracy.BEATS_LAST(content).evidence


def test_half_of_the_shared_errors_are_not_most() -> None:
    half = without(of_causes.GOOD, (MNIST, PIXELS, 0), tables=("shared_errors",))
    assert not verdict(of_causes.DOUBT, half).holds


@pytest.mark.parametrize("accuracy", [0.9349, 0.935])
def test_people_are_beaten_too(monkeypatch: pytest.MonkeyPatch, accuracy: float) -> None:
    """People do worse than machines on raw pixels; were they better, they would have to be beaten all the same."""
    known = published()
    better = known.assign(accuracy=known["accuracy"].where(known["source"] != "humans", accuracy))
    monkeypatch.setattr(causes, "published", lambda: better)
    assert bool(verdict(of_causes.BEAT, of_causes.GOOD).holds) is (accuracy < 0.935)


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_nobody_published_is_not_compared(monkeypatch: pytest.MonkeyPatch, dataset: str) -> None:
    known = published()
    fewer: pd.DataFrame = known[(known["source"] != "trained-network") | (known["dataset"] != dataset)]
    monkeypatch.setattr(causes, "published", lambda: fewer)
    assert lacking(of_causes.TRAINED, of_causes.GOOD) == f"no published figure of a trained network on {dataset}"


def test_every_public_function_on_results_alone_is_registered_in_the_order_of_the_themes() -> None:
    """A check that lost its decorator, or its name to another one, would never be missed otherwise."""
    found = [check for theme in THEMES for check in checks_of(theme)]
    assert found == list(CHECKS.values())
    assert all((check.__doc__ or "").startswith("Check: ") for check in found)
    functions = [one for theme in THEMES for _, one in inspect.getmembers(theme, inspect.isfunction)]
    made = [one for one in functions if one.__annotations__.get("return") is Verdict and not one.__name__.startswith("_")]
    assert len(made) == len(found)
    assert set(made) == set(found)
