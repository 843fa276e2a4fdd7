"""Small studies beside the repository's own: the demo, on a sample that is part of the package, and one on few real images."""
