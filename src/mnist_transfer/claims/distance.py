"""How near a recipe's accuracies come to the paper's."""

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
        # Accuracies that are all the same have no order.
        orders = [part["accuracy"].rank().corr(part["paper"].rank()) for _, part in by_dataset]
        found.append(
            {
                "recipe": recipe,
                "distance": group["difference"].mean(),
                **by_dataset["difference"].mean().to_dict(),
                "within_1": int((group["difference"] <= 0.01).sum()),
                "within_2": int((group["difference"] <= 0.02).sum()),
                "of": len(group),
                "order": pd.Series(orders).fillna(0.0).mean(),
            }
        )
    table = pd.DataFrame(found, columns=None if found else ["recipe", "distance"])
    return table.sort_values("distance", kind="stable", ignore_index=True)


def nearest(measured: pd.DataFrame, dataset: str) -> str:
    """Return the recipe that is nearest on a dataset, of several the one nearest on all; `measured` is from `distances`."""
    return str(measured["recipe"].iloc[int(measured[dataset].to_numpy().argmin())])
