"""Let ``python -m mnist_transfer`` do what the command ``mnist-transfer`` does."""

from mnist_transfer.cli import main

if __name__ == "__main__":
    main()
