"""Numbers are the same on one core, two and four, whatever OMP_NUM_THREADS says: of all that uses several threads."""

import json
import os
import subprocess
import sys

import pytest

from mnist_transfer import study
from tests.commands import ROOT

#: What each part runs on the cores it is given; four are what it believes to have, for want of as many.
START = """
import hashlib, json, os, sys
if int(sys.argv[1]) > 2:
    os.sched_getaffinity = lambda _: set(range(int(sys.argv[1])))
else:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(sys.argv[1])])
import numpy as np
from mnist_transfer import study

known = study.load()
digest = lambda array: hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
"""
PARTS = {
    # Every classifier of the study.
    "classifiers": """
from sklearn.datasets import make_classification
from mnist_transfer.classifiers import classify

features, labels = make_classification(1500, 100, n_informative=40, n_classes=10, class_sep=1.2, random_state=known.seed)
features, labels = features.astype(np.float32), labels.astype(np.uint8)
train, test = slice(0, 1200), slice(1200, None)
found = {}
for name in known.selection.classifiers:
    outcome = classify.fit_and_predict(known.classifier(name), features[train], labels[train], features[test], known.seed)
    found[name] = [outcome.iterations, *map(digest, outcome.predictions.values())]
""",
    # The classifiers of every time as a replay fits them, and the study's as a measure does: many at a time.
    "many": """
from sklearn.datasets import make_classification
from mnist_transfer.difficulty import fitting
from mnist_transfer.recipes import TODAY
from mnist_transfer.replay import replay

features, labels = make_classification(1500, 100, n_informative=40, n_classes=10, class_sep=1.2, random_state=known.seed)
features, labels = features.astype(np.float32), labels.astype(np.uint8)
labelled = {"train": (features[:1200], labels[:1200]), "test": (features[1200:], labels[1200:])}
found = {
    time: replay.accuracies(replay.classifiers(known, time), labelled, known.seed)
    for time in (TODAY, *known.replication.settings)
}
fits = [fitting.Fit({}, known.classifier(name), np.arange(1200), known.seed) for name in known.selection.classifiers]
arrays = (features[:1200], labels[:1200], features[1200:], labels[1200:])
found["fits"] = [record["accuracy"] for record in fitting.accuracies("fits", fits, *arrays)]
""",
    # All layers of the network with random weights.
    "features": """
from mnist_transfer.extraction import features, networks, weights

images = np.random.default_rng(0).integers(0, 256, (70, 28, 28), np.uint8)
network = known.network("vgg16-random")
model = networks.build(network)
tensors = weights.he_normal(model, known.seed)
found = {layer: digest(array) for layer, array in features.make_extract(network, tensors, "random")(images).items()}
""",
    # What a z-score, principal components and KMeans make of as many images as take several threads, and the measures.
    "shapes": """
from pathlib import Path
from mnist_transfer import artifacts, files, paths
from mnist_transfer import projection as project
from mnist_transfer.difficulty import clusters, geometry

os.chdir(sys.argv[2])
rng = np.random.default_rng(0)
name, kind = "mnist", "pixels/all"
for split, number in (("train", 6000), ("test", 1000)):
    labels = rng.integers(0, 10, number).astype(np.uint8)
    files.write_npy(paths.split(name, split, "labels"), labels)
    features = rng.normal(size=(number, 300)) + labels[:, None] / 4
    files.write_npy(paths.features(name, kind, split), features.astype(np.float32))
project.run(known, name, kind)
found = {key: digest(array) for key, array in np.load(paths.projection(name, kind)).items()}
found["clusters"] = list(clusters.rows(known, name, kind))
found["geometry"] = list(geometry.rows(known, name, kind))
""",
}


#: The number of cores, and what the environment says of threads.
CORES: tuple[tuple[int, dict[str, str]], ...] = ((1, {}), (2, {}), (4, {}), (2, {"OMP_NUM_THREADS": "1"}))


@pytest.mark.slow
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
@pytest.mark.parametrize("part", PARTS)
def test_any_number_of_cores_gives_the_same_numbers(part: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = []
    for cores, environment in CORES:
        folder = tmp_path_factory.mktemp("cores")
        program = f"{START}{PARTS[part]}print(json.dumps(found))"
        command = [sys.executable, "-c", program, str(cores), str(folder)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment, check=False)
        assert result.returncode == 0, result.stderr
        found.append(json.loads(result.stdout.splitlines()[-1]))
    if part == "classifiers":
        assert set(found[0]) == set(study.load(ROOT / "params.yaml").selection.classifiers)
    assert all(numbers == found[0] for numbers in found), found
