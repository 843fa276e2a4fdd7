"""A title is text, whatever stands in it: on the page, in Markdown, on a terminal and in a figure."""

import html
import io
import re

import pypandoc
import pytest
from matplotlib import rc_context

from mnist_transfer import files, paths
from mnist_transfer import tables as schema
from mnist_transfer.entries import LONGEST_TITLE
from mnist_transfer.figures import style
from mnist_transfer.report import confusion, summary, tables
from mnist_transfer.report.tables import markdown_table
from mnist_transfer.results.read import read
from tests.report.conftest import Made

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a | b",
    "`code` $x^2$ **bold**",
    "[/bold] [red]x[/]",
    "<!-- /table -->",
    "\"quoted\" 'and' \\ back",
    "{{< include x >}} ![x](y) @cited #tag",
    "שלום עולם",
    "x" * LONGEST_TITLE,
]


def text_of(page: str) -> str:
    """Return what a reader sees of HTML, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def as_html(markdown: str, dialect: str = "markdown") -> str:
    return str(pypandoc.convert_text(markdown, "html", dialect, extra_args=["--wrap=none", "--columns=10000"]))


@pytest.mark.parametrize("title", HOSTILE)
def test_a_cell_shows_its_text_as_it_is(title: str) -> None:
    for dialect in ("markdown", "gfm"):
        page, plain = (as_html(markdown_table([text, "n"], [[text, 1]]), dialect) for text in (title, "plain"))
        assert re.findall(r"<(\w+)", page) == re.findall(r"<(\w+)", plain)
        assert [text_of(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", page)] == [title, "n", title, "1"]


@pytest.mark.parametrize("title", HOSTILE)
def test_every_form_shows_a_title_and_obeys_none(made: Made, title: str, capsys: pytest.CaptureFixture[str]) -> None:
    provenance = made(datasets=("digits",), features=("pixels/all",), classifiers=("svm-linear",)).provenance
    entry = provenance["params"]["datasets"]["digits"]
    entry["title"] = entry["classes"][0] = provenance["params"]["titles"]["svm-linear"] = title
    files.write_json(paths.PROVENANCE, provenance)
    schema.read("accuracy").assign(title=title).to_csv(paths.table("accuracy"), index=False)
    results = read()
    raw = confusion.matrices(results)
    tags = set(re.findall(r"<(\w+)", raw))
    assert not tags & {"script", "img"}
    assert html.unescape(raw).count(title) == 3  # the caption, a column and a row
    page = as_html(f"{tables.datasets(results)}\n\n{tables.accuracy(results, 'pixels/all')}")
    assert not re.search(r"<(script|img)\b", page)
    assert text_of(page).count(title) == 3  # as the dataset's, in two tables, and the classifier's
    files.write_json(paths.EVIDENCE, {})
    summary.show()
    assert title[:20] in capsys.readouterr().out.replace("\n", "")
    readme = summary.update("<!-- table -->\n<!-- /table -->\nafter\n", summary.markdown(results.study))
    assert summary.update(readme, summary.markdown(results.study)) == readme
    assert title in text_of(as_html(readme, "gfm"))


def test_a_figure_writes_dollars_and_no_formula() -> None:
    with rc_context(style.STYLES["light"]):  # type: ignore[arg-type]
        figure = style.note("$x^2$ costs $\\frac")
        image = io.BytesIO()
        figure.savefig(image, format="svg")
    assert b"<!-- $x^2$ costs $\\frac -->" in image.getvalue()
