"""Classify a user's own pictures with the best of the study's classifiers, and show what it goes by."""

import contextlib
import hashlib
import json
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
import numpy.typing as npt
from rich.bar import Bar
from rich.columns import Columns
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import Pipeline

from mnist_transfer import artifacts, files, numerics, paths, pictures
from mnist_transfer import tables as schema
from mnist_transfer.classifiers.classify import computing
from mnist_transfer.classifiers.estimators import make_pipeline
from mnist_transfer.data.sources import digest
from mnist_transfer.entries import Classifier, Network
from mnist_transfer.errors import InputError
from mnist_transfer.extraction.features import make_extract, pixels
from mnist_transfer.progress import console as log
from mnist_transfer.progress import track
from mnist_transfer.study import Row, Study

Vectors = npt.NDArray[np.float32]

#: Classes that are shown, nearest training images, and test images that tell how far those of a usual image are.
CLASSES, NEIGHBOURS, USUAL = 5, 5, 500


class Fitted(NamedTuple):
    """A fitted pipeline, its accuracy on the test images, and how far the nearest training image is from some of these."""

    pipeline: Pipeline
    accuracy: float
    nearest: npt.NDArray[np.float64]


class Prediction(NamedTuple):
    """What is said of a picture: the likeliest classes with their probabilities, how unusual it is, and what is nearest."""

    picture: pictures.Picture
    ranked: list[tuple[str, float]]
    note: str
    #: Training images, uint8 (height, width), and what is said of each.
    neighbours: list[npt.NDArray[np.uint8]]
    captions: list[str]


def run(study: Study, images: Sequence[Path], dataset: str | None, png: Path | None) -> None:
    """Classify pictures, print what comes out, and draw it into a PNG.

    Raises
    ------
    InputError
        A picture cannot be used, or a file that is needed of the study is missing or damaged; nothing is printed then.
    """
    known = study.selection.datasets
    if dataset is None and len(known) > 1:
        raise InputError(f"the study has several datasets; say whose classes are meant, with --dataset {' or '.join(known)}")
    name = dataset or known[0]
    entry = study.dataset(name)
    if png is not None and png.resolve() in [path.resolve() for path in images]:
        raise InputError(f"--png {png} would replace the picture itself; name another file")
    training = artifacts.read_images(study, name, "train")
    terms = pictures.Terms.learn(training)
    prepared = [pictures.read(path, terms) for path in images]
    features, row = best_row(study, name)
    content = artifacts.read_features(study, name, features)
    if len(content.train) != len(training):
        raise files.damaged(paths.features(name, features), f"of {len(content.train):,} training images", schema.REMEDY)
    vectors = extract(study, features, np.stack([picture.image for picture in prepared]))
    fitted = fitted_once(study, name, features, row, content)
    predictions = predict(fitted, content, vectors, prepared, training, entry.classes)
    title = f"{entry.title}: {row.title} on {features}, which classifies {fitted.accuracy:.2%} of the test images rightly"
    show(title, predictions)
    if png is not None:
        import matplotlib as mpl

        from mnist_transfer.figures import prediction as figures
        from mnist_transfer.figures.style import STYLES

        style: Any = STYLES["light"]
        with mpl.rc_context(style), files.whole_file(png) as temporary:
            drawn = [(p.picture.image, p.picture.path.name, p.ranked, [p.note], p.neighbours, p.captions) for p in predictions]
            figures.predictions(title, drawn).savefig(temporary, format="png")
        log.print(f"{png}: written")


def best_row(study: Study, dataset: str) -> tuple[str, Row]:
    """Return the features and the row with the highest accuracy in ``results/`` whose classifier gives probabilities."""
    table = schema.read("accuracy")
    rows = {row.name: row for row in study.rows}
    gives = {name: hasattr(make_pipeline(_single(study, row), study.seed), "predict_proba") for name, row in rows.items()}
    found = table[(table["dataset"] == dataset) & table["features"].isin(study.selection.features)]
    for _, result in found.sort_values("accuracy", ascending=False, kind="stable").iterrows():
        if gives.get(result["classifier"], False):
            return str(result["features"]), rows[result["classifier"]]
    reason = f"no row of {dataset} on the study's features by a classifier of the study that gives probabilities"
    raise InputError(f"{paths.table('accuracy')} has {reason}; run `dvc repro`, or add such a classifier, as lda is")


def _single(study: Study, row: Row) -> Classifier:
    """Return the entry of a row, with the row's own value where it has a path."""
    entry = study.classifier(row.classifier)
    if entry.path is None:
        return entry
    return entry.model_copy(update={"arguments": {**entry.arguments, entry.path[0]: row.value}})


def fitted_once(study: Study, dataset: str, features: str, row: Row, content: artifacts.Features) -> Fitted:
    """Return a row fitted to the training images: the fit that is kept in ``build/predict/``, or a new one, which is kept.

    The file's name has a hash of all that the fit depends on.
    """
    entry, source = _single(study, row), digest(paths.features(dataset, features), "sha256")
    decisive = json.dumps([entry.model_dump(), study.seed, source, numerics.identity("classifiers")], sort_keys=True)
    path = paths.FITS / dataset / features / row.name / f"{hashlib.sha256(decisive.encode()).hexdigest()}.joblib"
    # A pickle runs what its writer likes. Here that is this program: build/ is no part of git or of DVC, so that nobody else's
    # file comes there by a clone or a pull, and who can write to it can as well change the code.
    with contextlib.suppress(Exception):  # one that is missing or damaged may raise anything
        found = joblib.load(path)
        if isinstance(found, Fitted):
            return found
    with files.writing(path):  # before the fit, which takes longer
        pass
    log.print(f"{dataset}: fitting {row.title} to {features}, once; {path.parent} keeps it")
    try:
        fitted = fit(entry, study.seed, content)
    except InputError as error:
        raise InputError(f"{row.name} on {dataset}, {features}: {error}") from None
    shutil.rmtree(path.parent, ignore_errors=True)
    with files.whole_file(path) as temporary:
        joblib.dump(fitted, temporary)
    return fitted


def fit(entry: Classifier, seed: int, content: artifacts.Features) -> Fitted:
    """Fit a classifier to the training images, and see how it does on the test images."""
    pipeline = make_pipeline(entry, seed)
    with computing(pipeline[-1]), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        pipeline.fit(content.train, content.train_labels)
        accuracy = float(pipeline.score(content.test, content.test_labels))
        some = content.test[:: max(1, len(content.test) // USUAL)]
        nearest, _ = _neighbours(pipeline, content.train, some, 1)
    return Fitted(pipeline, accuracy, nearest[:, 0])


def _neighbours(pipeline: Pipeline, train: Vectors, others: Vectors, number: int) -> tuple[Any, Any]:
    """Return distances and rows of the nearest training images, in the space in which the estimator sees them."""
    space = pipeline[:-1].transform if len(pipeline) > 1 else np.asarray
    known = NearestNeighbors(n_neighbors=min(number, len(train)), algorithm="brute").fit(space(train))
    return tuple(known.kneighbors(space(others)))


def extract(study: Study, features: str, images: npt.NDArray[np.uint8]) -> Vectors:
    """Return one kind of features of images (n, height, width), by the study's own code: float32 (n, width)."""
    name, layer = features.split("/")
    entry = study.network(name)
    if not isinstance(entry, Network):
        return pixels(images)[layer]
    with track(f"{len(images):,} pictures → {features}", 0, "steps"):  # most of the time goes into importing TensorFlow
        from mnist_transfer.extraction import networks

        only = entry.model_copy(update={"layers": {layer: entry.layers[layer]}})
        tensors = networks.get_weights(only, networks.build(only), study.seed)
        return make_extract(only, tensors, name)(images)[layer]


def predict(
    fitted: Fitted,
    content: artifacts.Features,
    vectors: Vectors,
    prepared: Sequence[pictures.Picture],
    training: npt.NDArray[np.uint8],
    classes: Sequence[str],
) -> list[Prediction]:
    """Classify pictures by their features (n, width), and find the training images that are nearest to each."""
    with computing(fitted.pipeline[-1]):
        shares = fitted.pipeline.predict_proba(vectors)
        distances, rows = _neighbours(fitted.pipeline, content.train, vectors, NEIGHBOURS)
    found = []
    for picture, share, far, near in zip(prepared, shares, distances, rows, strict=True):
        order = share.argsort(kind="stable")[::-1][:CLASSES]
        farther = (fitted.nearest < far[0]).mean()
        note = f"Its nearest training image is farther away than those of {farther:.1%} of the test images."
        ranked = [(classes[fitted.pipeline.classes_[place]], float(share[place])) for place in order]
        captions = [f"{classes[content.train_labels[at]]}, {distance:.1f}" for at, distance in zip(near, far, strict=True)]
        found.append(Prediction(picture, ranked, note, [training[at] for at in near], captions))
    return found


def show(title: str, predictions: Sequence[Prediction]) -> None:
    """Print each picture with the probabilities of its classes, and the training images that are nearest to it."""
    console = Console()
    colours = console.color_system is not None
    number = min(NEIGHBOURS, max(3, console.width // 30))
    side = min(28, console.width // number - 2)
    console.print(Text(title, "bold"), soft_wrap=True)
    for prediction in predictions:
        bars = Table.grid(padding=(0, 1))
        for place, (name, share) in enumerate(prediction.ranked):
            style = "" if place else "bold"
            bars.add_row(Text(name, style), Bar(1, 0, share, width=20) if colours else "█" * round(20 * share), f"{share:.1%}")
        beside = Table.grid(padding=(0, 2))
        beside.add_row(half_blocks(prediction.picture.image, 28, colours), Group(bars, "", prediction.note))
        near = [
            Group(half_blocks(image, side, colours), Text(caption))
            for image, caption in zip(prediction.neighbours[:number], prediction.captions, strict=False)
        ]
        console.print()
        console.print(Text(prediction.picture.said), soft_wrap=True)
        console.print(beside)
        console.print("The nearest training images, with their distances:")
        console.print(Columns(near, padding=(0, 2)))


def half_blocks(image: npt.NDArray[np.uint8], side: int, colours: bool) -> Text:
    """Draw an image, of at most so many pixels a side, two a letter, one above the other; without colours in four greys."""
    from PIL import Image

    factor = min(1, side / max(image.shape))
    height, width = (max(1, round(length * factor)) for length in image.shape)
    small = np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.HAMMING)).astype(int)
    small = np.pad(small, ((0, height % 2), (0, 0)))
    lines = []
    for upper, lower in zip(small[::2], small[1::2], strict=True):
        line = Text()
        for high, low in zip(upper, lower, strict=True):
            if colours:
                line.append("▀", f"rgb({high},{high},{high}) on rgb({low},{low},{low})")
            else:
                line.append(" ░▒▓█"[(high + low) * 5 // 511])
        lines.append(line)
    return Text("\n").join(lines)
