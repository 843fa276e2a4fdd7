"""How near a recipe's accuracies come to the paper's, and whether a recipe chosen on one dataset holds on the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd


def compared(recipes: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Put the paper's accuracy beside each of a recipe's, as the column `paper`; rows that the paper lacks are left out.

    Parameters
    ----------
    recipes
        Columns recipe, dataset, classifier and accuracy, of one stage.
    published
        Columns source, classifier, dataset and accuracy.
    """
    paper = published[published["source"] == "paper"].rename(columns={"accuracy": "paper"})
    return recipes.merge(paper[["dataset", "classifier", "paper"]], on=["dataset", "classifier"])


def distances(rows: pd.DataFrame) -> pd.DataFrame:
    """Measure every recipe against the paper.

    Parameters
    ----------
    rows
        What :func:`compared` returned.

    Returns
    -------
    DataFrame
        A row a recipe, the nearest first: `distance`, the mean absolute difference over all rows (a share, not points); the
        same over each dataset's alone, under its name; `within_1` and `within_2`, how many rows lie within so many points;
        `of`, how many there are; and `order`, Spearman's rank correlation of the classifiers, the mean over the datasets.
    """
    rows = rows.assign(difference=(rows["accuracy"] - rows["paper"]).abs().round(9))
    found = []
    for recipe, group in rows.groupby("recipe", sort=False):
        by_dataset = group.groupby("dataset", sort=False)
        orders = [_order(part["accuracy"].to_numpy(), part["paper"].to_numpy()) for _, part in by_dataset]
        found.append(
            {
                "recipe": recipe,
                "distance": group["difference"].mean(),
                **by_dataset["difference"].mean().to_dict(),
                "within_1": int((group["difference"] <= 0.01).sum()),
                "within_2": int((group["difference"] <= 0.02).sum()),
                "of": len(group),
                "order": float(np.mean(orders)),
            }
        )
    table = pd.DataFrame(found, columns=None if found else ["recipe", "distance"])
    return table.sort_values("distance", kind="stable", ignore_index=True)


def _order(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> float:
    ranks = [pd.Series(values).rank() for values in (ours, theirs)]
    return float(ranks[0].corr(ranks[1])) if len(set(ours)) > 1 else 0.0


def nearest(measured: pd.DataFrame, dataset: str) -> str:
    """Return the recipe that is nearest on a dataset, of several the one nearest on all; `measured` is from `distances`."""
    return str(measured["recipe"].iloc[int(measured[dataset].to_numpy().argmin())])


@dataclass(frozen=True)
class Transfer:
    """A recipe chosen on one dataset's numbers alone, and how it does on another's.

    Attributes
    ----------
    chosen_on, judged_on
        The datasets.
    recipe
        The nearest on `chosen_on`.
    judged
        Its mean absolute difference to the paper on `judged_on` (a share).
    margin
        How much farther the nearest of all others is there; negative where that is nearer.
    """

    chosen_on: str
    judged_on: str
    recipe: str
    judged: float
    margin: float


def transfers(measured: pd.DataFrame, datasets: Sequence[str]) -> list[Transfer]:
    """Choose a recipe on each dataset and judge it on each other: one that fits by chance does not transfer.

    Parameters
    ----------
    measured
        What :func:`distances` returned of two recipes or more.
    datasets
        Whose columns to use.
    """
    found = []
    for chosen_on, judged_on in permutations(datasets, 2):
        recipe, distance = nearest(measured, chosen_on), measured.set_index("recipe")[judged_on]
        judged = float(distance[recipe])
        found.append(Transfer(chosen_on, judged_on, recipe, judged, float(distance.drop(recipe).min()) - judged))
    return found
