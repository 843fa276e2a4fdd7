"""From images to features: a network, its weights, and one pass of it."""
