"""Read ``results/`` and nothing else, checked against the study that it says it ran."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import ValidationError

from mnist_transfer import artifacts, files, paths
from mnist_transfer import tables as schema
from mnist_transfer.difficulty.frozen import mistakes as mistaken
from mnist_transfer.difficulty.shared import TITLES
from mnist_transfer.entries import Network
from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.recipes import STUDY, Recipe
from mnist_transfer.results import sheets
from mnist_transfer.results.sheets import Sheet
from mnist_transfer.study import Study, measure_module
from mnist_transfer.tables import REMEDY

#: The paper's own features; see its sections 3 to 5.
PAPERS_OWN = "vgg16/block5"


@dataclass(frozen=True)
class Results:
    """Everything in ``results/``, and how to look it up by the names of datasets and features.

    Attributes
    ----------
    study
        What was run, and what was defined beside it.
    provenance
        Hashes, versions and platform.
    tables : dict of DataFrame
        By name; :mod:`mnist_transfer.tables` declares their columns.
    points : dict of DataFrame
        Projected points by dataset and features.
    replayed_points : dict of DataFrame
        Projected points by dataset and recipe, of recipes replayed on all images.
    measures : dict of DataFrame
        What the measures of difficulty and the comparisons gave, by their names; nothing where the study takes none.
    shared_errors : dict of ndarray of uint8, shape (n, height, width)
        Test images that every classifier mistakes by ``<dataset>/<features>``, in the order of the measure's table.
    point_images : dict of Sheet
        The images of the plotted points by dataset, in the order of the rows of any of its `points`.
    samples : dict of ndarray of uint8, shape (classes, n, height, width)
        Training images by dataset.
    confused_images : dict of Sheet
        Mistaken test images by dataset, :data:`mnist_transfer.tables.CONFUSED_IMAGES` for each row of the table ``confused``.
    mistaken_images : dict of Sheet
        By dataset the first test images that the best candidate on frozen features gets wrong; none without that measure.
    """

    study: Study
    provenance: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    points: dict[tuple[str, str], pd.DataFrame]
    replayed_points: dict[tuple[str, str], pd.DataFrame]
    measures: dict[str, pd.DataFrame]
    shared_errors: dict[str, npt.NDArray[np.uint8]]
    point_images: dict[str, Sheet]
    samples: dict[str, npt.NDArray[np.uint8]]
    confused_images: dict[str, Sheet]
    mistaken_images: dict[str, Sheet]

    @property
    def datasets(self) -> list[str]:
        """The names of the datasets, in the study's order."""
        return list(self.study.selection.datasets)

    @property
    def features(self) -> list[str]:
        """The kinds of features that were classified, in the study's order."""
        return list(self.study.selection.features)

    @property
    def main(self) -> str:
        """The first kind of features."""
        return self.features[0]

    @property
    def papers_own(self) -> str:
        """The kind of features that is the paper's own or, if it did not run, the first."""
        return PAPERS_OWN if PAPERS_OWN in self.features else self.main

    @property
    def row_titles(self) -> dict[str, str]:
        """The titles of the accuracy table's rows by their names, in the study's order."""
        return {row.name: row.title for row in self.study.rows}

    @property
    def easiest_and_hardest(self) -> tuple[str, str]:
        """The datasets with the highest and the lowest mean accuracy over all rows; the same one when there is only one."""
        mean = self.tables["accuracy"].groupby("dataset")["accuracy"].mean()
        return str(mean.idxmax()), str(mean.idxmin())

    @property
    def test_images(self) -> int:
        """How many test images a dataset has, the larger number if they differ."""
        return max(self.study.dataset(name).test for name in self.datasets)

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """The names of the classes by dataset title."""
        return {self.title(name): self.study.dataset(name).classes for name in self.datasets}

    @property
    def titled_samples(self) -> dict[str, npt.NDArray[np.uint8]]:
        """The `samples` by dataset title."""
        return {self.title(name): self.samples[name] for name in self.datasets}

    def title(self, dataset: str) -> str:
        """Return how the study calls a dataset."""
        return self.study.dataset(dataset).title

    def called(self, classifier: str) -> str:
        """Return the title of a row of the accuracy table; of one that the study has not, its name."""
        return self.row_titles.get(classifier, classifier)

    def heading(self, features: str) -> str:
        """Return a short heading for a kind of features, with its network's name where another kind has the same."""
        short = self._heading(features)
        shared = any(self._heading(name) == short for name in self.features if name != features)
        return f"{short} ({features.split('/')[0]})" if shared else short

    def _heading(self, features: str) -> str:
        name, _, layer = features.partition("/")
        entry = self.study.network(name)
        if not isinstance(entry, Network):
            return "Raw pixels"
        origin = "random " if entry.weights == "random" else ""
        number = layer.removeprefix("block")
        return f"{entry.title} {origin}{f'block {number}' if number.isdigit() else layer}"

    def titled(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return a table with titles in place of the datasets' names, and headings in place of the features'."""
        return table.assign(dataset=table["dataset"].map(self.title), features=table["features"].map(self.heading))

    def width(self, features: str) -> int | None:
        """Return how many features there are of a kind, if the study has it."""
        widths = self.tables["features"].set_index("features")["width"]
        return int(widths[features]) if features in widths else None

    def rows(self, dataset: str | None = None, features: str | None = None) -> pd.DataFrame:
        """Return the rows of the accuracy table for a dataset, a kind of features, or both."""
        table = self.tables["accuracy"]
        for column, value in (("dataset", dataset), ("features", features)):
            table = table if value is None else table[table[column] == value]
        return table

    def best(self, dataset: str, features: str | None = None) -> "pd.Series[Any]":
        """Return the row with the highest accuracy, the first of them on a tie."""
        rows = self.rows(dataset, features)
        return rows.iloc[int(rows["accuracy"].to_numpy().argmax())]

    def on(self, datasets: Iterable[str], name: str, *features: str) -> pd.DataFrame:
        """Return rows of the table ``accuracy``, or of a measure, on some datasets and on these kinds of features or on all.

        Raises
        ------
        NotMeasuredError
            The study does not take the measure, or not on all of them.
        """
        tables = {"accuracy": self.tables["accuracy"], **self.measures}
        if name not in tables:
            raise NotMeasuredError(f"this study does not take the measure {name}")
        table = tables[name]
        found = set(table[["dataset", "features"]].itertuples(index=False, name=None))
        for dataset in datasets:
            if missing := [kind for kind in features if (dataset, kind) not in found]:
                raise NotMeasuredError(f"this study has no {name} of {dataset} on {missing[0]}")
            if not any(known == dataset for known, _ in found):
                raise NotMeasuredError(f"this study has no {name} of {dataset}")
        chosen = table["dataset"].isin(list(datasets))
        return table[chosen & table["features"].isin(features)] if features else table[chosen]

    def has(self, measure: str) -> bool:
        """Say whether the study takes a measure."""
        return measure in self.measures and not self.measures[measure].empty

    def measured(self, measure: str) -> pd.DataFrame:
        """Return a measure's table with titles, the datasets side by side under each kind of features.

        Raises
        ------
        NotMeasuredError
            The study does not take the measure.
        """
        if not self.has(measure):
            raise NotMeasuredError(f"this study does not take the measure {measure}")
        table = self.measures[measure]
        place = {features: at for at, features in enumerate(table["features"].drop_duplicates())}
        return self.titled(table.sort_values("features", key=lambda column: column.map(place), kind="stable"))

    def measure_titles(self, measure: str) -> dict[str, str]:
        """Return the titles of the classifiers that a measure fitted, by name."""
        module = measure_module(measure)
        titles = {**TITLES, **getattr(module, "TITLES", {})}
        return {str(name): titles.get(name, name) for name in self.measures[measure]["classifier"].drop_duplicates()}

    def look_alikes(self, dataset: str) -> tuple[tuple[str, ...], ...]:
        """Return the groups of a dataset's classes, by their names, that look alike."""
        classes = self.study.dataset(dataset).classes
        groups = self.study.comparisons["merged"].look_alikes if "merged" in self.study.comparisons else {}
        return tuple(tuple(classes[label] for label in group) for group in groups.get(dataset, ()))

    def timed(self) -> pd.DataFrame:
        """Return the accuracy table's rows of which times were kept, with these and with titles.

        Raises
        ------
        NotMeasuredError
            None were kept.
        """
        timed = self.tables["accuracy"].merge(self.tables["timing"], on=["dataset", "features", "classifier"])
        if timed.empty:
            raise NotMeasuredError("no times were kept")
        return self.titled(timed)

    def stage_times(self) -> pd.DataFrame:
        """Return what every stage cost; where nothing is known of that, this is a `NotMeasuredError`."""
        if self.tables["stages"].empty:
            raise NotMeasuredError("no times were kept")
        return self.tables["stages"]

    def confusion(self, dataset: str) -> npt.NDArray[np.int64]:
        """Return what the best row on the main features takes for what: test images by true class (rows) and predicted one."""
        table = self.tables["confusion"]
        classifier = self.best(dataset, self.main)["classifier"]
        chosen = (table["dataset"] == dataset) & (table["features"] == self.main) & (table["classifier"] == classifier)
        counts = np.zeros((len(self.study.dataset(dataset).classes),) * 2, np.int64)
        rows = table[chosen]
        counts[rows["actual"], rows["predicted"]] = rows["count"]
        return counts

    def tested(self, dataset: str) -> set[int]:
        """Return the classes, by label, that there are test images of."""
        table = self.tables["confusion"]
        return set(table[table["dataset"] == dataset]["actual"])

    def views(self, features: str) -> tuple[dict[str, pd.DataFrame], dict[str, tuple[str, ...]]]:
        """Return the projected points of one kind of features as :meth:`panels` does.

        Raises
        ------
        NotMeasuredError
            The study does not project them.
        """
        if features not in self.features:
            raise NotMeasuredError(f"this study does not project {features}")
        return self.panels({name: self.points[name, features] for name in self.datasets})

    def panels(self, points: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], dict[str, tuple[str, ...]]]:
        """Return points, by dataset, as a panel a dataset and split, by title, and the classes of each panel."""
        places = {f"{self.title(name)}, {split}": (name, split) for name in points for split in paths.SPLITS}
        shown = {title: points[name][points[name]["split"] == split] for title, (name, split) in places.items()}
        return shown, {title: self.study.dataset(name).classes for title, (name, _) in places.items()}


def read_record() -> tuple[Study, dict[str, Any]]:
    """Read what study the results are of, and its provenance; a record that is missing or damaged is an `InputError`."""
    provenance = files.read_json(paths.PROVENANCE, REMEDY)
    try:
        study = Study.model_validate(provenance["params"])
        provenance["versions"]["python"], provenance["platform"]["cores"], provenance["data"], provenance["weights"]
    except (KeyError, TypeError, ValidationError) as error:
        reason = f"not the record of a study: {str(error).splitlines()[0]}"
        raise files.damaged(paths.PROVENANCE, reason, REMEDY) from None
    return study, provenance


def read() -> Results:
    """Read ``results/`` in the working directory.

    Raises
    ------
    InputError
        A file is missing, damaged, or lacks a part of the study; the message names it and ``dvc repro``.
    """
    study, provenance = read_record()
    tables = {name: schema.read(name) for name in schema.TABLES} | {
        "timing": schema.TIMING.read(paths.TIMING),
        "stages": schema.STAGES.read(paths.STAGES),
        "recipes": schema.RECIPES.read(paths.RECIPES),
    }
    pairs = list(product(study.selection.datasets, study.selection.features))
    rows = [(*pair, row.name) for pair in pairs for row in study.rows]
    for name in ("accuracy", "confusion"):
        _check_rows(paths.table(name), tables[name], ["dataset", "features", "classifier"], rows)
    splits = [(*pair, split) for pair in pairs for split in paths.SPLITS]
    _check_rows(paths.table("projection"), tables["projection"], ["dataset", "features", "split"], splits)
    _check_rows(paths.table("features"), tables["features"], ["features"], [(name,) for name in study.selection.features])
    for name in ("confusion", "confused"):
        for dataset, found in tables[name].groupby("dataset"):
            _check_classes(study, paths.table(name), str(dataset), found[["actual", "predicted"]])
    _check_rows(paths.RECIPES, tables["recipes"], ["stage", "recipe", "dataset"], _tried(study))
    points = {pair: _read_points(study, pair[0], paths.points(*pair)) for pair in pairs}
    measured, datasets = read_measures(study), {name: study.dataset(name) for name in study.selection.datasets}
    shared = study.comparisons["shared_errors"].parts if "shared_errors" in study.comparisons else ()
    pictures = {name: (len(entry.classes), None, *entry.image_shape) for name, entry in datasets.items()}
    pairs_of = tables["confused"]["dataset"].value_counts()
    return Results(
        study=study,
        provenance=provenance,
        tables=tables,
        points=points,
        replayed_points={pair: _read_points(study, pair[0], paths.replay_points(*pair)) for pair in replayed(study)},
        measures=measured,
        shared_errors={
            f"{name}/{part}": _read_images(paths.shared_errors(name, part), {"images": pictures[name][1:]})["images"]
            for name, part in product(datasets, shared)
        },
        point_images=_read_point_images(study, points),
        samples=_read_images(paths.SAMPLES, pictures),
        confused_images={
            name: _read_sheet(study, "confused", name, pairs_of.get(name, 0) * schema.CONFUSED_IMAGES) for name in datasets
        },
        mistaken_images=_read_mistaken(study, measured),
    )


def read_measures(study: Study) -> dict[str, pd.DataFrame]:
    """Read what every measure of difficulty, and every comparison, gave, on all that it is taken on.

    Raises
    ------
    InputError
        A table is missing or damaged.
    """
    measured = {}
    for name in (*study.measures, *study.comparisons):
        table = measure_module(name).TABLE
        written = [paths.measure_table(name, dataset) for dataset in study.selection.datasets]
        empty = pd.DataFrame(columns=[*table.keys, *table.columns])
        measured[name] = pd.concat([table.read(path) for path in written], ignore_index=True) if written else empty
    return measured


def _tried(study: Study) -> list[tuple[str, str, str]]:
    if study.replay is None:
        return []
    recipes = {"search": study.replay.search.recipes, "full": study.replay.full}
    return [(stage, recipe, dataset) for stage in recipes for recipe in recipes[stage] for dataset in study.replay.datasets]


def pictured(study: Study, name: str) -> str:
    """Return the first recipe with the same picture: every picture is of z-scores, whatever the classifiers saw."""
    assert study.replay is not None
    recipe = Recipe.parse(name)
    return next(
        other for other in study.replay.full if Recipe.parse(other).model_copy(update={"z_score": recipe.z_score}) == recipe
    )


def replayed(study: Study) -> list[tuple[str, str]]:
    """Return each dataset with each recipe on all images that has a picture; that of the study's own features is known."""
    if study.replay is None:
        return []
    shown = [pictured(study, name) for name in study.replay.full if Recipe.parse(name).preparation != STUDY]
    return list(product(study.replay.datasets, dict.fromkeys(shown)))


def read_accuracy() -> pd.DataFrame:
    """Read the accuracy table alone.

    Raises
    ------
    InputError
        The table is missing or damaged.
    """
    table = schema.read("accuracy")
    if table.empty:
        raise files.damaged(paths.table("accuracy"), "no rows", REMEDY)
    return table


def _check_rows(path: Path, table: pd.DataFrame, keys: list[str], expected: Iterable[tuple[str, ...]]) -> None:
    """Raise an `InputError` unless a table has a row for every combination of keys that the study has."""
    found = set(table[keys].itertuples(index=False, name=None))
    missing = [row for row in expected if row not in found]
    if missing:
        raise files.damaged(path, f"no row for {', '.join(missing[0])}", REMEDY)


def _read_points(study: Study, dataset: str, path: Path) -> pd.DataFrame:
    points = schema.POINTS.read(path)
    _check_classes(study, path, dataset, points[["class", "cluster"]])
    return points


def _check_classes(study: Study, path: Path, dataset: str, labels: pd.DataFrame) -> None:
    """Raise an `InputError` unless all labels are of classes that a dataset of the study has."""
    classes = len(study.datasets[dataset].classes) if dataset in study.datasets else 0
    values = labels.to_numpy()
    outside = values[(values < 0) | (values >= classes)]
    if len(outside):
        raise files.damaged(path, f"the label {outside[0]} of {dataset}, which has {classes} classes", REMEDY)


def _read_point_images(study: Study, points: dict[tuple[str, str], pd.DataFrame]) -> dict[str, Sheet]:
    sheet_of: dict[str, Sheet] = {}
    for (dataset, features), table in points.items():
        if dataset not in sheet_of:
            sheet_of[dataset] = _read_sheet(study, "points", dataset, len(table))
        elif len(table) != sheet_of[dataset].number:
            reason = f"{len(table)} rows, those of other features of {dataset} are {sheet_of[dataset].number}"
            raise files.damaged(paths.points(dataset, features), reason, REMEDY)
    return sheet_of


def _read_sheet(study: Study, content: paths.Content, dataset: str, number: int) -> Sheet:
    return sheets.read(paths.sheet(content, dataset), number, study.dataset(dataset).image_shape)


def _read_mistaken(study: Study, measured: Mapping[str, pd.DataFrame]) -> dict[str, Sheet]:
    found = {}
    for dataset in study.selection.datasets if "frozen" in measured else ():
        path, table = paths.measure_table("frozen", dataset), measured["frozen"]
        with files.reading(path, REMEDY, files.LARGEST):
            mistakes = mistaken(table[table["dataset"] == dataset])
        _check_classes(study, path, dataset, pd.DataFrame(mistakes[:, 1:]))
        found[dataset] = _read_sheet(study, "mistaken", dataset, min(len(mistakes), schema.MISTAKEN_IMAGES))
    return found


def _read_images(path: Path, shapes: Mapping[str, tuple[int | None, ...]]) -> dict[str, npt.NDArray[np.uint8]]:
    """Read images by name, of these shapes; None where any length will do."""
    images = files.read_npz(path, REMEDY)
    for name, shape in shapes.items():
        if name not in images:
            raise files.damaged(path, f"no images of {name}", REMEDY)
        artifacts.check(path, images[name], "u", shape, REMEDY)
    return images
