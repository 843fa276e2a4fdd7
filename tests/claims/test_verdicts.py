"""All checks at once: what is written and printed of them, and what the command then returns."""

import json
from pathlib import Path

import numpy as np
import pytest

from mnist_transfer import paths
from mnist_transfer.claims import verdicts
from mnist_transfer.claims.claim import CHECKS, Check, Verdict
from mnist_transfer.claims.names import FASHION, LAST, MNIST, PIXELS
from mnist_transfer.errors import InputError, NotMeasuredError
from mnist_transfer.results.read import Results, read
from mnist_transfer.tables import REMEDY
from tests.claims.constructed import results
from tests.commands import ROOT, assert_refused, files_in, run_here
from tests.results import tiny_study

#: Markup that would close what is open around it, if it were taken for any.
BRACKETS = "[/bold] and [red]3 of 4[/]"


def holding(_: Results) -> Verdict:
    return Verdict(True, f"it does {BRACKETS}", {"number": "3"})


def failing(_: Results) -> Verdict:
    # What comparing numbers of NumPy gives, which JSON does not know.
    return Verdict(np.False_, f"it does not {BRACKETS}", {"number": "4"})  # type: ignore[arg-type]


def lacking(_: Results) -> Verdict:
    raise NotMeasuredError(f"nobody asked {BRACKETS}")


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Check]:
    """A registry with a check of each verdict, in a folder with results."""
    tiny_study.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    checks: dict[str, Check] = {"it-holds": holding, "it-fails": failing, "it-lacks": lacking}
    monkeypatch.setattr(verdicts, "CHECKS", checks)
    return checks


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
    said = {"it-holds": (True, "it does"), "it-fails": (False, "it does not"), "it-lacks": (None, "nobody asked")}
    assert json.loads(paths.CLAIMS.read_text()) == {name: holds for name, (holds, _) in said.items()}
    written = json.loads(paths.EVIDENCE.read_text(encoding="utf-8"))
    assert written == {name: {"holds": holds, "evidence": f"{text} {BRACKETS}"} for name, (holds, text) in said.items()}
    assert capsys.readouterr().err == "results/claims.json: 1 of 3 claims hold; not it-fails; 1 cannot be checked\n"


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


def test_a_claim_that_fails_is_exit_code_1_and_its_name_whole_on_a_narrow_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_study.write(tmp_path, datasets=(FASHION, MNIST), features=(LAST, PIXELS))
    before = files_in(tmp_path)
    monkeypatch.setenv("COLUMNS", "60")
    result = run_here("claims", folder=tmp_path)
    assert result.returncode == 1
    for shown in ("✗  mnist-easier-everywhere ", "✓  classifiers-order-alike "):
        assert shown in result.stdout
    assert "third-cut-beats-pixels" not in result.stdout, "it cannot be checked here"
    assert files_in(tmp_path) == before, "printing writes nothing"


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


def test_every_claim_holds_on_the_committed_results_as_the_committed_evidence_says(committed: Results) -> None:
    """A table that lost its rows would turn claims into ones that nobody can judge, and none of them would fail."""
    found = verdicts.records(committed)
    assert [name for name, record in found.items() if not record["holds"]] == []
    assert found == json.loads((ROOT / paths.EVIDENCE).read_text(encoding="utf-8"))
