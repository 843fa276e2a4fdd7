"""What numpy, OpenBLAS, TensorFlow and Keras are told before they are loaded, and what is said where they cannot be told."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_transfer.numerics import REQUIRED, SETTINGS
from tests.commands import ROOT, run

PROGRAM = """
{first}
import json, os
from mnist_transfer import numerics
import numpy as np
from numpy._core._multiarray_umath import __cpu_features__ as features
from threadpoolctl import threadpool_info
names = [*numerics.SETTINGS, *numerics.REQUIRED]
print(json.dumps({{
    "set": {{name: os.environ.get(name) for name in names}},
    "departures": numerics.departures,
    "beyond AVX2": [name for name in ("X86_V4", "AVX512_ICL", "AVX512_SPR") if features.get(name)],
    "OpenBLAS": [library["architecture"] for library in threadpool_info() if library["internal_api"] == "openblas"],
}}))
"""


def settled(first: str = "", **environment: str) -> dict[str, object]:
    """Import the package in a new process, and return what it set and said."""
    cleared = {name: value for name, value in os.environ.items() if name not in {*SETTINGS, *REQUIRED}}
    command = [sys.executable, "-c", PROGRAM.format(first=first)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=cleared | environment, check=True)
    assert result.stderr == ""
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_one_set_of_kernels_is_used_on_every_processor() -> None:
    found = settled()
    assert found == {"set": SETTINGS | REQUIRED, "departures": [], "beyond AVX2": [], "OpenBLAS": ["Haswell"]}


def test_a_value_that_somebody_has_set_stays_and_is_told_and_so_is_a_numpy_that_was_loaded_before() -> None:
    found = settled(OPENBLAS_CORETYPE="Sandybridge")
    assert found["OpenBLAS"] == ["Sandybridge"]
    assert found["departures"] == ["OPENBLAS_CORETYPE is 'Sandybridge', not 'Haswell'"]
    found = settled("import numpy")
    assert found["departures"] == [f"{name} could not be set: numpy is already loaded" for name in SETTINGS]


def test_a_stage_says_that_its_bytes_may_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    result = run("split", "mnist", folder=tmp_path)
    said = "the bytes may differ from those of the committed run: TF_ENABLE_ONEDNN_OPTS is '0', not '1'"
    assert said in " ".join(result.stderr.split())


@pytest.mark.slow
def test_keras_settings_of_another_project_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text('{"floatx": "float16", "image_data_format": "channels_first", "backend": "jax"}')
    program = """
import hashlib
import numpy as np
from mnist_transfer import study
from mnist_transfer.extraction import features, networks
known = study.load()
network = known.network("vgg16-random")
model = networks.build(network)
networks.load(model, networks.get_weights(network, model, known.seed), "random")
images = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)
found = features.in_batches(networks.forward(model, network))(images)
print(hashlib.sha256(b"".join(array.tobytes() for array in found.values())).hexdigest())
"""
    digests = set()
    for environment in ({}, {"KERAS_HOME": str(tmp_path)}, {"KERAS_BACKEND": "torch"}):
        command = [sys.executable, "-c", program]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment, check=False)
        assert result.returncode == 0, result.stderr
        digests.add(result.stdout)
    assert len(digests) == 1
