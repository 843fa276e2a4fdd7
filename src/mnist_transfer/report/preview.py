"""A readable page from the report's .qmd where Quarto cannot be had: cells run with nbclient, text converted with pandoc.

Quarto's extensions of Markdown are handled as far as the report uses them: inline code, cross-references, callouts, tabs,
folded code, and figures in a light and a dark rendering. Everything else is pandoc's Markdown already.
"""

import ast
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnist_transfer import files, yaml
from mnist_transfer.errors import InputError

#: Seconds that one cell may take.
CELL_TIMEOUT = 300

_FENCE = re.compile(r"^```\{python\}[ \t]*\n(.*?)^```[ \t]*$\n?", re.DOTALL | re.MULTILINE)
#: The expression of inline code, as Quarto finds it (src/resources/jupyter/notebook.py in its repository).
_INLINE = re.compile(r"(?<!`)`\{python\}[ \t]([^`]+)`")
_CALLOUTS = ("note", "tip", "warning", "caution", "important")
_KINDS = {"fig": "Figure", "tbl": "Table", "sec": "Section"}

Node = dict[str, Any]


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


def render(source: Path, page: Path) -> None:
    """Render ``index.qmd`` in the folder `source` as one self-contained HTML file, written whole or not at all.

    Raises
    ------
    InputError
        The report's dependencies are not installed, its sources are missing, a cell fails or pandoc does.
    """
    try:
        import pypandoc
    except ImportError as error:
        raise InputError(f"{error.name} is not installed; run `pip install .[report]`") from None
    try:
        front, pieces = split((source / "index.qmd").read_text(encoding="utf-8"))
        project = yaml.load((source / "_quarto.yml").read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}; `git checkout {source}` restores it") from None
    markdown = execute(pieces, source)
    document = json.loads(pypandoc.convert_text(markdown, "json", "markdown-implicit_figures"))
    resolve(document)
    arguments = [
        "--standalone",
        "--embed-resources",
        "--citeproc",
        "--toc",
        "--toc-depth=2",
        "--wrap=none",
        f"--resource-path={source}",
        f"--template={source / 'preview.html'}",
        f"--css={source / 'report.css'}",
        f"--css={source / 'preview.css'}",
        f"--include-after-body={source / 'report-script.html'}",
        f"--bibliography={source / project['bibliography']}",
        f"--metadata=lang:{project['lang']}",
        "--metadata=link-citations:true",
        *(f"--metadata={key}:{value}" for key, value in front.items()),
    ]
    if project.get("number-sections"):
        arguments.append("--number-sections")
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "index.html"
            pypandoc.convert_text(json.dumps(document), "html5", "json", extra_args=arguments, outputfile=str(made))
            files.write_text(page, made.read_text(encoding="utf-8"))
    except RuntimeError as error:
        raise InputError(f"pandoc could not convert {source / 'index.qmd'}: {' '.join(str(error).split())}") from None


def execute(pieces: list[str | Cell], folder: Path) -> str:
    """Run the cells and the inline code in one kernel started in `folder`, and return plain Markdown with their output.

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
        with tempfile.TemporaryDirectory() as sockets:
            nbclient.NotebookClient(
                notebook,
                timeout=CELL_TIMEOUT,
                kernel_name="python3",
                config=_kernel_settings(Path(sockets)),
                resources={"metadata": {"path": str(folder)}},
            ).execute()
    except CellExecutionError as error:
        raise InputError(f"{folder / 'index.qmd'}: a cell failed with {error.ename}: {error.evalue}") from None
    except (RuntimeError, TimeoutError) as error:
        raise InputError(f"{folder / 'index.qmd'}: its kernel failed ({' '.join(str(error).split())})") from None
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
    """Return the value of inline code: Markdown as it is, a string without quotes, anything else as Python prints it."""
    data: Node = next((output["data"] for output in outputs if output["output_type"] == "execute_result"), {})
    if "text/markdown" in data:
        return str(data["text/markdown"])
    plain = str(data.get("text/plain", ""))
    return str(ast.literal_eval(plain)) if plain[:1] in "'\"" and plain else plain


def _cell_markdown(cell: Cell, outputs: list[Node]) -> str:
    if cell.options.get("include") is False:
        return ""
    parts = []
    if cell.options.get("echo") is not False:
        parts.append(f"::: {{.folded-code}}\n```python\n{cell.code}\n```\n:::\n")
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


def resolve(document: Node) -> None:
    """Replace Quarto's extensions in a pandoc document, in place: numbered floats, cross-references, callouts, tabs, code.

    Raises
    ------
    InputError
        A cross-reference points nowhere.
    """
    numbers: dict[str, str] = {}
    _number_sections(document["blocks"], numbers)
    _edit(document["blocks"], lambda div: _block(div, numbers), "Div")
    _edit(document["blocks"], lambda cite: _reference(cite, numbers), "Cite")


def _number_sections(blocks: list[Node], numbers: dict[str, str]) -> None:
    counts = [0, 0]
    for block in blocks:
        if block["t"] == "Header" and "unnumbered" not in block["c"][1][1]:
            level, (name, _, _), _ = block["c"]
            if level in (2, 3):
                counts[level - 2] += 1
                counts[level - 1 :] = [0] * len(counts[level - 1 :])
                numbers[name] = ".".join(map(str, counts[: level - 1]))


def _edit(node: Any, change: Callable[[Node], list[Node] | None], kind: str) -> None:
    """Replace every element of a kind for which `change` returns a list, outermost first."""
    children = node if isinstance(node, list) else list(node.values()) if isinstance(node, dict) else []
    if isinstance(node, list):
        position = 0
        while position < len(node):
            child = node[position]
            if isinstance(child, dict) and child.get("t") == kind and (new := change(child)) is not None:
                node[position : position + 1] = new
                child = node[position]
            position += 1
    for child in children:
        if isinstance(child, dict | list):
            _edit(child, change, kind)


def _block(div: Node, numbers: dict[str, str]) -> list[Node] | None:
    (name, classes, attributes), blocks = div["c"]
    kind = name.split("-")[0]
    if kind in ("fig", "tbl") and name not in numbers:
        numbers[name] = str(1 + sum(known.startswith(kind) for known in numbers))
        label = [_span("number", [_text(f"{_KINDS[kind]} {numbers[name]}")]), _text(": ")]
        if blocks and blocks[-1]["t"] == "Para":
            blocks[-1] = _div("caption", [{"t": "Para", "c": label + blocks[-1]["c"]}])
        classes += ["float", {"fig": "figure", "tbl": "table"}[kind]]
    callout = next((kind for kind in _CALLOUTS if f"callout-{kind}" in classes), None)
    if callout:
        title = dict(attributes).get("title", callout.capitalize())
        classes.append("callout")
        attributes[:] = [pair for pair in attributes if pair[0] != "title"] + [["role", "note"]]
        blocks.insert(0, _div("callout-title", [{"t": "Para", "c": [_text(title)]}]))
    if "folded-code" in classes:
        return [_html('<details class="code"><summary>Code</summary>'), *blocks, _html("</details>")]
    if "panel-tabset" in classes:
        return list(_tabs(blocks))
    return None


def _tabs(blocks: list[Node]) -> Iterator[Node]:
    """Turn a tab set into sections that open and close, the first one open."""
    opened = False
    for block in blocks:
        if block["t"] == "Header":
            if opened:
                yield _html("</details>")
            yield _html(f'<details class="tab"{"" if opened else " open"}><summary>')
            yield {"t": "Plain", "c": block["c"][2]}
            yield _html("</summary>")
            opened = True
        else:
            yield block
    if opened:
        yield _html("</details>")


def _reference(cite: Node, numbers: dict[str, str]) -> list[Node] | None:
    citations = cite["c"][0]
    names = [citation["citationId"] for citation in citations]
    if not all(name.split("-")[0] in _KINDS and "-" in name for name in names):
        return None
    if unknown := [name for name in names if name not in numbers]:
        raise InputError(f"the report refers to {', '.join(unknown)}, which it does not have")
    links: list[Node] = []
    for name in names:
        text = f"{_KINDS[name.split('-')[0]]}\u00a0{numbers[name]}"
        links += [_text(", ")] * bool(links) + [{"t": "Link", "c": [["", [], []], [_text(text)], [f"#{name}", ""]]}]
    return links


def _text(text: str) -> Node:
    return {"t": "Str", "c": text}


def _span(name: str, inlines: list[Node]) -> Node:
    return {"t": "Span", "c": [["", [name], []], inlines]}


def _div(name: str, blocks: list[Node]) -> Node:
    return {"t": "Div", "c": [["", [name], []], blocks]}


def _html(html: str) -> Node:
    return {"t": "RawBlock", "c": ["html", html]}
