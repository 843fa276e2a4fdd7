"""The pictures for `dvc plots`: one of all accuracies and one of each dataset's confusion, the same bytes each time."""

from xml.etree import ElementTree

from mnist_transfer import paths
from mnist_transfer.results import plots as plot
from mnist_transfer.results.read import read
from tests.commands import files_in
from tests.report.conftest import Made

PLOTS = paths.RESULTS / "plots"


def drawn() -> dict[str, bytes]:
    plot.run(read())
    return files_in(PLOTS)


def test_each_picture_is_an_svg_without_a_date_and_changes_with_its_numbers_alone(made: Made) -> None:
    made(classes={"digits": 3, "garments": 12})
    first = drawn()
    assert sorted(first) == ["accuracy.svg", "confusion-digits.svg", "confusion-garments.svg"]
    for content in first.values():
        assert ElementTree.fromstring(content).tag.endswith("svg")
        assert b"<dc:date>" not in content
    assert drawn() == first
    table = paths.table("accuracy")
    table.write_text(table.read_text().replace("0.61,", "0.6,", 1))
    second = drawn()
    assert [name for name in first if first[name] != second[name]] == ["accuracy.svg"]


def test_measures_that_are_curves_are_drawn_where_they_are_taken(made: Made) -> None:
    made(measured=True)
    assert {"depth.svg", "learning-curves.svg", "resolution.svg"} < set(drawn())
