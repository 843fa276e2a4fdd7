"""The report's claims: each names a check, each check has a sentence, and a page whose claim fails is not made."""

import json
import re
import shutil
from pathlib import Path

import pypandoc
import pytest

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.claims import verdicts
from mnist_transfer.claims.claim import CHECKS
from mnist_transfer.errors import InputError
from mnist_transfer.report import pages
from mnist_transfer.results.read import Results, read
from tests.commands import ROOT
from tests.results import tiny_study

REPORT = ROOT / "report"
NAME = "mnist-easier-everywhere"


def test_every_check_has_a_sentence_in_the_report_and_every_claim_a_check() -> None:
    claimed = [name for page in pages.pages(REPORT) for name in pages.spans(page.read_text(encoding="utf-8"))]
    assert set(claimed) == set(CHECKS)


def test_every_number_of_the_prose_is_one_of_its_claims(committed: Results) -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in pages.pages(REPORT))
    asked, found = re.findall(r'value\("([^"]+)", "([^"]+)"\)', text), verdicts.check(committed)
    assert text.count("value(") == len(asked) > 20
    assert [(claim, name) for claim, name in asked if name not in found[claim].values] == []
    assert {claim for claim, _ in asked} == {claim for claim, verdict in found.items() if verdict.values}


def test_a_claim_holds_what_stands_in_its_brackets_and_has_a_check() -> None:
    text = f"See [this]. [Every `{{python}} x[0]` [@cited]\nis *easier*]{{.claim check={NAME}}} [and](x.html)."
    assert pages.spans(text) == {NAME: "Every `{python} x[0]` [@cited] is *easier*"}
    with pytest.raises(InputError, match=r"'So it is' names the check 'nothing'; there are \w"):
        pages.spans("[So it is]{.claim check=nothing}")
    with pytest.raises(InputError, match="names no check; write"):
        pages.spans("[So it is]{.claim}")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Results:
    """A study where one dataset is easier, and a report of one page that says which."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(pages.DRAFT, raising=False)
    tiny_study.write(tmp_path, datasets=("fashion_mnist", "mnist"))
    (tmp_path / "report").mkdir()
    (tmp_path / "report/_quarto.yml").write_text("project: {render: [page.qmd]}\n")
    (tmp_path / "report/page.qmd").write_text(f"[MNIST is easier.]{{.claim check={NAME}}}\n")
    return say(easier="mnist")


def say(easier: str) -> Results:
    """Make one dataset easier for every row, and bring the verdicts up to date."""
    table = schema.read("accuracy")
    accuracy = table["dataset"].eq(easier).map({True: 0.95, False: 0.85})
    table = table.assign(accuracy=accuracy, accuracy_low=accuracy - 0.01, accuracy_high=accuracy + 0.01)
    table.to_csv(paths.table("accuracy"), index=False)
    verdicts.run(read())
    return read()


def test_a_claim_that_no_longer_holds_or_cannot_be_checked_stops_all_but_a_draft(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.hold(Path("report"), results)
    turned = say(easier="fashion_mnist")
    told = rf"^the report says 'MNIST is easier\.', but in 0 of \d+ rows .*\(check {NAME}\); .*--draft$"
    with pytest.raises(InputError, match=told):
        pages.hold(Path("report"), turned)
    with monkeypatch.context() as patch:
        patch.setenv(pages.DRAFT, "1")
        pages.hold(Path("report"), turned)
    Path("report/page.qmd").write_text("[Cut in the middle.]{.claim check=errors-are-least-in-the-middle}\n")
    with pytest.raises(InputError, match=r"'Cut in the middle\.', but this study does not take the measure depth"):
        pages.hold(Path("report"), turned)


def test_verdicts_of_other_results_are_not_believed_nor_needed_without_claims(results: Results) -> None:
    content = json.loads(paths.EVIDENCE.read_text())
    content[NAME]["evidence"] += "!"
    paths.EVIDENCE.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"evidence.json is not what the checks say of results/; run `dvc repro results`"):
        pages.hold(Path("report"), results)
    Path("report/page.qmd").write_text("Nothing is claimed.\n")
    paths.EVIDENCE.unlink()
    pages.hold(Path("report"), results)


def filtered(folder: Path, to: str = "html", *, holds: bool = True) -> str:
    """Convert a page with one claim, whose check says so, in a folder with the citation of the study."""
    for name in ("report/assets/claims.lua", "src/mnist_transfer/claims/accuracy.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    files.write_json(folder / paths.EVIDENCE, {NAME: {"holds": holds, "evidence": "in 3 of 4 rows <b>"}})
    text = f"[Said *so*]{{.claim check={NAME}}}, see [there](appendix.html#sec-x)."
    options = [f"--lua-filter={folder / 'report/assets/claims.lua'}", "--wrap=none"]
    return str(pypandoc.convert_text(text, to, "markdown", extra_args=options))


def test_the_page_has_the_evidence_and_the_place_of_the_check_and_strikes_through_what_does_not_hold(tmp_path: Path) -> None:
    citation = tmp_path / "CITATION.cff"
    citation.write_text("title: x\n")
    html = filtered(tmp_path)
    assert '<span class="claim" tabindex="0" aria-describedby="evidence-1">Said <em>so</em><span id="evidence-1"' in html
    assert "✓ in 3 of 4 rows &lt;b&gt;. " in html
    line = int(html.split("claims/accuracy.py:")[1].split("<")[0])
    source = (ROOT / "src/mnist_transfer/claims/accuracy.py").read_text().splitlines()
    assert source[line - 1].startswith("def mnist_easier_everywhere(")
    citation.write_text("title: x\nrepository-code: 'https://example.org/us/mnist/'\n")
    link = f'"https://example.org/us/mnist/blob/main/src/mnist_transfer/claims/accuracy.py#L{line}"'
    assert link in filtered(tmp_path)
    assert "<del>Said <em>so</em></del>" in filtered(tmp_path, holds=False)
    typst = filtered(tmp_path, "typst")  # on paper the sentence alone, and the appendix a file beside it
    assert "in 3 of 4" not in typst
    assert "appendix.pdf#sec-x" in typst
