"""What the docs say to type runs in the demo, and prints what is shown."""

import re
import shutil
from pathlib import Path

import pytest

from tests import walks
from tests.commands import execute as run

#: Numbers of another processor, or of scikit-learn's next version, may be a few images away.
TOLERANCE = 0.015


@pytest.fixture(scope="module")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As much of the demo as the walks need, run and committed; not to be changed."""
    folder = tmp_path_factory.mktemp("demo")
    walks.lay_out(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", walks.PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_walk_runs_in_the_demo_and_prints_what_is_shown(page: Path, run_once: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(run_once, tmp_path / "demo", symlinks=True)
    shown = walks.section(page)
    expected = [pytest.approx(word, abs=TOLERANCE) if isinstance(word, float) else word for word in words(shown)]
    assert words(walks.walked(shown, folder)) == expected
    assert "??" not in run(folder, "git", "status", "--porcelain"), "git knows what to ignore"


def words(text: str) -> list[str | float]:
    """Split a text into words and numbers, without what experiments are called by and how wide columns are."""
    found = re.sub(r"-{2,}", "--", re.sub(r"\b[0-9a-f]{7}\b", "", text)).split()
    return [float(word) if re.fullmatch(r"[+-]?\d*\.\d+", word) else word for word in found]
