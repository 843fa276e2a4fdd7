"""The command line: one command a stage of the pipeline, thin around the functions that do the work."""

import errno
import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_transfer import execution, files, memory, numerics, paths
from mnist_transfer import study as studies
from mnist_transfer.cores import cores, processor
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console
from mnist_transfer.wording import counted, listed

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Transfer learning on Fashion-MNIST and MNIST, step by step. `dvc repro` runs all of it; most commands here "
    "are one stage: they read params.yaml and the files of the stages before, in the folder that holds dvc.yaml.",
)

Dataset = Annotated[str, typer.Argument(help="A name under `datasets` in params.yaml, such as mnist.")]
Network = Annotated[str, typer.Argument(help="A name under `networks` in params.yaml, such as vgg16.")]
Features = Annotated[str, typer.Argument(help="A network and one of its layers, such as vgg16/block5.")]


def main() -> None:
    """Run the command line; bad input, a full disk and too little memory are one line on standard error and exit code 2."""
    try:
        app()
    except InputError as error:
        line = str(error)
    except OSError as error:  # a disk or a quota that is full may show wherever something is written, also by a library
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else Python fails once more, with what it holds back, when it ends
        line = f"cannot write {error.filename or 'what is printed'}: {error.strerror}; free some space, and run this again"
    except MemoryError as error:
        fewer = f"use fewer images (train, test in {paths.PARAMS}), or set {memory.VARIABLE} (docs/scaling.md)"
        line = f"there is too little memory ({error or 'none is left'}); {fewer}"
    else:
        return
    console.print(f"error: {line}", style="bold red", markup=False)
    sys.exit(2)


def writes(command: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function that writes files: of two runs of it with the same names, the second is refused."""

    @functools.wraps(command)
    def locked(**arguments: Any) -> None:
        from filelock import FileLock, Timeout

        studies.check_folder()
        words = [command.__name__, *(value for value in arguments.values() if isinstance(value, str))]
        path = paths.lock(" ".join(words))
        with files.writing(path):
            try:
                lock = FileLock(path).acquire(blocking=False)
            except Timeout:
                reason = "wait for its end, or stop it, and try again"
                raise InputError(f"`{' '.join(words)}` is being run by another process; {reason}") from None
        for departure in numerics.departures:
            console.print(f"the bytes may differ from those of the committed run: {departure}", markup=False)
        with lock, execution.parallel():
            start = time.perf_counter()
            command(**arguments)
            seconds = round(time.perf_counter() - start, 3)
            files.write_json(
                paths.stage_time(" ".join(words)), {"seconds": seconds, "cores": cores(), "processor": processor()}
            )

    return app.command()(locked)


@app.command()
def check() -> None:
    """Check the whole of params.yaml, every key, name, range and layer, before DVC runs anything with it (a second).

    Of a network other than VGG16 it needs ten seconds to see the layers, the first time. DVC puts names of params.yaml into
    shell commands before any stage can look at them: check what you did not write.
    Example: mnist-transfer check && dvc repro
    """
    from mnist_transfer import layers

    study = studies.load()
    layers.check(study)
    chosen = study.selection
    for name in chosen.datasets:
        study.dataset(name)  # which looks into data/ for what an entry leaves out
    features = counted(len(chosen.features), "kind of features", "kinds of features")
    counts = [counted(len(chosen.datasets), "dataset"), features, counted(len(chosen.classifiers), "classifier")]
    console.print(f"{paths.PARAMS} is sound: {listed(counts)}")


@app.command("layers")
def show_layers(
    architecture: Annotated[str, typer.Argument(help="A name in keras.applications, such as VGG16, or a .keras file.")],
    size: Annotated[int, typer.Option(help="Side of the images in pixels.")] = 48,
) -> None:
    """List an architecture's layers, at which `networks` of params.yaml can be cut: name, kind, shape, parameters (10 seconds).

    Example: mnist-transfer layers MobileNetV2 --size 96
    """
    from mnist_transfer import layers

    studies.check_folder()
    layers.show(architecture, size)


@writes
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Datasets and networks to fetch; those of the study when none is named.")
    ] = None,
) -> None:
    """Download and verify the raw datasets and VGG16's weights into data/ (100 MB to download, 170 MB on disk; two minutes).

    What is there and sound is kept; a broken transfer is resumed. The folder or URL in MNIST_TRANSFER_MIRROR is tried first.
    Data of your own in data/NAME/ are recognised and checked (docs/data.md).
    Example: mnist-transfer fetch mnist
    """
    from mnist_transfer.data import fetch as stage

    stage.run(studies.load(), names or ())


@writes
def split(dataset: Dataset) -> None:
    """Choose a dataset's images: writes their rows and labels to splits/DATASET.npz (a second).

    Example: mnist-transfer split mnist
    """
    from mnist_transfer import splits as stage

    stage.run(studies.load(), dataset)


@writes
def features(dataset: Dataset, network: Network) -> None:
    """Pass a dataset through a network once: writes the features of all its layers to features/DATASET/NETWORK/.

    VGG16 takes about 7 minutes for 70,000 images on two cores, and 700 MB of disk. An interrupted pass continues where it
    stopped.
    Example: mnist-transfer features mnist vgg16
    """
    from mnist_transfer.extraction import features as stage

    stage.run(studies.load(), dataset, network)


@writes
def project(dataset: Dataset) -> None:
    """Project all kinds of features to three dimensions and cluster them there: writes projections/DATASET/FEATURES.npz.

    z-score, PCA, KMeans; half a minute. Example: mnist-transfer project mnist
    """
    from mnist_transfer import projection as stage

    stage.run(studies.load(), dataset)


@writes
def classify(
    dataset: Dataset,
    features: Features,
    classifier: Annotated[str, typer.Argument(help="A name under `classifiers` in params.yaml, such as knn.")],
) -> None:
    """Train and test one classifier: writes its metrics and predictions to classifiers/DATASET/FEATURES/CLASSIFIER/.

    Those of a list of values go to a folder each. Seconds to two minutes; a linear support vector machine up to 9.
    Example: mnist-transfer classify mnist vgg16/block5 knn
    """
    from mnist_transfer.classifiers import classify as stage

    stage.run(studies.load(), dataset, features, classifier)


@writes
def replay(dataset: Dataset) -> None:
    """Replay what the paper may have done, recipe by recipe: writes replay/DATASET/ (20 minutes).

    Passes through the network are kept in build/replay/, so that an interrupted replay continues where it stopped.
    Example: mnist-transfer replay mnist
    """
    from mnist_transfer.replay import replay as stage

    stage.run(studies.load(), dataset)


@writes
def measure(
    name: Annotated[str, typer.Argument(help="A measure under `difficulty` in params.yaml, such as one_pixel.")],
    dataset: Dataset,
) -> None:
    """Measure how hard a dataset is: writes difficulty/NAME/DATASET.csv, which `results` takes up.

    Seconds for most; learning_curves, seed_noise and frozen take up to 8 minutes each.
    Example: mnist-transfer measure one_pixel mnist
    """
    from mnist_transfer.difficulty import measure as stage

    stage.run(studies.load(), name, dataset)


@writes
def compare(dataset: Dataset) -> None:
    """Take all `comparisons` of params.yaml, of what the classifiers predict: writes comparisons/DATASET/NAME.csv.

    Takes a few minutes. Example: mnist-transfer compare mnist
    """
    from mnist_transfer.comparisons import compare as stage

    stage.run(studies.load(), dataset)


@writes
def sweep(
    grid: Annotated[Path, typer.Argument(help="A YAML file with lists of datasets, features, classifiers and seeds.")],
    local: Annotated[int, typer.Option(help="Fit in so many processes of this machine.", min=0)] = 0,
) -> None:
    """Fit every classifier on all features and datasets of a grid with every seed: writes a table beside it, GRID.csv.

    Features that are missing are made first. Every fit is kept in build/sweep/: the same command continues, and a larger grid
    fits what is new. On a cluster it takes what MNIST_TRANSFER_SCHEDULER names (docs/scaling.md).
    Example: mnist-transfer sweep grid.yaml --local 2
    """
    from mnist_transfer import sweep as stage

    with execution.local(local):
        stage.run(studies.load(), grid, functools.partial(app, standalone_mode=False))


@writes
def results() -> None:
    """Gather everything small that the report needs into results/, which git tracks (20 seconds).

    Example: mnist-transfer results
    """
    from mnist_transfer.results import gather as stage

    stage.run(studies.load())


@writes
def verify(
    update: Annotated[
        bool, typer.Option("--update", help="Record this machine's bytes instead of comparing with them.")
    ] = False,
) -> None:
    """Prove that this machine, code and packages compute the bytes of the committed run: all stages, on few images (a minute).

    Prints a line a group of files, same or differs, and the first file that differs; exit code 1 if one does. It needs data/,
    and writes nothing but, with --update, results/digests.json.
    Example: mnist-transfer verify
    """
    from mnist_transfer import verify as stage

    if not stage.run(functools.partial(app, standalone_mode=False), update):
        raise typer.Exit(1)


@app.command()
def predict(
    images: Annotated[list[Path], typer.Argument(help="PNG, JPEG or other pictures, of one object each.")],
    dataset: Annotated[str | None, typer.Option(help="Whose classes are meant, such as mnist.")] = None,
    png: Annotated[Path | None, typer.Option(help="Draw what is printed into this PNG, too.")] = None,
) -> None:
    """Classify pictures of your own, of any size, colour and place of the object (10 seconds; a minute the first time).

    By the best row of results/ that gives probabilities. It prints what was done to each picture, the likeliest classes, how
    far to believe them, and the nearest training images. It needs data/ and the row's features; what is fitted is kept in
    build/predict/.
    Example: mnist-transfer predict shoe.jpg --dataset fashion_mnist --png shoe-classified.png
    """
    from mnist_transfer import predict as stage

    stage.run(studies.load(), images, dataset, png)


@app.command()
def claims() -> None:
    """Print which sentences of the report the results bear out, and by what evidence (2 seconds); it writes nothing.

    Exit code 1 if one of them does not hold. Example: mnist-transfer claims
    """
    from mnist_transfer.claims import verdicts as stage

    studies.check_folder()
    if not stage.show():
        raise typer.Exit(1)


@app.command()
def show(
    dataset: Annotated[list[str] | None, typer.Option(help="Show this dataset alone, or several named so.")] = None,
    features: Annotated[list[str] | None, typer.Option(help="Show these features, not the study's first.")] = None,
    update: Annotated[
        Path | None,
        typer.Option(
            help="Write accuracies on all features into this Markdown file instead, between <!-- table --> and <!-- /table -->."
        ),
    ] = None,
) -> None:
    """Print what results/ has: accuracies with their intervals, the paper's, times to fit, and claims that fail (2 seconds).

    It needs nothing else, neither data nor TensorFlow. Example: mnist-transfer show --features vgg16/block3
    """
    from mnist_transfer.report import summary

    studies.check_folder()
    if update is None:
        summary.show(dataset or (), features or ())
    else:
        summary.run(studies.load(), update)


@writes
def report(
    draft: Annotated[bool, typer.Option("--draft", help="Render it although a claim does not hold: struck through.")] = False,
) -> None:
    """Render report/ from results/ into report/_site (a minute): with Quarto where it is on PATH, else as a preview.

    A claim that the results do not bear out stops it, with its sentence and the evidence.
    Example: mnist-transfer report --draft
    """
    from mnist_transfer.report import render as stage

    stage.render(draft=draft)


@writes
def demo(
    workspace: Annotated[Path, typer.Argument(help="Where to lay it out and run it.")] = paths.DEMO,
) -> None:
    """Run the whole pipeline on an embedded sample of images, offline, in a folder of its own (3 minutes).

    The folder is a git repository, in which you can change something and see what it changes.
    Example: mnist-transfer demo build/demo
    """
    from mnist_transfer.demo import workspace as stage

    stage.run(stage.DEMO, Path(), workspace)


@writes
def small(
    workspace: Annotated[Path, typer.Argument(help="Where to lay it out and run it.")] = paths.SMALL,
) -> None:
    """Do the same with the real data, 2,500 images of each dataset, and ImageNet's weights, fetched first (4 minutes).

    The folder is a git repository, to bend to your own questions. Example: mnist-transfer small build/small
    """
    from mnist_transfer.demo import workspace as stage

    stage.run(stage.SMALL, Path(), workspace)


@app.command()
def recover() -> None:
    """Remove stale locks and a damaged dvc.lock, left by a DVC that was killed or had no space (2 seconds).

    For when `dvc repro` says that a file is corrupted, invalid or busy; `make repro` begins with it.
    Example: mnist-transfer recover && dvc repro
    """
    from mnist_transfer import recovery

    studies.check_folder()
    recovery.run()
