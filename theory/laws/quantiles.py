"""Quantiles in mpmath from a survival function, a distribution function and a density."""

import mpmath

from ..errors import InputError, PrecisionError

__all__ = ["solve_quantile"]

_STEPS = 400


def solve_quantile(law, p=None, survival=None, start=1):
    """The y with P(Y <= y) = p, or P(Y > y) = ``survival``, at the current precision.

    Newton's method for the logarithm of the smaller of the two probabilities as a function of
    log y, kept inside a bracket.  ``start`` is where it begins, or a function that finds that from
    the probability and whether it is of the upper tail.  Raises InputError unless the probability
    is in (0, 1).
    """
    if (p is None) == (survival is None):
        raise InputError("quantile: give p or survival, one of them")
    target = mpmath.mpf(p if survival is None else survival)
    if not 0 < target < 1:
        raise InputError(f"quantile: the probability {mpmath.nstr(target, 8)} is not in (0, 1)")
    upper = survival is not None
    if target > 0.5:  # 1 - target is exact there to within the last bit of target
        target, upper = 1 - target, not upper
    probability = law.survival_digits if upper else law.cdf_digits
    sign = -1 if upper else 1
    with mpmath.extraprec(20):

        def excess(t):
            """Increasing in t = log y, and 0 at the quantile; with its derivative."""
            y = mpmath.exp(t)
            value = probability(y)
            if value <= 0:
                return -sign * mpmath.inf, mpmath.inf
            slope = law.density_digits(y) * y / value
            return sign * mpmath.log(value / target), slope

        root = mpmath.log(start(target, upper) if callable(start) else start)
        precision = mpmath.mp.prec
        if precision > 120:  # most steps at the usual precision
            with mpmath.workprec(73):
                root = _increasing_root(excess, root)
        root = _increasing_root(excess, root)
        return +mpmath.exp(root)


def _increasing_root(function, t):
    low = high = None
    step = mpmath.mpf(1)
    tolerance = mpmath.ldexp(1, 8 - mpmath.mp.prec)
    for _ in range(_STEPS):
        value, slope = function(t)
        if value == 0:
            return t
        if value < 0:
            low = t
        else:
            high = t
        move = -value / slope if slope > 0 and mpmath.isfinite(value) else mpmath.inf
        new = t + move
        if abs(move) <= tolerance * (1 + abs(t)):
            return new
        if low is not None and high is not None:
            if not low < new < high:
                new = (low + high) / 2
            if high - low <= tolerance * (1 + abs(t)):
                return new
        elif not abs(move) <= step:
            new, step = (t + step if value < 0 else t - step), 2 * step
        t = new
    raise PrecisionError("the quantile was not found; ask for fewer digits")
