"""YAML as DVC reads it: with ruamel.yaml and the rules of YAML 1.2, so that both see the same values in ``params.yaml``.

PyYAML keeps to YAML 1.1, where ``1e-05`` is a string, ``yes`` is true and ``010`` is eight.
"""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from mnist_transfer.errors import shortened

#: How deep values may be nested (the parser in C crashes at 100,000), and how many aliases there may be: a few lines of aliases
#: of aliases of aliases stand for more values than any memory holds.
DEEPEST, MOST_ALIASES = 40, 20
_STANDARD = "tag:yaml.org,2002:"


def load(text: str) -> Any:
    """Read the one document in `text`.

    Raises
    ------
    ValueError
        Not YAML, a key stands twice in one mapping, values are nested too deep or aliases too many; the message is one line.
    """
    try:
        _check(text)
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{' '.join(str(error.problem or error.context).split())}") from None
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(" ".join(str(error).split()) or type(error).__name__) from None


def _check(text: str) -> None:
    """Refuse what ruamel.yaml crashes on or never ends with, and tags: other types than JSON's make no study."""
    depth = aliases = 0
    for event in YAML(typ="safe").parse(io.StringIO(text)):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        aliases += isinstance(event, AliasEvent)
        tag = getattr(event, "tag", None) or "!"
        if depth > DEEPEST:
            complaint = f"nested more than {DEEPEST} deep"
        elif aliases > MOST_ALIASES:
            complaint = f"more than {MOST_ALIASES} aliases"
        elif tag not in ("!", f"{_STANDARD}str"):
            complaint = f"write the value without {shortened(tag.replace(_STANDARD, '!!'), 80)}"
        else:
            continue
        raise ValueError(f"line {event.start_mark.line + 1}: {complaint}")


def dump(content: Any) -> str:
    """Write `content` in block style, keys in their order."""
    stream = io.StringIO()
    writer: Any = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.sort_base_mapping_type_on_output = False
    writer.dump(content, stream)
    return stream.getvalue()
