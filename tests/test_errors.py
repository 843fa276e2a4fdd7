"""A message is one line that shows on any terminal what it holds, however long or odd what went into it."""

from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.errors import LONGEST, InputError, shortened


@given(st.text() | st.text("ab\n\r\x1b\u202e\u2028 ", min_size=990, max_size=1010))
def test_any_message_is_a_readable_line(text: str) -> None:
    message = str(InputError(text))
    assert message.isprintable()
    assert len(message) <= LONGEST


@given(st.text(st.characters(categories=["L", "N", "P"]), max_size=LONGEST))
def test_an_ordinary_message_is_as_it_was_written(text: str) -> None:
    assert str(InputError(text)) == text


def test_of_a_long_message_both_ends_are_left() -> None:
    message = str(InputError(f"params.yaml: {'x' * 10_000}; remove it"))
    assert message.startswith("params.yaml: xxx")
    assert message.endswith("xxx; remove it")


@given(st.text(max_size=30), st.integers(10, 40))
def test_what_is_short_enough_stays(text: str, longest: int) -> None:
    assert len(shortened(text, longest)) <= longest
    assert len(text) > longest or shortened(text, longest) == text
