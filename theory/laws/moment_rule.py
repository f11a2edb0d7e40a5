r"""E |phi(X)|^s at the variance for which phi(X) has its law: a value of the Mellin transform."""

import sympy as sp

from .functions import LawActivation

__all__ = ["law_moment"]


def law_moment(factor, mean, variance, u) -> sp.Expr | None:
    """E of a power of the activation of a law in a normal variable ``u``, or None.

    The argument must be standard normal: a u with mean 0 and a^2 ``variance`` = 1.

    >>> from theory.laws.weibull_factor import WeibullFactor
    >>> u = sp.Symbol("u", real=True)
    >>> law_moment(LawActivation(WeibullFactor(3), u) ** 4, sp.S(0), sp.S(1), u)
    3/gamma(7/3)
    """
    base, power = factor.as_base_exp()
    signed = isinstance(base, LawActivation)
    phi = base.args[0] if isinstance(base, sp.Abs) else base
    if not isinstance(phi, LawActivation) or power.has(u) or not mean.is_zero:
        return None
    slope = phi.argument / u
    if slope.has(u) or not (slope**2 * variance - 1).is_zero:
        return None
    even = power.is_Integer and power % 2 == 0
    if signed and phi.kind == "odd" and not even:
        return None  # an odd power vanishes, and a real power of a negative number is no number
    return phi.law.moment(power)
