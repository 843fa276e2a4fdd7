"""Every check turns where its sentence says, and says what it rests on or what the study lacks; the cases stand by theme."""

import inspect

import pandas as pd
import pytest

from mnist_transfer.claims import THEMES, causes
from mnist_transfer.claims.claim import CHECKS, Check, Verdict
from mnist_transfer.claims.names import DATASETS, FASHION, LAST, MNIST, PIXELS, THIRD
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.results.published import published
from tests.claims import accuracy, benchmark, cuts, paper
from tests.claims import causes as of_causes
from tests.claims.constructed import MEASURES, Content, changed, checks_of, results, without

CASES = (accuracy, cuts, paper, benchmark, of_causes)
CASES_OF = {check: cases for theme, cases in zip(THEMES, CASES, strict=True) for check in checks_of(theme)}
EVERY = pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))


def verdict(check: Check, content: Content) -> bool:
    """Return whether a check holds; its evidence is one line without a hole, and so is every number of the prose."""
    found = check(results(content))
    for text in (found.evidence, *found.values.values()):
        assert text.strip()
        assert "\n" not in text
        assert "nan" not in text.lower()
    return bool(found.holds)


def refuses(check: Check, content: Content, words: str) -> None:
    """Assert that a check says in one line, with these words, that the study lacks what it speaks of."""
    with pytest.raises(NotMeasuredError) as caught:
        check(results(content))
    message = str(caught.value)
    assert message
    assert "\n" not in message
    assert words in message


@EVERY
def test_a_check_turns_where_it_says(check: Check) -> None:
    cases = CASES_OF[check]
    assert verdict(check, cases.GOOD)
    turns = [(changes, holds) for turning, changes, holds in cases.TURNS if turning is check]
    assert False in [holds for _, holds in turns], "no case makes it fail"
    for changes, holds in turns:
        assert verdict(check, changed(cases.GOOD, changes)) is holds, changes


@EVERY
def test_the_evidence_and_the_prose_have_the_numbers(check: Check) -> None:
    cases = CASES_OF[check]
    found = check(results(cases.GOOD))
    assert cases.EVIDENCE[check] in found.evidence
    for (of, name), text in cases.VALUES.items():
        assert of is not check or found.values[name] == text


def test_rows_that_do_not_hold_are_counted() -> None:
    worse = accuracy.accuracies((FASHION, THIRD, "a", 0.7), (FASHION, LAST, "b", 0.99))
    content = results(changed(accuracy.GOOD, worse))
    assert "in 24 of 25 rows" in accuracy.EASIER(content).evidence
    assert "Fashion-MNIST 3 of 5 rows" in accuracy.BEATS_LAST(content).evidence


@EVERY
def test_a_check_says_what_the_study_lacks(check: Check) -> None:
    cases = CASES_OF[check]
    lacks = [(content, words) for lacking, content, words in cases.LACKS if lacking is check]
    for name, kind in cases.NEEDS.get(check, ()):
        if name in MEASURES:
            others = {other: cells for other, cells in cases.GOOD.items() if other != name}
            lacks.append((others, f"this study does not take the measure {name}"))
        lacks.append(({**cases.GOOD, name: {}}, f"this study has no {name} of {FASHION}"))
        for dataset in DATASETS:
            lacks.append((without(cases.GOOD, dataset, tables=(name,)), f"this study has no {name} of {dataset}"))
            drop = (dataset, kind) if kind else dataset
            lacks.append((without(cases.GOOD, drop, tables=(name,)), f"{name} of {dataset}" + (f" on {kind}" if kind else "")))
    assert lacks
    for content, words in lacks:
        refuses(check, content, words)
    for spared, content in cases.SPARED:
        assert spared is not check or verdict(check, content), "what it does not speak of is not asked for"


def test_half_of_the_shared_errors_are_not_most() -> None:
    lacking = without(of_causes.GOOD, (MNIST, PIXELS, 0), tables=("shared_errors",))
    assert not verdict(of_causes.DOUBT, lacking)


@pytest.mark.parametrize("accuracy", [0.9349, 0.935])
def test_people_are_beaten_too(monkeypatch: pytest.MonkeyPatch, accuracy: float) -> None:
    """People do worse than machines on raw pixels; were they better, they would have to be beaten all the same."""
    known = published()
    better = known.assign(accuracy=known["accuracy"].where(known["source"] != "humans", accuracy))
    monkeypatch.setattr(causes, "published", lambda: better)
    assert verdict(of_causes.BEAT, of_causes.GOOD) is (accuracy < 0.935)


@pytest.mark.parametrize("dataset", DATASETS)
def test_what_nobody_published_is_not_compared(monkeypatch: pytest.MonkeyPatch, dataset: str) -> None:
    known = published()
    lacking: pd.DataFrame = known[(known["source"] != "trained-network") | (known["dataset"] != dataset)]
    monkeypatch.setattr(causes, "published", lambda: lacking)
    refuses(of_causes.TRAINED, of_causes.GOOD, f"no published figure of a trained network on {dataset}")


# The registry


def test_every_public_function_on_results_alone_is_registered_in_the_order_of_the_themes() -> None:
    """A check that lost its decorator would never be missed otherwise."""
    found = [check for theme in THEMES for check in CHECKS.values() if check.__module__ == theme.__name__]
    assert found == list(CHECKS.values())
    functions = {one for theme in THEMES for _, one in inspect.getmembers(theme, inspect.isfunction)}
    made = {one for one in functions if one.__annotations__.get("return") is Verdict and not one.__name__.startswith("_")}
    assert made == set(found)


def test_a_claim_is_named_as_its_check_and_says_what_it_checks() -> None:
    for name, check in CHECKS.items():
        assert name == check.__name__.replace("_", "-")
        assert (check.__doc__ or "").startswith("Check: "), name
