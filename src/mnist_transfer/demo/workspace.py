"""Small studies by the repository's own pipeline, each in a workspace of its own that runs in minutes."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

from mnist_transfer import files, git, paths, yaml
from mnist_transfer import study as studies
from mnist_transfer.data import fetch
from mnist_transfer.demo import sample
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console, track

#: What the workspace has a copy of; its code is a link, as copied code would never run.
COPIED = (".dvc/.gitignore", ".dvc/config", ".dvcignore", ".gitattributes", "CITATION.cff", "dvc.yaml", "report")
CODE = Path("src")
#: What says which pages are rendered.
PROJECT = Path("report/_quarto.yml")
#: What git ignores, and what it need not here: the data are few, and nothing is replayed.
IGNORED, NOT_IGNORED = Path(".gitignore"), ("/data", "/replay/")
#: A file that keeps the folder, which the stage of results wants, even with nothing in it.
NOT_REPLAYED = Path("replay/.gitkeep")
#: Its first line says which study a workspace has.
MARK = Path("README.md")
README = """# {title}

Laid out by `mnist-transfer {name}`, in a git repository of its own: change `params.yaml`, and `dvc repro`. `src` is a link to
the code: what is changed there is changed for all. `mnist-transfer {name}` brings all this up to date with the repository.
"""
#: What DVC printed last, and how many lines of it are shown when it fails.
LOG, SHOWN = Path("build/dvc.log"), 12
#: Settings of git that a user may have for all repositories: files to ignore, hooks, signatures.
_UNMOVED = ("-c", "core.excludesFile=/dev/null", "-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false")
#: A top-level key of params.yaml, and the comments and empty lines above it.
_SECTION = re.compile(r"^(?:(?:#.*)?\n)*^(\w+):", re.MULTILINE)


@dataclass(frozen=True)
class Kind:
    """A small study.

    Attributes
    ----------
    name
        Of its command, and of the YAML beside this file with the sections that take the place of those in ``params.yaml``.
    title
        What its workspace's README is called.
    write_data
        Brings the data into a workspace; called with the repository, the workspace and the seed.
    """

    name: str
    title: str
    write_data: Callable[[Path, Path, int], None]

    @property
    def sections(self) -> str:
        """The text of its sections of ``params.yaml``."""
        return Path(__file__).with_name(f"{self.name}.yaml").read_text(encoding="utf-8")

    @property
    def content(self) -> dict[str, Any]:
        """The same, read."""
        content: dict[str, Any] = yaml.load(self.sections)
        return content


def _write_samples(_: Path, workspace: Path, seed: int) -> None:
    sample.write(workspace / paths.DATA / "fashion_sample", sample.fashion())
    sample.write(workspace / paths.DATA / "digits", sample.digits(seed))


def _link_data(repository: Path, workspace: Path, _: int) -> None:
    _link((repository / paths.DATA).resolve(), workspace / paths.DATA)


DEMO = Kind("demo", "The demo", _write_samples)
SMALL = Kind("small", "A small study of the real data", _link_data)


def run(kind: Kind, repository: Path, workspace: Path) -> None:
    """Lay out a workspace and run what has not run there yet; what fails or is stopped can be run again to continue.

    What comes out is committed there, so that ``dvc metrics diff`` compares with it what a change gives.
    """
    begin = time.monotonic()
    prepare(kind, repository, workspace)
    if kind is SMALL:
        study = studies.load(workspace / paths.PARAMS)
        fetch.run(study, (*study.selection.datasets, *study.selection.networks))
    stages = len(list(_dvc(workspace, "stage", "list", "--name-only")))
    console.print(f"{workspace}: running {stages} stages; what DVC prints is in {workspace / LOG}")
    begun = (line for line in _dvc(workspace, "repro") if line.startswith(("Running stage '", "Stage '")))
    with track(kind.name, stages, "stages") as advance:
        for line, _ in pairwise(chain(begun, [""])):  # a stage is done when the next one begins
            advance(1, line.startswith("Stage"))
    _commit(workspace, "Run all stages", "dvc.lock", str(paths.RESULTS))
    console.print(f"done in {time.monotonic() - begin:.0f} s")
    console.print(f"accuracies: {workspace / paths.table('accuracy')}, or run `mnist-transfer show` in {workspace}")
    console.print(f"report: {workspace / 'report/_site/demo.html'}")


def prepare(kind: Kind, repository: Path, workspace: Path) -> None:
    """Lay out a workspace with the repository's own pipeline and the study of a kind, and commit it to git there.

    A workspace that is there already is brought up to date: what DVC has in it stays, so that a second run does nothing.

    Raises
    ------
    InputError
        The workspace holds something else, or changes that git does not have; the repository lacks a file; there is no git.
    """
    laid_out = [*COPIED, *map(str, (IGNORED, MARK, CODE, paths.PARAMS, paths.DATA, NOT_REPLAYED))]
    readme = README.format(name=kind.name, title=kind.title)
    others = any(os.path.lexists(workspace / name) for name in laid_out)
    ours = (workspace / MARK).is_file() and files.read_text(workspace / MARK, "").startswith(f"# {kind.title}\n")
    if (others and not ours) or workspace.resolve() == repository.resolve():
        what = f"{workspace} holds something else than `mnist-transfer {kind.name}` lays out"
        raise InputError(f"{what}; name another folder, or remove this one")
    seed = studies.load(repository / paths.PARAMS).seed
    for name in (*COPIED, IGNORED, CODE, PROJECT):
        if not (repository / name).exists():
            raise InputError(f"{repository / name} is missing; {studies.ELSEWHERE}")
    if changed := (workspace / ".git").exists() and git.run("status", "--porcelain", "-uno", "--", *laid_out, folder=workspace):
        first = changed.splitlines()[0][3:]  # behind two letters for how, and a space
        keep = f"commit it there, or take it back with `git checkout HEAD {first}`"
        raise InputError(f"{workspace / first} has changes that are not committed; {keep}")
    files.write_text(workspace / MARK, readme)  # first of all: if this is interrupted, it can be run again
    kind.write_data(repository, workspace, seed)
    _link((repository / CODE).resolve(), workspace / CODE)
    with files.writing(workspace / PROJECT):
        for name in COPIED:
            _copy(repository / name, workspace / name)
    ignored = files.read_text(repository / IGNORED, "").splitlines()
    files.write_text(workspace / IGNORED, "".join(f"{line}\n" for line in ignored if line not in NOT_IGNORED))
    project = yaml.load((repository / PROJECT).read_text(encoding="utf-8"))
    project["project"]["render"] = ["demo.qmd"]  # what the other pages say holds for the study alone
    files.write_text(workspace / PROJECT, yaml.dump(project))
    files.write_text(workspace / paths.PARAMS, parameters(kind, files.read_text(repository / paths.PARAMS, "")))
    files.write_text(workspace / NOT_REPLAYED, "")
    _commit(workspace, "Lay out the study", *laid_out)


def parameters(kind: Kind, text: str) -> str:
    """Put a kind's sections in the place of those in the text of a ``params.yaml``, whose others stay to the letter."""
    merged = "".join((_sections(text) | _sections(kind.sections)).values())
    content = yaml.load(text) | kind.content
    # Somebody may have written it otherwise than a key a line, or let an alias of YAML stand for another section's value.
    try:
        return merged if yaml.load(merged) == content else yaml.dump(content)
    except ValueError:
        return yaml.dump(content)


def _sections(text: str) -> dict[str, str]:
    starts = {section[1]: section.start() for section in _SECTION.finditer(text)}
    bounds = pairwise([*starts.values(), len(text)])
    return {name: text[start:end] for name, (start, end) in zip(starts, bounds, strict=True)}


def _link(target: Path, link: Path) -> None:
    with files.writing(link):
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("_*", ".quarto"), dirs_exist_ok=True)
    else:
        target.parent.mkdir(exist_ok=True)
        shutil.copy2(source, target)


def _commit(workspace: Path, message: str, *names: str) -> None:
    """Commit what is new in a workspace, which becomes a git repository, whatever the user's own settings of git ask for."""
    if not (workspace / ".git").exists():
        git.run("-c", "init.defaultBranch=main", "init", "--quiet", folder=workspace)
    for key, value in (("user.name", "mnist-transfer"), ("user.email", "mnist-transfer@localhost")):
        if not git.run("config", "--default", "", "--get", key, folder=workspace).strip():
            git.run("config", key, value, folder=workspace)
    git.run(*_UNMOVED, "add", "--", *names, folder=workspace)
    if git.run("diff", "--cached", "--name-only", "--", *names, folder=workspace):
        git.run(*_UNMOVED, "commit", "--quiet", "--message", message, "--", *names, folder=workspace)


def _dvc(workspace: Path, *arguments: str) -> Iterator[str]:
    """Run DVC in a workspace, and yield the lines that it prints, which its log has too."""
    # Its stages' `mnist-transfer` is the one beside this Python, and lines come as they are printed.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    output: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    environment = os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "dvc", *arguments]
    last: deque[str] = deque(maxlen=SHOWN)
    with (
        files.writing(workspace / LOG),
        (workspace / LOG).open("w", encoding="utf-8") as log,
        subprocess.Popen(command, cwd=workspace, env=environment, **output) as dvc,
    ):
        for line in dvc.stdout or ():
            print(line, end="", file=log, flush=True)
            last.append(line)
            yield line
    if dvc.returncode:
        console.print("".join(last), end="")
        raise InputError(f"DVC stopped; its last lines are above, all in {workspace / LOG}; to continue, run the same again")
