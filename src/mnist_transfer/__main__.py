"""What ``mnist-transfer`` and ``python -m mnist_transfer`` start: first the ear for signals, then all that takes its time."""

import os

from mnist_transfer import interruption


def main() -> None:
    """Run the command line so that it can be stopped at any moment."""
    # TensorFlow announces its compilation flags on standard error at every start; warnings and errors still show.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
    interruption.supervise()
    from mnist_transfer import cli

    cli.main()


if __name__ == "__main__":
    main()
