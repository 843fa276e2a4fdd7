"""The page on scaling: its table follows from its measurements, and these keep what the page promises."""

from mnist_transfer.report import summary
from tests.cluster import scaling


def test_the_table_follows_from_the_measurements_which_keep_the_overhead_small() -> None:
    page = scaling.PAGE.read_text(encoding="utf-8")
    measured = scaling.read(page)
    assert len(measured) == 8
    assert summary.update(page, scaling.table(measured)) == page
    assert measured[scaling.THERE] <= 1.1 * measured[scaling.HERE], "of two workers against one process on the same cores"
    assert scaling.times(measured, 4, 10**6)["workers"] == 4 * scaling.times(measured, 16, 10**6)["workers"]
