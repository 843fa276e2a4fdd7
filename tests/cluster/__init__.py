"""A cluster of real processes; what settles the numerics comes before numpy."""

from mnist_transfer import numerics  # noqa: F401
