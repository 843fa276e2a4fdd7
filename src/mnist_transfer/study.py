"""What a study is: ``params.yaml``, read into a frozen object that has checked every key, name and range."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializeAsAny,
    StrictInt,
    ValidationError,
    create_model,
    model_validator,
)

from mnist_transfer import files, paths, yaml
from mnist_transfer.entries import (
    MOST_CLASSES,
    PATH_ARGUMENTS,
    TAGS,
    Classifier,
    Dataset,
    Entry,
    Extractor,
    FeaturesName,
    LookAlikes,
    Name,
    Names,
    Network,
    OnNetworks,
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
    """One row of the accuracy table: its name, the name of its classifier, the value of a path or None, its title."""

    name: str
    classifier: str
    value: int | None
    title: str


class Selection(Entry):
    """What a run of the pipeline goes through, in the order of its tables: ``study`` in params.yaml.

    Each network is passed once for each dataset and fills all its layers' features, of which `features` are projected and
    classified; the first leads the report. `measures` of difficulty look at features.
    """

    datasets: Names = Field(min_length=1)
    networks: Names = Field(min_length=1)
    features: Annotated[tuple[FeaturesName, ...], AfterValidator(distinct)] = Field(min_length=1)
    classifiers: Names = Field(min_length=1)
    measures: Names = ()


def _modules(room: str, *others: str) -> list[str]:
    """List the modules of a folder, but for those that are no measures."""
    found = sorted(path.stem for path in Path(__file__).with_name(room).glob("*.py"))
    return [name for name in found if name not in ("__init__", *others)]


#: The measures of features, and those that compare what classifiers predict: each a module of its name.
MEASURES, COMPARISONS = _modules("difficulty", "measure", "shared"), _modules("comparisons", "compare", "families")


def measure_module(name: str) -> Any:
    """Import the module of a measure or a comparison."""
    return importlib.import_module(f"mnist_transfer.{'comparisons' if name in COMPARISONS else 'difficulty'}.{name}")


class Difficulty(Entry):
    """How hard the datasets are: ``difficulty`` in params.yaml, which has the settings of each measure under its name too.

    Measures look at the features of three networks; a stage that takes a measure depends on these alone.
    """

    network: Name
    control: Name
    pixels: Name

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of each measure, by its name."""
        return {name: value for name, value in self if name not in Difficulty.model_fields}


def _read(base: type[Entry], known: Sequence[str], content: Any) -> Any:
    """Read the settings of each measure with the model that its module has for them, and what else `base` has."""
    if not isinstance(content, Mapping):
        return content
    models: Any = {name: (measure_module(name).Settings, ...) for name in content if name in known}
    return create_model(base.__name__, __base__=base, **models).model_validate(content)


def _read_comparisons(content: Any) -> Any:
    found = _read(Entry, COMPARISONS, content)
    return dict(found) if isinstance(found, Entry) else found


class Study(Entry):
    """The whole of ``params.yaml``.

    `seed` is the one source of randomness. `selection`, ``study`` in params.yaml, says what to run of the `datasets`,
    `networks` and `classifiers` that there are. `titles` are what tables and figures call a classifier, where
    ``{n_estimators}`` or ``{n_neighbors}`` stands for the value of a path. Without `replay` nothing is replayed, and without
    `difficulty` nothing measured. `comparisons` are taken of what the classifiers predict, all that have settings there.
    """

    seed: StrictInt = Field(ge=0, lt=2**32)
    selection: Selection = Field(alias="study")
    datasets: dict[Name, Dataset]
    networks: dict[Name, Extractor]
    classifiers: dict[Name, Classifier]
    titles: dict[Name, Title] = Field(default_factory=dict)
    replay: Replay | None = None
    difficulty: Annotated[SerializeAsAny[Difficulty] | None, BeforeValidator(partial(_read, Difficulty, MEASURES))] = None
    comparisons: Annotated[dict[str, Any], BeforeValidator(_read_comparisons)] = Field(default_factory=dict)
    _completed: dict[str, Dataset] = PrivateAttr(default_factory=dict)

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
        settings = self.difficulty.settings if self.difficulty is not None else {}
        for name in self.selection.measures:
            find("difficulty", settings, name, "study.measures: ")
        if self.difficulty is None:
            return self
        ours = (self.difficulty.network, self.difficulty.control, self.difficulty.pixels)
        for key, network in zip(Difficulty.model_fields, ours, strict=True):
            find("study.networks", self.selection.networks, network, f"difficulty.{key}: ")
        for name, chosen in self.measures.items():
            where = f"difficulty.{name}.{'networks' if isinstance(chosen, OnNetworks) else 'features'}: "
            for part in chosen.parts:
                network, _, layer = part.partition("/")
                find("difficulty.network, control and pixels", ours, network, where)
                if layer:
                    find(f"networks.{network}.layers", self.networks[network].layers, layer, where)
        return self

    @model_validator(mode="after")
    def _settings_fit(self) -> "Study":
        for name, chosen in self.comparisons.items():
            for part in chosen.parts:
                find("study.features", self.selection.features, part, f"comparisons.{name}.features: ")
        for section, settings in (("difficulty", self.measures), ("comparisons", self.comparisons)):
            for name, chosen in settings.items():
                try:
                    chosen.check(self)
                except ValueError as error:
                    raise ValueError(f"{section}.{name}.{error}") from None
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
        """Return a dataset by name, with its classes and sizes from the data where its entry has none.

        An unknown one is an `InputError` that lists the known ones, and so is one whose data are needed and not sound.
        """
        entry = _named("datasets", self.datasets, name)
        if entry.classes and entry.train and entry.test:
            return entry
        if name not in self._completed:
            from mnist_transfer.data import own

            try:
                self._completed[name] = Dataset.model_validate(own.described(name, entry) | entry.model_dump())
            except ValidationError as error:
                raise InputError(f"{paths.DATA / name}: {line(error)}; see datasets.{name} in {paths.PARAMS}") from None
        return self._completed[name]

    def network(self, name: str) -> Pixels | Network:
        """Return a network by name; an unknown one is an `InputError` that lists the known ones."""
        return _named("networks", self.networks, name)

    def classifier(self, name: str) -> Classifier:
        """Return a classifier by name; an unknown one is an `InputError` that lists the known ones."""
        return _named("classifiers", self.classifiers, name)

    @property
    def measures(self) -> dict[str, Any]:
        """The settings of every measure of features that the study takes, by its name, in the order of params.yaml."""
        settings = self.difficulty.settings if self.difficulty is not None else {}
        return {name: settings[name] for name in settings if name in self.selection.measures}

    def measure(self, name: str) -> Any:
        """Return the settings of a measure; one that the study does not take is an `InputError`."""
        return _named("measures", self.measures, name)

    def check_look_alikes(self, look_alikes: LookAlikes) -> None:
        """Raise a `ValueError` unless all labels are those of a dataset's classes, each once."""
        for dataset, groups in look_alikes.items():
            find("datasets", self.datasets, dataset, "look_alikes: ")
            labels = distinct([label for group in groups for label in group], f"look_alikes.{dataset}: the label ")
            most = (len(self.datasets[dataset].classes) or MOST_CLASSES) - 1
            if outside := [label for label in labels if not 0 <= label <= most]:
                raise ValueError(f"look_alikes.{dataset}: the label {outside[0]}, where 0 to {most} can be")

    def check_features(self, name: str) -> None:
        """Raise an `InputError` unless `name` is a defined network and one of its layers, such as ``vgg16/block5``."""
        network, _, layer = name.partition("/")
        _named(f"networks.{network}.layers", dict.fromkeys(self.network(network).layers), layer)


def find(kind: str, known: Mapping[str, _Value] | Sequence[str], name: str, where: str = "") -> None:
    """Raise a `ValueError` that names the known ones unless `name` is among them."""
    if name not in known:
        last = kind.split(".")[-1]
        what = last.removesuffix("s") if last.isidentifier() and last.endswith("s") else "name"
        raise ValueError(f"{where}unknown {what} {name!r}; {kind} has {', '.join(known) or 'none'}")


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
        raise InputError(f"{path}: {line(error)}") from None


def check_folder() -> None:
    """Raise an `InputError` unless the working directory is a study's: for commands that read nothing of ``params.yaml``."""
    if not paths.PARAMS.exists():
        raise InputError(f"{paths.PARAMS} is missing; {ELSEWHERE}")


def line(error: ValidationError) -> str:
    """Write the first thing that pydantic found as one line, which begins with its key in params.yaml."""
    first: Any = error.errors()[0]
    *parents, last = first["loc"] or ("",)
    found = [part for part in parents if part not in TAGS]
    if last not in (*TAGS, "[key]") or first["type"] == "extra_forbidden":  # an unknown key may be called anything
        found.append(last)
    key = shortened(".".join(map(str, found)), LONGEST_KEY)
    if first["type"] == "value_error":  # of an entry that is wrong as a whole, the message begins with a key in it
        told = str(first["ctx"]["error"])
        return f"{key}{'.' if isinstance(first['input'], Mapping) else ': '}{told}" if key else told
    message = str(first["msg"]).split(" or instance of")[0]
    told = {"extra_forbidden": "unknown key; correct or remove it", "missing": "missing; add it"}.get(
        first["type"], f"{message[0].lower()}{message[1:]}, not {shortened(repr(first['input']), LONGEST_VALUE)}"
    )
    return f"{key}: {told}" if key else told
