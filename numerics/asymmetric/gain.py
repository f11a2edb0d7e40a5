"""The scale of the normal weights that an asymmetric initialization needs."""

import numpy as np
from scipy.optimize import brentq

from theory.errors import InputError

from ..blas_threads import one_blas_thread
from ..input import finite
from .growth import polished, refined, shape_at_growth, stationary_laws
from .input import setting

__all__ = ["asymmetric_gain"]

_RANGE = 1e-6


def asymmetric_gain(maps, sigma_b2=0, *, growth=None, q=None) -> float:
    r"""The sigma_w2 that keeps squares constant in depth, next to a positive entry in each row.

    Parameters
    ----------
    maps
        An AsymmetricMaps, or an activation.
    sigma_b2
        Variance of the biases; with ``growth`` it must be 0.
    growth
        For phi of degree 1: the stationary factor s_{l+1}/s_l that is wanted, default 1.
    q
        For every other phi, or with a bias: the fixed point E y^2 that is wanted.  Whether it
        attracts is ``asymmetric_growth(maps, sigma_w2, sigma_b2).states``.

    InputError if no sigma_w2 > 0 does it, with the reason.

    >>> round(asymmetric_gain("relu"), 9)
    0.716585158
    """
    verb = "asymmetric_gain"
    maps, activation, kappa, _, sigma_b2 = setting(maps, None, sigma_b2, verb)
    laws = stationary_laws(activation, maps.weights)
    if growth is not None and q is not None:
        raise InputError(f"{verb}: give growth or q, not both")
    if q is not None:
        with one_blas_thread():
            return _at_fixed_point(laws, finite(q, "q", verb), sigma_b2, kappa)
    if not laws[0].homogeneous:
        raise InputError(
            f"{verb}: {activation.name} is not of degree 1, so that the growth depends on the "
            "size of the signal; give the fixed point q = E y^2 that is wanted"
        )
    if sigma_b2 != 0:
        raise InputError(
            f"{verb}: with a bias squares settle for every growth below 1; give the fixed point "
            "q = E y^2 that is wanted"
        )
    growth = finite(1.0 if growth is None else growth, "growth", verb)
    least = laws[0].least_growth
    if not growth > least:
        raise InputError(
            f"{verb}: growth = {growth:g} is not above {least:g}, the growth by the positive "
            "entry alone; take a smaller entry or a larger growth"
        )
    with one_blas_thread():
        return float(refined(lambda law, _: shape_at_growth(law, growth, kappa), laws, verb)[0])


def _at_fixed_point(laws, q, sigma_b2, kappa):
    """sigma_w2 = (a^2 - sigma_b2)/(s - kappa m^2) where a^2 + E v^2 s(a) = q."""
    if q <= 0:
        raise InputError(f"asymmetric_gain: q = {q:g} is E y^2 and must be positive")

    def excess(law, deviation):
        return law.at(deviation).second - q

    def solve(law, guess):
        if guess is None:
            deviation = _first_deviation(lambda d: excess(law, d), q, sigma_b2)
        else:
            deviation = np.exp(polished(lambda u: excess(law, np.exp(u)), np.log(guess)))
        return deviation, law.at(deviation)

    deviation, _, shape = refined(solve, laws, "asymmetric_gain")
    return float((deviation**2 - sigma_b2) / (shape.s - kappa * shape.m**2))


def _first_deviation(excess, q, sigma_b2):
    root = np.sqrt(q)
    low = max(np.sqrt(sigma_b2), _RANGE * root)
    if low >= root or excess(low) >= 0.0:
        raise InputError(
            f"asymmetric_gain: E y^2 exceeds q = {q:g} without normal weights already, by the "
            "bias and the positive entry; take a larger q"
        )
    return brentq(excess, low, root, xtol=1e-15, rtol=1e-13)
