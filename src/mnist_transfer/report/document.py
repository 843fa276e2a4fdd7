"""Quarto's extensions of pandoc's documents, as far as the report uses them, for where there is no Quarto."""

from collections.abc import Callable
from typing import Any

from mnist_transfer.errors import InputError

_CALLOUTS = ("note", "tip", "warning", "caution", "important")
_KINDS = {"fig": "Figure", "tbl": "Table", "sec": "Section"}

Node = dict[str, Any]


def resolve(document: Node) -> None:
    """Replace Quarto's extensions in a pandoc document, in place: numbered floats, cross-references and callouts.

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
        label = _text(f"{_KINDS[kind]}\u00a0{numbers[name]}: ")
        caption = [{"t": "Plain", "c": [label, *blocks.pop()["c"]]}] if blocks and blocks[-1]["t"] == "Para" else []
        return [{"t": "Figure", "c": [[name, [*classes, f"quarto-float-{kind}"], attributes], [None, caption], blocks]}]
    callout = next((kind for kind in _CALLOUTS if f"callout-{kind}" in classes), None)
    if callout:
        title = dict(attributes).get("title", callout.capitalize())
        classes.append("callout")
        attributes[:] = [pair for pair in attributes if pair[0] != "title"] + [["role", "note"]]
        blocks.insert(0, _div("callout-title", [{"t": "Para", "c": [_text(title)]}]))
    return None


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


def _div(name: str, blocks: list[Node]) -> Node:
    return {"t": "Div", "c": [["", [name], []], blocks]}
