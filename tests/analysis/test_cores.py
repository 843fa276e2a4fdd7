"""Classifiers give the same numbers on one core as on two."""

import json
import os
import subprocess
import sys

import pytest

from mnist_transfer import study
from tests.commands import ROOT

#: Fits every classifier of the study on the cores it is given, and prints what came out.
PROGRAM = """
import hashlib, json, os, sys
os.sched_setaffinity(0, json.loads(sys.argv[1]))
import numpy as np
from sklearn.datasets import make_classification
from mnist_transfer import study
from mnist_transfer.analysis import classify

known = study.load()
features, labels = make_classification(
    3000, 200, n_informative=60, n_classes=10, class_sep=1.2, random_state=known.seed
)
features, labels = features.astype(np.float32), labels.astype(np.uint8)
train, test = slice(0, 2500), slice(2500, None)
digest = lambda array: hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
found = {}
for name in known.selection.classifiers:
    outcome = classify.fit_and_predict(known.classifier(name), features[train], labels[train], features[test], known.seed)
    found[name] = [outcome.iterations, *map(digest, outcome.predictions.values())]
print(json.dumps(found))
"""


@pytest.mark.slow
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_one_core_gives_the_numbers_of_two() -> None:
    cores = sorted(os.sched_getaffinity(0))[:2]
    found = []
    for given in (cores[:1], cores):
        command = [sys.executable, "-c", PROGRAM, json.dumps(given)]
        found.append(json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout))
    one, two = found
    assert set(one) == set(study.load(ROOT / "params.yaml").selection.classifiers)
    assert one == two
