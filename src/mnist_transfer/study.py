"""What a study is: ``params.yaml``, read into a frozen object that has checked every key, name and range."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, StrictInt, Tag, ValidationError, model_validator

from mnist_transfer import paths, yaml
from mnist_transfer.errors import InputError

_NAME = r"[a-z0-9]+([_-][a-z0-9]+)*"
Name = Annotated[str, Field(pattern=rf"^{_NAME}$")]
#: Features by name: the network and the layer where it is cut, such as ``vgg16/block5``.
FeaturesName = Annotated[str, Field(pattern=rf"^{_NAME}/{_NAME}$")]

#: Arguments along which one fitted estimator holds those of all smaller values, so that a list of them costs one fit.
PATH_ARGUMENTS = ("n_estimators", "n_neighbors")

_Value = TypeVar("_Value")


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Dataset(_Entry):
    """Classes of grey images and how many of them to use.

    Attributes
    ----------
    title
        How tables and figures call the dataset.
    train, test
        Sizes of the two splits; fewer than there are means a stratified subset drawn from the seed.
    classes
        The classes, by label.
    image_shape
        Height and width of the images, in pixels.
    """

    title: str
    train: int = Field(ge=20)
    test: int = Field(ge=20)
    classes: tuple[str, ...] = Field(min_length=2, max_length=256)
    image_shape: tuple[Annotated[int, Field(ge=1, le=1024)], Annotated[int, Field(ge=1, le=1024)]] = (28, 28)


class Preparation(_Entry):
    """How a grey image becomes what a network takes: three equal channels, resized, scaled.

    Attributes
    ----------
    size
        Side in pixels to which images are resized.
    resize
        How: ``nearest``, ``bilinear`` or ``bicubic``.
    scaling
        ``caffe``, ``tf`` or ``torch``: the modes of ``keras.applications``, of which VGG was trained with caffe (BGR less
        ImageNet's mean colour, on 0 to 255); ``unit``: divided by 255; ``none``: 0 to 255 as they are.
    """

    size: int = Field(ge=16, le=512)
    resize: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    scaling: Literal["caffe", "tf", "torch", "unit", "none"] = "caffe"


class Layer(_Entry):
    """Where a network is cut and what becomes of its activations there.

    Attributes
    ----------
    layer
        Keras' name of the layer.
    pooling
        ``flatten`` its output, or the ``mean-max`` of each channel over all positions, means first.
    """

    layer: str
    pooling: Literal["flatten", "mean-max"]


class Network(_Entry):
    """A network that turns images into features.

    Attributes
    ----------
    architecture
        Its name in ``keras.applications``, such as ``VGG16``.
    weights
        ``imagenet`` (the official weights) or ``random`` (He-normal, from the seed).
    preparation
        How images are prepared for it.
    layers
        Where it is cut, by the name that features take from it.
    """

    architecture: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9]*$")
    weights: Literal["imagenet", "random"]
    preparation: Preparation
    layers: dict[Name, Layer] = Field(min_length=1)


class Pixels(_Entry):
    """No network: the pixels themselves, divided by 255, as the only "layer", ``all``."""

    architecture: Literal["none"]

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of its layers."""
        return ("all",)


#: Of the two kinds of extractor; pydantic writes them into the place of an error, where no key of params.yaml looks like them.
_TAGS = ("<pixels>", "<network>")


def _kind(entry: Any) -> str:
    architecture = entry.get("architecture") if isinstance(entry, Mapping) else getattr(entry, "architecture", None)
    return _TAGS[architecture != "none"]


#: What turns images into features.
Extractor = Annotated[Annotated[Pixels, Tag(_TAGS[0])] | Annotated[Network, Tag(_TAGS[1])], Discriminator(_kind)]


class Classifier(_Entry):
    """One row of the accuracy table, or several that one fit gives.

    Attributes
    ----------
    title
        The row's heading; ``{n_estimators}`` or ``{n_neighbors}`` in it stands for the value of a path.
    class_name
        Dotted path of an estimator with scikit-learn's interface, ``class`` in params.yaml.
    scale
        Whether to z-score the features first, with the training split's means and deviations.
    components
        Principal components to keep before the estimator; all features when absent.
    arguments
        What the estimator is constructed with; the seed is added where it takes one. A list for one of `PATH_ARGUMENTS` is a
        path: one fit with its largest value, a row for each.
    """

    title: str
    class_name: str = Field(alias="class", pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")
    scale: StrictBool
    components: int | None = Field(default=None, ge=1)
    arguments: dict[str, Any] = {}

    @property
    def path(self) -> tuple[str, tuple[int, ...]] | None:
        """The argument that has a list, and the list; None without one."""
        found = [(name, tuple(self.arguments[name])) for name in PATH_ARGUMENTS if isinstance(self.arguments.get(name), list)]
        return found[0] if found else None

    @model_validator(mode="after")
    def _path_ascends(self) -> "Classifier":
        if self.path is not None:
            name, values = self.path
            whole = all(type(value) is int and value > 0 for value in values)
            if not values or not whole or list(values) != sorted(set(values)):
                raise ValueError(f"arguments.{name}: a list must be whole numbers above 0 that ascend, not {list(values)}")
            if f"{{{name}}}" not in self.title:
                raise ValueError(f"title: write {{{name}}} where the value of arguments.{name} belongs")
        return self


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


class Selection(_Entry):
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


class Study(_Entry):
    """The whole of ``params.yaml``.

    Attributes
    ----------
    seed
        The one source of randomness.
    selection
        What to run, ``study`` in params.yaml.
    datasets, networks, classifiers
        What there is to run, by name.
    """

    seed: StrictInt = Field(ge=0, lt=2**32)
    selection: Selection = Field(alias="study")
    datasets: dict[Name, Dataset]
    networks: dict[Name, Extractor]
    classifiers: dict[Name, Classifier]

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
            _distinct(f"study.{kind}: the name", getattr(self.selection, kind))
        _distinct("datasets: the title", [self.datasets[name].title for name in self.selection.datasets])
        _distinct("classifiers: the row", [row.name for row in self.rows])
        _distinct("classifiers: the title", [row.title for row in self.rows])
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

    def check_features(self, name: str) -> None:
        """Raise an `InputError` unless `name` is a defined network and one of its layers, such as ``vgg16/block5``."""
        network, _, layer = name.partition("/")
        _named(f"networks.{network}.layers", dict.fromkeys(self.network(network).layers), layer)


def _find(kind: str, known: Mapping[str, _Value] | Iterable[str], name: str, where: str = "") -> None:
    if name not in set(known):
        raise ValueError(f"{where}unknown {kind.split('.')[-1].removesuffix('s')} {name!r}; {kind} has {', '.join(known)}")


def _named(kind: str, known: Mapping[str, _Value], name: str) -> _Value:
    try:
        _find(kind, known, name)
    except ValueError as error:
        raise InputError(f"{paths.PARAMS}: {error}") from None
    return known[name]


def _distinct(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{what} {value!r} stands there twice")
        seen.add(value)


def load(path: Path = paths.PARAMS) -> Study:
    """Read and check a study.

    Raises
    ------
    InputError
        The file is missing, is not YAML, or has an unknown, missing or wrong value; the message names its key.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run this in the folder that holds dvc.yaml") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; it must be a file") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid YAML: {error}") from None
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part not in ("[key]", *_TAGS))
        raise InputError(f"{path}: {_one_line(key) + ': ' if key else ''}{_explain(first)}") from None


def _one_line(key: str) -> str:
    r"""Write line ends as ``\n``, so that the message stays one line."""
    return "\\n".join(key.splitlines())


def _explain(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key; correct or remove it"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    message = str(error["msg"])
    return f"{message[0].lower()}{message[1:]}, not {error['input']!r}" if error["type"] != "missing" else "missing; add it"
