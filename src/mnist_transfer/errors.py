"""The one exception that stands for bad input rather than for a bug."""


class InputError(Exception):
    """Bad input: the message is one line that says what, where and what to do.

    The command line prints it without a traceback and exits with code 2.
    """
