"""The preview: cells told from text and run in one kernel, and what Quarto adds to Markdown resolved."""

import re
from pathlib import Path

import pypandoc
import pytest

from mnist_transfer.errors import InputError
from mnist_transfer.report import preview
from tests.commands import ROOT


def test_cells_and_their_options_are_told_from_text() -> None:
    front, pieces = preview.split(
        '---\ntitle: "A"\n---\nBefore\n\n```{python}\n#| include: false\nx = 1\n```\n\nAfter `{python} x`\n'
    )
    assert front == {"title": "A"}
    assert pieces == ["Before\n\n", preview.Cell("x = 1", {"include": False}), "\nAfter `{python} x`\n"]
    with pytest.raises(InputError, match=r"not valid YAML[^\n]*$"):
        preview.split("```{python}\n#| a: [\n```\n")


def test_inline_code_runs_in_the_kernel_of_the_cells(tmp_path: Path) -> None:
    _, pieces = preview.split(
        "```{python}\n#| include: false\nfrom IPython.display import Markdown\nx = 6\n```\n"
        "A `{python} x * 7` b `{python} 'it' + 's*'` c `{python} Markdown('**d**')`.\n\n```{python}\nMarkdown('shown')\n```\n"
    )
    text = preview.execute(pieces, tmp_path / "page.qmd")
    assert "A 42 b its\\* c **d**." in text
    assert "shown" in text
    assert "import" not in text


def test_a_failing_cell_and_missing_sources_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"page.qmd: a cell failed with ZeroDivisionError: division by zero"):
        preview.execute([preview.Cell("1 / 0")], tmp_path / "page.qmd")
    with pytest.raises(InputError, match=r"_quarto.yml is missing; `git checkout "):
        preview.render(tmp_path)
    (tmp_path / "_quarto.yml").write_text("project: {render: [page.qmd]}\n")
    with pytest.raises(InputError, match=r"page.qmd is missing; `git checkout "):
        preview.render(tmp_path)


def convert(text: str) -> str:
    options = ["--wrap=none", f"--lua-filter={ROOT / 'report/assets/preview.lua'}"]
    return str(pypandoc.convert_text(text, "html", "markdown-implicit_figures", extra_args=options))


def test_what_quarto_adds_to_markdown_is_resolved_and_citations_left_to_pandoc() -> None:
    html = convert(
        "## One {#sec-one}\n\n### Half {#sec-half}\n\nSee @fig-b, @tbl-a, @sec-half and [@fig-a; @fig-b].\n\n"
        "::: {#fig-a}\n\nx\n\nFirst.\n:::\n\n::: {#fig-b}\n\ny\n\nSecond.\n:::\n\n::: {#tbl-a}\n\nz\n\nThird.\n:::\n"
    )
    expected = {"fig-b": "Figure\u00a02", "tbl-a": "Table\u00a01", "sec-half": "Section\u00a01.1", "fig-a": "Figure\u00a01"}
    for name, text in expected.items():
        assert f'href="#{name}">{text}<' in html
    assert "<figcaption>Figure\u00a02: Second.</figcaption>" in html
    assert 'data-cites="xiao2017"' in convert("As in @xiao2017.")
    with pytest.raises(RuntimeError, match="refers to fig-nowhere"):
        convert("See @fig-nowhere.")
    html = convert('::: {.callout-warning title="Mind"}\nText.\n:::\n')
    assert re.search(r'<div class="callout-warning callout" role="note">\s*<div class="callout-title">\s*<p>Mind</p>', html)
