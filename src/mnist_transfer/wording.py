"""Write numbers as a sentence has them."""

from collections.abc import Sequence


class Markdown(str):
    """Text that a notebook shows as Markdown; a plain string in an inline expression would be escaped."""

    def _repr_markdown_(self) -> str:
        return str(self)


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
