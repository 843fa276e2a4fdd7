"""A message is one line that shows on any terminal what it holds, however long or odd what went into it."""

from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.errors import LONGEST, InputError, printable


@given(st.text() | st.text("ab\n\r\x1b\u202e\u2028 ", max_size=20).map(lambda text: 50 * text))
def test_any_message_is_a_readable_line_and_of_a_long_one_both_ends_are_left(text: str) -> None:
    message, whole = str(InputError(text)), printable(text)
    assert message.isprintable()
    assert len(message) <= LONGEST
    assert message == whole or (len(whole) > LONGEST and message[:600] == whole[:600] and message[-300:] == whole[-300:])
    assert not text.isprintable() or text == whole
