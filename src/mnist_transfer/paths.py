"""Every path of the study, relative to the folder that holds ``dvc.yaml``.

DVC runs each stage in that folder, so relative paths keep the artifacts free of any machine's layout.
"""

from pathlib import Path

PARAMS = Path("params.yaml")
DATA = Path("data")
WEIGHTS = Path("weights")
RESULTS = Path("results")
METRICS = RESULTS / "metrics.json"
PROVENANCE = RESULTS / "provenance.json"
SAMPLES = RESULTS / "images/samples.npz"
CONFUSED = RESULTS / "images/confused.npz"
#: Downloads under way and official weight files, neither tracked nor deleted by DVC.
DOWNLOADS = Path("downloads")
#: Feature extractions under way; outside DVC's outputs, which it removes before it reruns a stage.
PARTIAL = Path("build/partial")
#: The demo's workspace.
DEMO = Path("build/demo")


def images(dataset: str, split: str) -> Path:
    """Return the IDX file of a split's images; `split` is ``train`` or ``test``."""
    return DATA / dataset / f"{_official_split(split)}-images-idx3-ubyte"


def labels(dataset: str, split: str) -> Path:
    """Return the IDX file of a split's labels; `split` is ``train`` or ``test``."""
    return DATA / dataset / f"{_official_split(split)}-labels-idx1-ubyte"


def weights(extractor: str) -> Path:
    """Return the file of the tensors that an extractor's network needs."""
    return WEIGHTS / f"{extractor}.safetensors"


def features(dataset: str, extractor: str) -> Path:
    """Return the folder of a feature cache."""
    return Path("features") / dataset / extractor


def partial_features(dataset: str, extractor: str) -> Path:
    """Return the folder where a feature cache grows until it is whole."""
    return PARTIAL / dataset / extractor


def projection(dataset: str, extractor: str) -> Path:
    """Return the file of the 3-D projection and its clusters."""
    return Path("projections") / dataset / f"{extractor}.npz"


def classifier(dataset: str, extractor: str, classifier: str) -> Path:
    """Return the folder of one classifier's metrics, predictions and timing."""
    return Path("classifiers") / dataset / extractor / classifier


def table(name: str) -> Path:
    """Return the CSV file of one of the results' tables."""
    return RESULTS / "tables" / f"{name}.csv"


def points(dataset: str, extractor: str) -> Path:
    """Return the CSV file of the projected points that are plotted."""
    return RESULTS / "points" / f"{dataset}-{extractor}.csv"


def _official_split(split: str) -> str:
    return {"train": "train", "test": "t10k"}[split]
