"""The entries of ``difficulty`` in ``params.yaml``: on what each measure of how hard the datasets are is taken."""

from typing import Annotated

from pydantic import AfterValidator, Field, StrictInt, model_validator

from mnist_transfer.entries import Classifier, Entry, FeaturesName, Name, distinct

#: Two classifiers are told apart below this p-value, corrected for the number of pairs.
LEVEL = 0.05


def _ascend(values: tuple[int, ...]) -> tuple[int, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError(f"they must ascend, not {list(values)}")
    return values


Count = Annotated[StrictInt, Field(ge=1)]
Images = Annotated[StrictInt, Field(ge=20)]
Names = Annotated[tuple[Name, ...], AfterValidator(distinct)]
Group = Annotated[tuple[str, ...], Field(min_length=1)]


class OnFeatures(Entry):
    """A measure that is taken on several kinds of features.

    Attributes
    ----------
    features
        Which; the measure is not taken where there are none.
    """

    features: Annotated[tuple[FeaturesName, ...], AfterValidator(distinct)]


class LearningCurves(OnFeatures):
    """Accuracy against the number of training images.

    Attributes
    ----------
    sizes
        Numbers of training images, ascending; those that a dataset has not are left out.
    draws
        For each classifier, how many random training sets of each size.
    """

    sizes: Annotated[tuple[Images, ...], Field(min_length=2), AfterValidator(_ascend)]
    draws: dict[Name, tuple[Count, ...]] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_number_a_size(self) -> "LearningCurves":
        for name, draws in self.draws.items():
            if len(draws) != len(self.sizes):
                raise ValueError(f"draws.{name}: {len(draws)} numbers for {len(self.sizes)} sizes; give one for each")
        return self


class Resolution(OnFeatures):
    """How many pairs of classifiers the test images tell apart.

    Attributes
    ----------
    images
        Numbers of test images, ascending; those that a dataset has not are left out.
    resamples
        How many random test sets of each size.
    """

    images: Annotated[tuple[Images, ...], Field(min_length=1), AfterValidator(_ascend)]
    resamples: StrictInt = Field(ge=20)


class SeedNoise(OnFeatures):
    """Accuracy under several seeds.

    Attributes
    ----------
    classifiers
        Those that draw random numbers.
    seeds
        How many, from the study's own upwards.
    """

    classifiers: Annotated[Names, Field(min_length=1)]
    seeds: StrictInt = Field(ge=2)


class Depth(Entry):
    """Error at every layer where a network is cut.

    Attributes
    ----------
    networks
        Whose layers.
    classifiers
        Which.
    train
        How many training images, the same for every dataset.
    """

    networks: Names
    classifiers: Annotated[Names, Field(min_length=1)]
    train: Images


class Dropped(OnFeatures):
    """Accuracy without the classes that look alike, and with only these.

    Attributes
    ----------
    classifiers
        Which, each fitted anew.
    train
        How many training images of all classes, the same for every dataset.
    """

    classifiers: Annotated[Names, Field(min_length=1)]
    train: Images


class SharedErrors(OnFeatures):
    """Test images that all classifiers mistake.

    Attributes
    ----------
    classifier
        The one whose probabilities say how credible a label is.
    train
        To how many training images it is fitted.
    """

    classifier: Name
    train: Images


class Geometry(OnFeatures):
    """How the images lie in the space of the features.

    Attributes
    ----------
    images
        How many training images a draw has.
    draws
        How many draws.
    """

    images: Images
    draws: StrictInt = Field(ge=2)


class Clusters(OnFeatures):
    """How KMeans' clusters agree with the classes.

    Attributes
    ----------
    clusters
        How many KMeans looks for.
    seeds
        From how many starts, each its own result.
    """

    clusters: Annotated[tuple[Count, ...], Field(min_length=1), AfterValidator(_ascend)]
    seeds: StrictInt = Field(ge=2)


class Frozen(Entry):
    """How far frozen features go: the best of several candidates on held-out training images, tested once.

    Every set of layers is tried with every classifier.

    Attributes
    ----------
    networks
        Whose features.
    train, validation
        How many training images the candidates are fitted to and compared on.
    layers
        Sets of layers to join side by side.
    classifiers
        The candidates' own, by name.
    """

    networks: Names
    train: Images
    validation: Images
    layers: Annotated[tuple[Annotated[Names, Field(min_length=1)], ...], Field(min_length=1), AfterValidator(distinct)]
    classifiers: dict[Name, Classifier] = Field(min_length=1)


class Difficulty(Entry):
    """How hard the datasets are, ``difficulty`` in params.yaml: each measure has the name of its module and of its stage.

    Attributes
    ----------
    look_alikes
        For each dataset, groups of classes, by name, that look alike: what `merged` and `dropped` are about.
    classifiers
        What the measures fit, by name: cheaper than the study's, because they are fitted hundreds of times.
    """

    look_alikes: dict[Name, tuple[Group, ...]]
    classifiers: dict[Name, Classifier] = Field(min_length=1)
    learning_curves: LearningCurves
    one_pixel: OnFeatures
    mcnemar: OnFeatures
    resolution: Resolution
    seed_noise: SeedNoise
    depth: Depth
    merged: OnFeatures
    dropped: Dropped
    shared_errors: SharedErrors
    geometry: Geometry
    clusters: Clusters
    frozen: Frozen

    def parts(self, measure: str) -> tuple[str, ...]:
        """Return what a measure is taken on: kinds of features, or networks."""
        settings = getattr(self, measure)
        parts: tuple[str, ...] = settings.features if hasattr(settings, "features") else settings.networks
        return parts

    @model_validator(mode="after")
    def _classifiers_are_defined(self) -> "Difficulty":
        fitted = {
            "learning_curves.draws": self.learning_curves.draws,
            "seed_noise.classifiers": self.seed_noise.classifiers,
            "depth.classifiers": self.depth.classifiers,
            "dropped.classifiers": self.dropped.classifiers,
            "shared_errors.classifier": [self.shared_errors.classifier],
        }
        for where, names in fitted.items():
            for name in names:
                if name not in self.classifiers:
                    raise ValueError(
                        f"{where}: unknown classifier {name!r}; difficulty.classifiers has {', '.join(self.classifiers)}"
                    )
        return self


#: Every measure's name.
MEASURES = tuple(name for name in Difficulty.model_fields if name not in ("look_alikes", "classifiers"))
#: Those that read what the study's own classifiers or projections gave.
ON_STUDY = ("mcnemar", "resolution", "merged", "shared_errors", "clusters")
