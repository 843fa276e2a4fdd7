"""A readable page from the report's .qmd where Quarto cannot be had: its code run with IPython, text converted with pandoc.

Quarto's extensions of Markdown are handled as far as the report uses them: inline code and figures in a light and a dark
rendering here, cross-references and callouts in ``preview.lua``. Everything else is pandoc's Markdown already, and the page is
Quarto's own.
"""

import contextlib
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnist_transfer import files, yaml
from mnist_transfer.errors import InputError
from mnist_transfer.report.pages import pages, read_source
from mnist_transfer.wording import escaped

_FENCE = re.compile(r"^```\{python\}[ \t]*\n(.*?)^```[ \t]*$\n?", re.DOTALL | re.MULTILINE)
#: The expression of inline code, as Quarto finds it (src/resources/jupyter/notebook.py in its repository).
_INLINE = re.compile(r"(?<!`)`\{python\}[ \t]([^`]+)`")


@dataclass(frozen=True)
class Cell:
    """A code cell of a .qmd: its code and the options in its ``#|`` lines."""

    code: str
    options: dict[str, Any] = field(default_factory=dict)


def split(text: str) -> tuple[dict[str, Any], list[str | Cell]]:
    """Split a .qmd into front matter and pieces, Markdown and cells in turn; options that are no YAML are an `InputError`."""
    parts = text.split("---\n", 2)
    front, body = (parts[1], parts[2]) if len(parts) == 3 and not parts[0].strip() else ("", text)
    try:
        pieces = [_cell(piece) if at % 2 else piece for at, piece in enumerate(_FENCE.split(body))]
        return yaml.load(front) or {}, pieces
    except ValueError as error:
        raise InputError(f"the report's options are not valid YAML: {error}") from None


def _cell(source: str) -> Cell:
    lines = source.splitlines()
    options = "\n".join(line[2:].removeprefix(" ") for line in lines if line.startswith("#|"))
    return Cell("\n".join(line for line in lines if not line.startswith("#|")), yaml.load(options) or {})


def render(source: Path) -> None:
    """Render the pages of a folder into its ``_site/``, each a self-contained HTML file, whole or not at all."""
    try:
        import pypandoc
    except ImportError as error:
        raise InputError(f"{error.name} is not installed; run `pip install .[report]`") from None
    for page in pages(source):
        front, pieces = split(read_source(page))
        arguments = [*_arguments(source), *(f"--metadata={key}:{value}" for key, value in front.items())]
        text = execute(pieces, page)
        try:
            with tempfile.TemporaryDirectory() as folder:
                made = Path(folder) / "page.html"
                pypandoc.convert_text(text, "html5", "markdown-implicit_figures", extra_args=arguments, outputfile=str(made))
                files.write_text(source / "_site" / made.with_stem(page.stem).name, made.read_text(encoding="utf-8"))
        except RuntimeError as error:
            raise InputError(f"pandoc could not convert {page}: {' '.join(str(error).split())}") from None


def _arguments(source: Path) -> list[str]:
    """Return what pandoc is told for every page: what ``_quarto.yml`` says."""
    project = yaml.load(read_source(source / "_quarto.yml"))
    form = project["format"]["html"]
    return [
        "--standalone",
        "--embed-resources",
        f"--lua-filter={source / 'assets/preview.lua'}",  # before the citations, of which references to figures would be some
        "--citeproc",
        *(f"--lua-filter={source / name}" for name in project.get("filters", ())),
        "--toc",
        f"--toc-depth={form['toc-depth']}",
        "--wrap=none",
        "--columns=10000",  # no line of a table is so long that pandoc divides the columns by the dashes of its source
        f"--resource-path={source}",
        f"--template={source / form['template']}",
        *(f"--css={source / name}" for name in form["css"]),
        f"--include-after-body={source / form['include-after-body']}",
        f"--bibliography={source / project['bibliography']}",
        f"--metadata=lang:{project['lang']}",
        "--metadata=link-citations:true",
        "--variable=preview:true",
        *(["--number-sections"] if project.get("number-sections") else []),
    ]


def execute(pieces: list[str | Cell], page: Path) -> str:
    """Run a page's cells and inline code in its folder, and return plain Markdown with their output."""
    try:
        from IPython.core.interactiveshell import InteractiveShell
        from IPython.utils.capture import capture_output
        from traitlets.config import Config
    except ImportError as error:
        raise InputError(f"{error.name} is not installed; run `pip install .[report]`") from None
    shell: Any = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}), user_ns={})

    def run(source: str) -> tuple[list[dict[str, Any]], Any]:
        """Return what code shows, in the forms that a notebook would have, and what it is worth."""
        with capture_output() as captured:
            done = shell.run_cell(source)
        if failure := done.error_before_exec or done.error_in_exec:
            raise InputError(f"{page}: a cell failed with {type(failure).__name__}: {failure}")
        shown = [output.data for output in captured.outputs]
        return shown if done.result is None else [*shown, shell.display_formatter.format(done.result)[0]], done.result

    try:
        with contextlib.chdir(page.parent):
            return "".join(
                _shown(piece, run(piece.code)[0])
                if isinstance(piece, Cell)
                else _INLINE.sub(lambda found: _inline(run(found[1])[1]), piece)
                for piece in pieces
            )
    finally:
        InteractiveShell.clear_instance()


def _inline(value: Any) -> str:
    """Return the value of inline code: Markdown as it is, a string as the text it is, anything else as Python prints it."""
    if hasattr(value, "_repr_markdown_"):
        return str(value._repr_markdown_())
    return "" if value is None else escaped(value) if isinstance(value, str) else str(value)


def _shown(cell: Cell, outputs: list[dict[str, Any]]) -> str:
    if cell.options.get("include") is False:
        return ""
    parts = []
    renderings = [f" .{name}-content" for name in cell.options.get("renderings", [])]
    for number, data in enumerate(outputs):
        theme = renderings[number] if len(renderings) == len(outputs) else ""
        body = str(data.get("text/markdown", data.get("text/plain", "")))
        if "image/png" in data:
            alt = str(cell.options.get("fig-alt", "")).replace("]", "")
            body = f"![{alt}](data:image/png;base64,{''.join(data['image/png'].split())})"
        parts.append(f"::: {{.cell-output-display{theme}}}\n{body}\n:::\n")
    return "\n".join(["", *parts])
