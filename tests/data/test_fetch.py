"""Datasets and weights are brought into data/, verified, and what is there and sound is kept."""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from mnist_transfer import files, paths, yaml
from mnist_transfer.data import fetch, idx, sources
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source
from mnist_transfer.errors import InputError
from mnist_transfer.study import load
from tests.commands import ROOT, assert_refused, run, run_here
from tests.data.toys import IMAGES, LABELS, study
from tests.servers import Server, all_files

pytestmark = pytest.mark.usefixtures("empty_folder")

#: The real mirror, if this machine has one as a folder; the tests themselves set the variable as they need it.
MIRROR = Path(os.environ.get(MIRROR_VARIABLE) or "unset").resolve()
needs_mirror = pytest.mark.skipif(not MIRROR.is_dir(), reason=f"needs the official files: set {MIRROR_VARIABLE} to a folder")

# A made-up dataset of four files


def written(labels: int = 0) -> dict[str, npt.NDArray[np.uint8]]:
    """Return the dataset's arrays by their paths; the labels begin with a number."""
    images = {str(paths.images("toys", split)): IMAGES[split] for split in paths.SPLITS}
    return images | {str(paths.labels("toys", split)): LABELS[split] + np.uint8(labels) for split in paths.SPLITS}


def publish(monkeypatch: pytest.MonkeyPatch, labels: int = 0) -> dict[str, bytes]:
    """Put the dataset into a folder that serves as its mirror, and return what is to arrive of it."""
    contents = {name: idx.serialize(array) for name, array in written(labels).items()}
    entries = {}
    for name, content in contents.items():
        packed = Path("mirror/toys", f"{Path(name).name}.gz")
        packed.parent.mkdir(parents=True, exist_ok=True)
        packed.write_bytes(gzip.compress(content))
        sha256 = hashlib.sha256(content).hexdigest()
        entries[Path(name).name] = Source(f"toys/{packed.name}", (), len(content), sha256)
    monkeypatch.setitem(sources.DATASETS, "toys", entries)
    monkeypatch.setenv(MIRROR_VARIABLE, "mirror")
    return contents


def fetched() -> dict[str, bytes]:
    return {name: content for name, content in all_files().items() if name.startswith("data/")}


@pytest.mark.parametrize("named", [(), ("toys",)], ids=["all of the study", "by name"])
def test_a_dataset_arrives_whole_and_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: tuple[str, ...]
) -> None:
    expected = publish(monkeypatch)
    fetch.run(study(), named)
    assert fetched() == expected
    shutil.rmtree("mirror")
    fetch.run(study(), named)
    assert capsys.readouterr().err.count("there and verified") == 4


def test_official_files_that_are_not_what_the_study_says_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, labels=1)
    with pytest.raises(InputError, match=r"train-labels-idx1-ubyte: label 3 at row 2, expected 0 to 2"):
        fetch.run(study())


def test_a_dataset_without_a_public_source_is_the_users_own_and_used_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        InputError, match=r"^data/toys: its four files must be here, as toys has no public source; expected are"
    ):
        fetch.run(study(), ["toys"])
    for name, array in written().items():
        idx.write(Path(name), array)
    before = all_files()
    fetch.run(study(), ["toys"])
    assert capsys.readouterr().err == "data/toys: yours, as it has no public source; sound, and used as it is\n"
    assert all_files() == before


def test_an_unknown_name_is_answered_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"unknown dataset or network 'nowhere'; datasets has toys; networks has pixels$"):
        fetch.run(study(), ["toys", "nowhere"])
    fetch.run(study(), ["pixels"])
    assert capsys.readouterr().err == "pixels: has no weights to fetch\n"


# DVC


def dvc(*arguments: str) -> str:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.slow
def test_dvc_takes_up_what_is_there_also_without_git_and_says_when_that_is_another_pin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = publish(monkeypatch)
    fetch.run(study())
    dvc("init", "--no-scm", "--quiet")
    dvc("add", "--quiet", "data")
    for folder in (".dvc/cache", ".dvc/tmp", "data"):
        shutil.rmtree(folder)
    Path(".dvc/config").write_text("")  # as a ZIP of a repository has it
    for _ in range(2):
        fetch.run(study())
    assert capsys.readouterr().err.count("no git here: told DVC to do without") == 1
    assert dvc("status").strip() == "Data and pipelines are up to date."
    shutil.rmtree("data")
    dvc("checkout", "--quiet")
    assert fetched() == expected

    pinned = Path("data.dvc").read_bytes()
    files.write_text(Path("data/notes.txt"), "mine")
    shutil.rmtree(".dvc/cache")  # as in a clone
    fetch.run(study())
    differs, foreign = capsys.readouterr().err.splitlines()[-2:]
    assert differs.startswith("data.dvc pins data as it is now, which is not what it pinned before: commit it, or ")
    assert foreign.startswith("data/notes.txt: no file that the study reads; move it away")
    assert Path("data.dvc").read_bytes() != pinned
    assert dvc("status").strip() == "Data and pipelines are up to date."

    Path("data.dvc").write_text("outs: [")
    with pytest.raises(InputError, match=r"^data is sound, but DVC cannot take it up \(.*\); `dvc status .* says more$"):
        fetch.run(study())


# The command line and the real files


def offline(monkeypatch: pytest.MonkeyPatch, port: int, mirror: str | Path = "") -> None:
    """Lay out the real study where all hosts but 127.0.0.1 are out of reach."""
    shutil.copy(ROOT / paths.PARAMS, ".")
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    monkeypatch.setenv(MIRROR_VARIABLE, str(mirror))


@pytest.mark.parametrize("name", ["fashion_mnist", "mnist", "vgg16"])
def test_an_offline_user_reads_one_line_that_says_what_to_do(
    name: str, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline(monkeypatch, closed_port)
    known = [*sources.DATASETS[name].values()] if name in sources.DATASETS else [sources.WEIGHTS["VGG16"].official]
    hosts = {url.split("/")[2] for source in known for url in source.urls}
    assert_refused(run_here("fetch", name), *hosts, MIRROR_VARIABLE, "`make demo`")
    assert set(all_files()) == {"params.yaml"}


def test_the_command_refuses_a_bad_mirror(closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch, closed_port, "mirror")
    files.write_text(Path("mirror/mnist/train-images-idx3-ubyte.gz"), "<html>")
    result = run("fetch", "mnist")
    assert_refused(result, "mirror/mnist/train-images-idx3-ubyte.gz: a web page, not gzip")
    assert set(all_files()) == {"params.yaml", "mirror/mnist/train-images-idx3-ubyte.gz"}


@needs_mirror
@pytest.mark.parametrize("where", ["folder", "server"])
def test_the_official_files_come_from_a_folder_and_from_a_server(
    server: Server, closed_port: int, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    offline(monkeypatch, closed_port, MIRROR if where == "folder" else server.url)
    for path in MIRROR.rglob("*.*") if where == "server" else ():
        server.content[f"/{path.relative_to(MIRROR)}"] = path.read_bytes()
    server.breaks_after = [1_000_000]
    fetch.run(load())
    found = {name: hashlib.sha256(content).hexdigest() for name, content in fetched().items()}
    expected = {f"data/{name}/{file}": x.sha256 for name, entries in sources.DATASETS.items() for file, x in entries.items()}
    assert found == expected | {"data/vgg16/weights.safetensors": sources.WEIGHTS["VGG16"].sha256}
    assert not any(paths.DOWNLOADS.rglob("*.[ps]*")), "no parts are left"
    pin = yaml.load((ROOT / "data.dvc").read_text(encoding="utf-8"))["outs"][0]
    assert (pin["nfiles"], pin["size"]) == (len(found), sum(map(len, fetched().values())))
