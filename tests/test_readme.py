"""The README says what is true: its table is that of results/, its commands and files exist."""

import json
import re
import shutil
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides  # type: ignore[import-untyped]
from typer.main import get_command

from mnist_transfer import cli, paths, study
from mnist_transfer.report import summary
from tests.commands import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_is_that_of_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert summary.update(README, summary.markdown(study.load())) == README


def test_its_claims_hold() -> None:
    verdicts = json.loads((ROOT / paths.EVIDENCE).read_text(encoding="utf-8"))
    claimed = re.findall(r"<!-- claim ([\w-]+) -->.+?<!-- /claim -->", README, re.DOTALL)
    assert len(claimed) == README.count("<!-- claim") == README.count("<!-- /claim -->") > 3
    for name in claimed:
        assert verdicts[name]["holds"] is True, f"{name}: {verdicts[name]['evidence']}"


def test_every_make_target_and_command_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"demo", "test", "repro"} < set(re.findall(r"\bmake ([a-z-]+)", README)) <= set(targets)
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]
    assert set() < set(re.findall(r"mnist-transfer ([a-z]+)", README)) <= set(commands)


def test_every_file_of_the_tree_exists() -> None:
    tree = re.search(r"\n    params\.yaml.*?\n\n", README, re.DOTALL)
    assert tree
    ours = {path.name for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py")}
    rooms = {path.name for path in (ROOT / "src/mnist_transfer").iterdir() if path.is_dir()}
    for line in tree[0].strip("\n").splitlines():
        for name in re.findall(r"[a-z_]+\.(?:py|yaml|lock|dvc)\b|^ {4,6}[a-z_]+/", line):
            name = name.strip()
            assert (ROOT / name).exists() or name in ours or name.rstrip("/") in rooms, name


def test_the_sample_command_lines_change_what_they_say() -> None:
    change = re.search(r"sed -i\.bak 's/(.*)/(.*)/' params\.yaml", README)
    assert change
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    changed, count = re.subn(change[1], change[2], text, flags=re.MULTILINE)
    assert (count, change[2] in text, change[2] in changed) == (1, False, True)


def test_the_sample_experiment_is_one_that_dvc_takes(tmp_path: Path) -> None:
    override = re.search(r"dvc exp run -S '(\+classifiers\.([a-z-]+)\.arguments\.C=(.*))'", README)
    assert override
    params = shutil.copy(ROOT / "params.yaml", tmp_path)
    assert "C" not in study.load(Path(params)).classifier(override[2]).arguments
    apply_overrides(params, [override[1]])
    assert study.load(Path(params)).classifier(override[2]).arguments["C"] == float(override[3])
