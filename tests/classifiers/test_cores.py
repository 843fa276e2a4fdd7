"""Numbers are the same on one core, two and four, whatever OMP_NUM_THREADS says: of all that uses several threads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import ROOT

#: What runs on the cores that it is given; four are what it believes to have, for want of as many.
PROGRAM = """
import hashlib, json, os, sys
if int(sys.argv[1]) > 2:
    os.sched_getaffinity = lambda _: set(range(int(sys.argv[1])))
else:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(sys.argv[1])])
import numpy as np
from sklearn.datasets import make_classification
from mnist_transfer import artifacts, files, paths, projection, study, yaml
from mnist_transfer.classifiers import classify
from mnist_transfer.comparisons import clusters
from mnist_transfer.difficulty import geometry, shared
from mnist_transfer.extraction import features, networks
from mnist_transfer.replay import replay

parameters = yaml.load(paths.PARAMS.read_text())
parameters["difficulty"]["geometry"]["draws"] = 2
parameters["comparisons"]["clusters"] |= {"clusters": [10], "seeds": 2}
parameters["study"]["features"] = ["pixels/all"]  # which are written below
for comparison in parameters["comparisons"].values():
    comparison["features"] = ["pixels/all"]
known = study.Study.model_validate(parameters)
digest = lambda array: hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()

# Every classifier of the study; then many at a time, as replays and measures fit them.
vectors, labels = make_classification(1500, 100, n_informative=40, n_classes=10, class_sep=1.2, random_state=known.seed)
vectors, labels = (vectors / vectors.std(0)).astype(np.float32), labels.astype(np.uint8)
content = artifacts.Features(vectors[:1200], labels[:1200], vectors[1200:], labels[1200:], 10)
labelled = {"train": (content.train, content.train_labels), "test": (content.test, content.test_labels)}
found = {}
for name in known.selection.classifiers:
    outcome = classify.fit_and_predict(known.classifier(name), *labelled["train"], content.test, known.seed)
    found[name] = [outcome.iterations, *map(digest, outcome.predictions.values())]
found["replay"] = replay.accuracies(labelled, known.seed)
fits = [shared.Fit({}, entry, np.arange(1200), known.seed) for entry in shared.CLASSIFIERS.values()]
found["fits"] = [record["accuracy"] for record in shared.accuracies("fits", fits, content)]

# All layers of the network with random weights.
images = np.random.default_rng(0).integers(0, 256, (70, 28, 28), np.uint8)
network = known.network("vgg16-random")
model = networks.build(network)
networks.load(model, networks.get_weights(network, model, known.seed), "random")
extract = features.in_batches(networks.forward(model, network))
found |= {layer: digest(array) for layer, array in extract(images).items()}

# A z-score, principal components and KMeans, and the measures: without fixed threads, 3,000 images do not differ, 6,000 do.
os.chdir(sys.argv[2])
rng = np.random.default_rng(0)
name, kind, arrays = "mnist", "pixels/all", {}
for split, number in (("train", 6000), ("test", 1000)):
    arrays[f"{split}_labels"] = rng.integers(0, 10, number).astype(np.uint8)
    arrays[split] = (rng.normal(size=(number, 300)) + arrays[f"{split}_labels"][:, None] / 4).astype(np.float32)
    arrays[f"{split}_index"] = np.arange(number)
files.write_npz(paths.splits(name), **arrays)
files.write_npz(paths.features(name, kind), **arrays, classes=np.array(10))
projection.run(known, name)
found |= {key: digest(array) for key, array in np.load(paths.projection(name, kind)).items()}
found["clusters"] = list(clusters.rows(known, name, kind))
found["geometry"] = list(geometry.rows(known, name, kind))
print(json.dumps(found))
"""
#: The number of cores, and what the environment says of threads.
CORES: tuple[tuple[int, dict[str, str]], ...] = ((1, {}), (4, {}), (2, {"OMP_NUM_THREADS": "1"}))


@pytest.mark.slow
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_any_number_of_cores_gives_the_same_numbers(tmp_path: Path) -> None:
    found = []
    for at, (cores, environment) in enumerate(CORES):
        folder = tmp_path / str(at)
        folder.mkdir()
        command = [sys.executable, "-c", PROGRAM, str(cores), str(folder)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment, check=False)
        assert result.returncode == 0, result.stderr
        found.append(json.loads(result.stdout.splitlines()[-1]))
    assert len(found[0]) > 20
    for numbers in found[1:]:
        assert {name: value for name, value in numbers.items() if value != found[0][name]} == {}
