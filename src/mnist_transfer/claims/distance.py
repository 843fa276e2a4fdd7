"""How near a recipe's accuracies come to the paper's, and whether a recipe chosen on one dataset holds on the other."""

from dataclasses import dataclass
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
    return pd.DataFrame(found).sort_values("distance", kind="stable", ignore_index=True)


def _order(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> float:
    ranks = [pd.Series(values).rank() for values in (ours, theirs)]
    return float(ranks[0].corr(ranks[1])) if len(set(ours)) > 1 else 0.0


@dataclass(frozen=True)
class Transfer:
    """A recipe chosen on one dataset's numbers alone, and how it does on another's.

    Attributes
    ----------
    chosen_on, judged_on
        The datasets.
    recipe
        The nearest on `chosen_on`.
    chosen, judged
        Its mean absolute difference to the paper on each of the two (shares).
    rank, of
        Its place among all recipes on `judged_on`, and how many there are.
    """

    chosen_on: str
    judged_on: str
    recipe: str
    chosen: float
    judged: float
    rank: int
    of: int


def transfers(measured: pd.DataFrame, datasets: list[str]) -> list[Transfer]:
    """Choose a recipe on each dataset and judge it on each other: one that fits by chance does not transfer.

    Parameters
    ----------
    measured
        What :func:`distances` returned.
    datasets
        Whose columns to use.
    """
    found = []
    for chosen_on in datasets:
        best = measured.iloc[int(measured[chosen_on].to_numpy().argmin())]
        for judged_on in datasets:
            if judged_on != chosen_on:
                rank = int((measured[judged_on] < best[judged_on]).sum()) + 1
                scores = float(best[chosen_on]), float(best[judged_on])
                found.append(Transfer(chosen_on, judged_on, str(best["recipe"]), *scores, rank, len(measured)))
    return found
