"""Write numbers, names and code as a sentence has them."""

import re
from collections.abc import Sequence

#: What Markdown, of pandoc as of GitHub, takes for markup in the middle of a line.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>|~^$@&\"'#]|-(?=-)|\.(?=\.\.)")


class Markdown(str):
    """Text that a notebook shows as Markdown; a plain string in an inline expression would be escaped."""

    def _repr_markdown_(self) -> str:
        return str(self)


def escaped(text: str) -> Markdown:
    """Write text, such as a title, so that Markdown shows it as it is."""
    return text if isinstance(text, Markdown) else Markdown(_MARKUP.sub(r"\\\g<0>", " ".join(text.splitlines())))


def code(text: object) -> Markdown:
    """Write a name, or another text without backticks, as code."""
    return Markdown(f"`{text}`")


def percent(share: float, digits: int = 1) -> Markdown:
    """Write a share as a percentage."""
    return Markdown(f"{100 * share:.{digits}f}%")


def interval(low: float, high: float, digits: int = 1) -> Markdown:
    """Write two shares as a range of percentages."""
    return Markdown(f"{100 * low:.{digits}f} to {100 * high:.{digits}f}%")


def signed(difference: float, digits: int = 1) -> str:
    """Write a difference of two shares in percentage points, with its sign and without the unit."""
    return f"{100 * difference:+.{digits}f}".replace("-", "−")


def points(difference: float, digits: int = 1) -> str:
    """Write the size of a difference of two shares in percentage points."""
    return f"{100 * abs(difference):.{digits}f} points"


def listed(items: Sequence[str]) -> str:
    """Join items as in a sentence."""
    if len(items) < 2:
        return items[0] if items else "none"
    return f"{', '.join(items[:-1])} and {items[-1]}"


def counted(number: int, one: str, several: str | None = None) -> str:
    """Write a number with what it counts, `one` of it or `several`; these have an s unless told."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"
