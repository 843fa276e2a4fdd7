"""Draw the results for ``dvc plots show`` and ``dvc plots diff``: pictures, which need no network to be seen."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from mnist_transfer import files, paths
from mnist_transfer.figures import accuracy as figures
from mnist_transfer.figures import difficulty
from mnist_transfer.report.benchmark import TooEasy
from mnist_transfer.report.facts import Facts
from mnist_transfer.results.read import read


def run() -> None:
    """Read ``results/`` and draw all accuracies, each dataset's confusion by the best row on the main features, and measures.

    Of the measures of difficulty, those that are curves: depth, learning curves and resolution, as far as they are taken.

    Raises
    ------
    InputError
        The results are missing or damaged.
    """
    facts = Facts(read())
    # The salt makes the names inside an SVG, and so its bytes, the same each time.
    style: Any = {**figures.STYLES["light"], "svg.hashsalt": "mnist-transfer"}
    with mpl.rc_context(style):
        _write(paths.plot("accuracy"), figures.accuracy_dots(facts.titled(facts.accuracy)))
        for dataset in facts.datasets:
            title = facts.title(dataset)
            classes = {title: facts.study.dataset(dataset).classes}
            matrices = {title: facts.best_confusion(dataset)}
            _write(paths.plot(f"confusion-{dataset}"), figures.confusion_matrices(matrices, classes))
        easy = TooEasy(facts)
        if easy.has("depth"):
            _write(paths.plot("depth"), difficulty.depth(easy.depth(), easy.classifiers("depth")))
        if easy.has("learning_curves"):
            curves = difficulty.learning_curves(easy.titled("learning_curves"), easy.classifiers("learning_curves"))
            _write(paths.plot("learning-curves"), curves)
        if easy.has("resolution"):
            _write(paths.plot("resolution"), difficulty.resolution(easy.titled("resolution")))


def _write(path: Path, figure: Figure) -> None:
    metadata: dict[str, Any] = {"Date": None, "Creator": None}
    with files.whole_file(path) as temporary:
        figure.savefig(temporary, format="svg", metadata=metadata)
