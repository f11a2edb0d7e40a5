"""The symbols of the tangent kernel, besides those of :mod:`theory.symbols`."""

import sympy as sp

__all__ = ["K", "K_diagonal", "L", "N", "c_star", "input_dimension"]

#: The kernel of two inputs in the layer before, and of one input with itself.
K, K_diagonal = sp.Symbol("K", real=True), sp.Symbol("K_diagonal", positive=True)
#: The depth, and the number of training inputs.
L, N = sp.Symbol("L", positive=True), sp.Symbol("N", positive=True)
#: The attracting correlation of the chaotic phase.
c_star = sp.Symbol("c_star", real=True)
#: The number of entries of an input, the fan-in of the first layer.
input_dimension = sp.Symbol("d", positive=True)
