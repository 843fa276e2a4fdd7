"""The report's tables: every row of the study, in its order, with the best marked and nothing counted twice."""

from dataclasses import replace

import pytest

from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.figures import accuracy
from mnist_transfer.report import tables
from mnist_transfer.results.read import Results
from tests.report.conftest import Made, cells


def rows(table: str) -> list[list[str]]:
    return cells(table)[1:]


def test_accuracies_intervals_and_differences_by_hand(made: Made) -> None:
    results = made(datasets=("digits",), features=("vgg16/block5",), published=True)
    assert rows(tables.accuracy(results, results.main)) == [
        ["k-Nearest Neighbours (3)", "[**98.00** ★]{.best}", "95.00–100.00", "50.00", "+48.00"],
        ["k-Nearest Neighbours (5)", "93.00", "90.00–96.00", "50.00", "+43.00"],
    ]
    bare = made(datasets=("digits",))
    assert "Paper" not in tables.accuracy(bare, bare.main)


def test_every_layer_of_every_network_that_ran_is_listed_with_its_number_of_features(made: Made) -> None:
    results = made(features=("vgg16/block5", "vgg16-random/block3", "pixels/all"))
    assert rows(tables.features(results)) == [
        ["`vgg16/block5`", "VGG16", "ImageNet", "`block5_pool`, flatten", "**yes**", "512"],
        ["`vgg16/block3`", "VGG16", "ImageNet", "`block3_pool`, mean-max", "no", "512"],
        ["`vgg16-random/block5`", "VGG16", "random weights", "`block5_pool`, flatten", "no", "512"],
        ["`vgg16-random/block3`", "VGG16", "random weights", "`block3_pool`, mean-max", "**yes**", "512"],
        ["`pixels/all`", "none", "–", "–", "**yes**", "784"],
    ]


def test_an_architecture_has_one_table_of_layers_that_marks_the_cuts(made: Made) -> None:
    table = tables.layers(made(features=("vgg16/block5", "vgg16-random/block3")))
    assert rows(table) == [
        ["`input_layer`", "48 × 48 × 3", "0", ""],
        ["`block3_pool`", "6 × 6 × 256", "1,234", "✂ block3"],
        ["`block5_pool`", "1 × 1 × 512", "0", "✂ block5"],
        ["**Total**", "", "**1,234**", ""],
    ]
    assert tables.layers(made(features=("pixels/all",))) == "This run has no network."


def test_all_features_have_a_table_each_under_their_heading(made: Made) -> None:
    results = made(features=("vgg16/block5", "vgg16-unit/block5", "pixels/all"))
    headings = [line for line in tables.all_accuracies(results).splitlines() if line.startswith("**")]
    assert headings == ["**VGG16 block 5 (vgg16)**", "**VGG16 block 5 (vgg16-unit)**", "**Raw pixels**"]


def test_the_time_of_a_fit_that_gives_several_rows_is_counted_once(made: Made, committed: Results) -> None:
    results = made(datasets=("digits",), features=("pixels/all",), classifiers=("knn", "svm-linear"))
    table = tables.timing(results)
    assert "Training, s" in table
    assert rows(table) == [["Digits", "Raw pixels", "Processor A", "1", "3", "3.0", "1.0"]]  # 1.5 for two rows, 1.5 for one
    assert "Training, min" in tables.timing(committed)


def test_times_that_were_not_kept_are_no_mistake(made: Made) -> None:
    whole = made()
    none, some = (replace(whole, tables={**whole.tables, "timing": whole.tables["timing"].head(n)}) for n in (0, 1))
    assert tables.timing(none) == "No times were kept."
    with pytest.raises(NotMeasuredError, match="no times were kept"):
        none.timed()
    assert len(rows(tables.timing(some))) == 1
    accuracy.time_and_accuracy(some.timed()).draw_without_rendering()


def test_datasets_state_their_sizes_and_terms(made: Made) -> None:
    assert rows(tables.datasets(made(classes={"garments": 12}))) == [
        ["Garments", "see its source", "40", "20", "12"],
        ["Digits", "CC BY 4.0 [@alpaydin1998]", "40", "20", "10"],
    ]


def test_hashes_are_of_data_and_weights(made: Made) -> None:
    data = [f"`data/{name}/train-images-idx3-ubyte`" for name in ("garments", "digits")]
    assert [row[0] for row in rows(tables.hashes(made()))] == [*data, "`data/vgg16/weights.safetensors`"]


def test_settings_are_those_of_the_entries_and_a_list_stands_in_its_title(committed: Results) -> None:
    table = {row[0]: row[1:] for row in rows(tables.settings(committed))}
    assert len(table) == len(committed.study.selection.classifiers)
    assert table["k-Nearest Neighbours (3, 5)"] == ["`KNeighborsClassifier`", "z-scores", "`n_neighbors=[3, 5]`"]
    assert table["SVM (linear, 15 principal components)"][1] == "z-scores, 15 components"
    assert table["Quadratic Discriminant Analysis"][1:] == ["features as they are", "`reg_param=0.5`"]
