"""What the report says of ImageNet's weights: like with like, the same network cut at the same layer."""

from mnist_transfer.entries import Network
from mnist_transfer.report.facts import Facts
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.wording import Markdown, listed, percent, signed


class Pretraining:
    """What the weights are worth, with random ones at the same cut as the control."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The kinds of features with ImageNet weights, each with its control: same architecture, preparation and layer."""
        return [
            (ours, control)
            for ours in self.facts.pretrained
            for control in self.facts.kinds
            if control not in self.facts.pretrained and self._cut(ours) == self._cut(control)
        ]

    def _cut(self, features: str) -> object:
        name, layer = features.split("/")
        entry = self.facts.study.network(name)
        return (entry.architecture, entry.preparation, entry.layers[layer]) if isinstance(entry, Network) else features

    def lead(self, dataset: str, pair: tuple[str, str]) -> float:
        """Return the best accuracy with ImageNet's weights less the best of the control."""
        ours, control = (self.facts.best(dataset, name)["accuracy"] for name in pair)
        return float(ours - control)

    def cards(self) -> list[tuple[str, str, str]]:
        """Return a number to remember for each cut: value, label and note."""
        facts = self.facts
        found = []
        for pair in self.pairs:
            label = f"ImageNet's weights at {pair[0].split('/')[1]}"
            own = ", the paper's cut" if pair[0] == facts.papers_own else ""
            note = f"points on {facts.title(facts.hardest)}, best row against best row with random weights{own}"
            found.append((signed(self.lead(facts.hardest, pair)), label, note))
        return found

    def worth(self) -> Markdown:
        """Say what ImageNet's weights are worth at each cut, and how raw pixels compare."""
        facts = self.facts
        if not facts.pretrained:
            return Markdown("No ImageNet weights in this run, so it says nothing about what they are worth.")
        if len(facts.pretrained) == len(facts.kinds):
            return Markdown("Every row of this run uses ImageNet weights, so there is nothing to compare them with.")
        sentences = []
        for pair in self.pairs:
            leads = self._leads(pair)
            own = ", the paper's own cut," if pair[0] == facts.papers_own else ""
            sentences.append(
                f"At {facts.heading(pair[0])}{own} ImageNet's weights change the best row by {leads} against random weights."
            )
        for plain in facts.plain:
            for ours in facts.pretrained:
                leads = self._leads((ours, plain))
                sentences.append(f"Against the best row on {facts.on(plain)}, {facts.on(ours)} give {leads}.")
        return Markdown(" ".join(sentences))

    def _leads(self, pair: tuple[str, str]) -> str:
        facts = self.facts
        return listed([f"{signed(self.lead(name, pair))} points on {facts.title(name)}" for name in facts.datasets])

    def matched(self) -> Markdown:
        """Return a table of the main features against each other kind, classifier by classifier."""
        facts = self.facts
        rows = []
        for other in facts.kinds[1:]:
            for dataset in facts.datasets:
                ours, theirs = (facts.rows(dataset, name).set_index("classifier")["accuracy"] for name in (facts.main, other))
                lead = ours - theirs
                wins = f"{int((lead > 0).sum())} of {len(lead)}"
                numbers = [signed(float(value)) for value in (lead.mean(), lead.min(), lead.max())]
                rows.append((facts.heading(other), facts.title(dataset), wins, *numbers))
        if not rows:
            return Markdown("There is only one kind of features in this run.")
        return markdown_table(["Against", "Dataset", "Better for", "Mean, points", "Least", "Most"], rows, left=2)

    def conclusion(self) -> Markdown:
        """Conclude where ImageNet's weights help."""
        facts = self.facts
        helps = [pair for pair in self.pairs if min(self.lead(name, pair) for name in facts.datasets) > 0]
        if not self.pairs:
            return Markdown("")
        if len(helps) == len(self.pairs):
            return Markdown("So what the network learnt from photographs helps at every cut.")
        if not helps:
            return Markdown("So what the network learnt from photographs helps at no cut on every dataset.")
        where = listed([facts.heading(ours) for ours, _ in helps])
        best = max(facts.best(facts.hardest, ours)["accuracy"] for ours, _ in helps)
        return Markdown(
            f"So what the network learnt from photographs helps on every dataset at {where} ({percent(best)} on "
            f"{facts.title(facts.hardest)}), and not at the other cut{'s' * (len(self.pairs) - len(helps) > 1)}."
        )
