"""The tables of ``results/``, each declared once: what writes, reads and tests them all look here."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mnist_transfer import files, paths

if TYPE_CHECKING:  # it takes a while to import, and the settings of measures stand beside their tables
    import pandas as pd

#: Far more columns than any table has.
_MOST_COLUMNS = 1000

#: What a column holds. Names with a question mark may have empty cells.
Kind = Literal["text", "text?", "integer", "number", "number?"]


def made_by(*commands: str) -> str:
    """Say what makes a file that is missing: some commands or, in a clone, what others have pushed.

    With ``--allow-missing`` DVC leaves out what it need not run again, and a stage that reads a whole folder stops there.
    """
    run = ", then ".join(f"`{command}`" for command in commands)
    return f"run {run}, or `dvc repro --pull` where a DVC remote has it"


REMEDY = made_by("dvc repro")


@dataclass(frozen=True)
class Table:
    """The columns of one table.

    Attributes
    ----------
    keys
        Columns that together name a row; no two rows have the same.
    columns
        The other columns and what they hold.
    """

    keys: dict[str, Kind]
    columns: dict[str, Kind]

    def write(self, path: Path, rows: Iterable[dict[str, Any]]) -> None:
        """Write rows as CSV; a row that lacks a column or has one too many is a `ValueError`."""
        import pandas as pd

        names = [*self.keys, *self.columns]
        rows = list(rows)
        for row in rows:
            if set(row) != set(names):
                raise ValueError(f"{path}: columns {sorted(row)}, expected {sorted(names)}")
        table = pd.DataFrame(rows, columns=names)
        files.write_text(path, table.to_csv(index=False, lineterminator="\n"))

    def read(self, path: Path) -> "pd.DataFrame":
        """Read and check a table; columns beyond the declared ones are left out.

        Raises
        ------
        InputError
            The file is missing or damaged, or lacks a column, has an empty cell, a value of the wrong kind or a row twice.
        """
        import pandas as pd

        kinds = {**self.keys, **self.columns}
        texts = {name: str for name, kind in kinds.items() if kind.startswith("text")}  # even those like numbers, or like nan
        with files.reading(path, REMEDY, files.LARGEST):
            with path.open("rb") as stream:
                if stream.readline().count(b",") >= _MOST_COLUMNS:  # of which pandas compares each with all before it
                    raise ValueError(f"more than {_MOST_COLUMNS:,} columns")
            table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
        if absent := [name for name in kinds if name not in table]:
            raise files.damaged(path, f"no column {', '.join(absent)}", REMEDY)
        for name, kind in kinds.items():
            column = table[name]
            if not kind.endswith("?") and column.isna().any():
                raise files.damaged(path, f"empty cells in {name}", REMEDY)
            if not _holds(column, kind):
                raise files.damaged(path, f"{name} holds something else than {kind.removesuffix('?')}s", REMEDY)
        if table.duplicated(list(self.keys)).any():
            raise files.damaged(path, f"two rows with the same {', '.join(self.keys)}", REMEDY)
        return table[list(kinds)]


def _holds(column: "pd.Series[Any]", kind: Kind) -> bool:
    """Say whether a column holds what is declared; one without any value does."""
    import pandas as pd

    if column.isna().all() or kind.startswith("text"):
        return True
    if kind == "integer":
        return bool(pd.api.types.is_integer_dtype(column))
    return bool(pd.api.types.is_numeric_dtype(column)) and not bool(np.isinf(column.to_numpy(np.float64)).any())


#: Keys of tables: a kind of features, and a classifier on it.
PLACE: dict[str, Kind] = {"dataset": "text", "features": "text"}
ROW: dict[str, Kind] = {**PLACE, "classifier": "text"}
#: An accuracy on test images with its 95% interval.
ESTIMATE: dict[str, Kind] = {"accuracy": "number", "accuracy_low": "number", "accuracy_high": "number"}

#: How good every classifier is; `paper` is the paper's figure where it has one.
ACCURACY = Table(
    ROW,
    {
        "title": "text",
        **ESTIMATE,
        "macro_f1": "number",
        "paper": "number?",
    },
)
#: What every stage cost in wall-clock time.
STAGES = Table({"stage": "text"}, {"seconds": "number", "cores": "integer", "processor": "text"})
#: What it cost; `shared_by` rows come from one fit, whose whole time each of them states.
TIMING = Table(
    ROW,
    {
        "fit_seconds": "number",
        "predict_seconds": "number",
        "shared_by": "integer",
        "iterations": "number?",
        "cores": "integer",
        "processor": "text",
    },
)
#: Test images by true and predicted class (labels); pairs that do not occur are left out.
CONFUSION = Table({**ROW, "actual": "integer", "predicted": "integer"}, {"count": "integer"})
#: Explained variance of the three components, and how well clusters agree with classes.
PROJECTION = Table(
    {**PLACE, "split": "text"},
    {
        "variance_1": "number",
        "variance_2": "number",
        "variance_3": "number",
        "adjusted_rand_index": "number",
        "normalized_mutual_information": "number",
        "purity": "number",
    },
)
#: The layers of each network, output shapes as in ``48 × 48 × 64``, and the features that are cut there.
LAYERS = Table(
    {"network": "text", "layer": "text"}, {"kind": "text", "shape": "text", "parameters": "integer", "features": "text?"}
)
#: What each layer's features are: their number, and whether the study classifies them.
FEATURES = Table({"features": "text"}, {"width": "integer"})
#: Images kept of every pair of classes that are mistaken for each other.
CONFUSED_IMAGES = 8
#: Images kept, at most, of those that the best candidate on frozen features gets wrong.
MISTAKEN_IMAGES = 96
#: What the best classifier on the first features mistakes for what, the commonest first; `images` are rows of the raw file.
CONFUSED = Table(
    {**PLACE, "actual": "integer", "predicted": "integer"}, {"classifier": "text", "count": "integer", "images": "text"}
)
#: What every recipe gave: `stage` is where it was tried, search or full, `train` and `test` on how many images.
RECIPES = Table(
    {"stage": "text", "recipe": "text", "dataset": "text", "classifier": "text", "train": "integer"},
    {"test": "integer", "accuracy": "number"},
)
#: Projected points of one dataset and one kind of features; `index` is the image's row in the raw file.
POINTS = Table(
    {"split": "text", "index": "integer"},
    {"x": "number", "y": "number", "z": "number", "class": "integer", "cluster": "integer"},
)

#: Those in ``results/tables/``, by name.
TABLES = {
    "accuracy": ACCURACY,
    "confusion": CONFUSION,
    "projection": PROJECTION,
    "layers": LAYERS,
    "features": FEATURES,
    "confused": CONFUSED,
}


def read(name: str) -> "pd.DataFrame":
    """Read one of `TABLES`, checked; see :meth:`Table.read`."""
    return TABLES[name].read(paths.table(name))


def write(name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write one of `TABLES`; see :meth:`Table.write`."""
    TABLES[name].write(paths.table(name), rows)
