"""The symbols of the theory, each created once with its assumptions.

All are dimensionless scalars.  ``sigma_w2`` is the scaled weight variance, Var W_ij =
``sigma_w2`` / fan_in; ``q`` is a pre-activation variance and ``rho`` a correlation of two
pre-activations.  SymPy treats ``Symbol("q")`` and ``Symbol("q", positive=True)`` as different
objects, so always take the symbols from here.
"""

import sympy as sp

x = sp.Symbol("x", real=True)
q, q1, q2 = sp.symbols("q q1 q2", positive=True)
rho = sp.Symbol("rho", real=True)
c = sp.Symbol("c", real=True)
sigma_w2 = sp.Symbol("sigma_w2", positive=True)
sigma_b2 = sp.Symbol("sigma_b2", nonnegative=True)
l = sp.Symbol("l", positive=True)  # noqa: E741  the layer index of the literature

#: How the symbols are typeset.  Braces keep ``sigma_w2**2`` a legal double superscript.
LATEX_NAMES = {
    q1: "q_1",
    q2: "q_2",
    sigma_w2: r"{\sigma_w^2}",
    sigma_b2: r"{\sigma_b^2}",
    l: r"\ell",
}

__all__ = ["LATEX_NAMES", "c", "l", "q", "q1", "q2", "rho", "sigma_b2", "sigma_w2", "x"]
