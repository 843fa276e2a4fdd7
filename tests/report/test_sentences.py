"""What the report says: its numbers are those of the tables, and it copes with studies of any shape."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from mnist_transfer.report.comparison import Comparison
from mnist_transfer.report.facts import Facts
from mnist_transfer.report.notes import Notes
from mnist_transfer.report.sentences import Sentences
from mnist_transfer.report.tables import Tables
from tests.commands import ROOT
from tests.report.conftest import Made

SHAPES: list[dict[str, Any]] = [
    {"datasets": ("digits",)},
    {"features": ("pixels/all",)},
    {"features": ("vgg16/block5",), "published": True},
    {"features": ("vgg16/block3", "vgg16/block5", "pixels/all"), "classifiers": ("svm-linear", "knn"), "published": True},
    {"classifiers": ("knn", "svm-linear"), "processors": ("Processor A", "Processor B")},
    {"classes": {"digits": 2, "garments": 13}},
]


def everything(facts: Facts) -> str:
    """Every sentence and table that the report could ask for."""
    texts: list[str] = []
    for source in (Sentences(facts), Notes(facts), Comparison(facts), Tables(facts)):
        for name in dir(source):
            method: Callable[..., str] = getattr(source, name)
            if callable(method) and not name.startswith("_"):
                texts.append(method(facts.main) if name in ("average", "accuracy") else method())
    return "\n\n".join(texts)


def test_the_committed_results_are_whole_and_every_sentence_can_be_made(committed: Facts) -> None:
    text = everything(committed)
    assert not re.search(r"\b(nan|None)\b", text)
    assert "demo" not in text


def test_the_reports_accuracies_are_those_of_the_metrics_that_dvc_tracks(committed: Facts) -> None:
    metrics = json.loads((ROOT / "results/metrics.json").read_text(encoding="utf-8"))
    for row in committed.accuracy.to_dict("records"):
        assert row["accuracy"] == metrics[row["dataset"]][row["features"]][row["classifier"]]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_sentence_copes_with_other_studies(made: Made, shape: dict[str, Any]) -> None:
    text = everything(made(**shape))
    assert not re.search(r"\b(nan|None|inf)\b", text)
    assert "extractor" not in text


def test_the_demo_says_in_its_first_words_that_it_is_one(made: Made) -> None:
    status = Sentences(made()).status()
    assert "This is the demo, not the study" in status.splitlines()[0]
    assert "nothing here was learnt from ImageNet" in status
    assert "full study" in status
    assert "VGG16 random block 5 (`vgg16-random/block5`) and Raw pixels (`pixels/all`)" in status


def test_a_study_says_whether_the_papers_own_features_are_in_it(made: Made) -> None:
    with_own = Sentences(made(features=("vgg16/block5", "pixels/all"), published=True)).status()
    assert "The first are the paper's own, `vgg16/block5`." in with_own


def test_a_study_without_the_papers_own_features_says_so(made: Made) -> None:
    status = Sentences(made(features=("vgg16/block3",), published=True)).status()
    assert "demo" not in status
    assert "are **not** among them" in status


def test_headings_name_network_weights_and_layer(made: Made) -> None:
    facts = made(features=("vgg16/block5", "vgg16-random/block3", "pixels/all"))
    assert [facts.heading(name) for name in facts.kinds] == ["VGG16 block 5", "VGG16 random block 3", "Raw pixels"]
    assert [facts.on(name) for name in facts.kinds[1:]] == ["VGG16 random block 3 features", "raw pixels"]


def test_no_two_kinds_of_features_have_one_heading(made: Made) -> None:
    facts = made(features=("vgg16/block5", "vgg16-unit/block5", "vgg16/block3"))
    assert [facts.heading(name) for name in facts.kinds] == [
        "VGG16 block 5 (vgg16)",
        "VGG16 block 5 (vgg16-unit)",
        "VGG16 block 3",
    ]


def test_the_gap_is_that_of_the_table(committed: Facts) -> None:
    wide = committed.accuracy.pivot(index=["features", "classifier"], columns="dataset", values="accuracy")
    gap = 100 * (wide[committed.easiest] - wide[committed.hardest])
    text = Sentences(committed).gap().replace("−", "-")
    assert f"{gap.median():.1f} points in the median" in text
    assert f"from {gap.min():+.1f} to {gap.max():+.1f}" in text


def test_the_gap_of_the_tiny_study_by_hand(made: Made) -> None:
    """Digits lead garments by 0.38 in each of four pairs, with intervals 0.03 to either side."""
    text = Sentences(made()).gap()
    assert "Digits is easier than Garments in all 4 pairs of features and classifier, by 38.0 points in the median" in text
    assert "(from +38.0 to +38.0); in none of them do the 95% intervals overlap" in text
    assert "makes 39.0 times the errors" in text  # 1 - 0.61 against 1 - 0.99


def test_errors_are_counted_among_the_pairs_of_classes_that_there_are(made: Made) -> None:
    lines = Sentences(made(classes={"digits": 3, "garments": 12})).errors().splitlines()
    assert "Garments" in lines[0]
    assert "3 errors, 100% of them within 5 of the 66 pairs of classes. The worst pair is g0 and g11 (3 errors)" in lines[0]
    assert "within 3 of the 3 pairs of classes" in lines[1]
    assert "found least often is d2 (40.0%)" in lines[1]  # 2 right, 3 wrong


def test_differences_from_the_paper_by_hand(made: Made) -> None:
    facts = made(datasets=("digits",), features=("vgg16/block5", "vgg16/block3", "pixels/all"), published=True)
    lines = Comparison(facts).averages().splitlines()
    assert lines[0].startswith("- VGG16 block 5 features (the paper's own) differ from the paper's figures on average by +45.5")
    assert lines[1].startswith("- VGG16 block 3 features (not the paper's) differ")
    assert lines[2].startswith("- Raw pixels (not the paper's) differ")


def test_times_of_two_processors_are_neither_added_nor_compared_silently(made: Made) -> None:
    facts = made(classifiers=("knn", "svm-linear"), processors=("Processor A", "Processor B"))
    assert "not comparable" in Notes(facts).processors()
    rows = [line for line in Tables(facts).timing().splitlines() if "Processor " in line and "Digits" in line]
    assert len(rows) == 4  # two kinds of features, two processors


def test_the_engine_of_each_classifier_is_said(made: Made) -> None:
    text = Notes(made(datasets=("digits",), classifiers=("knn", "svm-linear"))).engines()
    assert text == "SVM (linear) (2 rows) ran with Fast 2, all other rows with Plain 1."


def test_one_engine_is_said_once(made: Made) -> None:
    assert Notes(made(classifiers=("knn",))).engines() == "Every row ran with Plain 1."


def test_numbers_of_classes_and_pixels_are_said_as_they_are(made: Made) -> None:
    assert "2 and 13 classes of grey images of 28 × 28 pixels" in Notes(made(classes={"digits": 2, "garments": 13})).data()
