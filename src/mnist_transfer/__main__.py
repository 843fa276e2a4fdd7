"""What ``mnist-transfer`` and ``python -m mnist_transfer`` start."""

import os
import signal

# TensorFlow announces how it was compiled, and joblib what a killed process left in /dev/shm and it has just removed.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")
os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker")


def main() -> None:
    """Run the command line. Ctrl-C ends it at once: Python would wait for the end of a fit, and files are written whole."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored, as after nohup
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mnist_transfer import cli

    cli.main()


if __name__ == "__main__":
    main()
