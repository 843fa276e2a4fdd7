"""Every path of the study, relative to the folder that holds ``dvc.yaml``.

DVC runs each stage in that folder, so relative paths keep the artifacts free of any machine's layout.
"""

from pathlib import Path
from typing import Literal

Split = Literal["train", "test"]
#: The two splits of every dataset, in the order of tables.
SPLITS: tuple[Split, Split] = ("train", "test")
Content = Literal["points", "confused"]
#: The images of which there is a picture for every dataset: of its plotted points, and of its mistaken test images.
SHEETS: tuple[Content, Content] = ("points", "confused")

PARAMS = Path("params.yaml")
DATA = Path("data")
RESULTS = Path("results")
METRICS = RESULTS / "metrics.json"
PROVENANCE = RESULTS / "provenance.json"
#: On what the measures of difficulty were taken, as params.yaml said.
MEASURED = RESULTS / "difficulty.json"
SAMPLES = RESULTS / "images/samples.npz"
RECIPES = RESULTS / "replication/recipes.csv"
#: Of each claim of the report whether it holds: for DVC, which shows what changes in few words.
CLAIMS = RESULTS / "claims.json"
#: The same, and on what it rests.
EVIDENCE = RESULTS / "evidence.json"
#: Downloads under way and official weight files, neither tracked nor deleted by DVC.
DOWNLOADS = Path("downloads")
#: Feature extractions under way; outside DVC's outputs, which it removes before it reruns a stage.
PARTIAL = Path("build/partial")
#: The demo's workspace.
DEMO = Path("build/demo")


def images(dataset: str, split: Split) -> Path:
    """Return the IDX file of a split's images."""
    return DATA / dataset / f"{_official(split)}-images-idx3-ubyte"


def labels(dataset: str, split: Split) -> Path:
    """Return the IDX file of a split's labels."""
    return DATA / dataset / f"{_official(split)}-labels-idx1-ubyte"


def split(dataset: str, split: Split, content: Literal["index", "labels"]) -> Path:
    """Return the ``.npy`` file of the rows that a study uses of a split, or of their labels."""
    return Path("splits") / dataset / f"{split}_{content}.npy"


def weights(network: str) -> Path:
    """Return the file of a network's tensors."""
    return Path("weights") / f"{network}.safetensors"


def layers(network: str) -> Path:
    """Return the JSON file of a network's table of layers."""
    return Path("weights") / f"{network}.json"


def features(dataset: str, features: str, split: Split) -> Path:
    """Return the ``.npy`` file of a split's features; `features` is a network and a layer, such as ``vgg16/block5``."""
    return Path("features") / dataset / features / f"{split}.npy"


def partial_features(dataset: str, network: str) -> Path:
    """Return the folder where a pass of a network grows until it is whole."""
    return PARTIAL / dataset / network


def lock(name: str) -> Path:
    """Return the file of the lock that a command of this `name` holds while it runs."""
    return Path("build/locks") / name.replace("/", "-").replace(" ", "-")


def partial_replica(dataset: str, look: str) -> Path:
    """Return the folder that keeps the passes of images prepared in one way."""
    return Path("build/replicas") / dataset / look


def search(dataset: str, look: str) -> Path:
    """Return the file of the accuracies that every recipe with one preparation gives on few images."""
    return Path("replication/search") / dataset / f"{look}.json"


def ladder(dataset: str, recipe: str) -> Path:
    """Return the file of the accuracies on one rung of the ladder."""
    return Path("replication/ladder") / dataset / f"{recipe}.json"


def replay(dataset: str, recipe: str) -> Path:
    """Return the folder of the accuracies, and of the projection, that a recipe gives on all images."""
    return Path("replication/replay") / dataset / recipe


def measure(name: str, dataset: str, part: str) -> Path:
    """Return the CSV file of a measure of difficulty, taken on one kind of features or on a network."""
    return RESULTS / "difficulty" / name / dataset / f"{part}.csv"


def projection(dataset: str, features: str) -> Path:
    """Return the file of the 3-D projection and its clusters."""
    return Path("projections") / dataset / f"{features}.npz"


def classifier(dataset: str, features: str, classifier: str, value: int | None = None) -> Path:
    """Return the folder of one row's metrics, predictions and timing; a row of a path has a folder of its own in it."""
    folder = Path("classifiers") / dataset / features / classifier
    return folder if value is None else folder / str(value)


def table(name: str) -> Path:
    """Return the CSV file of one of the results' tables."""
    return RESULTS / "tables" / f"{name}.csv"


def plot(name: str) -> Path:
    """Return the SVG file of one of the pictures that ``dvc plots`` shows."""
    return RESULTS / "plots" / f"{name}.svg"


def points(dataset: str, features: str) -> Path:
    """Return the CSV file of the projected points that are plotted."""
    return RESULTS / "points" / dataset / f"{features}.csv"


def sheet(content: Content, dataset: str) -> Path:
    """Return one of a dataset's pictures with many images; see `SHEETS`."""
    return RESULTS / "images" / f"{content}-{dataset}.webp"


def replay_points(dataset: str, recipe: str) -> Path:
    """Return the CSV file of the points that are plotted of a replayed recipe."""
    return RESULTS / "replication/points" / dataset / f"{recipe}.csv"


def _official(split: Split) -> str:
    return {"train": "train", "test": "t10k"}[split]
