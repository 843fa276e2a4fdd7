"""The command line: one command a stage of the pipeline, thin around the functions that do the work."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from mnist_transfer import arguments, artifacts, locks, paths, refusals, resources
from mnist_transfer import study as studies
from mnist_transfer.progress import console
from mnist_transfer.wording import counted, listed

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Transfer learning on Fashion-MNIST and MNIST, step by step. `dvc repro` runs all of it; most commands here "
    "are one stage: they read params.yaml and the files of the stages before, in the folder that holds dvc.yaml.",
)


def main() -> None:
    """Run the command line; bad input becomes one line on standard error and exit code 2."""
    with refusals.in_one_line():
        app()


@app.command()
def check() -> None:
    """Check the whole of params.yaml, every key, name and range, before DVC runs anything with it (half a second).

    DVC puts names of params.yaml into shell commands before any stage can look at them: check what you did not write.
    Example: mnist-transfer check && dvc repro
    """
    chosen = studies.load().selection
    features = counted(len(chosen.features), "kind of features", "kinds of features")
    counts = [counted(len(chosen.datasets), "dataset"), features, counted(len(chosen.classifiers), "classifier")]
    console.print(f"{paths.PARAMS} is sound: {listed(counts)}")


def writes(command: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function that writes files: of two runs of it with the same names, the second is refused."""
    return app.command()(locks.alone(command))


@writes
def fetch(
    datasets: Annotated[
        list[str] | None, typer.Argument(help="Datasets to fetch; those of the study when none is named.")
    ] = None,
) -> None:
    """Download and verify the raw datasets into data/ (42 MB to download, 110 MB on disk; a minute).

    What is there and sound is kept; a broken transfer is resumed. The folder or URL in MNIST_TRANSFER_MIRROR is tried first.
    Example: mnist-transfer fetch mnist
    """
    from mnist_transfer.data import fetch as stage

    stage.run(studies.load(), datasets or ())


@writes
def split(dataset: arguments.Dataset) -> None:
    """Choose a dataset's images: writes splits/DATASET/{train,test}_{index,labels}.npy (a second).

    Example: mnist-transfer split mnist
    """
    from mnist_transfer.data import splits as stage

    stage.run(studies.load(), dataset)


@writes
def weights(
    network: arguments.Network,
    h5: Annotated[Path | None, typer.Option(help="Keras' official notop file, if you have it already.")] = None,
    accept_unofficial: Annotated[
        bool,
        typer.Option(
            help="Use the --h5 file even if its md5 is not the official one: any file of Keras's with this network's layers."
        ),
    ] = False,
) -> None:
    """Write a network's tensors to weights/NETWORK.safetensors and its layers to weights/NETWORK.json (10 seconds).

    ImageNet weights come from MNIST_TRANSFER_MIRROR or from the official file (59 MB), which is kept in downloads/.
    Example: mnist-transfer weights vgg16
    """
    from mnist_transfer.extraction import weights as stage

    stage.run(studies.load(), network, h5, official_only=not accept_unofficial)


@writes
def features(dataset: arguments.Dataset, network: arguments.Network) -> None:
    """Pass a dataset through a network once: writes features/DATASET/NETWORK/LAYER/{train,test}.npy for all its layers.

    VGG16 takes about 7 minutes for 70,000 images on two cores, and 700 MB of disk. An interrupted pass continues where it
    stopped.
    Example: mnist-transfer features mnist vgg16
    """
    from mnist_transfer.extraction import features as stage

    study = studies.load()
    study.dataset(dataset)
    widths = artifacts.read_widths(study, dataset, network)
    artifacts.read_labels(dataset)  # what is missing is said before how large the pass is
    resources.check_pass(study, dataset, network, widths.values())
    stage.run(study, dataset, network)


@writes
def project(dataset: arguments.Dataset, features: arguments.Features) -> None:
    """Project features to three dimensions and cluster them (z-score, PCA, KMeans): writes projections/DATASET/FEATURES.npz.

    Takes a few seconds. Example: mnist-transfer project mnist vgg16/block5
    """
    from mnist_transfer import projection as stage

    stage.run(studies.load(), dataset, features)


@writes
def classify(dataset: arguments.Dataset, features: arguments.Features, classifier: arguments.Classifier) -> None:
    """Train and test one classifier: writes metrics.json, predictions.npy and timing.json.

    They go to classifiers/DATASET/FEATURES/CLASSIFIER/, those of a list of values to a folder each. Seconds to two minutes.
    Example: mnist-transfer classify mnist vgg16/block5 knn
    """
    from mnist_transfer.classifiers import classify as stage

    stage.run(studies.load(), dataset, features, classifier)


@writes
def search(dataset: arguments.Dataset, look: arguments.Look) -> None:
    """Try all recipes with one preparation of images on few of them: writes replication/search/DATASET/LOOK.json (a minute).

    Example: mnist-transfer search mnist repeat-nearest-unit-caffe
    """
    from mnist_transfer.replay import search as stage

    stage.run(studies.load(), dataset, look)


@writes
def replay(dataset: arguments.Dataset, recipe: arguments.Recipe) -> None:
    """Replay a recipe on all images: writes replication/replay/DATASET/RECIPE/{accuracies.json,projection.npz}.

    Takes about 7 minutes for the pass through the network, which is kept in build/replicas/, and 5 for the classifiers.
    Example: mnist-transfer replay mnist repeat-nearest-unit-caffe/none/official/sklearn-2018
    """
    from mnist_transfer.replay import replay as stage

    stage.run(studies.load(), dataset, recipe)


@writes
def ladder(dataset: arguments.Dataset, recipe: arguments.Recipe) -> None:
    """Replay one rung of the ladder on some of the images: writes replication/ladder/DATASET/RECIPE.json (4 minutes).

    Example: mnist-transfer ladder mnist repeat-nearest-unit-caffe/train/official/sklearn-2018
    """
    from mnist_transfer.replay import ladder as stage

    stage.run(studies.load(), dataset, recipe)


@writes
def measure(
    name: Annotated[str, typer.Argument(help="A measure under `difficulty` in params.yaml, such as one_pixel.")],
    dataset: arguments.Dataset,
    part: Annotated[str, typer.Argument(help="What it is taken on: features (vgg16/block3) or a network (vgg16).")],
) -> None:
    """Measure how hard a dataset is: writes results/difficulty/NAME/DATASET/PART.csv, which git tracks.

    Seconds for most; learning_curves, depth and frozen take up to 15 minutes each.
    Example: mnist-transfer measure one_pixel mnist pixels/all
    """
    from mnist_transfer.difficulty import measure as stage

    stage.run(studies.load(), name, dataset, part)


@writes
def collect() -> None:
    """Gather everything small that the report needs into results/, which git tracks (10 seconds)."""
    from mnist_transfer.results import gather as stage

    stage.run(studies.load())


@writes
def recipes() -> None:
    """Gather what the recipes gave into results/replication/, which git tracks (2 seconds)."""
    from mnist_transfer.results import recipes as stage

    stage.run(studies.load())


@writes
def metrics() -> None:
    """Write results/metrics.json, which `dvc metrics diff` compares, from the tables of results/ (a second)."""
    from mnist_transfer.results import metrics as stage

    stage.run(studies.load())


@app.command()
def claims(write: arguments.Write = False) -> None:
    """Print which sentences of the report the results bear out, and by what evidence (2 seconds).

    Exit code 1 if one of them does not hold, but for --write: there `dvc metrics diff` says so.
    Example: mnist-transfer claims
    """
    from mnist_transfer.claims import verdicts as stage

    studies.check_folder()
    if write:
        stage.run()
    elif not stage.show():
        raise typer.Exit(1)


@app.command()
def table(
    update: Annotated[
        Path | None, typer.Option(help="Write it into this Markdown file instead, between <!-- table --> and <!-- /table -->.")
    ] = None,
) -> None:
    """Print the accuracy table of results/: every classifier on every dataset and kind of features."""
    from mnist_transfer.report import summary

    summary.run(studies.load(), update)


@writes
def plot() -> None:
    """Draw results/plots/*.svg for `dvc plots show` and `dvc plots diff` (5 seconds)."""
    from mnist_transfer.results import plots as stage

    studies.check_folder()
    stage.run()


@writes
def report(draft: arguments.Draft = False) -> None:
    """Render report/ from results/ into report/_site: with Quarto where it is on PATH, else as a preview that says so.

    A claim that the results do not bear out stops it, with its sentence and the evidence.
    Example: mnist-transfer report --draft
    """
    from mnist_transfer.report import render as stage

    studies.check_folder()
    stage.render(draft=draft)


@writes
def demo(
    workspace: Annotated[Path, typer.Argument(help="Where to lay it out.")] = paths.DEMO,
) -> None:
    """Lay out the demo: the same pipeline on an embedded sample, in a folder of its own. `make demo` also runs it.

    Real 8×8 handwritten digits and drawn garments stand for MNIST and Fashion-MNIST; nothing is downloaded.
    """
    from mnist_transfer.demo import workspace as stage

    stage.run(Path(), workspace)


@app.command()
def recover() -> None:
    """Clear away stale locks and a damaged dvc.lock, left by a DVC that was killed or had no space.

    For when `dvc repro` says that a file is corrupted, invalid or busy; `make repro` begins with it.
    """
    from mnist_transfer import recovery

    studies.check_folder()
    recovery.run()


@app.command()
def picture(path: Annotated[Path, typer.Argument(help="The PNG to write.")]) -> None:
    """Draw the demo's embedded sample."""
    from mnist_transfer.demo import workspace

    workspace.picture(studies.load(), path)
