"""Every path of the study, relative to the folder that holds ``dvc.yaml``.

DVC runs each stage in that folder, so relative paths keep the artifacts free of any machine's layout.
"""

from pathlib import Path
from typing import Literal

Split = Literal["train", "test"]
#: The two splits of every dataset, in the order of tables.
SPLITS: tuple[Split, Split] = ("train", "test")
#: What the files of MNIST call them.
_OFFICIAL: dict[Split, str] = {"train": "train", "test": "t10k"}
Content = Literal["points", "confused", "mistaken"]
#: The images of which there is a picture for every dataset: of its plotted points, and of its mistaken test images.
SHEETS: tuple[Content, Content] = ("points", "confused")

PARAMS = Path("params.yaml")
DATA = Path("data")
RESULTS = Path("results")
METRICS = RESULTS / "metrics.json"
PROVENANCE = RESULTS / "provenance.json"
SAMPLES = RESULTS / "images/samples.npz"
RECIPES = RESULTS / "replay/recipes.csv"
#: What every fit cost. It changes from run to run, so no stage puts it out and none depends on it.
TIMING = RESULTS / "timing.csv"
STAGES = RESULTS / "stages.csv"
#: Of each claim of the report whether it holds: for DVC, which shows what changes in few words.
CLAIMS = RESULTS / "claims.json"
#: The same, and on what it rests.
EVIDENCE = RESULTS / "evidence.json"
#: What `mnist-transfer verify` compares with: the sha256 of what the stages give on few images.
DIGESTS = RESULTS / "digests.json"
#: Downloads under way and official weight files, neither tracked nor deleted by DVC.
DOWNLOADS = Path("downloads")
#: Feature extractions under way; outside DVC's outputs, which it removes before it reruns a stage.
PARTIAL = Path("build/partial")
#: Arrays that are larger than memory may hold, each as long as its process uses it.
SCRATCH = Path("build/scratch")
#: What `mnist-transfer predict` keeps fitted.
FITS = Path("build/predict")
#: The workspaces of the demo and of the small study of the real data.
DEMO, SMALL = Path("build/demo"), Path("build/small")


def images(dataset: str, split: Split) -> Path:
    """Return the IDX file of a split's images."""
    return DATA / dataset / f"{_OFFICIAL[split]}-images-idx3-ubyte"


def labels(dataset: str, split: Split) -> Path:
    """Return the IDX file of a split's labels."""
    return DATA / dataset / f"{_OFFICIAL[split]}-labels-idx1-ubyte"


def splits(dataset: str) -> Path:
    """Return the file of the rows that a study uses of a dataset, and of their labels."""
    return Path("splits") / f"{dataset}.npz"


def weights(architecture: str) -> Path:
    """Return the file of an architecture's ImageNet weights."""
    return DATA / architecture.lower() / "weights.safetensors"


def features(dataset: str, features: str) -> Path:
    """Return the file of one kind of features, a network and a layer such as ``vgg16/block5``, with the images' labels."""
    return Path("features") / dataset / f"{features}.npz"


def layers_of(architecture: str, size: int, keras: str) -> Path:
    """Return the JSON file that keeps the layers of an architecture of a version of Keras, for images of `size` pixels."""
    return Path("build/layers") / f"{architecture}-{size}-keras-{keras}.json"


def layers(dataset: str, network: str) -> Path:
    """Return the JSON file of a network's table of layers."""
    return Path("features") / dataset / network / "layers.json"


def partial_features(dataset: str, network: str) -> Path:
    """Return the folder where a pass of a network grows until it is whole."""
    return PARTIAL / dataset / network


def lock(name: str) -> Path:
    """Return the file of the lock that a command of this `name` holds while it runs."""
    return Path("build/locks") / name.replace("/", "-").replace(" ", "-")


def partial_replay(dataset: str, preprocessing: str) -> Path:
    """Return the folder that keeps the passes of images prepared in one way."""
    return Path("build/replay") / dataset / preprocessing


def replay(dataset: str) -> Path:
    """Return the file of the accuracies that all recipes give on a dataset."""
    return Path("replay") / dataset / "accuracies.json"


def replay_projection(dataset: str, recipe: str) -> Path:
    """Return the file of the projection of a recipe's features, of all images."""
    return Path("replay") / dataset / f"{recipe}.npz"


def replay_points(dataset: str, recipe: str) -> Path:
    """Return the CSV file of the points that are plotted of a replayed recipe."""
    return RESULTS / "replay/points" / dataset / f"{recipe}.csv"


def measure(name: str, dataset: str) -> Path:
    """Return the CSV file that a measure of difficulty writes."""
    return Path("difficulty") / name / f"{dataset}.csv"


def comparisons(dataset: str) -> Path:
    """Return the folder of a dataset's comparisons."""
    return Path("comparisons") / dataset


def comparison(name: str, dataset: str) -> Path:
    """Return the CSV file that a comparison of predictions writes."""
    return comparisons(dataset) / f"{name}.csv"


def measure_table(name: str, dataset: str) -> Path:
    """Return the file of a measure or a comparison among the results, which git tracks."""
    return RESULTS / measure(name, dataset)


def projection(dataset: str, features: str) -> Path:
    """Return the file of the 3-D projection and its clusters."""
    return Path("projections") / dataset / f"{features}.npz"


def classifier(dataset: str, features: str, classifier: str, value: int | None = None) -> Path:
    """Return the folder of one row's metrics, predictions and timing; a row of a path has a folder of its own in it."""
    folder = Path("classifiers") / dataset / features / classifier
    return folder if value is None else folder / str(value)


def timing(dataset: str, features: str, classifier: str) -> Path:
    """Return the file of what a fit cost, which is no part of what its stage puts out."""
    return Path("build/timing") / dataset / features / f"{classifier}.json"


def stage_time(command: str) -> Path:
    """Return the file of how long a command took when it last ran; as with a fit, no stage puts it out."""
    return Path("build/timing") / f"{command.replace('/', '-').replace(' ', '-')}.json"


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


def shared_errors(dataset: str, features: str) -> Path:
    """Return the file of test images that every classifier mistakes."""
    return RESULTS / "images/shared_errors" / dataset / f"{features}.npz"
