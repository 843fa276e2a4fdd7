"""The raw datasets are brought into data/, verified, and what is there and sound is kept."""

import gzip
import hashlib
import shutil
from pathlib import Path

import pytest

from mnist_transfer import paths
from mnist_transfer.data import download, fetch, sources
from mnist_transfer.data.sources import MIRROR_VARIABLE, Source
from mnist_transfer.errors import InputError
from tests.commands import ROOT, assert_refused, files_in, run_here
from tests.data.toys import STUDY, contents


@pytest.fixture(autouse=True)
def offline(empty_folder: Path, closed_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all hosts but 127.0.0.1 out of reach."""
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setattr(download, "PAUSE", 0.0)
    shutil.copy(ROOT / paths.PARAMS, ".")


def publish(monkeypatch: pytest.MonkeyPatch, first: int = 0) -> dict[str, bytes]:
    """Put the toys, with labels from `first`, into a folder that serves as their mirror, and return what is to arrive."""
    expected = contents("toys", first)
    Path("mirror/toys").mkdir(parents=True)
    entries = {}
    for path, content in expected.items():
        name = Path(path).name
        Path("mirror/toys", f"{name}.gz").write_bytes(gzip.compress(content))
        entries[name] = Source(f"toys/{name}.gz", (), len(content), hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(sources.DATASETS, "toys", entries)
    monkeypatch.setenv(MIRROR_VARIABLE, "mirror")
    return expected


def fetched() -> dict[str, bytes]:
    return {f"data/{name}": content for name, content in files_in(paths.DATA).items()}


def test_a_dataset_arrives_whole_and_is_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    expected = publish(monkeypatch)
    fetch.run(STUDY)
    assert fetched() == expected
    shutil.rmtree("mirror")
    fetch.run(STUDY, ["toys"])
    assert capsys.readouterr().err.count("there and verified") == 4


def test_official_files_that_are_not_what_the_study_says_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, first=1)
    with pytest.raises(InputError, match=r"train-labels-idx1-ubyte: label 5 at row 4, expected 0 to 4; run `mnist-transfer f"):
        fetch.run(STUDY)


def test_a_dataset_without_a_public_source_is_the_users_own_and_said_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/more").mkdir(parents=True)
    for path, content in contents("more").items():
        Path(path).write_bytes(content)
    fetch.run(STUDY, ["more"])
    first, second = capsys.readouterr().err.splitlines()
    assert first == "data/more: IDX files, 70 train and 25 test images of 20 × 24 pixels, 5 classes"
    assert second == "data/more: no test image is also a training image"
    assert fetched() == contents("more")


def test_files_that_are_there_and_not_the_official_ones_are_named_when_no_place_can_be_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(monkeypatch)
    shutil.rmtree("mirror")
    Path("data/toys").mkdir(parents=True)
    Path("data/toys/toys.npz").write_bytes(b"as Keras has them")
    told = r"could not be had\. .*; what is in data/toys is not the official toys: to use it, give it an entry of"
    with pytest.raises(InputError, match=told):
        fetch.run(STUDY)
    assert list(fetched()) == ["data/toys/toys.npz"]


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    message = r"^params.yaml: unknown dataset or network 'nowhere'; datasets has toys, more; networks has pixels, net$"
    with pytest.raises(InputError, match=message):
        fetch.run(STUDY, ["nowhere"])


# The command line


def test_an_offline_user_reads_one_line_that_says_what_to_do() -> None:
    for dataset in ("fashion_mnist", "mnist"):
        hosts = {url.split("/")[2] for file in sources.DATASETS[dataset].values() for url in file.urls}
        assert len(hosts) == 2
        assert_refused(run_here("fetch", dataset), *hosts, MIRROR_VARIABLE, "`make demo`")
        assert fetched() == {}
