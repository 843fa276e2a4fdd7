"""The command line: one command a stage of the pipeline, thin around the functions that do the work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import numpy.typing as npt
import typer

from mnist_transfer import files, paths
from mnist_transfer import study as studies
from mnist_transfer.errors import InputError
from mnist_transfer.progress import console, track

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Transfer learning on Fashion-MNIST and MNIST, step by step. `dvc repro` runs all of it; most commands here "
    "are one stage: they read params.yaml and the files of the stages before, in the folder that holds dvc.yaml.",
)

DatasetArgument = Annotated[str, typer.Argument(help="A name under `datasets` in params.yaml, such as mnist.")]
ExtractorArgument = Annotated[str, typer.Argument(help="A name under `extractors` in params.yaml, such as vgg16-block3.")]
ClassifierArgument = Annotated[str, typer.Argument(help="A name under `classifiers` in params.yaml, such as knn-5.")]


def main() -> None:
    """Run the command line; bad input becomes one line on standard error and exit code 2."""
    try:
        app()
    except InputError as error:
        console.print(f"error: {error}", style="bold red", markup=False)
        sys.exit(2)
    except KeyboardInterrupt:
        console.print("interrupted; finished work is kept, so run the same command again to continue")
        sys.exit(130)


@app.command()
def fetch(
    datasets: Annotated[
        list[str] | None, typer.Argument(help="Datasets to fetch; those of the study when none is named.")
    ] = None,
) -> None:
    """Download and verify the raw datasets into data/ (42 MB to download, 110 MB on disk).

    What is there and sound is kept; a broken transfer is resumed. The folder or URL in MNIST_TRANSFER_MIRROR is tried first.
    """
    from mnist_transfer import idx, sources

    study = studies.load()
    for name in datasets or study.study.datasets:
        study.dataset(name)
        if name not in sources.DATASETS:
            raise InputError(f"{name} has no public source; put its four IDX files into {paths.DATA / name}")
        sources.fetch_dataset(name, sources.DATASETS[name].items())
        for split in ("train", "test"):
            idx.read_split(paths.images(name, split), paths.labels(name, split))
    if not datasets and paths.DATA.with_suffix(".dvc").is_file():
        _take_up(paths.DATA)


@app.command()
def weights(
    extractor: ExtractorArgument,
    h5: Annotated[Path | None, typer.Option(help="Keras' official notop file, if you have it already.")] = None,
    accept_unofficial: Annotated[bool, typer.Option(help="Use the --h5 file even if its md5 is not the official one.")] = False,
) -> None:
    """Write the tensors that an extractor's network needs to weights/EXTRACTOR.safetensors.

    ImageNet weights come from MNIST_TRANSFER_MIRROR or from the official file (59 to 80 MB), which is kept in downloads/.
    """
    import safetensors.numpy

    from mnist_transfer import weights as forms

    study = studies.load()
    entry = study.extractor(extractor)
    if h5 is not None and entry.weights != "imagenet":
        raise InputError(f"--h5 {h5}: {extractor} uses no ImageNet weights; leave the option out")
    tensors: forms.Tensors = {}
    if entry.network != "none":
        if entry.weights == "random":
            tensors = forms.he_normal(entry.network, entry.blocks, study.seed)
        else:
            tensors = forms.imagenet(entry, h5, official_only=not accept_unofficial)
        forms.check(tensors, entry.network, entry.blocks, extractor)
    with files.whole_file(paths.weights(extractor)) as temporary:
        temporary.write_bytes(safetensors.numpy.save(tensors))
    console.print(f"{paths.weights(extractor)}: {len(tensors)} tensors, {sum(t.size for t in tensors.values()):,} parameters")


@app.command()
def features(dataset: DatasetArgument, extractor: ExtractorArgument) -> None:
    """Turn a dataset's images into features/DATASET/EXTRACTOR/{train,test}.npy.

    Labels and the images' rows in the raw files go beside them. An interrupted extraction continues where it stopped.
    """
    from mnist_transfer import datasets
    from mnist_transfer import features as extraction
    from mnist_transfer import weights as forms

    study = studies.load()
    entry, sizes = study.extractor(extractor), study.dataset(dataset)
    splits = {split: datasets.load(dataset, split, getattr(sizes, split), study.seed) for split in ("train", "test")}
    tensors = forms.read_safetensors(paths.weights(extractor))
    if entry.network != "none":
        forms.check(tensors, entry.network, entry.blocks, str(paths.weights(extractor)))
    settings = {**entry.model_dump(), "image_size": study.image_size}
    width = extraction.width(entry, study.image_size)
    target, partial = paths.features(dataset, extractor), paths.partial_features(dataset, extractor)
    for split, content in splits.items():
        key = extraction.fingerprint(content.images, settings, tensors)
        with track(f"{dataset} {split} → {extractor}", len(content.images), "images") as advance:
            extraction.extract_in_chunks(
                content.images,
                lambda: extraction.make_extract(entry, study.image_size, tensors),
                width,
                partial / f"{split}.npy",
                key,
                advance,
            )
    for split, content in splits.items():
        files.write_npy(target / f"{split}_labels.npy", content.labels)
        files.write_npy(target / f"{split}_index.npy", content.index)
        (partial / f"{split}.npy").replace(target / f"{split}.npy")
    shutil.rmtree(partial)


@app.command()
def project(dataset: DatasetArgument, extractor: ExtractorArgument) -> None:
    """Project features to three dimensions and cluster them: z-score, PCA, KMeans."""
    from mnist_transfer import projection

    study = studies.load()
    study.dataset(dataset), study.extractor(extractor)
    train, test = (_read_features(dataset, extractor, name) for name in ("train", "test"))
    result = projection.project(train, test, study.seed)
    files.write_npz(paths.projection(dataset, extractor), **vars(result))


@app.command()
def classify(dataset: DatasetArgument, extractor: ExtractorArgument, classifier: ClassifierArgument) -> None:
    """Train and test one classifier on one feature cache: metrics.json, predictions.npy and timing.json."""
    from mnist_transfer import classification

    study = studies.load()
    study.dataset(dataset), study.extractor(extractor)
    entry = study.classifier(classifier)
    train, train_labels, test, test_labels = (
        _read_features(dataset, extractor, name) for name in ("train", "train_labels", "test", "test_labels")
    )
    try:
        pipeline = classification.make_pipeline(entry, study.seed)
        outcome = classification.fit_and_predict(pipeline, train, train_labels, test)
    except InputError as error:
        raise InputError(f"{classifier} on {dataset}, {extractor}: {error}") from None
    target = paths.classifier(dataset, extractor, classifier)
    metrics = classification.score(test_labels, outcome.predictions)
    if outcome.iterations is not None:
        metrics["n_iter"] = outcome.iterations
    files.write_npy(target / "predictions.npy", outcome.predictions)
    files.write_json(target / "timing.json", classification.timing(outcome))
    files.write_json(target / "metrics.json", metrics)
    seconds = outcome.fit_seconds + outcome.predict_seconds
    console.print(
        f"{dataset} {extractor} {classifier}: accuracy {metrics['accuracy']:.4f} in {seconds:,.1f} s with {outcome.engine}"
    )


@app.command()
def collect() -> None:
    """Gather everything small that the report needs into results/, which git tracks."""
    from mnist_transfer import collecting

    collecting.collect(studies.load())


@app.command()
def table(
    update: Annotated[
        Path | None, typer.Option(help="Write it into this Markdown file instead, between <!-- table --> and <!-- /table -->.")
    ] = None,
) -> None:
    """Print the accuracy table of results/: every classifier on every dataset and extractor."""
    from mnist_transfer import tables

    study = studies.load()
    if update is None:
        tables.show(study)
        return
    if not update.is_file():
        raise InputError(f"{update} is missing; name a Markdown file")
    files.write_text(update, tables.update(update.read_text(encoding="utf-8"), tables.markdown(study)))
    console.print(f"{update}: table updated")


@app.command()
def report() -> None:
    """Render report/ from results/ into report/_site: with Quarto where it is on PATH, else as a preview that says so."""
    from mnist_transfer import report as rendering

    rendering.render()


@app.command()
def demo(
    workspace: Annotated[Path, typer.Argument(help="Where to lay it out.")] = paths.DEMO,
) -> None:
    """Lay out the demo: the same pipeline on an embedded sample, in a folder of its own. `make demo` also runs it.

    Real 8×8 handwritten digits and drawn garments stand for MNIST and Fashion-MNIST; nothing is downloaded.
    """
    from mnist_transfer import demo as demonstration

    demonstration.prepare(Path(), workspace)
    console.print(f"{workspace}: ready; run `dvc repro` there")


@app.command()
def picture(path: Annotated[Path, typer.Argument(help="The PNG to write.")]) -> None:
    """Draw the demo's embedded sample."""
    from mnist_transfer import demo as demonstration

    demonstration.picture(studies.load(), path)


@app.command()
def include(extractor: ExtractorArgument) -> None:
    """Add a defined extractor to the study, at the head of study.extractors in params.yaml."""
    study = studies.load()
    study.extractor(extractor)
    if extractor in study.study.extractors:
        console.print(f"{paths.PARAMS}: {extractor} is in the study already")
        return
    text = paths.PARAMS.read_text(encoding="utf-8")
    changed, count = re.subn(r"(?m)^(  extractors: \[)", rf"\g<1>{extractor}, ", text)
    if count != 1:
        raise InputError(f"{paths.PARAMS}: study.extractors is not a list in brackets; add {extractor} to it by hand")
    files.write_text(paths.PARAMS, changed)
    console.print(f"{paths.PARAMS}: {extractor} is now the first extractor of the study")


def _take_up(path: Path) -> None:
    """Put tracked data into DVC's cache, so that `dvc status` finds the pinned bytes."""
    if subprocess.run([sys.executable, "-m", "dvc", "commit", "--quiet", f"{path}.dvc"], check=False).returncode:
        raise InputError(f"{path} is sound but DVC cannot take it up (see above); try `dvc commit {path}.dvc`")


def _read_features(dataset: str, extractor: str, name: str) -> npt.NDArray[Any]:
    remedy = f"run `dvc repro features@{dataset}-{extractor}`"
    return files.read_npy(paths.features(dataset, extractor) / f"{name}.npy", remedy, memory_map=True)


# TensorFlow announces its compilation flags on standard error at every start; warnings and errors still show.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
