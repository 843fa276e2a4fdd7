"""How far frozen features go: the best of several candidates on held-out training images, tested once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field

from mnist_transfer import artifacts, paths
from mnist_transfer.artifacts import Features, Labels
from mnist_transfer.difficulty import shared
from mnist_transfer.difficulty.shared import Fit
from mnist_transfer.entries import Classifier, Images, Names, OnNetworks, distinct
from mnist_transfer.errors import InputError
from mnist_transfer.study import Study, find
from mnist_transfer.tables import ESTIMATE, PLACE, Table

if TYPE_CHECKING:
    import pandas as pd

#: The candidates: each is fitted to every set of layers.
CANDIDATES: dict[str, Classifier] = {
    "svm-rbf": shared.classifier("sklearn.svm.SVC", kernel="rbf", C=10),
    "svm-poly": shared.classifier("sklearn.svm.SVC", kernel="poly", degree=3, coef0=1),
}
#: How tables call them.
TITLES = {
    "svm-rbf": "SVM (RBF)",
    "svm-poly": "SVM (polynomial, degree 3)",
}


class Settings(OnNetworks):
    """To how many training images candidates are fitted and on how many compared, and the layers to join side by side."""

    train: Images = 10_000
    validation: Images = 5000
    layers: Annotated[tuple[Annotated[Names, Field(min_length=1)], ...], Field(min_length=1), AfterValidator(distinct)]

    def check(self, study: Study) -> None:
        """Refuse layers that a network has not."""
        for network in self.networks:
            for layer in (layer for layers in self.layers for layer in layers):
                find(f"networks.{network}.layers", study.networks[network].layers, layer, "layers: ")


#: Candidates on held-out training images (`on` is validation), and the best of them on the test images (test): there `mistaken`
#: has ``place:label:predicted`` of each image that it gets wrong; places are those in the test split.
TABLE = Table(
    {**PLACE, "classifier": "text", "on": "text"},
    {"train": "integer", "test": "integer", **ESTIMATE, "mistaken": "text?"},
)
HEADLINE = "accuracy"


def headline(table: "pd.DataFrame") -> "pd.Series[Any]":
    """Return the best candidate's accuracy on the test images."""
    return shared.mean(table[table["on"] == "test"], "accuracy")


def hold_out(labels: Labels, train: int, validation: int, seed: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Draw disjoint, stratified rows of training images to fit candidates to, and to compare them on.

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (n,)
        Of all training images; at least `train` + `validation`.
    train, validation
        How many of each.
    seed
        Of the draw.
    """
    from mnist_transfer.classifiers.sampling import stratified_subset

    drawn = stratified_subset(labels, train + validation, seed)
    fitted = stratified_subset(labels[drawn], train, seed)
    return drawn[fitted], np.delete(drawn, fitted)


def join(study: Study, dataset: str, network: str, layers: Sequence[str]) -> Features:
    """Read the features of several layers side by side."""
    parts = [artifacts.read_features(study, dataset, f"{network}/{layer}") for layer in layers]
    train, test = (np.concatenate([getattr(part, split) for part in parts], axis=1) for split in paths.SPLITS)
    return replace(parts[0], train=train, test=test)


def rows(study: Study, dataset: str, network: str) -> Iterator[dict[str, Any]]:
    """Yield every candidate's accuracy on held-out training images, and the best one's on the test images.

    The best one is fitted anew to all training images. No other candidate meets a test image.
    """
    settings = study.measure("frozen")
    labels = artifacts.read_features(study, dataset, f"{network}/{settings.layers[0][0]}").train_labels
    if settings.train + settings.validation > len(labels) - len(np.unique(labels)):
        asked = f"{settings.train} and {settings.validation} images asked for, {dataset} trains on {len(labels)}"
        raise InputError(f"{paths.PARAMS}: difficulty.frozen.train, validation: {asked}; ask for fewer")
    fitted, held_out = hold_out(labels, settings.train, settings.validation, study.seed)
    best: tuple[float, Sequence[str], dict[str, Any]] | None = None
    for layers in settings.layers:
        content = join(study, dataset, network, layers)
        features = f"{network}/{'+'.join(layers)}"
        fits = [
            Fit(_keys(dataset, features, name, "validation", len(fitted)), entry, fitted, study.seed)
            for name, entry in CANDIDATES.items()
        ]
        compared = replace(content, test=content.train[held_out], test_labels=labels[held_out])
        for record in shared.accuracies(f"{dataset} {features}", fits, compared):
            yield {**record, "mistaken": ""}
            if best is None or record["accuracy"] > best[0]:
                best = record["accuracy"], layers, record
    assert best is not None
    _, joined, chosen = best
    content = join(study, dataset, network, joined)
    keys = _keys(dataset, chosen["features"], chosen["classifier"], "test", len(labels))
    last = Fit(keys, CANDIDATES[chosen["classifier"]], np.arange(len(labels)), study.seed)
    (predicted,) = shared.predictions(f"{dataset} {chosen['features']}, all", [last], content)
    wrong = np.flatnonzero(predicted != content.test_labels)
    mistaken = [f"{place}:{content.test_labels[place]}:{predicted[place]}" for place in wrong]
    scores = shared.estimate(len(predicted) - len(wrong), len(predicted))
    yield {**keys, **scores, "mistaken": " ".join(mistaken)}


def mistakes(table: "pd.DataFrame") -> npt.NDArray[np.int64]:
    """Return place in the test split, label and prediction of each test image that the first tested candidate gets wrong.

    Returns
    -------
    ndarray of int64, shape (n, 3)

    Raises
    ------
    ValueError
        The table does not hold that.
    """
    cells = table[table["on"] == "test"]["mistaken"].fillna("").head(1)
    return np.array([mistake.split(":") for cell in cells for mistake in cell.split()], np.int64).reshape(-1, 3)


def _keys(dataset: str, features: str, classifier: str, on: str, train: int) -> dict[str, Any]:
    return {"dataset": dataset, "features": features, "classifier": classifier, "on": on, "train": train}
