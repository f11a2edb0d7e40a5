r"""The equation |W| Y = |N| in numbers: how far the density of W phi(X) is from the normal one.

With Weibull weights of exponent theta, P(|W| > w) = exp(-w^theta), so that

    P(|W phi(X)| > z) = E exp(-(z/|phi(X)|)^theta),

to be compared with erfc(z/sqrt 2).  phi is the compiled activation; the integral is taken in log x
for the odd activation, so that small x cost nothing.
"""

import math

import numpy as np
import sympy as sp

from theory.errors import InputError
from theory.laws.functions import LawActivation
from theory.laws.numbers import expression
from theory.laws.weibull_factor import WeibullFactor
from theory.symbols import x

__all__ = ["identity_residual"]


def identity_residual(theta, z, kind: str = "odd") -> np.ndarray:
    """P(|W phi(X)| > z) - erfc(z/sqrt 2) by the kernel, an array of the shape of ``z`` > 0.

    ``theta`` >= 2 is the exponent of the Weibull weights.  Raises InputError for z <= 0.

    >>> bool(np.max(np.abs(identity_residual(3, [0.1, 1.0, 4.0]))) < 1e-12)
    True
    """
    from ..compile import compile

    z = np.asarray(z, dtype=float)
    if not (z > 0.0).all():
        raise InputError(f"identity_residual: z = {np.min(z):g} must be positive")
    theta = sp.Rational(str(theta)) if isinstance(theta, float) else expression(theta)
    phi = compile(LawActivation(WeibullFactor(theta), x, kind), [x])
    places, weights = _line(kind, 1.0 / (64.0 * max(1.0, float(theta) / 4.0)))
    with np.errstate(over="ignore", divide="ignore"):
        power = (z.reshape(-1, 1) / np.abs(phi(places))) ** float(theta)
    found = np.exp(-power) @ weights
    from scipy.special import erfc

    return found.reshape(z.shape) - erfc(z / math.sqrt(2.0))


def _line(kind, step):
    """Nodes and weights of the trapezoidal rule for E f(X): all of x, or |x| in log x."""
    if kind == "odd":
        # x = exp(t - exp(-t)), doubly exponential at 0
        t = np.arange(-4.2, 2.6, step)
        places = np.exp(t - np.exp(-t))
        return places, 2.0 * _normal(places) * places * (1.0 + np.exp(-t)) * step
    places = np.arange(-12.0, 12.0, step)
    return places, _normal(places) * step


def _normal(places):
    return np.exp(-0.5 * places**2) / math.sqrt(2.0 * math.pi)
