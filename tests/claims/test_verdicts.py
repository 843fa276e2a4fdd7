"""All checks at once: what is written and printed of them, and what the command then returns."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_transfer.claims import claim, verdicts
from mnist_transfer.claims.claim import CHECKS, Check, Verdict
from mnist_transfer.claims.names import FASHION, LAST, MNIST, PIXELS
from mnist_transfer.errors import InputError, NotMeasuredError
from mnist_transfer.results.read import Results
from mnist_transfer.tables import REMEDY
from tests.claims.constructed import results
from tests.commands import Result, assert_refused, files_in, run, run_here
from tests.results import tiny_study

#: Markup that would close what is open around it, if it were taken for any.
BRACKETS = "[/bold] and [red]3 of 4[/]"
LONGEST = max(CHECKS, key=len)


def holding(_: Results) -> Verdict:
    return Verdict(True, f"it does {BRACKETS}")


def failing(_: Results) -> Verdict:
    # What comparing numbers of NumPy gives, which JSON does not know.
    return Verdict(bool(np.True_) and np.False_, f"it does not {BRACKETS}")  # type: ignore[arg-type]


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


# The registry


@pytest.mark.usefixtures("own")
def test_a_name_that_is_taken_is_refused_and_what_has_it_stays() -> None:
    def it_holds(_: Results) -> Verdict:
        raise AssertionError

    with pytest.raises(ValueError, match=r"^two checks of the claim it-holds$"):
        claim.claim(it_holds)
    assert CHECKS["it-holds"] is holding


@pytest.mark.usefixtures("own")
def test_a_check_is_registered_and_returned_as_it_is() -> None:
    def seven_is_prime(_: Results) -> Verdict:
        return Verdict(True, "7")

    assert claim.claim(seven_is_prime) is seven_is_prime
    assert CHECKS["seven-is-prime"] is seven_is_prime


# What becomes of them


@pytest.mark.parametrize("content", [{}, {measure: {} for measure in ("depth", "merged", "mcnemar", "one_pixel")}], ids=str)
def test_of_results_without_rows_nothing_can_be_said(content: dict[str, Any]) -> None:
    found = verdicts.check(results(content))
    assert list(found) == list(CHECKS)
    for name, verdict in found.items():
        assert verdict.holds is None, name
        assert verdict.evidence.startswith(("this study ", "the paper has no figures")), name


@pytest.mark.usefixtures("own")
def test_every_name_has_its_verdict_or_the_reason_for_none() -> None:
    found = verdicts.check(results({}))
    assert list(found) == ["it-holds", "it-fails", "it-lacks"]
    assert [verdict.holds for verdict in found.values()] == [True, False, None]
    assert found["it-lacks"].evidence == f"nobody asked {BRACKETS}"


def test_a_mistake_of_a_check_is_not_taken_for_a_lack(own: dict[str, Check]) -> None:
    def damaged(_: Results) -> Verdict:
        raise InputError("damaged")

    own["it-breaks"] = damaged
    with pytest.raises(InputError, match="damaged"):
        verdicts.check(results({}))


@pytest.mark.usefixtures("own")
def test_what_is_written_has_the_words_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    verdicts.run()
    text = Path("results/evidence.json").read_text(encoding="utf-8")
    assert json.loads(Path("results/claims.json").read_text()) == {"it-holds": True, "it-fails": False, "it-lacks": None}
    assert json.loads(text) == {
        "it-holds": {"holds": True, "evidence": f"it does {BRACKETS}"},
        "it-fails": {"holds": False, "evidence": f"it does not {BRACKETS}"},
        "it-lacks": {"holds": None, "evidence": f"nobody asked {BRACKETS}"},
    }
    assert [f'"holds": {word}' in text for word in ("true", "false", "null")] == [True] * 3
    assert capsys.readouterr().err == "results/claims.json: 1 of 3 claims hold; not it-fails; 1 cannot be checked\n"


def test_nothing_is_said_of_claims_that_fail_where_none_does(own: dict[str, Check], capsys: pytest.CaptureFixture[str]) -> None:
    del own["it-fails"]
    verdicts.run()
    assert capsys.readouterr().err == "results/claims.json: 1 of 2 claims hold; 1 cannot be checked\n"


@pytest.mark.parametrize(("gone", "passes"), [((), False), (("it-holds", "it-lacks"), False), (("it-fails",), True)])
def test_what_is_shown_says_whether_one_fails(
    own: dict[str, Check], capsys: pytest.CaptureFixture[str], gone: tuple[str, ...], passes: bool
) -> None:
    for name in gone:
        del own[name]
    assert verdicts.show() is passes
    lines = {line.split()[1]: line for line in capsys.readouterr().out.splitlines()[1:]}
    assert list(lines) == list(own)
    shown = {
        "it-holds": ("✓", f"it does {BRACKETS}"),
        "it-fails": ("✗", f"it does not {BRACKETS}"),
        "it-lacks": ("?", f"nobody asked {BRACKETS}"),
    }
    for name, line in lines.items():
        mark, evidence = shown[name]
        assert line.startswith(f"{mark} ")
        assert line.rstrip().endswith(f" {evidence}")


def test_the_names_of_claims_are_whole_on_a_narrow_terminal(
    own: dict[str, Check], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    own[LONGEST] = holding
    verdicts.show()
    assert f" {LONGEST} " in capsys.readouterr().out


# The command


@pytest.fixture(scope="module")
def easy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of the study's datasets, alike in difficulty; not to be changed."""
    folder = tmp_path_factory.mktemp("easy")
    tiny_study.write(folder, datasets=(FASHION, MNIST), features=(LAST, PIXELS))
    return folder


def claims(folder: Path, *arguments: str) -> Result:
    return run("claims", *arguments, folder=folder)


def test_a_claim_that_fails_is_exit_code_1_and_is_shown(easy: Path) -> None:
    before = files_in(easy)
    result = claims(easy)
    assert result.returncode == 1, result.stderr
    assert result.stderr == ""
    assert "✗  mnist-easier-everywhere" in result.stdout
    assert "✓  pixels-match-the-papers-features" in result.stdout
    assert "?  third-cut-beats-pixels" in result.stdout
    assert files_in(easy) == before, "printing writes nothing"


def test_writing_is_exit_code_0_though_a_claim_fails(easy: Path, tmp_path: Path) -> None:
    tiny_study.write(tmp_path, datasets=(FASHION, MNIST), features=(LAST, PIXELS))
    result = claims(tmp_path, "--write")
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert "results/claims.json: " in result.stderr
    written = files_in(tmp_path)
    content = json.loads(written.pop("results/evidence.json"))
    assert json.loads(written.pop("results/claims.json")) == {name: record["holds"] for name, record in content.items()}
    assert written == files_in(easy), "nothing else is written"
    assert list(content) == list(CHECKS)
    assert {content[name]["holds"] for name in content} == {True, False, None}
    assert content["mnist-easier-everywhere"]["holds"] is False
    assert content["third-cut-beats-pixels"]["evidence"] == "this study has no accuracy of fashion_mnist on vgg16/block3"


def test_of_other_datasets_nothing_can_be_said_which_is_no_failure(tmp_path: Path) -> None:
    tiny_study.write(tmp_path, replicated=True, measured=True)
    result = claims(tmp_path)
    assert result.returncode == 0, result.stderr
    marks = [line[0] for line in result.stdout.splitlines()[1:] if line.strip() and not line.startswith("  ")]
    assert marks == ["?"] * len(CHECKS)


@pytest.mark.parametrize("arguments", [(), ("--write",)])
def test_results_that_are_missing_are_refused(empty_folder: Path, arguments: tuple[str, ...]) -> None:
    (empty_folder / "params.yaml").touch()
    assert_refused(run_here("claims", *arguments, folder=empty_folder), f"results/provenance.json is missing; {REMEDY}")
    assert files_in(empty_folder) == {"params.yaml": b""}
