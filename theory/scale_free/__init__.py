"""Homogeneous activations of degree 1 under correlated weights: maps, lines and phases."""
