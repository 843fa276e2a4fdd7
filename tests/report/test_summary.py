"""The accuracy table on a terminal: in the order of the results, and one line where they are unsound."""

import re
from pathlib import Path

import pandas as pd
import pytest

from mnist_transfer import collecting, paths, study, tables
from mnist_transfer.errors import InputError
from tests.commands import ROOT

STUDY = study.load(ROOT / paths.PARAMS)
#: In no alphabetical order.
DATASETS, EXTRACTORS, CLASSIFIERS = ("mnist", "fashion_mnist"), ("vgg16-block3", "pixels"), ("qda", "knn-3", "lda")


def accuracy_table() -> pd.DataFrame:
    """Write what the study would if it had the above selection, with a different accuracy in every row; return it."""
    selection = {"datasets": DATASETS, "extractors": EXTRACTORS, "classifiers": CLASSIFIERS}
    small = STUDY.model_copy(update={"study": study.Selection.model_validate(selection)})
    scores = iter(range(7001, 9999, 97))

    def row() -> dict[str, float]:
        accuracy = next(scores) / 10_000
        return {"accuracy": accuracy, "accuracy_low": accuracy, "accuracy_high": accuracy, "macro_f1": accuracy}

    metrics = {one: {two: {three: row() for three in CLASSIFIERS} for two in EXTRACTORS} for one in DATASETS}
    table = collecting.accuracy_table(small, metrics)
    paths.table("accuracy").parent.mkdir(parents=True)
    table.to_csv(paths.table("accuracy"), index=False)
    return table


@pytest.mark.usefixtures("empty_folder")
def test_rows_and_columns_come_in_the_order_of_the_results() -> None:
    table = accuracy_table()
    for extractor in EXTRACTORS:
        wide = tables.accuracies(tables.read_accuracy(), extractor)
        assert list(wide.index) == [STUDY.classifier(name).title for name in CLASSIFIERS]
        assert list(wide["accuracy"].columns) == list(wide["paper"].columns) == list(DATASETS)
        rows = table[table["extractor"] == extractor]
        for dataset in DATASETS:
            assert list(wide["accuracy"][dataset]) == list(rows[rows["dataset"] == dataset]["accuracy"])


@pytest.mark.usefixtures("empty_folder")
def test_every_accuracy_is_printed_beside_the_papers(capsys: pytest.CaptureFixture[str]) -> None:
    table = accuracy_table()
    tables.show(STUDY)
    printed = capsys.readouterr().out
    assert re.findall(r"features of (\S+)", printed) == list(EXTRACTORS)
    expected = []
    for extractor in EXTRACTORS:
        for classifier in CLASSIFIERS:
            for dataset in DATASETS:
                chosen = (table["extractor"] == extractor) & (table["classifier"] == classifier) & (table["dataset"] == dataset)
                (row,) = table[chosen].to_dict("records")
                expected += [row["accuracy"]] if pd.isna(row["paper"]) else [row["accuracy"], row["paper"]]
    assert re.findall(r"0\.\d{4}", printed) == [f"{value:.4f}" for value in expected]
    assert len(expected) > table["accuracy"].size, "knn-3 is in the paper"


@pytest.mark.usefixtures("empty_folder")
def test_there_is_no_column_for_a_paper_that_has_no_figure(capsys: pytest.CaptureFixture[str]) -> None:
    table = accuracy_table()
    tables.show(STUDY)
    assert "paper" in capsys.readouterr().out
    table.assign(paper=float("nan")).to_csv(paths.table("accuracy"), index=False)
    tables.show(STUDY)
    assert "paper" not in capsys.readouterr().out


def refusal() -> str:
    with pytest.raises(InputError) as caught:
        tables.show(STUDY)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.usefixtures("empty_folder")
def test_a_missing_table_names_what_makes_it() -> None:
    assert refusal() == f"{paths.table('accuracy')} is missing; run `dvc repro`"


def assert_damage_is_refused(content: bytes) -> None:
    paths.table("accuracy").write_bytes(content)
    message = refusal()
    assert message.startswith(f"{paths.table('accuracy')} is damaged (")
    assert message.endswith("); run `dvc repro`")


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("damage", ["empty", "cut in a quotation", "binary", "more cells than columns"])
def test_a_damaged_table_is_one_line(damage: str) -> None:
    accuracy_table()
    whole = paths.table("accuracy").read_bytes()
    contents = {
        "empty": b"",
        "cut in a quotation": whole + b'mnist,"pix',
        "binary": b"\xff\xfe" + whole,
        "more cells than columns": whole + b"," * 20,
    }
    assert_damage_is_refused(contents[damage])


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("damage", ["cut in the header", "merge conflict", "another table", "no number"])
def test_a_table_of_something_else_is_one_line(damage: str) -> None:
    accuracy_table()
    whole = paths.table("accuracy").read_bytes()
    contents = {
        "cut in the header": whole[:30],
        "merge conflict": b"<<<<<<< HEAD\n" + whole,
        "another table": b"a,b\n1,2\n",
        "no number": re.sub(rb"0\.7001", b"good", whole, count=1),
    }
    assert_damage_is_refused(contents[damage])


@pytest.mark.usefixtures("empty_folder")
def test_two_classifiers_may_have_one_title() -> None:
    table = accuracy_table()
    table["title"] = "the same"
    assert tables.accuracies(table, "pixels").shape == (len(CLASSIFIERS), 2 * len(DATASETS))


@pytest.mark.usefixtures("empty_folder")
def test_a_table_of_another_study_names_what_is_unknown(empty_folder: Path) -> None:
    table = accuracy_table().replace({"dataset": {"mnist": "digits"}})
    table.to_csv(paths.table("accuracy"), index=False)
    assert "unknown dataset 'digits'" in refusal()
