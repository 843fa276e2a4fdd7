"""Numbers with what they count, and text that Markdown leaves alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.wording import Markdown, counted, escaped


@pytest.mark.parametrize(
    ("number", "words", "expected"),
    [
        (0, ("row",), "0 rows"),
        (1, ("row",), "1 row"),
        (2, ("row",), "2 rows"),
        (10_000, ("image",), "10,000 images"),
        (1, ("kind of features", "kinds of features"), "1 kind of features"),
        (3, ("kind of features", "kinds of features"), "3 kinds of features"),
    ],
)
def test_one_is_never_several(number: int, words: tuple[str, ...], expected: str) -> None:
    assert counted(number, *words) == expected


@given(st.text("abc XYZ 0189 (),:;=+/%×–é"))
def test_what_is_no_markup_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text


def test_what_is_marked_as_markdown_is_left_to_it() -> None:
    assert escaped(Markdown("**bold** | $x$")) == "**bold** | $x$"
    assert escaped("**bold** | $x$") == r"\*\*bold\*\* \| \$x\$"
