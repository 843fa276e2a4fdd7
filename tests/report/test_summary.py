"""The accuracy table in the README: in the order of the results, and one line where they are unsound."""

from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from mnist_transfer import paths, study
from mnist_transfer import tables as schema
from mnist_transfer.errors import InputError
from mnist_transfer.report import summary
from tests.commands import ROOT
from tests.report.conftest import cells

STUDY = study.load(ROOT / paths.PARAMS)
#: In no alphabetical order.
DATASETS, FEATURES, CLASSIFIERS = ("mnist", "fashion_mnist"), ("vgg16/block3", "pixels/all"), ("qda", "knn-3", "lda")
TITLES = {row.name: row.title for row in STUDY.rows}


@pytest.fixture
def table(empty_folder: Path) -> pd.DataFrame:
    """Write the table of the above, with a different accuracy in every row and the paper's of one row; return it."""
    assert empty_folder.is_dir()
    rows = []
    for number, (dataset, features, classifier) in enumerate(product(DATASETS, FEATURES, CLASSIFIERS)):
        accuracy = (7001 + 97 * number) / 10_000
        scores = dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "macro_f1"), accuracy)
        paper = 0.5 if classifier == "knn-3" else None
        keys = {"dataset": dataset, "features": features, "classifier": classifier}
        rows.append({**keys, "title": TITLES[classifier], **scores, "paper": paper})
    schema.write("accuracy", rows)
    return schema.read("accuracy")


@pytest.mark.usefixtures("table")
def test_the_markdown_table_has_the_papers_columns_first_and_the_best_of_each_in_bold() -> None:
    found = cells(summary.markdown(STUDY))
    assert found == [
        ["MNIST / Fashion-MNIST", "the paper", *FEATURES],
        [TITLES["qda"], "– / –", ".7001 / .7583", ".7292 / .7874"],
        [TITLES["knn-3"], "**.5000** / **.5000**", ".7098 / .7680", ".7389 / .7971"],
        [TITLES["lda"], "– / –", "**.7195** / **.7777**", "**.7486** / **.8068**"],
    ]


@pytest.mark.usefixtures("table")
def test_a_markdown_file_gets_the_table_between_its_marks() -> None:
    readme = Path("README.md")
    readme.write_text("before\n<!-- table -->\nold\n<!-- /table -->\nafter\n")
    summary.run(STUDY, readme)
    assert readme.read_text() == f"before\n<!-- table -->\n{summary.markdown(STUDY)}<!-- /table -->\nafter\n"
    readme.write_text("no marks")
    with pytest.raises(InputError, match="no one place for the table"):
        summary.run(STUDY, readme)
    with pytest.raises(InputError, match=r"OTHER\.md is missing"):
        summary.run(STUDY, Path("OTHER.md"))


def test_a_table_that_is_empty_or_of_another_study_is_one_line(table: pd.DataFrame) -> None:
    path = paths.table("accuracy")
    path.write_text(table.columns.str.cat(sep=","))
    with pytest.raises(InputError, match=rf"^{path} is damaged \([^\n]*\); {schema.REMEDY}$"):
        summary.markdown(STUDY)
    table.replace({"dataset": {"mnist": "digits"}}).to_csv(path, index=False)
    with pytest.raises(InputError, match="unknown dataset 'digits'"):
        summary.markdown(STUDY)
