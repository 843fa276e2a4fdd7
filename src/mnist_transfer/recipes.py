"""The entries of ``replay`` in ``params.yaml``: what the paper may have done, as recipes of named parts."""

from itertools import pairwise, product
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from mnist_transfer.entries import Entry, Images, Name, Names, distinct

Channels = Literal["repeat", "interleave"]
Resize = Literal["nearest", "bilinear", "bicubic"]
Scaling = Literal["caffe", "none", "unit", "unit-caffe", "unit-torch", "unit-unit"]
ZScore = Literal["none", "train", "each"]
Split = Literal["official", "holdout", "overlap"]
#: Which classifiers: scikit-learn's defaults of 2018 (:mod:`mnist_transfer.replay.sklearn_2018`), or the study's own.
Settings = Literal["sklearn-2018", "today"]


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


class Recipe(Entry):
    """One way in which the paper's table may have come about.

    Attributes
    ----------
    preprocessing
        How images are prepared.
    z_score
        Of the features before any classifier: ``none``, with the ``train`` split's means and deviations, or ``each`` split
        with its own.
    split
        ``official``; ``holdout``: a fifth of the training images stands for the test split, and the rest trains; ``overlap``:
        the training images include some of the test split.
    settings
        Which classifiers: those of 2018, or ``today`` for the study's own.
    """

    preprocessing: Preprocessing
    z_score: ZScore
    split: Split
    settings: Settings

    @classmethod
    def parse(cls, name: str) -> "Recipe":
        """Read a name such as ``repeat-nearest-unit-caffe/none/official/sklearn-2018``; a wrong one is a `ValueError`."""
        parts = dict(zip(cls.model_fields, name.split("/", 3), strict=False))
        _check(name, parts, {"preprocessing": str, "z_score": ZScore, "split": Split, "settings": Settings})
        return cls.model_validate({**parts, "preprocessing": Preprocessing.parse(parts["preprocessing"])})

    def __str__(self) -> str:
        return f"{self.preprocessing}/{self.z_score}/{self.split}/{self.settings}"


def _check(name: str, parts: dict[str, str], kinds: dict[str, object]) -> None:
    if len(parts) < len(kinds):
        raise ValueError(f"{name!r} has {len(parts)} of the parts {', '.join(kinds)}")
    for part, value in parts.items():
        known = get_args(kinds[part])
        if known and value not in known:
            raise ValueError(f"unknown {part} {value!r} in {name!r}; it is one of {', '.join(known)}")


def _is_recipe(name: str) -> str:
    Recipe.parse(name)
    return name


RecipeName = Annotated[str, Field(pattern=r"^[^/\s]+/[^/\s]+/[^/\s]+/[^/\s]+$"), AfterValidator(_is_recipe)]


class Search(Entry):
    """All recipes of a grid with the official split and the classifiers of 2018, on a stratified subset of each split."""

    train: Images
    test: Images
    channels: Annotated[tuple[Channels, ...], AfterValidator(distinct)] = Field(min_length=1)
    resize: Annotated[tuple[Resize, ...], AfterValidator(distinct)] = Field(min_length=1)
    scaling: Annotated[tuple[Scaling, ...], AfterValidator(distinct)] = Field(min_length=1)
    z_score: Annotated[tuple[ZScore, ...], AfterValidator(distinct)] = Field(min_length=1)

    @property
    def preprocessings(self) -> list[Preprocessing]:
        """Every way of the grid to prepare images."""
        parts = product(self.channels, self.resize, self.scaling)
        return [Preprocessing(channels=channels, resize=resize, scaling=scaling) for channels, resize, scaling in parts]

    def recipes(self, preprocessing: Preprocessing) -> list[Recipe]:
        """Return every recipe of the grid with one way to prepare images."""
        rest: Any = {"preprocessing": preprocessing, "split": "official", "settings": "sklearn-2018"}
        return [Recipe(z_score=z_score, **rest) for z_score in self.z_score]


class Ladder(Entry):
    """From the nearest recipe to what the study does, a change of one part at a time, on a stratified subset of each split."""

    train: Images
    test: Images
    recipes: Annotated[tuple[RecipeName, ...], AfterValidator(distinct)] = Field(min_length=2)

    @model_validator(mode="after")
    def _one_change_at_a_time(self) -> "Ladder":
        for before, after in pairwise(map(Recipe.parse, self.recipes)):
            changed = sum(a != b for a, b in zip(parts(before), parts(after), strict=True))
            if changed != 1:
                raise ValueError(f"recipes: from {before} to {after} {changed} parts change; change one at a time")
        return self


def parts(recipe: Recipe) -> tuple[str, ...]:
    """Return a recipe's parts: channels, resize, scaling, z-score, split and settings."""
    of = recipe.preprocessing
    return (of.channels, of.resize, of.scaling, recipe.z_score, recipe.split, recipe.settings)


class Replay(Entry):
    """What the paper may have done, ``replay`` in params.yaml.

    Features are those of the paper's network, cut at one layer. `search` and `ladder` run on few images, `recipes` on all.
    """

    datasets: Names
    network: Name
    layer: Name
    search: Search
    recipes: Annotated[tuple[RecipeName, ...], AfterValidator(distinct)] = Field(min_length=1)
    ladder: Ladder

    @model_validator(mode="after")
    def _recipes_take_the_classifiers_of_2018(self) -> "Replay":
        if today := [name for name in self.recipes if Recipe.parse(name).settings == "today"]:
            # or every change of a classifier would run them again
            raise ValueError(f"recipes: {today[0]}: the settings today belong to the ladder")
        return self
