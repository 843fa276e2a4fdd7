"""What one pass for all depths costs: beside the pass for the deepest layer alone, the usual script, and the machine's limit.

    python benchmarks/extraction.py [images]      # 1,000 images by default: about a minute

All are measured in one run, in turns, and the best of each is printed, because machines and their neighbours differ.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mnist_transfer import study
from mnist_transfer.entries import Network
from mnist_transfer.extraction import features, networks, weights

TURNS = 3


def usual_script(images: npt.NDArray[np.uint8], model: keras.Model, size: int) -> npt.NDArray[np.float32]:
    """Extract features as tutorials do: dstack, resize, preprocess image by image, then `model.predict` in batches of 32."""
    prepared = [tf.image.resize(np.dstack([image] * 3), (size, size)).numpy() for image in images]
    inputs = keras.applications.vgg16.preprocess_input(np.stack(prepared))
    found: npt.NDArray[np.float32] = model.predict(inputs, batch_size=32, verbose=0)
    return found


def matrix_product(size: int = 2_048) -> float:
    """Return the machine's rate of single-precision matrix products through TensorFlow, in GFLOP/s."""
    matrix = tf.random.normal((size, size))
    product = tf.function(lambda: tf.linalg.matmul(matrix, matrix))
    return 2 * size**3 / best(lambda: product().numpy()) / 1e9


def best(work: Callable[[], Any]) -> float:
    """Return the shortest time of several turns, in seconds, after one that does not count."""
    work()
    times = []
    for _ in range(TURNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def operations(model: keras.Model) -> float:
    """Return the floating-point operations of a network's convolutions for one image, two a multiplication with addition."""
    convolutions = [layer for layer in model.layers if hasattr(layer, "kernel")]
    return float(sum(2 * np.prod(layer.kernel.shape) * np.prod(layer.output.shape[1:3]) for layer in convolutions))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    entry = study.load().network("vgg16")
    assert isinstance(entry, Network)
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28)).astype(np.uint8)
    model = networks.build(entry)
    tensors = weights.he_normal(model, 0)
    networks.load(model, tensors, "random weights")
    deepest = entry.model_copy(update={"layers": {"block5": entry.layers["block5"]}})
    every, alone = (features.make_extract(choice, tensors, "random weights") for choice in (entry, deepest))
    rates = {
        f"one pass, {len(entry.layers)} layers": count / best(lambda: every(images)),
        "one pass, the deepest layer": count / best(lambda: alone(images)),
        "the usual script": count / best(lambda: usual_script(images, model, entry.preparation.size)),
    }
    first, second, usual = rates.values()
    for name, rate in rates.items():
        print(f"{name:28} {rate:7.1f} images/s")
    machine = matrix_product()
    reached = operations(model) * first / 1e9
    print(f"all layers cost {second / first:.2f} × the deepest alone; the pass is {first / usual:.2f} × the usual script")
    print(f"matrix products reach {machine:.0f} GFLOP/s here, the pass {reached:.0f}: {reached / machine:.0%}")


if __name__ == "__main__":
    main()
