"""The entries of ``replay`` in ``params.yaml``: what the paper may have done, as recipes of named parts."""

from itertools import product
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field

from mnist_transfer.entries import Ascending, Entry, Images, Name, Names, distinct

Channels = Literal["repeat", "interleave"]
Resize = Literal["nearest", "bilinear", "bicubic"]
Scaling = Literal["caffe", "none", "unit", "unit-caffe", "unit-torch", "unit-unit"]
ZScore = Literal["none", "train", "each"]
Split = Literal["official", "kaggle"]
#: How a split is called in a sentence.
SPLIT_TITLES: dict[Split, str] = {"official": "the official split", "kaggle": "Kaggle's split"}


class Preprocessing(Entry):
    """How images become what the network takes.

    Attributes
    ----------
    channels
        ``repeat`` the grey channel, or ``interleave``: what ``numpy.dstack([images] * 3)`` and a reshape make of an array
        (n, height, width), three copies of the image side by side, each of every third column.
    resize
        Pillow's filter.
    scaling
        ``caffe``: BGR less ImageNet's mean colour, on 0 to 255, as VGG was trained; ``none``: 0 to 255; ``unit``: divided by
        255; ``unit-caffe``: divided by 255, then the mean colour subtracted all the same; ``unit-torch``: divided by 255, then
        prepared as for PyTorch's networks, which divides by 255 again; ``unit-unit``: divided by 255 twice.
    """

    channels: Channels
    resize: Resize
    scaling: Scaling

    @classmethod
    def parse(cls, name: str) -> "Preprocessing":
        """Read a name such as ``repeat-nearest-unit-caffe``; one with an unknown part, or too few, is a `ValueError`."""
        parts = dict(zip(cls.model_fields, name.split("-", 2), strict=False))
        _check(name, parts, {"channels": Channels, "resize": Resize, "scaling": Scaling})
        return cls.model_validate(parts)

    def __str__(self) -> str:
        return f"{self.channels}-{self.resize}-{self.scaling}"


#: The study's own way to prepare images, whose features are those of the study.
STUDY = "study"


class Recipe(Entry):
    """One way in which the paper's table may have come about, with the classifiers of 2018.

    Attributes
    ----------
    preparation
        How images are prepared: a :class:`Preprocessing`, or `STUDY`.
    z_score
        Of the features before any classifier: ``none``, with the ``train`` split's means and deviations, or ``each`` split
        with its own.
    split
        ``official``, or as ``kaggle`` has the dataset: of MNIST the training images include some of the test split.
    """

    preparation: Preprocessing | Literal["study"]
    z_score: ZScore
    split: Split

    @classmethod
    def parse(cls, name: str) -> "Recipe":
        """Read a name such as ``repeat-nearest-unit-caffe/none/official``; a wrong one is a `ValueError`."""
        parts = dict(zip(cls.model_fields, name.split("/", 2), strict=False))
        _check(name, parts, {"preparation": str, "z_score": ZScore, "split": Split})
        return cls.model_validate({**parts, "preparation": parse_preparation(parts["preparation"])})

    def __str__(self) -> str:
        return f"{self.preparation}/{self.z_score}/{self.split}"


def parse_preparation(name: str) -> Preprocessing | Literal["study"]:
    """Read a way to prepare images; an unknown one is a `ValueError`."""
    return "study" if name == STUDY else Preprocessing.parse(name)


def _check(name: str, parts: dict[str, str], kinds: dict[str, object]) -> None:
    if len(parts) < len(kinds):
        raise ValueError(f"{name!r} has {len(parts)} of the parts {', '.join(kinds)}")
    for part, value in parts.items():
        known = get_args(kinds[part])
        if known and value not in known:
            raise ValueError(f"unknown {part} {value!r} in {name!r}; it is one of {', '.join(known)}")


def _is_preparation(name: str) -> str:
    parse_preparation(name)
    return name


Preparations = Annotated[
    tuple[Annotated[str, AfterValidator(_is_preparation)], ...], Field(min_length=1), AfterValidator(distinct)
]


def _is_recipe(name: str) -> str:
    Recipe.parse(name)
    return name


RecipeName = Annotated[str, AfterValidator(_is_recipe)]


class Search(Entry):
    """Every preparation with every z-score, on the first images of each split.

    Attributes
    ----------
    preparations, z_score
        The parts of its recipes; they all have the official split.
    train
        The numbers of images to train on.
    test
        How many images of the test split.
    """

    preparations: Preparations
    z_score: Annotated[tuple[ZScore, ...], AfterValidator(distinct)] = Field(min_length=1)
    train: Ascending = Field(min_length=1)
    test: Images

    @property
    def recipes(self) -> tuple[str, ...]:
        """The names of all its recipes, those of one preparation after another."""
        return tuple(f"{preparation}/{z_score}/official" for preparation, z_score in product(self.preparations, self.z_score))


class Replay(Entry):
    """What the paper may have done, ``replay`` in params.yaml.

    Features are those of the paper's network, cut at one layer. The recipes of `search` run on few images, those of `full` on
    all that the study uses.
    """

    datasets: Names
    network: Name
    layer: Name
    search: Search
    full: Annotated[tuple[RecipeName, ...], Field(min_length=1), AfterValidator(distinct)]
