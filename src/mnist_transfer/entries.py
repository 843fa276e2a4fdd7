"""The entries of ``params.yaml``: a dataset, a network, a classifier, a measure, each checked by itself."""

import math
import re
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    StrictInt,
    Tag,
    model_serializer,
    model_validator,
)

if TYPE_CHECKING:
    from mnist_transfer.study import Study

_Key = TypeVar("_Key", bound=Hashable)

_NAME = r"[a-z0-9]+([_-][a-z0-9]+)*"
Name = Annotated[str, Field(pattern=rf"^{_NAME}$")]
#: Features by name: the network and the layer where it is cut, such as ``vgg16/block5``.
FeaturesName = Annotated[str, Field(pattern=rf"^{_NAME}/{_NAME}$")]
Count = Annotated[StrictInt, Field(ge=1)]
#: A number of images; fewer cannot be stratified.
Images = Annotated[StrictInt, Field(ge=20)]

#: Arguments along which one fitted estimator holds those of all smaller values, so that a list of them costs one fit.
PATH_ARGUMENTS = ("n_estimators", "n_neighbors")
#: The scaling that architectures of ``keras.applications`` were trained with, by a pattern of their names: the mode of each
#: module's ``preprocess_input``. Those with none scale images in their own first layers.
SCALINGS = {
    r"EfficientNet|ConvNeXt|MobileNetV3": "none",
    r"VGG|ResNet\d+$": "caffe",
    r"DenseNet": "torch",
    r"ResNet\d+V2|Inception|Xception|NASNet|MobileNet": "tf",
}
#: Of a dataset: tables and figures have a row for each.
MOST_CLASSES = 1000
#: Of a title or the name of a class, which stand in tables and figures.
LONGEST_TITLE = 100


def distinct(values: Iterable[_Key], what: str = "") -> tuple[_Key, ...]:
    """Return values as they are; a `ValueError`, which begins with `what`, if one of them stands there twice."""
    seen: dict[_Key, None] = {}
    for value in values:
        if value in seen:
            raise ValueError(f"{what}{value!r} stands there twice")
        seen[value] = None
    return tuple(seen)


def ascending(values: tuple[int, ...]) -> tuple[int, ...]:
    """Return values as they are; a `ValueError` if they do not ascend."""
    if list(values) != sorted(set(values)):
        raise ValueError(f"they must ascend, not {list(values)}")
    return values


def _shows(text: str) -> str:
    """Refuse a title that cannot be shown in a line: tables, figures and terminals would break or hide it."""
    if not 0 < len(text) <= LONGEST_TITLE:
        raise ValueError(f"a title has 1 to {LONGEST_TITLE} characters, not {len(text):,}")
    if not text.isprintable() or text != text.strip():
        raise ValueError(f"a title has no line ends, controls or marks of direction, and no space at its ends, not {text!r}")
    if text.startswith("_"):
        raise ValueError(f"a title does not begin with _, which keeps it out of Matplotlib's legends, not {text!r}")
    return text


#: A title of a dataset or a classifier, or the name of a class. It is text, in whatever it is shown: no markup, no formula.
Title = Annotated[str, AfterValidator(_shows)]
#: For each dataset, groups of classes, by label, that look alike.
LookAlikes = dict[Name, tuple[Annotated[tuple[StrictInt, ...], Field(min_length=1)], ...]]
Names = Annotated[tuple[Name, ...], AfterValidator(distinct)]
Ascending = Annotated[tuple[Images, ...], AfterValidator(ascending)]


def _json(value: Any, where: str) -> None:
    """Refuse a value that JSON, in which the results record the study, has none of."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            if not isinstance(key, str) and type(key) is not int:  # a label, as in class_weight
                raise ValueError(f"{where}: the key {key!r} must be text or a whole number")
            _json(below, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for below in value:
            _json(below, where)
    elif not (value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))):
        raise ValueError(f"{where}: {value!r} is neither text, a finite number, true, false nor null")


class Entry(BaseModel):
    """Frozen, and without keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Dataset(Entry):
    """Grey images of some classes, which stand by label; the image's shape is height and width in pixels.

    `train` and `test` are sizes of the splits: fewer than there are mean a stratified subset drawn from the seed. What is left
    out is as the data have it, and 0 or empty here; :meth:`mnist_transfer.study.Study.dataset` looks it up.
    """

    title: Title
    train: Images = 0
    test: Images = 0
    classes: Annotated[tuple[Title, ...], AfterValidator(distinct)] = Field(default=(), min_length=2, max_length=MOST_CLASSES)
    image_shape: tuple[Annotated[StrictInt, Field(ge=1, le=1024)], Annotated[StrictInt, Field(ge=1, le=1024)]] = (0, 0)

    @model_serializer(mode="wrap")
    def _said(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what is left out."""
        found = serialize(self)
        return {key: value for key, value in found.items() if getattr(self, key) != type(self).model_fields[key].default}


class Preparation(Entry):
    """How a grey image becomes what a network takes: three equal channels, resized, scaled.

    Attributes
    ----------
    size
        Side in pixels to which images are resized.
    resize
        How: ``nearest``, ``bilinear`` or ``bicubic``.
    scaling
        ``caffe``, ``tf`` or ``torch``: the modes of ``keras.applications``, of which VGG was trained with caffe (BGR less
        ImageNet's mean colour, on 0 to 255); ``unit``: divided by 255; ``none``: 0 to 255 as they are. By default it is the one
        that the network was trained with.
    """

    size: StrictInt = Field(ge=16, le=512)
    resize: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    scaling: Literal["caffe", "tf", "torch", "unit", "none"] = "caffe"


class Layer(Entry):
    """Where a network is cut (Keras' name), and whether each channel's mean and maximum are taken there, or all activations."""

    layer: str
    pooling: Literal["flatten", "mean-max"] = "mean-max"


def _own_scaling(architecture: str) -> str:
    """Return the scaling that an architecture was trained with; of an unknown one, which is refused later, VGG's."""
    return next((mode for name, mode in SCALINGS.items() if re.match(name, architecture)), "caffe")


class Network(Entry):
    """A network that turns images into features.

    `architecture` is a name in ``keras.applications``, or the path of one's own ``.keras`` file. `weights` are the official
    ones, or random (He-normal, from the seed), or the sha256 of that file, so that another file makes other features.
    `layers` stand by the name that features take from them.
    """

    architecture: str = Field(pattern=r"^([A-Za-z][A-Za-z0-9]*|[\w./-]+\.keras)$")
    weights: str
    preparation: Preparation
    layers: dict[Name, Layer] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _scales_as_it_was_trained(cls, entry: Any) -> Any:
        if not isinstance(entry, Mapping) or not isinstance(entry.get("preparation"), Mapping):
            return entry
        if str(entry.get("architecture")).endswith(".keras"):
            if "scaling" not in entry["preparation"]:
                raise ValueError("preparation.scaling: missing; give the one that the network was trained with")
            return entry
        return {**entry, "preparation": {"scaling": _own_scaling(str(entry.get("architecture"))), **entry["preparation"]}}

    @model_validator(mode="after")
    def _is_sound(self) -> "Network":
        if not self.is_file and _own_scaling(self.architecture) == "none" != self.preparation.scaling:
            raise ValueError(f"preparation.scaling: {self.architecture} scales images itself; remove the key")
        if self.is_file and not re.fullmatch("[0-9a-f]{64}", self.weights):
            raise ValueError(f"weights: must be the sha256 of {self.architecture}, which holds its own, not {self.weights}")
        if not self.is_file and self.weights not in ("imagenet", "random"):
            raise ValueError(f"weights: must be imagenet or random, not {self.weights}")
        return self

    @property
    def is_file(self) -> bool:
        """Whether it is a file of one's own."""
        return self.architecture.endswith(".keras")

    @property
    def title(self) -> str:
        """Its architecture, or the name of its file."""
        return Path(self.architecture).stem

    @property
    def origin(self) -> str:
        """Where its weights come from."""
        return {"imagenet": "ImageNet", "random": "random weights"}.get(self.weights, "its own weights")


class Pixels(Entry):
    """No network: the pixels themselves, divided by 255, as the only "layer", ``all``."""

    architecture: Literal["none"]

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of its layers."""
        return ("all",)


#: Of the two kinds of extractor; pydantic writes them into the place of an error, where no key of params.yaml looks like them.
TAGS = ("<pixels>", "<network>")


def _kind(entry: Any) -> str:
    architecture = entry.get("architecture") if isinstance(entry, Mapping) else getattr(entry, "architecture", None)
    return TAGS[architecture != "none"]


#: What turns images into features.
Extractor = Annotated[Annotated[Pixels, Tag(TAGS[0])] | Annotated[Network, Tag(TAGS[1])], Discriminator(_kind)]


class Classifier(Entry):
    """What is fitted to features: one row of the accuracy table, or several that one fit gives.

    Attributes
    ----------
    class_name
        Dotted path of an estimator with scikit-learn's interface, ``class`` in params.yaml.
    scale
        Whether to z-score the features first, with the training split's means and deviations.
    components
        Principal components to keep before the estimator; all features when absent.
    arguments
        What the estimator is constructed with; the seed is added where it takes one. A list for one of `PATH_ARGUMENTS` is a
        path: one fit with its largest value, a row for each. A mapping with a `class`, and `arguments` if it has any, is an
        estimator inside it.
    """

    class_name: str = Field(alias="class", pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$")
    scale: StrictBool = True
    components: StrictInt | None = Field(default=None, ge=1)
    arguments: dict[str, Any] = {}

    @property
    def path(self) -> tuple[str, tuple[int, ...]] | None:
        """The argument that has a list, and the list; None without one."""
        found = [(name, tuple(self.arguments[name])) for name in PATH_ARGUMENTS if isinstance(self.arguments.get(name), list)]
        return found[0] if found else None

    @model_validator(mode="after")
    def _arguments_are_sound(self) -> "Classifier":
        _json(self.arguments, "arguments")
        lists = [name for name in PATH_ARGUMENTS if isinstance(self.arguments.get(name), list)]
        if len(lists) > 1:
            raise ValueError(f"arguments: only one of {' and '.join(lists)} can be a list")
        if self.path is not None:
            name, values = self.path
            whole = all(type(value) is int and value > 0 for value in values)
            if not values or not whole or list(values) != sorted(set(values)):
                raise ValueError(f"arguments.{name}: a list must be whole numbers above 0 that ascend, not {list(values)}")
        return self


class Measure(Entry):
    """The settings of a measure; each has a module of its name in :mod:`mnist_transfer.difficulty`, or of comparisons."""

    def check(self, study: "Study") -> None:
        """Raise a `ValueError`, whose message begins with a key, unless the settings fit the study."""


class OnFeatures(Measure):
    """A measure that is taken on several kinds of features, or on none and so not at all."""

    features: Annotated[tuple[FeaturesName, ...], AfterValidator(distinct)]

    @property
    def parts(self) -> tuple[str, ...]:
        """On what it is taken: kinds of features."""
        return self.features


class OnNetworks(Measure):
    """A measure that is taken on all layers of some networks."""

    networks: Names

    @property
    def parts(self) -> tuple[str, ...]:
        """On what it is taken: networks."""
        return self.networks
