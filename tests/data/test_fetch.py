"""The raw datasets are brought into data/, verified, and what is there and sound is kept."""

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_transfer import paths
from mnist_transfer.data import fetch, idx, sources
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source
from mnist_transfer.errors import InputError
from mnist_transfer.study import Study
from tests.commands import ROOT
from tests.servers import CONTENT, PAGE, Server, all_files
from tests.studies import SMALL

pytestmark = pytest.mark.usefixtures("empty_folder")

#: The real mirror, if this machine has one; the tests themselves set the variable as they need it.
MIRROR = os.environ.get(MIRROR_VARIABLE, "")
if MIRROR and not MIRROR.startswith("http"):
    MIRROR = str(Path(MIRROR).resolve())
needs_mirror = pytest.mark.skipif(not MIRROR, reason=f"needs the official files: set {MIRROR_VARIABLE}")

# A made-up dataset of four files

STUDY = Study.model_validate(SMALL)
IMAGES = np.random.default_rng(0).integers(0, 256, (30, 20, 24), dtype=np.uint8)
LABELS = np.tile(np.arange(3, dtype=np.uint8), 10)


def publish(monkeypatch: pytest.MonkeyPatch, labels: np.ndarray = LABELS) -> dict[str, bytes]:
    """Put the dataset into a folder that serves as its mirror, and return what is to arrive of it."""
    files = {
        path.name: idx.serialize(array)
        for split in paths.SPLITS
        for path, array in ((paths.images("toys", split), IMAGES), (paths.labels("toys", split), labels))
    }
    for name, content in files.items():
        Path("mirror/toys").mkdir(parents=True, exist_ok=True)
        Path("mirror/toys", f"{name}.gz").write_bytes(gzip.compress(content))
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    entries = {name: Source(f"toys/{name}.gz", sha256=sha256) for name, sha256 in hashes.items()}
    monkeypatch.setitem(sources.DATASETS, "toys", entries)
    monkeypatch.setenv(MIRROR_VARIABLE, "mirror")
    return {f"data/toys/{name}": content for name, content in files.items()}


def fetched() -> dict[str, bytes]:
    return {name: content for name, content in all_files().items() if name.startswith("data/")}


@pytest.mark.parametrize("named", [(), ("toys",)], ids=["all of the study", "by name"])
def test_a_dataset_arrives_whole_and_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: tuple[str, ...]
) -> None:
    expected = publish(monkeypatch)
    fetch.run(STUDY, named)
    assert fetched() == expected
    shutil.rmtree("mirror")
    fetch.run(STUDY, named)
    assert capsys.readouterr().err.count("there and verified") == 4


def test_official_files_that_are_not_what_the_study_says_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, LABELS + 1)
    with pytest.raises(InputError, match=r"train-labels-idx1-ubyte: label 3 at row 2, expected 0 to 2"):
        fetch.run(STUDY)


def test_a_dataset_without_a_public_source_is_the_users_own_and_used_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        InputError, match=r"^data/more: its four files must be here, as more has no public source; expected are"
    ):
        fetch.run(STUDY, ["more"])
    for split in paths.SPLITS:
        idx.write(paths.images("more", split), np.zeros((30, 28, 28), np.uint8))
        idx.write(paths.labels("more", split), LABELS)
    before = all_files()
    fetch.run(STUDY, ["more"])
    assert capsys.readouterr().err == "data/more: yours, as it has no public source; sound, and used as it is\n"
    assert all_files() == before


def test_an_unknown_dataset_is_answered_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"^params.yaml: unknown dataset 'nowhere'; datasets has toys, more$"):
        fetch.run(STUDY, ["nowhere"])


def dvc(*arguments: str) -> str:
    environment = os.environ | {"DVC_NO_ANALYTICS": "1"}
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


@pytest.mark.slow
def test_dvc_takes_up_what_was_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = publish(monkeypatch)
    fetch.run(STUDY)
    dvc("init", "--no-scm", "--quiet")
    dvc("add", "--quiet", "data")
    for folder in (".dvc/cache", ".dvc/tmp", "data"):
        shutil.rmtree(folder)
    fetch.run(STUDY)
    assert dvc("status").strip() == "Data and pipelines are up to date."
    shutil.rmtree("data")
    dvc("checkout", "--quiet")
    assert fetched() == expected


@pytest.mark.slow
def test_data_of_another_pin_than_dvcs_are_used_and_the_pin_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(monkeypatch)
    Path("data").mkdir()
    Path("data/other").write_text("pinned")
    dvc("init", "--no-scm", "--quiet")
    dvc("add", "--quiet", "data")
    Path("data/other").rename("data/notes.txt")
    pinned = Path("data.dvc").read_bytes()
    fetch.run(STUDY)
    assert Path("data.dvc").read_bytes() == pinned
    *_, differs, alien = capsys.readouterr().err.splitlines()
    size = sum(map(len, fetched().values()))
    assert differs.startswith(f"data is used as it is, 5 files of {size:,} bytes, though not what data.dvc pins, 1 of 6; ")
    assert alien.startswith("data/notes.txt: no file that the study reads; move it away")


@pytest.mark.slow
def test_without_git_dvc_is_told_to_do_without(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    publish(monkeypatch)
    fetch.run(STUDY)
    dvc("init", "--no-scm", "--quiet")
    dvc("add", "--quiet", "data")
    Path(".dvc/config").write_text("")  # as a ZIP of a repository has it
    shutil.rmtree(".dvc/cache")
    for _ in range(2):
        fetch.run(STUDY)
    assert capsys.readouterr().err.count("no git here: told DVC to do without") == 1
    assert dvc("status").strip() == "Data and pipelines are up to date."


@pytest.mark.slow
def test_why_dvc_cannot_take_data_up_is_said_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch)
    Path("data.dvc").write_text("outs: [")
    Path(".git").mkdir()
    with pytest.raises(
        InputError, match=r"^data is sound, but DVC cannot take it up \(.*\); `dvc status --json data.dvc` says more$"
    ):
        fetch.run(STUDY)


# The command line


def command_line(*arguments: str, proxy_port: int, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the current folder, all hosts but 127.0.0.1 being out of reach."""
    shutil.copy(ROOT / paths.PARAMS, ".")
    proxy = f"http://127.0.0.1:{proxy_port}"
    environment = {name: value for name, value in os.environ.items() if name != MIRROR_VARIABLE}
    environment |= {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": "127.0.0.1"} | variables
    command = [sys.executable, "-m", "mnist_transfer", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)


@pytest.mark.parametrize("dataset", ["fashion_mnist", "mnist"])
def test_an_offline_user_reads_one_line_that_says_what_to_do(dataset: str, closed_port: int) -> None:
    result = command_line("fetch", dataset, proxy_port=closed_port)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    hosts = {url.split("/")[2] for file in sources.DATASETS[dataset].values() for url in file.urls}
    assert len(hosts) == 2
    for word in (*hosts, MIRROR_VARIABLE, "`make demo`"):
        assert word in result.stderr
    assert set(all_files()) == {"params.yaml"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(PAGE, "a web page, not gzip"), (gzip.compress(CONTENT)[:5000], "damaged gzip"), (gzip.compress(CONTENT), "wrong sha256")],
    ids=["page", "truncated", "other"],
)
def test_the_command_line_refuses_a_bad_mirror(empty_folder: Path, closed_port: int, content: bytes, complaint: str) -> None:
    name = "train-images-idx3-ubyte.gz"
    (empty_folder / "mirror/mnist").mkdir(parents=True)
    (empty_folder / "mirror/mnist" / name).write_bytes(content)
    result = command_line("fetch", "mnist", proxy_port=closed_port, **{MIRROR_VARIABLE: "mirror"})
    assert result.returncode == 2
    assert f"mirror/mnist/{name}: {complaint}" in result.stderr
    assert result.stderr.count("\n") == 1
    assert set(all_files()) == {"params.yaml", f"mirror/mnist/{name}"}


def sha256_by_file() -> dict[str, str]:
    return {f"{name}/{file}": x.sha256 for name, entries in sources.DATASETS.items() for file, x in entries.items()}


def assert_data_is_official() -> None:
    found = {path.relative_to(paths.DATA).as_posix(): path for path in paths.DATA.rglob("*") if path.is_file()}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in found.items()} == sha256_by_file()


@needs_mirror
def test_the_command_line_fetches_the_official_files_and_repairs_them(empty_folder: Path, closed_port: int) -> None:
    variables = {MIRROR_VARIABLE: MIRROR}
    result = command_line("fetch", proxy_port=closed_port, **variables)
    assert result.returncode == 0, result.stderr
    assert_data_is_official()

    labels = paths.labels("mnist", "test")
    labels.write_bytes(labels.read_bytes()[:-1])
    result = command_line("fetch", proxy_port=closed_port, **variables)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("there and verified") == 7
    assert_data_is_official()


@needs_mirror
def test_the_command_line_fetches_from_a_mirror_that_breaks_off(server: Server, closed_port: int) -> None:
    if MIRROR.startswith("http"):
        pytest.skip("the files are served from a folder here")
    for path in sha256_by_file():
        server.content[f"/{path}.gz"] = Path(MIRROR, f"{path}.gz").read_bytes()
    server.breaks_after = [1_000_000]
    result = command_line("fetch", proxy_port=closed_port, **{MIRROR_VARIABLE: server.url})
    assert result.returncode == 0, result.stderr
    assert_data_is_official()
    assert server.ranges == ["", "bytes=1000000-"] + [""] * 7
    assert server.sent == sum(map(len, server.content.values()))
    assert not [path for path in paths.DOWNLOADS.rglob("*") if path.is_file()]
