"""From features to findings: projections, classifiers, and their statistics."""
