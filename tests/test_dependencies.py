"""The pipeline reruns what a change of code can change: every stage names all the modules that its own imports reach."""

import ast
from pathlib import Path
from typing import Any

import pytest
from mnist_transfer.measures import MEASURES

from mnist_transfer import paths, yaml
from tests.commands import ROOT

SOURCE = ROOT / "src/mnist_transfer"
STAGES = yaml.load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
#: Where each stage's `run` is.
MODULES = {
    "split": "data/splits",
    "weights": "extraction/weights",
    "features": "extraction/features",
    "project": "analysis/project",
    "classify": "analysis/classify",
    "search": "replication/search",
    "replay": "replication/replay",
    "ladder": "replication/ladder",
    **{name: f"difficulty/{name}" for name in MEASURES},
    "collect": "results/collect",
    "recipes": "results/replication",
    "metrics": "results/metrics",
    "claims": "results/claims/verdicts",
    "plot": "report/plot",
    "report": "report/render",
}
#: They read, name and write files, and compute nothing that a stage puts out.
PLUMBING = {
    "artifacts",
    "cores",
    "entries",
    "errors",
    "files",
    "interruption",
    "locks",
    "paths",
    "measures",
    "progress",
    "recipes",
    "recovery",
    "resources",
    "schema",
    "study",
    "wording",
    "yaml",
}
PARAMETERS = yaml.load((ROOT / paths.PARAMS).read_text(encoding="utf-8"))
#: Where params.yaml names the classes that a stage imports by their paths.
CLASSES = {"classify": ("classifiers",)} | dict.fromkeys(("search", "replay", "ladder"), ("classifiers", "replication"))
#: Data files that a module reads beside its code.
READ_BY = {"results/published": "results/published.csv"}
#: What the report's pages import, which no module does.
PAGES = sorted((ROOT / "report").glob("*.qmd"))


def imports(text: str) -> set[str]:
    """Return the modules of this package that a piece of code imports, at its top or within functions."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "mnist_transfer":
            base = Path(*node.module.split(".")[1:])
            found |= {path for name in node.names for path in (base / name.name, base) if (SOURCE / f"{path}.py").is_file()}
    return {path.as_posix() for path in found}


def closure(module: str) -> set[str]:
    """Return a module and all that its imports reach, but for the plumbing."""
    reached, left = set(), {module}
    while left:
        name = left.pop()
        reached.add(name)
        left |= imports((SOURCE / f"{name}.py").read_text(encoding="utf-8")) - reached - PLUMBING
    return reached


def named(content: Any) -> set[str]:
    """Return the modules of this package whose classes stand somewhere in a part of params.yaml."""
    if isinstance(content, dict):
        return {module for value in content.values() for module in named(value)}
    path = content.split(".") if isinstance(content, str) else []
    return {"/".join(path[1:-1])} if path[:1] == ["mnist_transfer"] else set()


def needed(stage: str) -> set[str]:
    modules = closure(MODULES[stage]) | (closure("difficulty/measure") if stage in MEASURES else set())
    for part in CLASSES.get(stage, ()):
        modules = modules.union(*(closure(module) for module in named(PARAMETERS[part])))
    if stage == "report":
        text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
        code = [cell.split("```", 1)[0] for cell in text.split("```{python}\n")[1:]]
        modules = modules.union(*(closure(name) for name in imports("\n".join(code)) - PLUMBING))
    files = {f"{name}.py" for name in modules} | {READ_BY[name] for name in modules & set(READ_BY)}
    return {f"src/mnist_transfer/{file}" for file in files}


@pytest.mark.parametrize("stage", MODULES)
def test_a_stage_depends_on_all_the_code_that_it_imports_and_no_other(stage: str) -> None:
    declared = {name for name in STAGES[stage]["deps"] if name.startswith("src/")}
    assert declared == needed(stage)


def test_every_stage_has_its_module() -> None:
    assert set(STAGES) == set(MODULES)
    for stage in STAGES:
        command = f"measure {stage}" if stage in MEASURES else stage
        assert f"mnist-transfer {command}" in STAGES[stage]["cmd"]


ROOMS = {"data": 0, "extraction": 1, "analysis": 2, "replication": 3, "difficulty": 4, "results": 5, "report": 6, "demo": 7}


def modules() -> list[str]:
    return sorted(path.relative_to(SOURCE).with_suffix("").as_posix() for path in SOURCE.rglob("*.py"))


@pytest.mark.parametrize("module", [name for name in modules() if "/" in name])
def test_nothing_imports_upwards(module: str) -> None:
    room = ROOMS[module.split("/")[0]]
    for name in imports((SOURCE / f"{module}.py").read_text(encoding="utf-8")):
        assert name in PLUMBING or ROOMS[name.split("/")[0]] <= room, f"{module} imports {name}"


def test_no_imports_run_in_a_circle() -> None:
    graph = {name: imports((SOURCE / f"{name}.py").read_text(encoding="utf-8")) - {name} for name in modules()}
    while leaves := {name for name, needs in graph.items() if not needs & set(graph)}:
        graph = {name: needs for name, needs in graph.items() if name not in leaves}
    assert graph == {}


@pytest.mark.parametrize("module", modules())
def test_a_module_can_be_read_in_one_sitting(module: str) -> None:
    assert len((SOURCE / f"{module}.py").read_text(encoding="utf-8").splitlines()) <= 300
