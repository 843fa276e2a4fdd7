"""``mnist-transfer weights`` as its user has it: where weights come from, and what is said when they cannot be had."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_transfer import paths
from mnist_transfer.data import sources
from mnist_transfer.data.sources import MIRROR_VARIABLE
from mnist_transfer.extraction import networks
from tests.commands import ROOT, assert_refused, files_in
from tests.extraction.nets import head, network, random_tensors, write_h5

pytestmark = pytest.mark.slow

#: The real mirror, if this machine has one as a folder; the tests themselves set the variable as they need it.
MIRROR = Path(os.environ.get(MIRROR_VARIABLE) or "unset").resolve()
needs_mirror = pytest.mark.skipif(not MIRROR.is_dir(), reason=f"needs the real weights: set {MIRROR_VARIABLE} to a folder")

Run = Callable[..., subprocess.CompletedProcess[str]]
TARGET = paths.weights("vgg16")


@pytest.fixture
def run(tmp_path: Path, closed_port: int) -> Run:
    """Run the command in an empty folder with an empty mirror, all hosts being out of reach."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "mirror").mkdir()
    proxy = f"http://127.0.0.1:{closed_port}"

    def command_line(*arguments: str, mirror: Path = Path("mirror")) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"http_proxy": proxy, "https_proxy": proxy, MIRROR_VARIABLE: str(mirror)}
        command = [sys.executable, "-m", "mnist_transfer", "weights", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False, timeout=120)

    return command_line


def test_weights_that_cannot_be_had_name_places_and_remedies(run: Run, tmp_path: Path) -> None:
    official = sources.WEIGHTS["VGG16"]
    places = ["mirror/vgg16/block1.safetensors", f"mirror/{official.path}", *official.urls]
    remedies = ["--h5", str(paths.DOWNLOADS / official.path), MIRROR_VARIABLE, "`make demo`"]
    assert_refused(run("vgg16"), *places, *remedies)
    assert set(files_in(tmp_path)) == {"params.yaml"}


def test_a_damaged_part_of_the_mirror_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mirror/vgg16").mkdir()
    (tmp_path / "mirror/vgg16/block1.safetensors").write_bytes(b"not it")
    assert_refused(run("vgg16"), f"block1.safetensors: wrong sha256 {hashlib.sha256(b'not it').hexdigest()}")
    assert set(files_in(tmp_path)) == {"params.yaml", "mirror/vgg16/block1.safetensors"}


@needs_mirror
def test_mirror_and_official_layout_give_the_same_file(run: Run, tmp_path: Path) -> None:
    result = run("vgg16", mirror=MIRROR)
    assert result.returncode == 0, result.stderr
    assert "14,714,688 parameters" in result.stderr
    from_mirror = (tmp_path / TARGET).read_bytes()
    write_h5(tmp_path / "x.h5", networks.read_safetensors(tmp_path / TARGET, ""), networks.build(network()))
    (tmp_path / TARGET).unlink()
    result = run("vgg16", "--h5", "x.h5", "--accept-unofficial")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / TARGET).read_bytes() == from_mirror


def test_an_unsound_h5_leaves_the_old_weights_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / TARGET).parent.mkdir()
    (tmp_path / TARGET).write_bytes(b"old")
    model = networks.build(network())
    tensors = random_tensors(model)
    few = {name: tensor for name, tensor in tensors.items() if not name.startswith("block5")}
    write_h5(tmp_path / "few.h5", few, model)
    md5 = hashlib.md5((tmp_path / "few.h5").read_bytes()).hexdigest()
    assert_refused(run("vgg16", "--h5", "few.h5"), md5, sources.WEIGHTS["VGG16"].md5, "--accept-unofficial")
    assert_refused(run("vgg16", "--h5", "few.h5", "--accept-unofficial"), "few.h5: the network needs block5_conv1/kernel")
    write_h5(tmp_path / "nan.h5", tensors | {"block3_conv3/bias": np.full(256, np.nan, np.float32)}, model)
    assert_refused(run("vgg16", "--h5", "nan.h5", "--accept-unofficial"), "nan.h5: block3_conv3/bias holds NaN")
    assert_refused(run("vgg16", "--h5", "nowhere.h5"), "nowhere.h5 is missing")
    assert_refused(run("vgg16-random", "--h5", "nan.h5"), "vgg16-random uses no ImageNet weights")
    assert (tmp_path / TARGET).read_bytes() == b"old"
    assert set(files_in(tmp_path)) == {"params.yaml", "few.h5", "nan.h5", str(TARGET)}


READ = """
from mnist_transfer import interruption
interruption.supervise()
from pathlib import Path
from mnist_transfer.extraction import weights
from tests.extraction.nets import head
weights.PATIENCE = 1.0
weights.read_h5(Path("x.h5"), head())
"""


def test_a_list_of_texts_that_leads_back_to_itself_is_bad_input(tmp_path: Path) -> None:
    write_h5(tmp_path / "x.h5", random_tensors(head()), head())
    content = bytearray((tmp_path / "x.h5").read_bytes())
    at = content.index(b"GCOL") + 16  # texts, each after its number and size, and then what is free, which is number 0
    while number := int.from_bytes(content[at : at + 2], "little"):
        assert number < 100
        at += 16 + -(-int.from_bytes(content[at + 8 : at + 16], "little") // 8) * 8
    content[at + 8 : at + 16] = bytes(8)
    (tmp_path / "x.h5").write_bytes(content)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", READ]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert_refused(result, "reading a file took longer", "damaged", "get it again")


def test_a_folder_that_cannot_be_made_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file where a folder should be")
    assert_refused(run("pixels"), f"cannot write {paths.layers('pixels')}")
    assert set(files_in(tmp_path)) == {"params.yaml", "weights"}
