"""What the report says and draws of the measures of difficulty."""

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.figure import Figure

from mnist_transfer.figures import difficulty, images
from mnist_transfer.report import measures
from mnist_transfer.report.measures import NOT_TAKEN, images_needed
from mnist_transfer.results.read import Results
from tests.report.conftest import Made, cells

KINDS = ("vgg16/block5", "vgg16-random/block5", "pixels/all")


def titled(draw: Callable[..., Figure], measure: str) -> Callable[[Results], Figure]:
    return lambda results: draw(results.measured(measure), results.measure_titles(measure))


def mistaken(results: Results) -> Figure:
    (first, its), (second, others) = (measures.mistaken_images(results, name) for name in results.datasets)
    return images.labelled(first | second, its | others)


FIGURES: dict[str, Callable[[Results], Figure]] = {
    "depth": lambda results: difficulty.depth(measures.depth(results), results.measure_titles("depth")),
    "learning_curves": titled(difficulty.learning_curves, "learning_curves"),
    "one_pixel": lambda results: difficulty.one_pixel(results.measured("one_pixel"), results.classes, results.titled_samples),
    "resolution": lambda results: difficulty.resolution(results.measured("resolution")),
    "noise": titled(difficulty.noise, "seed_noise"),
    "clusters": lambda results: difficulty.clusters(results.measured("clusters")),
    "mistaken": mistaken,
    "shared_errors": lambda results: images.labelled(*measures.shared_images(results, "pixels/all")),
}


@pytest.fixture
def results(made: Made) -> Results:
    return made(features=KINDS, measured=True)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_with_the_datasets_titles(results: Results, name: str) -> None:
    figure = FIGURES[name](results)
    figure.draw_without_rendering()
    boxes = [figure, *getattr(figure, "subfigs", [])]
    texts = "\n".join(text.get_text() for box in boxes for text in box.findobj(lambda artist: hasattr(artist, "get_text")))
    assert "Garments" in texts
    assert "Digits" in texts


def test_errors_are_drawn_on_a_logarithmic_axis_and_raw_pixels_as_a_level(results: Results) -> None:
    (axes,) = FIGURES["depth"](results).axes
    assert axes.get_yscale() == "log"
    levels = [line for line in axes.get_lines() if str(line.get_label()).endswith("raw pixels")]
    assert sorted(float(line.get_ydata()[0]) for line in levels) == pytest.approx([5, 20])  # type: ignore[index, arg-type]


def test_the_harder_dataset_never_reaches_what_the_easier_one_has(results: Results) -> None:
    table = measures.needed(results)
    assert "| Raw pixels | k-Nearest Neighbours (5) | 95.0% | more than 40 (there 80.0%) | 15.0 | 15.0 |" in table


def test_images_needed_lie_on_a_line_over_logarithms() -> None:
    curve = pd.Series([0.6, 0.8, 0.9], index=[100, 1000, 10_000])
    found = [images_needed(curve, accuracy) for accuracy in (0.5, 0.6, 0.7, 0.8, 0.85)]
    assert found == pytest.approx([100, 100, 100 * 10**0.5, 1000, 1000 * 10**0.5])
    assert images_needed(curve, 0.91) is None


def test_look_alikes_take_half_of_the_errors_with_them_and_shared_ones_are_named(results: Results) -> None:
    assert "| Raw pixels | Digits | 5.0% | 2.5% | 50% | 20% | 2.0% |" in measures.merged(results)
    assert measures.look_alikes(results) == r"Garments \{g0, g1\}; Digits \{d4, d9\}"
    shown, labels = measures.shared_images(results, "pixels/all")
    assert shown["Digits"].shape == (1, 28, 28)
    assert labels["Digits"] == ["d1 → d0\nlabel in doubt"]


def test_frozen_features_stand_beside_published_figures(made: Made) -> None:
    results = made(datasets=("fashion_mnist", "mnist"), features=KINDS, measured=True)
    table = measures.frozen(results)
    assert "SVM (RBF) on block3, block5, 81.0% on held-out images | **82.00%** (80.0% to 84.0%)" in table
    assert "humans: without fashion expertise | 83.5%" in table


def test_a_study_without_measures_says_so(made: Made) -> None:
    results = made()
    for table in (measures.needed, measures.merged, measures.dropped, measures.geometry, measures.frozen):
        assert table(results) == NOT_TAKEN


def test_the_errors_of_the_classes_are_those_of_the_best_row_the_worst_class_first(committed: Results) -> None:
    heads, *rows = cells(measures.class_errors(committed, "vgg16/block3"))
    shares = [float(row[1].rstrip("%")) for row in rows]
    best = committed.best("fashion_mnist", "vgg16/block3")
    assert heads[0] == f"Fashion-MNIST, {best['title']}"
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) / len(shares) == pytest.approx(100 * (1 - best["accuracy"]), abs=0.05)  # all classes are of one size
    assert measures.class_errors(committed, "nothing/all") == NOT_TAKEN
