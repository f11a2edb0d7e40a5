"""A Gaussian expectation as a number of any precision.

Checks that the expectation exists, chooses the quadrature (one variable or two) and raises the
precision where the integrand cancels.
"""

from functools import lru_cache

import mpmath
import sympy as sp

from .bound import BOUND
from .errors import DivergentExpectationError, InputError, PrecisionError, UndecidedError
from .growth import growth
from .integrators import INTEGRATORS
from .pieces import pieces
from .plane_quadrature import plane
from .quadrature import line, number, piecewise, singular
from .symbols import x
from .validation import local_exponent

__all__ = ["evaluate"]

_GUARD_BITS = 25
#: Extra bits against cancellation, by number of variables.
_MOST_BITS = {1: 1000, 2: 60}


def evaluate(node, prec: int) -> sp.Float:
    """A GaussianExpectation without free symbols, as a Float of ``prec`` bits.

    Where the integrand cancels (E cos at a large variance), the precision is raised until the
    digits asked for survive; what vanishes to 300 digits is returned as 0 (to 15 more than asked
    for, with two variables).  Two kinked factors at a correlation next to 1 or -1 are out of
    reach of the quadrature; then the closed form answers, where there is one.

    Raises PrecisionError if successive refinements do not agree, DivergentExpectationError if the
    integral is infinite, InputError if the law is not Gaussian.
    """
    try:
        return _evaluate(node, prec)
    except PrecisionError:
        closed = node.doit() if len(node.factors) == 2 else node
        if closed == node:
            raise
        return closed.evalf(mpmath.libmp.prec_to_dps(prec) + 1)


def _evaluate(node, prec):
    working = prec + _GUARD_BITS
    while True:
        with mpmath.workprec(working):
            value, magnitude = _integral(node, mpmath.ldexp(1, 21 - working))
            lost = _lost_bits(value, magnitude, working)
            enough = lost <= _GUARD_BITS + working - prec - 30
            noise = lost >= working - 25
            if enough or working > _MOST_BITS[len(node.factors)] + prec:
                return sp.Float._new(mpmath.mpf(0 if noise else value)._mpf_, prec)
        working = prec + _GUARD_BITS + (2 * working if noise else lost + 10)


def _integral(node, tolerance):
    """(value, integral of the absolute value) at the current precision."""
    means = [number(m) for m in node.means]
    entries = [[number(e) for e in node.covariance.row(i)] for i in range(len(means))]
    _require_law(means, entries)
    for factor in node.factors:
        _require_local_integrability(factor, BOUND)
    if len(means) == 1:
        _require_existence(node.factors[0], BOUND, entries[0][0])
    for integrator in INTEGRATORS:
        found = integrator(node, tolerance)
        if found is not None:
            return found
    functions = [piecewise(f, BOUND) for f in node.factors]
    if len(means) == 2:
        return plane(node, functions, means, entries, tolerance)
    return line(functions[0], means[0], entries[0][0], tolerance)


def _lost_bits(value, magnitude, working):
    """How many leading bits cancelled in an integral."""
    if magnitude == 0:
        return 0
    if value == 0:
        return working
    return max(0, int(mpmath.log(magnitude / abs(value), 2)))


def _require_law(means, entries):
    variances = [entries[i][i] for i in range(len(means))]
    if any(v < 0 for v in variances):
        raise InputError(f"a variance is >= 0; got {mpmath.nstr(min(variances), 6)}")
    if len(means) == 2 and entries[0][1] ** 2 > variances[0] * variances[1]:
        raise InputError("a correlation lies in [-1, 1]; the covariance matrix is not positive")


def _require_existence(factor, u, variance):
    found = pieces(factor, u)
    try:
        rate = growth(found[0].expr, found[-1].expr, u).largest.gaussian
    except UndecidedError:
        return
    infinite = rate is sp.oo or (
        rate.is_number and rate.is_positive and 2 * number(rate) * variance >= 1
    )
    if infinite:
        raise DivergentExpectationError(
            f"E of {factor.xreplace({u: x})} is infinite for variances >= {1 / (2 * rate)}; got "
            f"{mpmath.nstr(variance, 6)}"
        )


@lru_cache(maxsize=512)
def _require_local_integrability(factor, u):
    for piece in pieces(factor, u):
        for place, side in ((piece.lower, "+"), (piece.upper, "-")):
            if place.is_finite is False or not singular(piece.expr, u, place):
                continue
            if local_exponent(piece.expr, place, side, u) <= -1:
                raise DivergentExpectationError(
                    f"E of {factor.xreplace({u: x})} does not exist for any variance: the "
                    f"integrand has a pole at x = {place}"
                )
