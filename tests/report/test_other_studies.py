"""The report of a study that is not the one its prose was written for: one line that counts, or a draft that says it is one."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from mnist_transfer.claims import verdicts
from mnist_transfer.claims.claim import CHECKS
from mnist_transfer.report import pages
from mnist_transfer.results import plots as plot
from tests.commands import ROOT, assert_refused, run_here
from tests.report.conftest import Made, render_in

#: What a user may leave of the study.
SHAPES: dict[str, dict[str, Any]] = {
    "own data only": {"datasets": ("garments",), "features": ("pixels/all",)},
    "three datasets": {"datasets": ("garments", "mnist", "fashion_mnist"), "measured": True},
    "other features first": {
        "datasets": ("fashion_mnist", "mnist"),
        "features": ("pixels/all", "vgg16-random/block5"),
        "classifiers": ("svm-linear",),
        "replicated": True,
        "published": True,
    },
    "one of the paper's": {"datasets": ("mnist",), "features": ("pixels/all",), "replicated": True, "published": True},
}
SLOW = pytest.mark.slow


@pytest.mark.parametrize("shape", ["own data only", *(pytest.param(shape, marks=SLOW) for shape in list(SHAPES)[1:])])
def test_what_the_study_lacks_is_counted_and_stops_the_report_in_one_line(made: Made, tmp_path: Path, shape: str) -> None:
    results = made(**SHAPES[shape])
    shutil.copytree(ROOT / "report", "report", ignore=shutil.ignore_patterns("_site", ".quarto"))
    verdicts.run(results)
    plot.run(results)
    told = ("the report says ", f"; of {len(CHECKS)} checked sentences, ", "beyond this study: ", "report --draft")
    assert_refused(run_here("report", folder=tmp_path), *told)
    assert not Path("report/_site").exists()


@SLOW
@pytest.mark.parametrize("shape", ["own data only", "three datasets"])  # what lacks most, and least
def test_a_draft_is_rendered_whatever_the_study_lacks_and_says_what_it_is(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    monkeypatch.setenv(pages.DRAFT, "1")
    verdicts.run(made(**SHAPES[shape]))
    page = render_in(tmp_path).read_text(encoding="utf-8")
    told = re.search(r"A draft</p>.*?here\. Sentences struck through: (\d+) of the (\d+) with a check", page, re.DOTALL)
    assert told
    assert (int(told[1]), int(told[2])) == (page.count("<del>"), page.count('class="claim"'))
    assert "A draft</p>" in (tmp_path / "report/_site/appendix.html").read_text(encoding="utf-8")
