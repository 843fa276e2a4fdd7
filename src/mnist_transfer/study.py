"""What a study is: ``params.yaml``, read into a frozen object that has checked every key, name and range."""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError, model_validator

from mnist_transfer import paths
from mnist_transfer.errors import InputError

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Dataset(_Entry):
    """Ten classes of 28×28 images and how many of them to use.

    Attributes
    ----------
    title
        How tables and figures call the dataset.
    train, test
        Sizes of the two splits; fewer than there are means a stratified subset drawn from the seed.
    classes
        The ten classes, by label.
    """

    title: str
    train: int = Field(ge=20)
    test: int = Field(ge=20)
    classes: tuple[str, ...] = Field(min_length=10, max_length=10)


class Extractor(_Entry):
    """How an image becomes a vector of features.

    Attributes
    ----------
    network
        ``vgg16``, ``vgg19``, or ``none``: the pixels themselves, divided by 255.
    weights
        ``imagenet`` (the official weights), ``random`` (He-normal, from the seed) or ``none``.
    quantized_blocks
        Blocks whose official kernels are first rounded to 8 bits; see :mod:`mnist_transfer.weights`.
    layer
        The pooling layer where the network is cut.
    pooling
        ``flatten`` its output, or the ``mean-max`` of each channel over all positions, means first.
    scaling
        ``caffe``: BGR minus ImageNet's means, on 0 to 255, as VGG was trained; ``unit``: divided by 255, a classic mistake
        that is here only so that its effect can be measured.
    """

    network: Literal["vgg16", "vgg19", "none"]
    weights: Literal["imagenet", "random", "none"] = "none"
    quantized_blocks: tuple[Annotated[int, Field(ge=1, le=5)], ...] = ()
    layer: Literal["block1_pool", "block2_pool", "block3_pool", "block4_pool", "block5_pool"] | None = None
    pooling: Literal["flatten", "mean-max"] = "flatten"
    scaling: Literal["caffe", "unit"] = "caffe"

    @model_validator(mode="after")
    def _network_goes_with_weights_and_layer(self) -> "Extractor":
        if self.network == "none" and (self.weights != "none" or self.layer is not None or self.quantized_blocks):
            raise ValueError("network none takes no weights, layer or quantized_blocks")
        if self.network != "none" and (self.weights == "none" or self.layer is None):
            raise ValueError(f"network {self.network} needs weights (imagenet or random) and a layer")
        if self.weights != "imagenet" and self.quantized_blocks:
            raise ValueError("quantized_blocks go with weights imagenet only")
        return self

    @property
    def blocks(self) -> int:
        """How many of the network's five blocks are needed; 0 without a network."""
        return int(self.layer[len("block")]) if self.layer else 0


class Classifier(_Entry):
    """One row of the accuracy table.

    Attributes
    ----------
    title
        The row's heading.
    class_name
        A scikit-learn estimator, ``class`` in params.yaml.
    scale
        Whether to z-score the features first, with the training split's means and deviations.
    components
        Principal components to keep before the estimator; all features when absent.
    arguments
        What the estimator is constructed with; the seed is added where it takes one.
    """

    title: str
    class_name: Literal[
        "KNeighborsClassifier",
        "LinearDiscriminantAnalysis",
        "LogisticRegression",
        "MLPClassifier",
        "Perceptron",
        "QuadraticDiscriminantAnalysis",
        "RandomForestClassifier",
        "SVC",
    ] = Field(alias="class")
    scale: StrictBool
    components: int | None = Field(default=None, ge=1)
    arguments: dict[str, Any] = {}


class Selection(_Entry):
    """Which datasets, extractors and classifiers a run of the pipeline goes through, in the order of its tables."""

    datasets: tuple[Name, ...] = Field(min_length=1)
    extractors: tuple[Name, ...] = Field(min_length=1)
    classifiers: tuple[Name, ...] = Field(min_length=1)


class Study(_Entry):
    """The whole of ``params.yaml``.

    Attributes
    ----------
    seed
        The one source of randomness.
    image_size
        Side in pixels to which images are resized for the networks.
    study
        What to run.
    datasets, extractors, classifiers
        What there is to run, by name.
    """

    seed: StrictInt = Field(ge=0, lt=2**32)
    image_size: int = Field(ge=32, le=224)
    study: Selection
    datasets: dict[Name, Dataset]
    extractors: dict[Name, Extractor]
    classifiers: dict[Name, Classifier]

    @model_validator(mode="after")
    def _selection_is_defined(self) -> "Study":
        for kind in ("datasets", "extractors", "classifiers"):
            selected = getattr(self.study, kind)
            for name in selected:
                self._find(kind, name, f"study.{kind}: ")
            if len(set(selected)) != len(selected):
                raise ValueError(f"study.{kind}: a name stands there twice")
        return self

    def dataset(self, name: str) -> Dataset:
        """Return a dataset by name; an unknown one is an `InputError` that lists the known ones."""
        return self._named("datasets", name)  # type: ignore[no-any-return]

    def extractor(self, name: str) -> Extractor:
        """Return an extractor by name; an unknown one is an `InputError` that lists the known ones."""
        return self._named("extractors", name)  # type: ignore[no-any-return]

    def classifier(self, name: str) -> Classifier:
        """Return a classifier by name; an unknown one is an `InputError` that lists the known ones."""
        return self._named("classifiers", name)  # type: ignore[no-any-return]

    def _named(self, kind: str, name: str) -> Any:
        try:
            return self._find(kind, name)
        except ValueError as error:
            raise InputError(f"{paths.PARAMS}: {error}") from None

    def _find(self, kind: str, name: str, where: str = "") -> Any:
        known = getattr(self, kind)
        if name not in known:
            raise ValueError(f"{where}unknown {kind.removesuffix('s')} {name!r}; {kind} has {', '.join(known)}")
        return known[name]


def load(path: Path = paths.PARAMS) -> Study:
    """Read and check a study.

    Raises
    ------
    InputError
        The file is missing, is not YAML, or has an unknown, missing or wrong value; the message names its key.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; run this in the folder that holds dvc.yaml") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; it must be a file") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"] if part != "[key]")
        raise InputError(f"{path}: {_one_line(key) + ': ' if key else ''}{_explain(first)}") from None


def _one_line(key: str) -> str:
    r"""Write line ends as ``\n``, so that the message stays one line."""
    return "\\n".join(key.splitlines())


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping, of which YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} stands there twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _explain(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key; correct or remove it"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    message = str(error["msg"])
    return f"{message[0].lower()}{message[1:]}, not {error['input']!r}" if error["type"] != "missing" else "missing; add it"
