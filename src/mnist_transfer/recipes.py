"""The entries of ``replication`` in ``params.yaml``: what the paper may have done, as recipes of named parts."""

from itertools import pairwise, product
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, StrictInt, field_validator, model_validator

from mnist_transfer.entries import Classifier, Entry, Name, distinct

Channels = Literal["repeat", "interleave"]
Resize = Literal["nearest", "bilinear", "bicubic"]
Scaling = Literal["caffe", "none", "unit", "unit-caffe", "unit-torch", "unit-unit"]
ZScore = Literal["none", "train", "each"]
Split = Literal["official", "holdout", "overlap"]

#: The classifiers as the study itself runs them, each with its own z-score.
TODAY = "today"


class Look(Entry):
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
    def parse(cls, name: str) -> "Look":
        """Read a name such as ``repeat-nearest-unit-caffe``.

        Raises
        ------
        ValueError
            The name has too few parts, or one that is not known.
        """
        parts = dict(zip(cls.model_fields, name.split("-", 2), strict=False))
        _check(name, parts, {"channels": Channels, "resize": Resize, "scaling": Scaling})
        return cls.model_validate(parts)

    def __str__(self) -> str:
        return f"{self.channels}-{self.resize}-{self.scaling}"


class Recipe(Entry):
    """One way in which the paper's table may have come about.

    Attributes
    ----------
    look
        How images are prepared.
    z_score
        Of the features before any classifier: ``none``, with the ``train`` split's means and deviations, or ``each`` split
        with its own.
    split
        ``official``; ``holdout``: a fifth of the training images stands for the test split, and the rest trains; ``overlap``:
        the training images include some of the test split.
    settings
        Which classifiers: one of ``replication.settings``, or ``today`` for the study's own.
    """

    look: Look
    z_score: ZScore
    split: Split
    settings: str

    @classmethod
    def parse(cls, name: str) -> "Recipe":
        """Read a name such as ``repeat-nearest-unit-caffe/none/official/sklearn-2018``.

        Raises
        ------
        ValueError
            The name has too few parts, or one that is not known.
        """
        parts = dict(zip(cls.model_fields, name.split("/", 3), strict=False))
        _check(name, parts, {"look": str, "z_score": ZScore, "split": Split, "settings": str})
        return cls.model_validate({**parts, "look": Look.parse(parts["look"])})

    def __str__(self) -> str:
        return f"{self.look}/{self.z_score}/{self.split}/{self.settings}"


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
    """All recipes of a grid, on few images.

    Attributes
    ----------
    train, test
        How many images of each split, a stratified subset.
    channels, resize, scaling, z_score, split, settings
        What each part of a recipe runs through.
    """

    train: StrictInt = Field(ge=20)
    test: StrictInt = Field(ge=20)
    channels: tuple[Channels, ...] = Field(min_length=1)
    resize: tuple[Resize, ...] = Field(min_length=1)
    scaling: tuple[Scaling, ...] = Field(min_length=1)
    z_score: tuple[ZScore, ...] = Field(min_length=1)
    split: tuple[Split, ...] = Field(min_length=1)
    settings: tuple[Name, ...] = Field(min_length=1)

    @property
    def looks(self) -> list[Look]:
        """Every preparation of the grid."""
        parts = product(self.channels, self.resize, self.scaling)
        return [Look(channels=channels, resize=resize, scaling=scaling) for channels, resize, scaling in parts]

    def recipes(self, look: Look) -> list[Recipe]:
        """Return every recipe of the grid with one preparation."""
        parts = product(self.z_score, self.split, self.settings)
        return [Recipe(look=look, z_score=z_score, split=split, settings=settings) for z_score, split, settings in parts]


class Ladder(Entry):
    """From the nearest recipe to what the study does, a change at a time.

    Attributes
    ----------
    train, test
        How many images of each split, a stratified subset.
    rungs
        Recipes, each of which differs from the one before in one part.
    """

    train: StrictInt = Field(ge=20)
    test: StrictInt = Field(ge=20)
    rungs: tuple[RecipeName, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _one_change_at_a_time(self) -> "Ladder":
        rungs = [Recipe.parse(name) for name in self.rungs]
        for before, after in pairwise(rungs):
            changed = sum(a != b for a, b in zip(_parts(before), _parts(after), strict=True))
            if changed != 1:
                raise ValueError(f"rungs: from {before} to {after} {changed} parts change; change one at a time")
        return self


def _parts(recipe: Recipe) -> tuple[str, ...]:
    look = recipe.look
    return (look.channels, look.resize, look.scaling, recipe.z_score, recipe.split, recipe.settings)


class Replication(Entry):
    """What the paper may have done, and where that is tried: ``replication`` in params.yaml.

    Attributes
    ----------
    network, layer
        The paper's network, and where it is cut.
    settings
        Sets of classifiers by name; their rows have the names of the study's.
    search, ladder
        On few images.
    replay
        Recipes on all images of the study.
    """

    network: Name
    layer: Name
    settings: dict[Name, dict[Name, Classifier]]
    search: Search
    replay: tuple[RecipeName, ...] = Field(min_length=1)
    ladder: Ladder

    @field_validator("settings")
    @classmethod
    def _today_is_the_studys(cls, settings: dict[str, dict[str, Classifier]]) -> dict[str, dict[str, Classifier]]:
        if TODAY in settings:
            raise ValueError(f"{TODAY} stands for the study's own classifiers; choose another name")
        return settings

    @model_validator(mode="after")
    def _recipes_are_defined(self) -> "Replication":
        for part in ("channels", "resize", "scaling", "z_score", "split", "settings"):
            distinct(getattr(self.search, part), f"search.{part}: ")
        distinct(self.replay, "replay: ")
        distinct(self.ladder.rungs, "ladder.rungs: ")
        known = (*self.settings, TODAY)
        rungs = [Recipe.parse(name).settings for name in self.ladder.rungs]
        others = [*self.search.settings, *(Recipe.parse(name).settings for name in self.replay)]
        for name in (*others, *rungs):
            if name not in known:
                raise ValueError(f"unknown settings {name!r}; replication.settings has {', '.join(known)}")
        if TODAY in others:  # or every change of a classifier would run the search and the replays again
            raise ValueError(f"the settings {TODAY} belong to the ladder; the search and the replays take others")
        return self
