"""Numbers with what they count, and text that Markdown leaves alone."""

from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.wording import Markdown, counted, escaped


def test_one_is_never_several() -> None:
    assert [counted(number, "row") for number in (0, 1, 2, 10_000)] == ["0 rows", "1 row", "2 rows", "10,000 rows"]
    assert counted(1, "kind of features", "kinds of features") == "1 kind of features"
    assert counted(3, "kind of features", "kinds of features") == "3 kinds of features"


@given(st.text("abc XYZ 0189 (),:;=+/%×–é"))
def test_what_is_no_markup_stays_as_it_is(text: str) -> None:
    assert escaped(text) == text


def test_what_is_marked_as_markdown_is_left_to_it() -> None:
    assert escaped(Markdown("**bold** | $x$")) == "**bold** | $x$"
    assert escaped("**bold** | $x$") == r"\*\*bold\*\* \| \$x\$"
