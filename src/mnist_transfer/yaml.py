"""YAML as DVC reads it: with ruamel.yaml and the rules of YAML 1.2, so that both see the same values in ``params.yaml``.

PyYAML keeps to YAML 1.1, where ``1e-05`` is a string, ``yes`` is true and ``010`` is eight.
"""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

from mnist_transfer.errors import shortened

#: How deep values may be nested, and how many there may be with every alias written out: far more than any study has, and few
#: enough that nothing takes long.
DEEPEST, MOST = 40, 100_000
_STANDARD = "tag:yaml.org,2002:"


def load(text: str) -> Any:
    """Read the one document in `text`.

    Raises
    ------
    ValueError
        Not YAML, a key stands twice in one mapping, or values are nested too deep or too many; the message is one line.
    """
    try:
        _measure(text)
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{' '.join(str(error.problem or error.context).split())}") from None
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(" ".join(str(error).split()) or type(error).__name__) from None


def _measure(text: str) -> None:
    """Refuse what would take forever, or all memory, to read: ruamel.yaml itself sets no limit."""
    sizes: dict[str, int] = {}
    within: list[tuple[str | None, int]] = []  # anchors that are open, and how much there was before each
    total = 0
    for event in YAML(typ="safe").parse(io.StringIO(text)):
        if isinstance(event, CollectionEndEvent):
            anchor, before = within.pop()
            if anchor:
                sizes[anchor] = total - before
            continue
        if not isinstance(event, NodeEvent):
            continue
        line = f"line {event.start_mark.line + 1}: "
        if isinstance(event, AliasEvent):
            if any(anchor == event.anchor for anchor, _ in within):
                raise ValueError(f"{line}*{event.anchor} stands within what it stands for")
            total += sizes.get(event.anchor, 1)
        else:
            tag = str(getattr(event, "tag", None) or "!").replace(_STANDARD, "!!")
            if tag not in ("!", "!!str"):  # other types need no mark, or have no counterpart in JSON, which records the study
                raise ValueError(f"{line}write the value without {shortened(tag, 80)}")
            total += 1
            if isinstance(event, CollectionStartEvent):
                within.append((event.anchor, total))
            elif event.anchor:
                sizes[event.anchor] = 1
        if len(within) > DEEPEST:
            raise ValueError(f"{line}nested more than {DEEPEST} deep")
        if total > MOST:
            raise ValueError(f"{line}more than {MOST:,} values")


def dump(content: Any) -> str:
    """Write `content` in block style, keys in their order."""
    stream = io.StringIO()
    writer: Any = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.sort_base_mapping_type_on_output = False
    writer.dump(content, stream)
    return stream.getvalue()
