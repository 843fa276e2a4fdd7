"""The accuracy table on a terminal and in the README: in the order of the results, and one line where they are unsound."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from mnist_transfer import paths, study
from mnist_transfer import tables as schema
from mnist_transfer.errors import InputError
from mnist_transfer.report import summary
from mnist_transfer.results.read import read_accuracy
from tests.commands import ROOT

STUDY = study.load(ROOT / paths.PARAMS)
#: In no alphabetical order.
DATASETS, FEATURES, CLASSIFIERS = ("mnist", "fashion_mnist"), ("vgg16/block3", "pixels/all"), ("qda", "knn-3", "lda")
TITLES = {row.name: row.title for row in STUDY.rows}


def accuracy_table() -> pd.DataFrame:
    """Write the table of the above, with a different accuracy in every row and the paper's of one row; return it."""
    rows = []
    for number, (dataset, features, classifier) in enumerate(product(DATASETS, FEATURES, CLASSIFIERS)):
        accuracy = (7001 + 97 * number) / 10_000
        scores = dict.fromkeys(("accuracy", "accuracy_low", "accuracy_high", "macro_f1"), accuracy)
        paper = 0.5 if classifier == "knn-3" else None
        keys = {"dataset": dataset, "features": features, "classifier": classifier}
        rows.append({**keys, "title": TITLES[classifier], **scores, "paper": paper})
    schema.write("accuracy", rows)
    return schema.read("accuracy")


@pytest.mark.usefixtures("empty_folder")
def test_rows_and_columns_come_in_the_order_of_the_results() -> None:
    table = accuracy_table()
    for features in FEATURES:
        wide = summary.accuracies(read_accuracy())[features]
        assert list(wide.index) == [TITLES[name] for name in CLASSIFIERS]
        assert list(wide["accuracy"].columns) == list(wide["paper"].columns) == list(DATASETS)
        rows = table[table["features"] == features]
        for dataset in DATASETS:
            assert list(wide["accuracy"][dataset]) == list(rows[rows["dataset"] == dataset]["accuracy"])


@pytest.mark.usefixtures("empty_folder")
def test_every_accuracy_is_printed_beside_the_papers(capsys: pytest.CaptureFixture[str]) -> None:
    table = accuracy_table().set_index(["features", "classifier", "dataset"])
    summary.show(STUDY)
    printed = capsys.readouterr().out
    assert re.findall(r"accuracy on (\S+)", printed) == list(FEATURES)
    expected = []
    for key in product(FEATURES, CLASSIFIERS, DATASETS):
        row = table.loc[[key]].iloc[0]
        expected += [row["accuracy"]] if pd.isna(row["paper"]) else [row["accuracy"], row["paper"]]
    assert re.findall(r"0\.\d{4}", printed) == [f"{value:.4f}" for value in expected]
    assert len(expected) > len(table), "knn-3 is in the paper"


@pytest.mark.usefixtures("empty_folder")
def test_there_is_no_column_for_a_paper_that_has_no_figure(capsys: pytest.CaptureFixture[str]) -> None:
    table = accuracy_table()
    summary.show(STUDY)
    assert "paper" in capsys.readouterr().out
    table.assign(paper=float("nan")).to_csv(paths.table("accuracy"), index=False)
    summary.show(STUDY)
    assert "paper" not in capsys.readouterr().out


@pytest.mark.usefixtures("empty_folder")
def test_the_markdown_table_has_the_papers_columns_first_and_the_best_of_each_in_bold() -> None:
    accuracy_table()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in summary.markdown(STUDY).splitlines()]
    assert cells[0] == ["MNIST / Fashion-MNIST", "the paper", *FEATURES]
    assert cells[1] == ["---", *["---:"] * 3]
    assert [row[0] for row in cells[2:]] == [TITLES[name] for name in CLASSIFIERS]
    assert cells[2][1:] == ["– / –", ".7001 / .7583", ".7292 / .7874"]
    assert cells[3][1:] == ["**.5000** / **.5000**", ".7098 / .7680", ".7389 / .7971"]
    assert cells[4][1:] == ["– / –", "**.7195** / **.7777**", "**.7486** / **.8068**"]


@pytest.mark.usefixtures("empty_folder")
def test_a_markdown_file_gets_the_table_between_its_marks(empty_folder: Path) -> None:
    accuracy_table()
    readme = empty_folder / "README.md"
    readme.write_text("before\n<!-- table -->\nold\n<!-- /table -->\nafter\n")
    summary.run(STUDY, readme)
    text = readme.read_text()
    assert text.startswith("before\n<!-- table -->\n| MNIST / Fashion-MNIST | the paper | vgg16/block3 |")
    assert text.endswith("|\n<!-- /table -->\nafter\n")
    assert "old" not in text
    assert text.count("**.") == len(DATASETS) * (1 + len(FEATURES)), "the best of each column of ours and the paper's is bold"
    readme.write_text("no marks")
    with pytest.raises(InputError, match="no one place for the table"):
        summary.run(STUDY, readme)
    with pytest.raises(InputError, match=r"OTHER\.md is missing"):
        summary.run(STUDY, empty_folder / "OTHER.md")


def refusal() -> str:
    with pytest.raises(InputError) as caught:
        summary.show(STUDY)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("empty_folder")
def test_a_missing_table_names_what_makes_it() -> None:
    assert refusal() == f"{paths.table('accuracy')} is missing; {schema.REMEDY}"


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda whole: b"",
    "cut in a quotation": lambda whole: whole + b'mnist,"pix',
    "binary": lambda whole: b"\xff\xfe" + whole,
    "more cells than columns": lambda whole: whole + b"," * 20,
    "cut in the header": lambda whole: whole[:30],
    "merge conflict": lambda whole: b"<<<<<<< HEAD\n" + whole,
    "another table": lambda whole: b"a,b\n1,2\n",
    "no number": lambda whole: re.sub(rb"0\.7001", b"good", whole, count=1),
    "no row": lambda whole: whole.splitlines(keepends=True)[0],
}


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_table_is_one_line(damage: str) -> None:
    accuracy_table()
    whole = paths.table("accuracy").read_bytes()
    paths.table("accuracy").write_bytes(DAMAGES[damage](whole))
    message = refusal()
    assert message.startswith(f"{paths.table('accuracy')} is damaged (")
    assert message.endswith(f"); {schema.REMEDY}")


@pytest.mark.usefixtures("empty_folder")
def test_a_table_of_another_study_names_what_is_unknown() -> None:
    table = accuracy_table().replace({"dataset": {"mnist": "digits"}})
    table.to_csv(paths.table("accuracy"), index=False)
    assert "unknown dataset 'digits'" in refusal()
