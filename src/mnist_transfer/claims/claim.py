"""What a claim is: a sentence of the report that a small function on the results holds to."""

from collections.abc import Callable
from dataclasses import dataclass

from mnist_transfer.results.read import Results


@dataclass(frozen=True)
class Verdict:
    """Whether a claim holds, and what it rests on.

    Attributes
    ----------
    holds
        Whether the results bear it out.
    evidence
        One line with the numbers, and the interval or test.
    """

    holds: bool
    evidence: str


Check = Callable[[Results], Verdict]

#: Every check by the name of its claim.
CHECKS: dict[str, Check] = {}


def claim(check: Check) -> Check:
    """Register a check; its claim has the function's name, with hyphens."""
    name = check.__name__.replace("_", "-")
    if name in CHECKS:
        raise ValueError(f"two checks of the claim {name}")
    CHECKS[name] = check
    return check
