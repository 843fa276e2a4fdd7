"""The accuracy table in the README: in the order of the results, between its marks."""

from pathlib import Path

import pytest

from mnist_transfer import paths
from mnist_transfer import tables as schema
from mnist_transfer.errors import InputError
from mnist_transfer.report import summary
from tests.report.conftest import Made, cells


def test_a_markdown_file_gets_the_table_with_the_papers_columns_first_and_the_best_of_each_in_bold(made: Made) -> None:
    study = made(features=("pixels/all", "vgg16-random/block5"), published=True).study
    table = schema.read("accuracy")
    table.loc[table["classifier"] == "knn-5", "paper"] = None
    table.to_csv(paths.table("accuracy"), index=False)
    readme = Path("README.md")
    readme.write_text("before\n<!-- table -->\nold\n<!-- /table -->\nafter\n")
    summary.run(study, readme)
    written = summary.markdown(study)
    assert readme.read_text() == f"before\n<!-- table -->\n{written}<!-- /table -->\nafter\n"
    assert cells(written) == [
        ["Garments / Digits", "the paper", "pixels/all", "vgg16-random/block5"],
        ["k-Nearest Neighbours (3)", "**.5000** / **.5000**", "**.6000** / **.9800**", "**.6100** / **.9900**"],
        ["k-Nearest Neighbours (5)", "– / –", ".5500 / .9300", ".5600 / .9400"],
    ]
    readme.write_text("no marks")
    with pytest.raises(InputError, match="no one place for the table"):
        summary.run(study, readme)
    with pytest.raises(InputError, match=r"OTHER\.md is missing"):
        summary.run(study, Path("OTHER.md"))
