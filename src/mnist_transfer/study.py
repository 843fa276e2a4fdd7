"""What a study is: ``params.yaml``, read into a frozen object that has checked every key, name and range."""

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, SerializeAsAny, StrictInt, ValidationError, model_validator

from mnist_transfer import files, paths, yaml
from mnist_transfer.entries import (
    PATH_ARGUMENTS,
    TAGS,
    Classifier,
    Comparison,
    Dataset,
    Entry,
    Extractor,
    FeaturesName,
    LookAlikes,
    Measure,
    Name,
    Names,
    Network,
    Pixels,
    Title,
    distinct,
)
from mnist_transfer.errors import InputError, shortened
from mnist_transfer.recipes import Replay

_Value = TypeVar("_Value")

#: Characters of a key or a value that a message shows.
LONGEST_KEY, LONGEST_VALUE = 100, 200
#: What to do where there is no study.
ELSEWHERE = "run this in the folder that holds dvc.yaml"


@dataclass(frozen=True)
class Row:
    """One row of the accuracy table.

    Attributes
    ----------
    name
        The classifier's name, with the value of a path behind it.
    classifier
        The name of its entry.
    value
        The value of the path; None without one.
    title
        Its heading.
    """

    name: str
    classifier: str
    value: int | None
    title: str


class Selection(Entry):
    """What a run of the pipeline goes through, in the order of its tables: ``study`` in params.yaml.

    Attributes
    ----------
    datasets, networks
        Each network is passed once for each dataset and fills all its layers' features.
    features
        Which of these are projected and classified; the first leads the report.
    classifiers
        With which estimators.
    measures, comparisons
        Which measures of difficulty are taken: those that look at features, and those that read what classifiers predict.
    """

    datasets: Names = Field(min_length=1)
    networks: Names = Field(min_length=1)
    features: Annotated[tuple[FeaturesName, ...], AfterValidator(distinct)] = Field(min_length=1)
    classifiers: Names = Field(min_length=1)
    measures: Names = ()
    comparisons: Names = ()


#: Modules of :mod:`mnist_transfer.difficulty` that are no measures.
SHARED = ("__init__", "measure", "shared")


def measure_module(name: str) -> Any:
    """Import a measure's module, which has the measure's name; one that there is not is a `ValueError`."""
    folder = Path(__file__).with_name("difficulty")
    find("src/mnist_transfer/difficulty", [path.stem for path in sorted(folder.glob("*.py")) if path.stem not in SHARED], name)
    return importlib.import_module(f"mnist_transfer.difficulty.{name}")


class Difficulty(Entry):
    """How hard the datasets are, ``difficulty`` in params.yaml: the settings of each measure under its name.

    Attributes
    ----------
    network, control, pixels
        The networks whose features the measures look at; a stage that takes a measure depends on these alone.
    """

    model_config = ConfigDict(extra="allow")

    network: Name
    control: Name
    pixels: Name
    __pydantic_extra__: dict[str, SerializeAsAny[Measure]] = Field(init=False)

    @model_validator(mode="before")
    @classmethod
    def _read_settings(cls, content: Any) -> Any:
        if not isinstance(content, Mapping):
            return content
        found = dict(content)
        for name in set(content) - set(cls.model_fields):
            settings = measure_module(str(name)).Settings
            try:
                found[name] = settings.model_validate(content[name])
            except ValidationError as error:
                raise ValueError(f"{name}.{_line(error)}") from None
        return found

    @property
    def settings(self) -> dict[str, Measure]:
        """The settings of each measure, by its name."""
        return dict(self.__pydantic_extra__ or {})


class Study(Entry):
    """The whole of ``params.yaml``.

    Attributes
    ----------
    seed
        The one source of randomness.
    selection
        What to run, ``study`` in params.yaml.
    datasets, networks, classifiers
        What there is to run, by name.
    titles
        How tables and figures call a classifier; ``{n_estimators}`` or ``{n_neighbors}`` stands for the value of a path.
    replay
        What the paper may have done; nothing is replayed without it.
    difficulty
        How hard the datasets are; nothing is measured without it.
    """

    seed: StrictInt = Field(ge=0, lt=2**32)
    selection: Selection = Field(alias="study")
    datasets: dict[Name, Dataset]
    networks: dict[Name, Extractor]
    classifiers: dict[Name, Classifier]
    titles: dict[Name, Title] = Field(default_factory=dict)
    replay: Replay | None = None
    difficulty: Difficulty | None = None

    @model_validator(mode="after")
    def _selection_is_defined(self) -> "Study":
        for kind in ("datasets", "networks", "classifiers"):
            for name in getattr(self.selection, kind):
                find(kind, getattr(self, kind), name, f"study.{kind}: ")
        for name in self.selection.features:
            network, layer = name.split("/")
            if network not in self.selection.networks:
                raise ValueError(f"study.features: {name} needs {network} in study.networks")
            find(f"networks.{network}.layers", self.networks[network].layers, layer, "study.features: ")
        for name in self.titles:
            find("classifiers", self.classifiers, name, "titles: ")
        for name, entry in self.classifiers.items():
            title, path = self.titles.get(name, name), entry.path
            for argument in PATH_ARGUMENTS:
                if name in self.titles and (path is not None and path[0] == argument) != (f"{{{argument}}}" in title):
                    where = f"a list for arguments.{argument} has its value in the title, as {{{argument}}}"
                    raise ValueError(f"titles.{name}: {where}; one value has none, not {title!r}")
        distinct([self.datasets[name].title for name in self.selection.datasets], "datasets: the title ")
        distinct([row.name for row in self.rows], "classifiers: the row ")
        distinct([row.title for row in self.rows], "classifiers: the title ")
        return self

    @model_validator(mode="after")
    def _replayed_network_is_defined(self) -> "Study":
        if self.replay is not None:
            network, layer = self.replay.network, self.replay.layer
            find("networks", self.networks, network, "replay.network: ")
            if isinstance(self.networks[network], Pixels):
                raise ValueError(f"replay.network: {network} is no network; name the paper's")
            find(f"networks.{network}.layers", self.networks[network].layers, layer, "replay.layer: ")
            for dataset in self.replay.datasets:
                find("study.datasets", self.selection.datasets, dataset, "replay.datasets: ")
        return self

    @model_validator(mode="after")
    def _measures_are_defined(self) -> "Study":
        chosen = (*self.selection.measures, *self.selection.comparisons)
        settings = self.difficulty.settings if self.difficulty is not None else {}
        for name in chosen:
            find("difficulty", settings, name, "study.measures, study.comparisons: ")
            compares = isinstance(settings[name], Comparison)
            if compares != (name in self.selection.comparisons):
                which = ("comparisons", "reads predictions") if compares else ("measures", "looks at features")
                raise ValueError(f"study: {name} {which[1]} and belongs in study.{which[0]} alone")
        if self.difficulty is None:
            return self
        ours = (self.difficulty.network, self.difficulty.control, self.difficulty.pixels)
        for network in ours:
            find("study.networks", self.selection.networks, network, "difficulty.network, control, pixels: ")
        for name in chosen:
            where = f"difficulty.{name}: "
            for part in settings[name].parts:
                network, _, layer = part.partition("/")
                if isinstance(settings[name], Comparison):
                    find("study.features", self.selection.features, part, where)
                else:
                    find("difficulty.network, control and pixels", ours, network, where)
                if layer:
                    find(f"networks.{network}.layers", self.networks[network].layers, layer, where)
            try:
                settings[name].check(self)
            except ValueError as error:
                raise ValueError(f"{where}{error}") from None
        return self

    @property
    def rows(self) -> list[Row]:
        """The rows of the accuracy table, in order."""
        return [row for name in self.selection.classifiers for row in self.rows_of(name)]

    def rows_of(self, classifier: str) -> list[Row]:
        """Return the rows that one classifier gives: several for a path."""
        entry, title = self.classifier(classifier), self.titles.get(classifier, classifier)
        if entry.path is None:
            return [Row(classifier, classifier, None, title)]
        argument, values = entry.path
        if classifier not in self.titles:
            title = f"{classifier} ({{{argument}}})"
        return [
            Row(f"{classifier}-{value}", classifier, value, title.replace(f"{{{argument}}}", str(value))) for value in values
        ]

    def dataset(self, name: str) -> Dataset:
        """Return a dataset by name; an unknown one is an `InputError` that lists the known ones."""
        return _named("datasets", self.datasets, name)

    def network(self, name: str) -> Pixels | Network:
        """Return a network by name; an unknown one is an `InputError` that lists the known ones."""
        return _named("networks", self.networks, name)

    def classifier(self, name: str) -> Classifier:
        """Return a classifier by name; an unknown one is an `InputError` that lists the known ones."""
        return _named("classifiers", self.classifiers, name)

    @property
    def measures(self) -> dict[str, Any]:
        """The settings of every measure that the study takes, by its name, in the order of params.yaml."""
        chosen = (*self.selection.measures, *self.selection.comparisons)
        settings = self.difficulty.settings if self.difficulty is not None else {}
        return {name: settings[name] for name in settings if name in chosen}

    def measure(self, name: str) -> Any:
        """Return the settings of a measure; one that the study does not take is an `InputError`."""
        return _named("study.measures and study.comparisons", self.measures, name)

    def check_look_alikes(self, look_alikes: LookAlikes) -> None:
        """Raise a `ValueError` unless all labels are those of a dataset's classes, each once."""
        for dataset, groups in look_alikes.items():
            find("datasets", self.datasets, dataset, "look_alikes: ")
            labels = distinct([label for group in groups for label in group], f"look_alikes.{dataset}: the label ")
            most = len(self.datasets[dataset].classes) - 1
            if outside := [label for label in labels if not 0 <= label <= most]:
                raise ValueError(f"look_alikes.{dataset}: the label {outside[0]}, where 0 to {most} can be")

    def check_features(self, name: str) -> None:
        """Raise an `InputError` unless `name` is a defined network and one of its layers, such as ``vgg16/block5``."""
        network, _, layer = name.partition("/")
        _named(f"networks.{network}.layers", dict.fromkeys(self.network(network).layers), layer)


def find(kind: str, known: Mapping[str, _Value] | Sequence[str], name: str, where: str = "") -> None:
    """Raise a `ValueError` that names the known ones unless `name` is among them."""
    if name not in known:
        raise ValueError(f"{where}unknown {_singular(re.split('[./]', kind)[-1])} {name!r}; {kind} has {', '.join(known)}")


def _singular(plural: str) -> str:
    if plural.startswith("network"):  # of the measures' networks: network, control and pixels
        return "network"
    return {"classes": "class", "difficulty": "measure", "comparisons": "measure"}.get(plural, plural.removesuffix("s"))


def _named(kind: str, known: Mapping[str, _Value], name: str) -> _Value:
    try:
        find(kind, known, name)
    except ValueError as error:
        raise InputError(f"{paths.PARAMS}: {error}") from None
    return known[name]


def load(path: Path = paths.PARAMS) -> Study:
    """Read and check a study.

    Raises
    ------
    InputError
        The file is missing, is not YAML, or has an unknown, missing or wrong value; the message names its key.
    """
    text = files.read_text(path, ELSEWHERE)
    try:
        content = yaml.load(text)
    except ValueError as error:
        raise InputError(f"{path} is not valid YAML: {error}") from None
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {_line(error)}") from None


def check_folder() -> None:
    """Raise an `InputError` unless the working directory is a study's: for commands that read nothing of ``params.yaml``."""
    if not paths.PARAMS.exists():
        raise InputError(f"{paths.PARAMS} is missing; {ELSEWHERE}")


def _line(error: ValidationError) -> str:
    """Write the first thing that pydantic found as one line, which begins with its key in params.yaml."""
    first: Any = error.errors()[0]
    key = [part for part in first["loc"] if part not in (*TAGS, "[key]")]
    message, value = str(first["msg"]), shortened(repr(first["input"]), LONGEST_VALUE)
    told = {
        "extra_forbidden": "unknown key; correct or remove it",
        "missing": "missing; add it",
        "value_error": str(first.get("ctx", {}).get("error")),
    }.get(first["type"], f"{message[0].lower()}{message[1:]}, not {value}")
    return f"{shortened('.'.join(map(str, key)), LONGEST_KEY)}: {told}" if key else told
