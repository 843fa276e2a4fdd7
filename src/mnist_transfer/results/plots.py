"""Draw the results for ``dvc plots show`` and ``dvc plots diff``: pictures, which need no network to be seen."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from mnist_transfer import files, paths
from mnist_transfer.figures import accuracy, difficulty, images
from mnist_transfer.figures.style import STYLES
from mnist_transfer.report import measures
from mnist_transfer.results.read import Results


def run(results: Results) -> None:
    """Draw accuracies, confusions by the best row on the main features, one dataset's lead, and measures that are curves."""
    # The salt makes the names inside an SVG, and so its bytes, the same each time.
    style: Any = {**STYLES["light"], "svg.hashsalt": "mnist-transfer"}
    with mpl.rc_context(style):
        _write(paths.plot("accuracy"), accuracy.accuracy_dots(results.titled(results.tables["accuracy"])))
        for dataset in results.datasets:
            matrices = {results.title(dataset): results.confusion(dataset)}
            _write(paths.plot(f"confusion-{dataset}"), images.confusion_matrices(matrices, results.classes))
        easy, hard = map(results.title, results.easiest_and_hardest)
        if results.has("merged") and easy != hard:
            alike = measures.look_alike_images(results)
            _write(paths.plot("lead"), difficulty.lead(results.measured("merged"), alike, easy, hard))
        if results.has("depth"):
            _write(paths.plot("depth"), difficulty.depth(measures.depth(results), results.measure_titles("depth")))
        if results.has("learning_curves"):
            titles = results.measure_titles("learning_curves")
            _write(paths.plot("learning-curves"), difficulty.learning_curves(results.measured("learning_curves"), titles))
        if results.has("resolution"):
            _write(paths.plot("resolution"), difficulty.resolution(results.measured("resolution")))


def _write(path: Path, figure: Figure) -> None:
    metadata: dict[str, Any] = {"Date": None, "Creator": None}
    with files.whole_file(path) as temporary:
        figure.savefig(temporary, format="svg", metadata=metadata)
