"""The one exception that stands for bad input rather than for a bug."""


class InputError(Exception):
    """Bad input: the message is one line that says what, where and what to do.

    The command line prints it without a traceback and exits with code 2. Files and servers put what they like into the
    messages that quote them: see :func:`one_line`.
    """

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(text: str) -> str:
    r"""Return `text` on one line, with an escape such as ``\x1b`` for each character that a terminal would obey or lack."""
    line = " ".join(text.split()) if len(text.splitlines()) > 1 else text
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in line)
