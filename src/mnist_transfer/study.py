"""What a study is: ``params.yaml``, read into a frozen object that has checked every key, name and range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, StrictInt, ValidationError, model_validator

from mnist_transfer import files, paths, yaml
from mnist_transfer.entries import TAGS, Classifier, Dataset, Entry, Extractor, FeaturesName, Name, Network, Pixels, distinct
from mnist_transfer.errors import InputError, shortened
from mnist_transfer.measures import MEASURES, ON_STUDY, Difficulty
from mnist_transfer.recipes import Replication

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
    """

    datasets: tuple[Name, ...] = Field(min_length=1)
    networks: tuple[Name, ...] = Field(min_length=1)
    features: tuple[FeaturesName, ...] = Field(min_length=1)
    classifiers: tuple[Name, ...] = Field(min_length=1)


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
    replication
        What the paper may have done; nothing is replayed without it.
    difficulty
        How hard the datasets are; nothing is measured without it.
    """

    seed: StrictInt = Field(ge=0, lt=2**32)
    selection: Selection = Field(alias="study")
    datasets: dict[Name, Dataset]
    networks: dict[Name, Extractor]
    classifiers: dict[Name, Classifier]
    replication: Replication | None = None
    difficulty: Difficulty | None = None

    @model_validator(mode="after")
    def _selection_is_defined(self) -> "Study":
        for kind in ("datasets", "networks", "classifiers"):
            for name in getattr(self.selection, kind):
                _find(kind, getattr(self, kind), name, f"study.{kind}: ")
        for name in self.selection.features:
            network, layer = name.split("/")
            if network not in self.selection.networks:
                raise ValueError(f"study.features: {name} needs {network} in study.networks")
            _find(f"networks.{network}.layers", self.networks[network].layers, layer, "study.features: ")
        for kind in ("datasets", "networks", "features", "classifiers"):
            distinct(getattr(self.selection, kind), f"study.{kind}: the name ")
        distinct([self.datasets[name].title for name in self.selection.datasets], "datasets: the title ")
        distinct([row.name for row in self.rows], "classifiers: the row ")
        distinct([row.title for row in self.rows], "classifiers: the title ")
        return self

    @model_validator(mode="after")
    def _replicated_network_is_defined(self) -> "Study":
        if self.replication is not None:
            network, layer = self.replication.network, self.replication.layer
            _find("networks", self.networks, network, "replication.network: ")
            if isinstance(self.networks[network], Pixels):
                raise ValueError(f"replication.network: {network} is no network; name the paper's")
            if network not in self.selection.networks:
                raise ValueError(f"replication.network: {network} must be in study.networks, else no stage makes its weights")
            _find(f"networks.{network}.layers", self.networks[network].layers, layer, "replication.layer: ")
        return self

    @model_validator(mode="after")
    def _measures_are_defined(self) -> "Study":
        if self.difficulty is None:
            return self
        for measure in MEASURES:
            where = f"difficulty.{measure}: "
            for part in self.difficulty.parts(measure):
                network, _, layer = part.partition("/")
                _find("study.networks", self.selection.networks, network, where)
                if layer:
                    _find(f"networks.{network}.layers", self.networks[network].layers, layer, where)
                if measure in ON_STUDY:
                    _find("study.features", self.selection.features, part, where)
        for network in self.difficulty.frozen.networks:
            for layer in (layer for layers in self.difficulty.frozen.layers for layer in layers):
                _find(f"networks.{network}.layers", self.networks[network].layers, layer, "difficulty.frozen.layers: ")
        for name in self.difficulty.one_pixel.features:
            if not isinstance(self.networks[name.split("/")[0]], Pixels):
                raise ValueError(f"difficulty.one_pixel.features: {name} are no pixels; name those without a network")
        for dataset, groups in self.difficulty.look_alikes.items():
            _find("datasets", self.datasets, dataset, "difficulty.look_alikes: ")
            alike = [label for group in groups for label in group]
            for label in alike:
                _find(f"datasets.{dataset}.classes", self.datasets[dataset].classes, label, "difficulty.look_alikes: ")
            distinct(alike, f"difficulty.look_alikes.{dataset}: the class ")
        return self

    @property
    def rows(self) -> list[Row]:
        """The rows of the accuracy table, in order."""
        return [row for name in self.selection.classifiers for row in self.rows_of(name)]

    def rows_of(self, classifier: str) -> list[Row]:
        """Return the rows that one classifier gives: several for a path."""
        entry = self.classifier(classifier)
        if entry.path is None:
            return [Row(classifier, classifier, None, entry.title)]
        argument, values = entry.path
        return [
            Row(f"{classifier}-{value}", classifier, value, entry.title.replace(f"{{{argument}}}", str(value)))
            for value in values
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
    def measures(self) -> Difficulty:
        """The settings of the measures of difficulty; a study without them is an `InputError`."""
        if self.difficulty is None:
            raise InputError(f"{paths.PARAMS}: no difficulty; say there what to measure on what")
        return self.difficulty

    def check_features(self, name: str) -> None:
        """Raise an `InputError` unless `name` is a defined network and one of its layers, such as ``vgg16/block5``."""
        network, _, layer = name.partition("/")
        _named(f"networks.{network}.layers", dict.fromkeys(self.network(network).layers), layer)


def _find(kind: str, known: Mapping[str, _Value] | Sequence[str], name: str, where: str = "") -> None:
    if name not in known:
        raise ValueError(f"{where}unknown {_singular(kind.split('.')[-1])} {name!r}; {kind} has {', '.join(known)}")


def _singular(plural: str) -> str:
    return plural.removesuffix("es") if plural.endswith("sses") else plural.removesuffix("s")


def _named(kind: str, known: Mapping[str, _Value], name: str) -> _Value:
    try:
        _find(kind, known, name)
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
        first = error.errors()[0]
        key = _key(first)
        raise InputError(f"{path}: {shortened(key, LONGEST_KEY) + ': ' if key else ''}{_explain(first)}") from None


def check_folder() -> None:
    """Raise an `InputError` unless the working directory is a study's: for commands that read nothing of ``params.yaml``."""
    if not paths.PARAMS.exists():
        raise InputError(f"{paths.PARAMS} is missing; {ELSEWHERE}")


def _key(error: Any) -> str:
    """Return the place of an error as keys of params.yaml, without pydantic's two marks of its own."""
    parts = list(error["loc"])
    if parts[2:3] and parts[0] == "networks" and parts[2] in TAGS:
        del parts[2]
    if parts[-1:] == ["[key]"] and error["type"] != "extra_forbidden":
        del parts[-1]
    return ".".join(map(str, parts))


def _explain(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key; correct or remove it"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "missing":
        return "missing; add it"
    message, value = str(error["msg"]), shortened(repr(error["input"]), LONGEST_VALUE)
    return f"{message[0].lower()}{message[1:]}, not {value}"
