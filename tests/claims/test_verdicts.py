"""All checks at once: what is written and printed of them, and what the command then returns."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_transfer.claims import claim, verdicts
from mnist_transfer.claims.claim import CHECKS, Check, Verdict
from mnist_transfer.claims.names import FASHION, LAST, MNIST, PIXELS
from mnist_transfer.errors import InputError, NotMeasuredError
from mnist_transfer.results.read import Results, read
from mnist_transfer.tables import REMEDY
from tests.claims.constructed import results
from tests.commands import ROOT, assert_refused, files_in, run, run_here
from tests.results import tiny_study

#: Markup that would close what is open around it, if it were taken for any.
BRACKETS = "[/bold] and [red]3 of 4[/]"
LONGEST = max(CHECKS, key=len)


def holding(_: Results) -> Verdict:
    return Verdict(True, f"it does {BRACKETS}", {"number": "3"})


def failing(_: Results) -> Verdict:
    # What comparing numbers of NumPy gives, which JSON does not know.
    return Verdict(np.False_, f"it does not {BRACKETS}", {"number": "4"})  # type: ignore[arg-type]


def lacking(_: Results) -> Verdict:
    raise NotMeasuredError(f"nobody asked {BRACKETS}")


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, Check]]:
    """A registry with a check of each verdict, in a folder with results."""
    tiny_study.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    registered = CHECKS.copy()
    CHECKS.clear()
    CHECKS.update({"it-holds": holding, "it-fails": failing, "it-lacks": lacking})
    yield CHECKS
    CHECKS.clear()
    CHECKS.update(registered)


def test_a_check_is_registered_as_it_is_and_a_name_that_is_taken_refused(own: dict[str, Check]) -> None:
    def it_holds(_: Results) -> Verdict:
        raise AssertionError

    def seven_is_prime(_: Results) -> Verdict:
        return Verdict(True, "7")

    with pytest.raises(ValueError, match=r"^two checks of the claim it-holds$"):
        claim.claim(it_holds)
    assert own["it-holds"] is holding
    assert claim.claim(seven_is_prime) is own["seven-is-prime"] is seven_is_prime


@pytest.mark.parametrize("measures", [(), ("depth", "merged", "mcnemar", "one_pixel")], ids=str)
def test_of_results_without_rows_nothing_can_be_said(measures: tuple[str, ...]) -> None:
    found = verdicts.check(results({measure: {} for measure in measures}))
    assert list(found) == list(CHECKS)
    assert {verdict.holds for verdict in found.values()} == {None}
    assert all(verdict.evidence.startswith(("this study ", "the paper has no figures")) for verdict in found.values())


def test_every_name_has_its_verdict_or_the_reason_for_none_and_a_mistake_is_no_lack(own: dict[str, Check]) -> None:
    found = verdicts.check(results({}))
    assert {name: verdict.holds for name, verdict in found.items()} == {"it-holds": True, "it-fails": False, "it-lacks": None}
    assert found["it-lacks"].evidence == f"nobody asked {BRACKETS}"
    value = verdicts.Values(results({}))
    assert [value(name, "number") for name in own] == ["3", "4", "–"]

    def damaged(_: Results) -> Verdict:
        raise InputError("damaged")

    own["it-breaks"] = damaged
    with pytest.raises(InputError, match="damaged"):
        verdicts.check(results({}))


def test_what_is_written_has_the_words_of_json(own: dict[str, Check], capsys: pytest.CaptureFixture[str]) -> None:
    verdicts.run(read())
    assert json.loads(Path("results/claims.json").read_text()) == {"it-holds": True, "it-fails": False, "it-lacks": None}
    assert json.loads(Path("results/evidence.json").read_text(encoding="utf-8")) == {
        "it-holds": {"holds": True, "evidence": f"it does {BRACKETS}"},
        "it-fails": {"holds": False, "evidence": f"it does not {BRACKETS}"},
        "it-lacks": {"holds": None, "evidence": f"nobody asked {BRACKETS}"},
    }
    assert capsys.readouterr().err == "results/claims.json: 1 of 3 claims hold; not it-fails; 1 cannot be checked\n"
    del own["it-fails"]
    verdicts.run(read())
    assert capsys.readouterr().err == "results/claims.json: 1 of 2 claims hold; 1 cannot be checked\n"


@pytest.mark.parametrize(("gone", "passes"), [((), False), (("it-holds", "it-lacks"), False), (("it-fails",), True)])
def test_what_is_shown_says_whether_one_fails(
    own: dict[str, Check], capsys: pytest.CaptureFixture[str], gone: tuple[str, ...], passes: bool
) -> None:
    shown = {"it-holds": ("✓", "it does"), "it-fails": ("✗", "it does not")}
    for name in gone:
        del own[name]
        shown.pop(name, None)
    assert verdicts.show() is passes
    printed = capsys.readouterr()
    assert ("it-lacks" in own) == printed.err.startswith(f"1 of {len(own)} claims cannot be checked")
    lines = [line.rstrip() for line in printed.out.splitlines()[1:]]
    for line, (name, (mark, evidence)) in zip(lines, shown.items(), strict=True):
        assert line.split()[:2] == [mark, name]
        assert line.endswith(f" {evidence} {BRACKETS}")


def test_the_names_of_claims_are_whole_on_a_narrow_terminal(
    own: dict[str, Check], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    own[LONGEST] = holding
    verdicts.show()
    assert f" {LONGEST} " in capsys.readouterr().out


# The command


def test_a_claim_that_fails_is_exit_code_1_and_shown(tmp_path: Path) -> None:
    tiny_study.write(tmp_path, datasets=(FASHION, MNIST), features=(LAST, PIXELS))
    before = files_in(tmp_path)
    result = run("claims", folder=tmp_path)
    assert result.returncode == 1
    for shown in ("✗  mnist-easier-everywhere", "✓  classifiers-order-alike"):
        assert shown in result.stdout
    assert "third-cut-beats-pixels" not in result.stdout, "it cannot be checked here"
    assert files_in(tmp_path) == before, "printing writes nothing"


def test_verdicts_are_written_with_and_without_their_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_study.write(tmp_path, datasets=(FASHION, MNIST), features=(LAST, PIXELS))
    monkeypatch.chdir(tmp_path)
    verdicts.run(read())
    content = json.loads(Path("results/evidence.json").read_text())
    assert json.loads(Path("results/claims.json").read_text()) == {name: record["holds"] for name, record in content.items()}
    assert list(content) == list(CHECKS)
    assert content["third-cut-beats-pixels"]["evidence"] == "this study has no accuracy of fashion_mnist on vgg16/block3"


def test_of_other_datasets_nothing_can_be_said_which_is_no_failure(tmp_path: Path) -> None:
    tiny_study.write(tmp_path, replicated=True, measured=True)
    result = run_here("claims", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    told = f"{len(CHECKS)} of {len(CHECKS)} claims cannot be checked: they speak of what this study does not have\n"
    assert (result.stdout, result.stderr) == ("", told)


def test_results_that_are_missing_are_refused(empty_folder: Path) -> None:
    (empty_folder / "params.yaml").touch()
    assert_refused(run_here("claims", folder=empty_folder), f"results/provenance.json is missing; {REMEDY}")
    assert files_in(empty_folder) == {"params.yaml": b""}


def test_every_claim_holds_on_the_committed_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that lost its rows would turn claims into ones that nobody can judge, and none of them would fail."""
    monkeypatch.chdir(ROOT)
    for name, verdict in verdicts.check(read()).items():
        assert verdict.holds, f"{name}: {verdict.evidence}"
        assert "nan" not in " ".join([verdict.evidence, *verdict.values.values()]).lower()
