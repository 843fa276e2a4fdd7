"""The README says what is true: its table is that of results/, its commands and files exist."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.hydra import apply_overrides  # type: ignore[import-untyped]
from typer.main import get_command

from mnist_transfer import cli, paths, study, yaml
from mnist_transfer.entries import Classifier, Network
from mnist_transfer.report import summary
from tests.classifiers import digits
from tests.commands import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))}
TEXT = "\n".join(PAGES.values())


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
    assert {"demo", "repro", "small"} < set(re.findall(r"[`\n]make ([a-z-]+)", TEXT)) <= set(targets)
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]
    assert {"check", "claims"} < set(re.findall(r"mnist-transfer ([a-z]+)", TEXT)) <= set(commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_between_the_pages_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", PAGES[page]):
        path, _, anchor = link.partition("#")
        assert (page.parent / path).exists(), link
        heads = re.findall("^#+ (.*)", PAGES[(page.parent / path).resolve()], re.MULTILINE) if anchor else []
        assert not anchor or anchor in [head.lower().replace(" ", "-") for head in heads], link


def test_every_file_of_the_tree_exists() -> None:
    tree = re.search(r"\n    params\.yaml.*?\n\n", README, re.DOTALL)
    assert tree
    ours = {path.name for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py")}
    rooms = {path.name for path in (ROOT / "src/mnist_transfer").iterdir() if path.is_dir()}
    for line in tree[0].strip("\n").splitlines():
        for name in re.findall(r"[a-z_]+\.(?:py|yaml|lock|dvc)\b|^ {4,6}[a-z_]+/", line):
            name = name.strip()
            assert (ROOT / name).exists() or name in ours or name.rstrip("/") in rooms, name


def entries(name: str) -> dict[str, Any]:
    """Return the entries of params.yaml that a page of docs/ shows."""
    found = re.search(rf"<!-- {name} -->\n```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert found
    shown: dict[str, Any] = yaml.load(found[1])
    return shown


@pytest.mark.parametrize("name", entries("classifiers"))
def test_a_classifier_of_the_docs_can_be_fitted(name: str) -> None:
    entry = Classifier.model_validate(entries("classifiers")[name])
    if not entry.class_name.startswith("sklearn."):
        pytest.importorskip(entry.class_name.split(".")[0])
    assert digits.accuracy(digits.predict(entry)) > 0.8


def test_a_network_of_the_docs_is_one_and_is_scaled_as_it_was_trained() -> None:
    (entry,) = (Network.model_validate(network) for network in entries("networks").values())
    assert entry.preparation.scaling == "tf"


def test_the_sample_experiment_is_one_that_dvc_takes(tmp_path: Path) -> None:
    override = re.search(
        r"dvc exp run -S '(\+classifiers\.([a-z-]+)\.arguments\.C=(.*))'", (ROOT / "docs/change.md").read_text(encoding="utf-8")
    )
    assert override
    params = shutil.copy(ROOT / "params.yaml", tmp_path)
    assert "C" not in study.load(Path(params)).classifier(override[2]).arguments
    apply_overrides(params, [override[1]])
    assert study.load(Path(params)).classifier(override[2]).arguments["C"] == float(override[3])
