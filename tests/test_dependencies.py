"""The pipeline reruns what a change of code can change, and the package's folders read each other in one direction."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from mnist_transfer import yaml
from tests.commands import ROOT

SOURCE = ROOT / "src/mnist_transfer"
STAGES = yaml.load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
#: The module of each command that has another name.
COMMANDS = {"split": "splits", "features": "extraction/features", "project": "projection", "classify": "classifiers/classify"}
COMMANDS |= {
    "replay": "replay/replay",
    "compare": "comparisons/compare",
    "results": "results/gather",
    "report": "report/render",
}
#: From below upwards. The last three read each other: verdicts and pictures are a part of the results and made of them.
ROOMS = ["data", "classifiers", "extraction", "projection", "splits", "replay", "difficulty", "comparisons", "figures"]
ROOMS += ["claims+results+report"]


def _imports(module: str) -> set[str]:
    """Return the modules of this package that a module imports, at its top or within functions."""
    found, tree = set(), ast.parse((SOURCE / f"{module}.py").read_text(encoding="utf-8"))
    types = [node for branch in ast.walk(tree) if isinstance(branch, ast.If) for node in branch.body]
    for node in ast.walk(tree):
        if node in types:  # for the checker of types alone
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mnist_transfer":
            base = Path(*(node.module or "").split(".")[1:])
            found |= {path.as_posix() for name in node.names for path in (base / name.name, base)}
    return {name for name in found if (SOURCE / f"{name}.py").is_file()} - {module}


MODULES = {path.relative_to(SOURCE).with_suffix("").as_posix() for path in SOURCE.rglob("*.py") if path.stem != "__init__"}
IMPORTS = {module: _imports(module) for module in MODULES}
#: The modules beside the folders and data/ read, name and write files: they compute nothing that a stage puts out.
PLUMBING = {name for name in MODULES if "/" not in name} - {"splits", "projection"}
SELECTED = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
#: Every stage with its module: several for those that run one of several measures.
RUN = [(stage, COMMANDS[stage]) for stage in STAGES if stage in COMMANDS]
RUN += [("measure", f"difficulty/{name}") for name in SELECTED["study"]["measures"]]
RUN += [("compare", f"comparisons/{name}") for name in SELECTED["comparisons"]]


assert {stage for stage, _ in RUN} == set(STAGES), "every stage is looked at"


@pytest.mark.parametrize(("stage", "module"), RUN)
def test_a_stage_depends_on_all_the_code_that_it_imports(stage: str, module: str) -> None:
    name = module.split("/")[-1]
    declared = [dep.replace("${item.measure}", name) for dep in STAGES[stage]["deps"] if dep.startswith("src/")]
    reached, left = set(), {module}
    while left:
        found = left.pop()
        reached.add(found)
        left |= IMPORTS[found] - reached - PLUMBING
    files = [f"src/mnist_transfer/{found}.py" for found in reached if not found.startswith("data/")]
    assert [file for file in files if not any(Path(file).is_relative_to(dep) for dep in declared)] == []


def test_no_module_imports_upwards_and_none_in_a_circle() -> None:
    height = {room: at for at, rooms in enumerate(ROOMS) for room in rooms.split("+")}
    for module in MODULES - PLUMBING:
        for name in IMPORTS[module] - PLUMBING:
            if not module.startswith("demo/"):
                assert height[name.split("/")[0]] <= height[module.split("/")[0]], f"{module} imports {name}"
    TopologicalSorter(IMPORTS).prepare()  # which refuses a circle
