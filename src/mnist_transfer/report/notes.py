"""The report's remarks on what was run, on what and with what, computed from the results like its sentences."""

from mnist_transfer.report.facts import Facts
from mnist_transfer.wording import Markdown, listed


class Notes:
    """What a reader must know to judge the numbers, one method a remark."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def data(self) -> Markdown:
        """Name the datasets and what they have in common."""
        names = listed([self.facts.title(name) for name in self.facts.datasets])
        entries = [self.facts.study.dataset(name) for name in self.facts.datasets]
        classes = listed([str(number) for number in sorted({len(entry.classes) for entry in entries})])
        shapes = listed(sorted({f"{height} × {width}" for height, width in (entry.image_shape for entry in entries)}))
        text = f"{names}: {classes} classes of grey images of {shapes} pixels, in the same file format."
        if self.facts.is_demo:
            return Markdown(f"{text} They stand in for the real datasets.")
        return Markdown(f"{text} Fashion-MNIST was made to replace MNIST, which its authors consider too easy [@xiao2017].")

    def drawn(self) -> Markdown:
        """Say how many of the points are drawn."""
        most = max(len(group) for table in self.facts.results.points.values() for _, group in table.groupby("split"))
        return Markdown(f"at most {most:,} points of each split are drawn, every class in proportion")

    def best_titles(self) -> Markdown:
        """Name the best classifier on the main features of each dataset."""
        facts = self.facts
        best = {facts.title(name): str(facts.best(name, facts.main)["title"]) for name in facts.datasets}
        if len(set(best.values())) == 1 < len(best):
            return Markdown(f"{next(iter(best.values()))} for all datasets")
        return Markdown(listed([f"{title} for {name}" for name, title in best.items()]))

    def processors(self) -> Markdown:
        """Say which processors the timings come from."""
        names = list(self.facts.results.tables["timing"]["processor"].drop_duplicates())
        if len(names) == 1:
            return Markdown(f"All timings come from one kind of processor, {names[0]}.")
        return Markdown(
            f"The timings come from {len(names)} kinds of processor: {listed(names)}. Times of different processors are "
            "not comparable, so each has panels and rows of its own."
        )

    def engines(self) -> Markdown:
        """Say which library ran which classifiers."""
        timing = self.facts.results.tables["timing"]
        rows = timing["engine"].value_counts()
        most = str(rows.index[0])
        if len(rows) == 1:
            return Markdown(f"Every row ran with {most}.")
        parts = []
        for engine in rows.index[1:]:
            names = timing[timing["engine"] == engine]["classifier"].drop_duplicates()
            titles = listed([self.facts.titles[name] for name in names])
            parts.append(f"{titles} ({rows[engine]} rows) ran with {engine}")
        return Markdown(f"{listed(parts)}, all other rows with {most}.")

    def sizes(self) -> Markdown:
        """Say whether the datasets' training splits differ in size."""
        facts = self.facts
        sizes = [facts.study.dataset(name).train for name in facts.datasets]
        each = listed([f"{size:,} for {facts.title(name)}" for name, size in zip(facts.datasets, sizes, strict=True)])
        if len(set(sizes)) == 1:
            return Markdown(f"The training splits are of one size ({each}).")
        return Markdown(f"The training splits differ in size ({each}), which by itself favours the larger one.")

    def platform(self) -> Markdown:
        """Say what machine put the results together."""
        platform = self.facts.results.provenance["platform"]
        return Markdown(f"{platform['system']} on {platform['machine']}, {platform['cores']} cores")
