"""A readable page from the report's .qmd where Quarto cannot be had: cells run with nbclient, text converted with pandoc.

Quarto's extensions of Markdown are handled as far as the report uses them: inline code, cross-references, callouts, and
figures in a light and a dark rendering. Everything else is pandoc's Markdown already, and the page is Quarto's own.
"""

import ast
import json
import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnist_transfer import files, yaml
from mnist_transfer.errors import InputError
from mnist_transfer.report import document
from mnist_transfer.report import pages as claims
from mnist_transfer.report.document import Node
from mnist_transfer.wording import escaped

#: Seconds that one cell may take.
CELL_TIMEOUT = 300

_FENCE = re.compile(r"^```\{python\}[ \t]*\n(.*?)^```[ \t]*$\n?", re.DOTALL | re.MULTILINE)
#: The expression of inline code, as Quarto finds it (src/resources/jupyter/notebook.py in its repository).
_INLINE = re.compile(r"(?<!`)`\{python\}[ \t]([^`]+)`")


@dataclass(frozen=True)
class Cell:
    """A code cell of a .qmd: its code and the options in its ``#|`` lines."""

    code: str
    options: dict[str, Any] = field(default_factory=dict)


def split(text: str) -> tuple[dict[str, Any], list[str | Cell]]:
    """Split a .qmd into its front matter and its pieces, Markdown and cells in turn.

    Raises
    ------
    InputError
        The front matter or a cell's options are not valid YAML.
    """
    parts = text.split("---\n", 2)
    front, body = (parts[1], parts[2]) if len(parts) == 3 and not parts[0].strip() else ("", text)
    try:
        pieces: list[str | Cell] = []
        end = 0
        for match in _FENCE.finditer(body):
            pieces += [body[end : match.start()], _cell(match[1])]
            end = match.end()
        return yaml.load(front) or {}, [*pieces, body[end:]]
    except ValueError as error:
        raise InputError(f"the report's options are not valid YAML: {error}") from None


def _cell(source: str) -> Cell:
    lines = source.splitlines()
    options = [line[2:].removeprefix(" ") for line in lines if line.startswith("#|")]
    code = "\n".join(line for line in lines if not line.startswith("#|"))
    return Cell(code, yaml.load("\n".join(options)) or {})


def render(source: Path) -> None:
    """Render the pages of the folder `source` into its ``_site/``, each a self-contained HTML file, whole or not at all.

    Raises
    ------
    InputError
        The report's dependencies are not installed, its sources are missing, a cell fails or pandoc does.
    """
    for page in claims.pages(source):
        _render_page(page, source)


def _render_page(page: Path, source: Path) -> None:
    try:
        import pypandoc
    except ImportError as error:
        raise InputError(f"{error.name} is not installed; run `pip install .[report]`") from None
    front, pieces = split(claims.read_source(page))
    project = yaml.load(claims.read_source(source / "_quarto.yml"))
    # No line of a table is so long that pandoc divides the columns by the dashes of its source.
    text = pypandoc.convert_text(execute(pieces, page), "json", "markdown-implicit_figures", extra_args=["--columns=10000"])
    content = json.loads(text)
    document.resolve(content)
    page_format = project["format"]["html"]
    arguments = [
        "--standalone",
        "--embed-resources",
        "--citeproc",
        "--toc",
        f"--toc-depth={page_format['toc-depth']}",
        "--wrap=none",
        f"--resource-path={source}",
        f"--template={source / page_format['template']}",
        *(f"--css={source / name}" for name in page_format["css"]),
        f"--include-after-body={source / page_format['include-after-body']}",
        *(f"--lua-filter={source / name}" for name in project.get("filters", ())),
        f"--bibliography={source / project['bibliography']}",
        f"--metadata=lang:{project['lang']}",
        "--metadata=link-citations:true",
        "--variable=preview:true",
        *(f"--metadata={key}:{value}" for key, value in front.items()),
    ]
    if project.get("number-sections"):
        arguments.append("--number-sections")
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "page.html"
            pypandoc.convert_text(json.dumps(content), "html5", "json", extra_args=arguments, outputfile=str(made))
            files.write_text(source / "_site" / page.with_suffix(".html").name, made.read_text(encoding="utf-8"))
    except RuntimeError as error:
        raise InputError(f"pandoc could not convert {page}: {' '.join(str(error).split())}") from None


def execute(pieces: list[str | Cell], page: Path) -> str:
    """Run a page's cells and inline code in one kernel started in its folder, and return plain Markdown with their output.

    Raises
    ------
    InputError
        The report's dependencies are not installed, or a cell fails.
    """
    try:
        import nbclient
        from nbclient.exceptions import CellExecutionError
        from nbformat import v4
    except ImportError as error:
        raise InputError(f"{error.name} is not installed; run `pip install .[report]`") from None
    sources = [source for piece in pieces for source in ([piece.code] if isinstance(piece, Cell) else _INLINE.findall(piece))]
    make: Any = v4  # untyped
    notebook = make.new_notebook(cells=[make.new_code_cell(source) for source in sources])
    try:
        with tempfile.TemporaryDirectory() as sockets, ThreadPoolExecutor(1) as thread:
            client = nbclient.NotebookClient(
                notebook,
                timeout=CELL_TIMEOUT,
                kernel_name="python3",
                config=_kernel_settings(Path(sockets)),
                resources={"metadata": {"path": str(page.parent)}},
            )
            thread.submit(client.execute).result()  # in the main thread it would take the signals that end this command
    except CellExecutionError as error:
        raise InputError(f"{page}: a cell failed with {error.ename}: {error.evalue}") from None
    except (RuntimeError, TimeoutError) as error:
        raise InputError(f"{page}: its kernel failed ({' '.join(str(error).split())})") from None
    outputs = iter([cell["outputs"] for cell in notebook["cells"]])
    text = []
    for piece in pieces:
        if isinstance(piece, Cell):
            text.append(_cell_markdown(piece, next(outputs)))
        else:
            text.append(_INLINE.sub(lambda _: _inline_markdown(next(outputs)), piece))
    return "".join(text)


def _kernel_settings(sockets: Path) -> Any:
    """Have the kernel listen on files in a folder rather than on ports: these work without any network, not even to itself."""
    from traitlets.config import Config

    address = {"transport": "ipc", "ip": str(sockets / "kernel")}
    return Config({"KernelManager": address if os.name == "posix" else {}})


def _inline_markdown(outputs: list[Node]) -> str:
    """Return the value of inline code: Markdown as it is, a string as the text it is, anything else as Python prints it."""
    data: Node = next((output["data"] for output in outputs if output["output_type"] == "execute_result"), {})
    if "text/markdown" in data:
        return str(data["text/markdown"])
    plain = str(data.get("text/plain", ""))
    return escaped(str(ast.literal_eval(plain))) if plain[:1] in "'\"" and plain else plain


def _cell_markdown(cell: Cell, outputs: list[Node]) -> str:
    if cell.options.get("include") is False:
        return ""
    parts = []
    shown = [output["data"] for output in outputs if output["output_type"] in ("display_data", "execute_result")]
    renderings = [f" .{name}-content" for name in cell.options.get("renderings", [])]
    for number, data in enumerate(shown):
        theme = renderings[number] if len(renderings) == len(shown) else ""
        if "image/png" in data:
            alt = str(cell.options.get("fig-alt", "")).replace("]", "")
            body = f"![{alt}](data:image/png;base64,{''.join(data['image/png'].split())})"
        else:
            body = str(data.get("text/markdown", data.get("text/plain", "")))
        parts.append(f"::: {{.cell-output-display{theme}}}\n{body}\n:::\n")
    return "\n".join(["", *parts])
