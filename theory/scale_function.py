r"""Scale and speed densities of the norm dV = g dt + sqrt(2 S) V dB, as expressions in V."""

import sympy as sp

from .asymptotics import power_terms
from .symbols import V

__all__ = ["scale_density", "speed_density"]


def scale_density(drift: sp.Expr, noise: sp.Expr = sp.S.One) -> sp.Expr:
    """s'(V) = exp(-int g/(S V^2)), up to a constant factor.

    Integrals of other functions than V^j e^{kV} stay as integrals from 1.

    >>> scale_density(3*V*(V - 1))
    V**3*exp(-3*V)
    """
    exponent, prefactor = [], sp.S.One
    for term in sp.Add.make_args(sp.expand(drift / noise)):
        powers = power_terms(term)
        if powers is None:
            exponent.append(_primitive(term))
            continue
        for power, coefficient in powers.items():
            if power == 1:
                prefactor *= V ** (-coefficient)
            else:
                exponent.append(coefficient * V ** (power - 1) / (power - 1))
    return prefactor * sp.exp(-sp.Add(*exponent))


def speed_density(drift: sp.Expr, noise: sp.Expr = sp.S.One) -> sp.Expr:
    """m(V) = 1/(V^2 s'(V)), up to a constant factor: the density of a stationary law.

    >>> speed_density(-3*V*(V - 1))
    V*exp(-3*V)
    """
    scale = scale_density(drift, noise)
    return sp.powsimp(1 / (V**2 * scale))


def _primitive(term):
    """int term/V^2: for c V^j e^{kV} in exponential integrals, else an integral from 1."""
    coefficient, state = term.as_independent(V, as_Add=False)
    power, rate = sp.S.Zero, sp.S.Zero
    for factor in sp.Mul.make_args(state):
        base, exponent = factor.as_base_exp()
        if isinstance(factor, sp.exp) and factor.args[0].coeff(V) * V == factor.args[0]:
            rate += factor.args[0].coeff(V)
        elif base == V and exponent.is_Integer:
            power += exponent
        else:
            break
    else:
        return coefficient * _power_times_exponential(power - 2, rate)
    w = sp.Dummy("w", positive=True)
    return sp.Integral((term / V**2).subs(V, w), (w, 1, V))


def _power_times_exponential(m, k):
    """int V^m e^{kV} dV for an integer m and k != 0, by parts down to m = 0 or up to m = -1."""
    wave = sp.exp(k * V)
    if m == 0:
        return wave / k
    if m == -1:
        return sp.Ei(k * V)
    if m > 0:
        return (V**m * wave - m * _power_times_exponential(m - 1, k)) / k
    return (V ** (m + 1) * wave - k * _power_times_exponential(m + 1, k)) / (m + 1)
