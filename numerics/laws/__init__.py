"""Compiled activations, densities and survival functions of positive laws."""
