"""The demo: the same pipeline on a sample that is part of the package."""
