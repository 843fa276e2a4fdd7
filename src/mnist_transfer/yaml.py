"""YAML as DVC reads it: with ruamel.yaml and the rules of YAML 1.2, so that both see the same values in ``params.yaml``.

PyYAML keeps to YAML 1.1, where ``1e-05`` is a string, ``yes`` is true and ``010`` is eight.
"""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError


def load(text: str) -> Any:
    """Read the one document in `text`.

    Raises
    ------
    ValueError
        Not YAML, or a key stands twice in one mapping; the message is one line.
    """
    try:
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{' '.join(str(error.problem or error.context).split())}") from None
    except (YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(" ".join(str(error).split()) or type(error).__name__) from None


def dump(content: Any) -> str:
    """Write `content` in block style, keys in their order."""
    stream = io.StringIO()
    writer: Any = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.sort_base_mapping_type_on_output = False
    writer.dump(content, stream)
    return stream.getvalue()
