"""A message is one line that shows on any terminal what it holds, however long or odd what went into it."""

from hypothesis import given
from hypothesis import strategies as st

from mnist_transfer.errors import LONGEST, InputError


@given(st.text() | st.text("ab\n\r\x1b\u202e\u2028 ", min_size=990, max_size=1010))
def test_any_message_is_a_readable_line(text: str) -> None:
    message = str(InputError(text))
    assert message.isprintable()
    assert len(message) <= LONGEST
    assert not text.isprintable() or len(text) > LONGEST or message == text


def test_of_a_long_message_both_ends_are_left() -> None:
    message = str(InputError(f"params.yaml: {'x' * 10_000}; remove it"))
    assert message.startswith("params.yaml: xxx")
    assert message.endswith("xxx; remove it")
