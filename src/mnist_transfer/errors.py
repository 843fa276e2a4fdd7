"""The one exception that stands for bad input rather than for a bug."""

#: Characters of a message that a reader still takes in; of a longer one the middle is left out.
LONGEST = 1000


class InputError(Exception):
    """Bad input: the message is one line that says what, where and what to do.

    The command line prints it without a traceback and exits with code 2. Line ends, and other characters that a terminal would
    obey, are written as escapes, and the middle of a very long message is left out.
    """

    def __init__(self, message: str) -> None:
        super().__init__(shortened(printable(message), LONGEST))


class NotMeasuredError(InputError):
    """The study lacks what a sentence or a figure of the report speaks of, so that it can be neither right nor wrong."""


def printable(text: str) -> str:
    r"""Write line ends, controls and marks of direction as escapes such as ``\n``: text stays one line and shows whole."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def shortened(text: str, longest: int) -> str:
    """Leave out the middle of a text that is longer: where it begins says what it is, and where it ends what to do."""
    if len(text) <= longest:
        return text
    head = longest * 2 // 3
    return f"{text[:head]} … {text[head + 3 - longest :]}"
