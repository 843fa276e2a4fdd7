"""What every part of the report that speaks of the measures of difficulty needs: their tables, with titles."""

import pandas as pd

from mnist_transfer.errors import NotMeasuredError
from mnist_transfer.report.facts import Facts
from mnist_transfer.wording import Markdown

NOT_TAKEN = Markdown("This run does not take this measure.")


class Measured:
    """Each measure's table with titles, and what it says."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.tables = facts.results.measures

    def has(self, *names: str) -> bool:
        """Say whether this run takes all these measures."""
        return all(name in self.tables and not self.tables[name].empty for name in names)

    def need(self, name: str) -> None:
        """Raise a `NotMeasuredError` unless this run takes a measure."""
        if not self.has(name):
            raise NotMeasuredError(f"this study does not take the measure {name}")

    def titled(self, name: str) -> pd.DataFrame:
        """Return a measure's table with the titles of datasets and features, the datasets side by side under each features.

        Raises
        ------
        NotMeasuredError
            This run does not take the measure.
        """
        self.need(name)
        table = self.tables[name]
        place = {features: at for at, features in enumerate(table["features"].drop_duplicates())}
        return self.facts.titled(table.sort_values("features", key=lambda column: column.map(place), kind="stable"))

    def trained(self, name: str) -> Markdown:
        """Say how many training and test images a measure's fits had, at most."""
        if not self.has(name):
            return Markdown("none in this run")
        train, test = (self.tables[name][column].max() for column in ("train", "test"))
        return Markdown(f"{train:,} training images and {test:,} test images of each dataset")

    def classifiers(self, name: str) -> dict[str, str]:
        """Return the titles of the classifiers that a measure fitted, by name."""
        assert self.facts.study.difficulty is not None
        known = self.facts.study.difficulty.classifiers
        return {str(key): known[key].title for key in self.tables[name]["classifier"].drop_duplicates()}
