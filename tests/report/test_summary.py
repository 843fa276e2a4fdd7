"""The accuracy table in the README: in the order of the results, and one line where they are unsound."""

from pathlib import Path

import pytest

from mnist_transfer import paths
from mnist_transfer import tables as schema
from mnist_transfer.errors import InputError
from mnist_transfer.report import summary
from mnist_transfer.study import Study
from tests.report.conftest import Made, cells


@pytest.fixture
def study(made: Made) -> Study:
    """A study of which the paper has figures of one row alone."""
    study = made(features=("pixels/all", "vgg16-random/block5"), published=True).study
    table = schema.read("accuracy")
    table.loc[table["classifier"] == "knn-5", "paper"] = None
    table.to_csv(paths.table("accuracy"), index=False)
    return study


def test_the_markdown_table_has_the_papers_columns_first_and_the_best_of_each_in_bold(study: Study) -> None:
    assert cells(summary.markdown(study)) == [
        ["Garments / Digits", "the paper", "pixels/all", "vgg16-random/block5"],
        ["k-Nearest Neighbours (3)", "**.5000** / **.5000**", "**.6000** / **.9800**", "**.6100** / **.9900**"],
        ["k-Nearest Neighbours (5)", "– / –", ".5500 / .9300", ".5600 / .9400"],
    ]


def test_a_markdown_file_gets_the_table_between_its_marks(study: Study) -> None:
    readme = Path("README.md")
    readme.write_text("before\n<!-- table -->\nold\n<!-- /table -->\nafter\n")
    summary.run(study, readme)
    assert readme.read_text() == f"before\n<!-- table -->\n{summary.markdown(study)}<!-- /table -->\nafter\n"
    readme.write_text("no marks")
    with pytest.raises(InputError, match="no one place for the table"):
        summary.run(study, readme)
    with pytest.raises(InputError, match=r"OTHER\.md is missing"):
        summary.run(study, Path("OTHER.md"))


def test_a_table_that_is_empty_or_of_another_study_is_one_line(study: Study) -> None:
    path = paths.table("accuracy")
    text = path.read_text()
    path.write_text(text.splitlines()[0])
    with pytest.raises(InputError, match=rf"^{path} is damaged \([^\n]*\); {schema.REMEDY}$"):
        summary.markdown(study)
    path.write_text(text.replace("digits", "letters"))
    with pytest.raises(InputError, match="unknown dataset 'letters'"):
        summary.markdown(study)
