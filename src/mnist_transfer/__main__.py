"""What ``mnist-transfer`` and ``python -m mnist_transfer`` start: first the ear for signals, then all that takes its time."""

from mnist_transfer import interruption


def main() -> None:
    """Run the command line so that it can be stopped at any moment."""
    interruption.supervise()
    from mnist_transfer import cli

    cli.main()


if __name__ == "__main__":
    main()
