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

n = sp.Symbol("n", positive=True)  # the width
t = sp.Symbol("t", positive=True)  # depth over width
V, V0 = sp.symbols("V V0", positive=True)  # a squared norm and its start
theta = sp.Symbol("theta", positive=True)  # an angle in (0, pi)
u = sp.Symbol("u", real=True)  # log tan(theta/2)
lambda_ = sp.Symbol("lambda", positive=True)  # the argument of a Laplace transform
gamma = sp.Symbol("gamma", nonnegative=True)  # variance of node centres over that of the data
g = sp.Symbol("g", positive=True)  # a fraction of the inputs, between 0 and 1


def covariance_entry(i: int, j: int) -> sp.Symbol:
    """The entry V_ij of the covariance of inputs i and j = 1, 2, …; positive on the diagonal.

    >>> covariance_entry(2, 1), covariance_entry(1, 1).is_positive
    (V12, True)
    """
    i, j = sorted((int(i), int(j)))
    separator = "_" if j > 9 else ""
    name = f"V{i}{separator}{j}"
    return sp.Symbol(name, positive=True) if i == j else sp.Symbol(name, real=True)


def __getattr__(name: str) -> sp.Symbol:
    """V11, V12, … as attributes of the module."""
    if len(name) == 3 and name[0] == "V" and name[1:].isdecimal() and "0" not in name:
        return covariance_entry(int(name[1]), int(name[2]))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


#: How the symbols are typeset.  Braces keep ``sigma_w2**2`` a legal double superscript.
LATEX_NAMES = {
    q1: "q_1",
    q2: "q_2",
    sigma_w2: r"{\sigma_w^2}",
    sigma_b2: r"{\sigma_b^2}",
    l: r"\ell",
    V0: "V_0",
} | {covariance_entry(i, j): f"V_{{{i}{j}}}" for i in range(1, 5) for j in range(i, 5)}

__all__ = [
    "LATEX_NAMES",
    "V0",
    "V",
    "c",
    "covariance_entry",
    "g",
    "gamma",
    "l",
    "lambda_",
    "n",
    "q",
    "q1",
    "q2",
    "rho",
    "sigma_b2",
    "sigma_w2",
    "t",
    "theta",
    "u",
    "x",
]
