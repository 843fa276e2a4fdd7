"""Prove that this machine, with this code and these packages, computes the same bytes as the committed run.

The stages of ``dvc.yaml`` up to the results run here in one process, in a folder of their own, on a small subset of the
images and with small settings: all networks, classifiers, measures and comparisons of the study, and a recipe of the replay.
The sha256 of each file that they put out is compared with that in ``results/digests.json``.
"""

import contextlib
import logging
import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from mnist_transfer import files, numerics, paths, yaml
from mnist_transfer import study as studies
from mnist_transfer.cores import processor
from mnist_transfer.data.sources import digest
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console, track
from mnist_transfer.wording import counted

#: Where the stages run.
WORKSPACE = Path("build/verify")
DVC_CONFIG = "[core]\n    no_scm = true\n    analytics = false\n"
#: The stages that compute nothing: they gather and show.
LEFT_OUT = {"results", "report"}
#: Images of each split.
SIZES = {"train": 400, "test": 100}
#: Settings of measures and comparisons, by the section of params.yaml and their name.
SETTINGS: dict[str, dict[str, dict[str, Any]]] = {
    "difficulty": {
        "learning_curves": {"sizes": [100, 300], "draws": [2, 1]},
        "seed_noise": {"seeds": 2},
        "depth": {"train": 200},
        "dropped": {"train": 200},
        "geometry": {"images": 200, "draws": 2},
        "frozen": {"train": 270, "validation": 60},
    },
    "comparisons": {
        "resolution": {"images": [50, 100], "resamples": 20},
        "shared_errors": {"train": 200},
        "clusters": {"clusters": [5, 10], "seeds": 2},
    },
}
#: It wants more images of each class than there are features.
QDA = "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis"
#: What a processor's share in the numbers depends on.
VARIABLES = (*numerics.SETTINGS, "ONEDNN_MAX_CPU_ISA", "OPENBLAS_L2_SIZE")
#: Folders of a file's path by which files are told of together, such as classifiers/mnist/pixels/all.
DEPTH = 4

Digests = dict[str, str]


def run(command: Callable[[list[str]], Any], update: bool) -> bool:
    """Compute the small study, and print where it departs from the recorded digests, or record its own.

    Parameters
    ----------
    command
        Runs one command line of ``mnist-transfer``, given as its words.
    update
        Whether to write ``results/digests.json`` instead.

    Returns
    -------
    bool
        Whether every recorded file came out the same.

    Raises
    ------
    InputError
        The study is wrong, data are missing, nothing is recorded, or a stage refuses its input.
    """
    studies.load()
    content = yaml.load(files.read_text(paths.PARAMS, ""))
    recorded = {} if update else files.read_json(paths.DIGESTS, f"`git checkout {paths.DIGESTS}` brings it back")
    found = compute(parameters(content), command)
    if update:
        files.write_json(paths.DIGESTS, found)
        console.print(f"{paths.DIGESTS}: {counted(len(found), 'file')}")
        return True
    return show(recorded, found)


def parameters(content: dict[str, Any]) -> dict[str, Any]:
    """Return a study's parameters with few images, small settings, and the first of the replay's datasets and recipes."""
    datasets = {
        name: dataset | {split: min(size, dataset.get(split, size)) for split, size in SIZES.items()}
        for name, dataset in content["datasets"].items()
    }
    classifiers = {
        name: entry | ({"components": 15} if entry["class"] == QDA else {}) for name, entry in content["classifiers"].items()
    }
    small = content | {"datasets": datasets, "classifiers": classifiers}
    if replay := content.get("replay"):
        few = {"train": [100], "test": 50, "preparations": replay["search"]["preparations"][:1]}
        small["replay"] = replay | {
            "datasets": replay["datasets"][:1],
            "search": replay["search"] | few,
            "full": replay["full"][:1],
        }
    for kind, settings in SETTINGS.items():
        if section := content.get(kind):
            changes = {name: section[name] | change for name, change in settings.items() if name in section}
            small[kind] = section | changes
    return small


def compute(content: dict[str, Any], command: Callable[[list[str]], Any]) -> Digests:
    """Run the stages with these parameters; return the sha256 of each file that they put out, in the order of the pipeline."""
    from dvc.repo import Repo  # type: ignore[import-untyped]

    if not Path("dvc.yaml").is_file():
        raise InputError(f"dvc.yaml is missing; {studies.ELSEWHERE}")
    with files.writing(WORKSPACE):
        shutil.rmtree(WORKSPACE, ignore_errors=True)
        WORKSPACE.mkdir()
        (WORKSPACE / paths.DATA).symlink_to(paths.DATA.resolve())
        shutil.copy("dvc.yaml", WORKSPACE)
    files.write_text(WORKSPACE / ".dvc/config", DVC_CONFIG)
    files.write_text(WORKSPACE / paths.PARAMS, yaml.dump(content))
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns that batches of several sizes are slow
    found: Digests = {}
    console.quiet = True  # each stage would say what it does
    try:
        with contextlib.chdir(WORKSPACE):
            with Repo() as repo:
                stages = [stage for stage in repo.index.stages if stage.name.split("@")[0] not in LEFT_OUT]
            with track("verify", len(stages), "stages", Console(stderr=True)) as advance:
                for stage in stages:
                    command(shlex.split(stage.cmd)[1:])  # less the program's name
                    for output in (Path(output.def_path) for output in stage.outs):
                        for path in filter(Path.is_file, sorted(output.rglob("*")) or [output]):
                            found[path.as_posix()] = digest(path, "sha256")
                    advance(1, False)
    finally:
        console.quiet = False
        shutil.rmtree(WORKSPACE, ignore_errors=True)
    return found


def show(recorded: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Print which recorded files, whose digests stand by their path, came out the same, and return whether all did."""
    groups: dict[str, list[str]] = {}
    for path in recorded:
        groups.setdefault("/".join(path.split("/")[:-1][:DEPTH]), []).append(path)
    others = [path for path in recorded if found.get(path) != recorded[path]]
    if new := [path for path in found if path not in recorded]:
        console.print(f"not in the committed run, and not compared: {counted(len(new), 'file')}, first {new[0]}")
    for name, every in groups.items():
        wrong = [path for path in every if path in others]
        verdict = "same" if not wrong else "differs" if any(path in found for path in wrong) else "missing"
        told = f"{len(wrong)} of {counted(len(every), 'file')}, first {wrong[0]}" if wrong else counted(len(every), "file")
        print(f"{name:{max(map(len, groups))}}  {verdict:7}  {told}")
    if not others:
        console.print(f"the same bytes as in the committed run: {counted(len(recorded), 'file')}")
        return True
    console.print(f"{len(others)} of {counted(len(recorded), 'file')} are not those of the committed run, first {others[0]}")
    console.print(f"processor: {processor()}")
    for name in VARIABLES:
        console.print(f"{name}: {os.environ.get(name, 'not set')}")
    return False
