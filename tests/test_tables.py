"""The tables of the results: what is written reads back the same, and what is damaged is one line that names the file."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer import tables as schema
from mnist_transfer.errors import InputError
from mnist_transfer.tables import REMEDY, Table

TABLE = Table(
    {"name": "text", "label": "integer"}, {"note": "text?", "count": "integer", "share": "number", "paper": "number?"}
)
ROW = {"name": "a", "label": 1, "note": None, "count": 3, "share": 0.25, "paper": 0.5}

DECLARED = {**schema.TABLES, "points": schema.POINTS, "timing": schema.TIMING, "recipes": schema.RECIPES}
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1) | st.sampled_from(
    ["nan", "NA", "None", "007", "1.0"]
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "text?": st.none() | TEXT,
    "integer": st.integers(0, 2**53),
    "number": NUMBER,
    "number?": st.none() | NUMBER,
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """One of the declared tables' names and rows that it may hold."""
    name = draw(st.sampled_from(sorted(DECLARED)))
    kinds = {**DECLARED[name].keys, **DECLARED[name].columns}
    row = st.fixed_dictionaries({column: KINDS[kind] for column, kind in kinds.items()})
    keys = list(DECLARED[name].keys)
    return name, draw(st.lists(row, max_size=4, unique_by=lambda row: tuple(row[key] for key in keys)))


@given(tables())
def test_whatever_is_written_reads_back_the_same(tmp_path: Path, drawn: tuple[str, list[dict[str, Any]]]) -> None:
    name, rows = drawn
    DECLARED[name].write(tmp_path / "new/table.csv", rows)
    found = DECLARED[name].read(tmp_path / "new/table.csv").to_dict("records")
    assert [{name: None if pd.isna(value) else value for name, value in row.items()} for row in found] == rows


def test_columns_are_written_in_the_declared_order_and_all_of_them_and_others_not_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for row in (ROW | {"more": 1}, {"name": "a"}):
        with pytest.raises(ValueError, match=r"t\.csv: columns .*, expected .*'paper'"):
            TABLE.write(path, [ROW, row])
        assert not path.exists()
    TABLE.write(path, [dict(reversed(ROW.items()))])
    assert path.read_text() == f"{HEAD}a,1,,3,0.25,0.5\n"
    path.write_text(f"more,{HEAD}1,a,1,,3,0.25,0.5\n")
    assert list(TABLE.read(path).columns) == list(ROW)


HEAD = "name,label,note,count,share,paper\n"
DAMAGED = {
    "": "No columns to parse from file",
    "name,note,count,share\na,,3,0.5\n": "no column label, paper",
    f"{HEAD},1,,3,0.5,\n": "empty cells in name",
    f"{HEAD}a,one,,3,0.5,\n": "label holds something else than integers",
    f"{HEAD}a,1,,3,inf,\n": "share holds something else than numbers",
    f"{HEAD}a,1,,3,0.5,\nb,1,,3,0.5,\na,1,x,9,0.9,\n": "two rows with the same name, label",
    f'{HEAD}a,1,"cut': "Error tokenizing data",
    "x," * 1_000_000: "more than 1,000 columns",  # at once, where pandas would compare each with all others
    "\xff\xfe\x00\x01": "'utf-8' codec can't decode",
}


@pytest.mark.parametrize(("content", "reason"), DAMAGED.items(), ids=[f"{at}" for at in range(len(DAMAGED))])
def test_a_table_that_is_damaged_or_missing_is_one_line_that_names_it(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(InputError, match=rf"^{path} is damaged \({re.escape(reason)}[^\n]*\); {REMEDY}$"):
        TABLE.read(path)
    path.unlink()
    with pytest.raises(InputError, match=f"^{path} is missing; {REMEDY}$"):
        TABLE.read(path)
