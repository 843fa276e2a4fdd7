"""What the report says and draws of the measures of difficulty."""

from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.figure import Figure

from mnist_transfer.figures import difficulty
from mnist_transfer.report.benchmark import TooEasy, images_needed
from mnist_transfer.report.causes import Why
from mnist_transfer.report.facts import Facts
from mnist_transfer.report.measured import NOT_TAKEN
from tests.report.conftest import Made

KINDS = ("vgg16/block5", "vgg16-random/block5", "pixels/all")
FIGURES: dict[str, Callable[[Facts], Figure]] = {
    "depth": lambda facts: difficulty.depth(TooEasy(facts).depth(), TooEasy(facts).classifiers("depth")),
    "learning_curves": lambda facts: difficulty.learning_curves(
        TooEasy(facts).titled("learning_curves"), TooEasy(facts).classifiers("learning_curves")
    ),
    "one_pixel": lambda facts: difficulty.one_pixel(
        TooEasy(facts).titled("one_pixel"),
        {facts.title(name): facts.study.dataset(name).classes for name in facts.datasets},
        {facts.title(name): facts.results.samples[name] for name in facts.datasets},
    ),
    "resolution": lambda facts: difficulty.resolution(TooEasy(facts).titled("resolution")),
    "noise": lambda facts: difficulty.noise(TooEasy(facts).titled("seed_noise"), TooEasy(facts).classifiers("seed_noise")),
    "clusters": lambda facts: difficulty.clusters(Why(facts).titled("clusters")),
    "shared_errors": lambda facts: difficulty.shared_errors(*Why(facts).shared_images("pixels/all")),
}


@pytest.fixture
def facts(made: Made) -> Facts:
    return made(features=KINDS, measured=True)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_with_the_datasets_titles(facts: Facts, name: str) -> None:
    figure = FIGURES[name](facts)
    figure.draw_without_rendering()
    boxes = [figure, *getattr(figure, "subfigs", [])]
    texts = [text.get_text() for box in boxes for text in box.findobj(lambda artist: hasattr(artist, "get_text"))]
    for title in ("Garments", "Digits"):
        assert any(title in text for text in texts), texts


def test_errors_are_drawn_on_a_logarithmic_axis_and_raw_pixels_as_a_level(facts: Facts) -> None:
    (axes,) = FIGURES["depth"](facts).axes
    assert axes.get_yscale() == "log"
    levels = [line for line in axes.get_lines() if str(line.get_label()).endswith("raw pixels")]
    assert sorted(float(line.get_ydata()[0]) for line in levels) == pytest.approx([5, 20])  # type: ignore[index, arg-type]


def test_the_harder_dataset_never_reaches_what_the_easier_one_has(facts: Facts) -> None:
    table = TooEasy(facts).needed()
    assert "| Raw pixels | Nearest | 95.0% | more than 40 (there 80.0%) | 15.0 | 15.0 |" in table


@pytest.mark.parametrize(
    ("accuracy", "images"),
    [
        (0.5, 100),
        (0.6, 100),
        (0.7, pytest.approx(100 * 10**0.5)),
        (0.8, pytest.approx(1000)),
        (0.85, pytest.approx(1000 * 10**0.5)),
        (0.91, None),
    ],
)
def test_images_needed_lie_on_a_line_over_logarithms(accuracy: float, images: float | None) -> None:
    curve = pd.Series([0.6, 0.8, 0.9], index=[100, 1000, 10_000])
    assert images_needed(curve, accuracy) == images


def test_look_alikes_take_half_of_the_errors_with_them(facts: Facts) -> None:
    assert "| Raw pixels | Digits | 5.0% | 2.5% | 50% | 20% | 2.0% |" in Why(facts).merged()
    assert Why(facts).groups() == r"Garments \{g0, g1\}; Digits \{d4, d9\}"


def test_frozen_features_stand_beside_published_figures(made: Made) -> None:
    facts = made(datasets=("fashion_mnist", "mnist"), features=KINDS, measured=True)
    table = Why(facts).frozen()
    assert "Nearest on block3, block5, 81.0% on held-out images | **82.00%** (80.0% to 84.0%)" in table
    assert "humans (without fashion expertise) | 83.5%" in table


def test_shared_errors_are_named(facts: Facts) -> None:
    why = Why(facts)
    images, labels = why.shared_images("pixels/all")
    assert images["Digits"].shape == (1, 28, 28)
    assert labels["Digits"] == ["d1 → d0\nlabel in doubt"]


def test_a_study_without_measures_says_so(made: Made) -> None:
    facts = made()
    easy, why = TooEasy(facts), Why(facts)
    for said in (
        easy.needed,
        why.merged,
        why.dropped,
        why.geometry,
        why.frozen,
    ):
        assert said() == NOT_TAKEN
