r"""Hadamard finite parts of E f(X) where f has powers and logarithms that are not integrable.

Next to a singular point a, on one side, write x = a + s t and f = sum t^mu log(t)^j B(t) with B
smooth.  The finite part of int t^mu log(t)^j B n dt drops what diverges at t -> 0 (the negative
powers and powers of log of the cut-off).  Integration by parts lifts the exponent,

    FP int t^mu log^j Q = FP[t^(mu+1) log^j Q / (mu+1)] - 1/(mu+1) FP int (t^(mu+1) log^j Q' +
                          j t^mu log^(j-1) Q),

and int log^j(t)/t Q = [log^(j+1) Q] / (j+1) - 1/(j+1) int log^(j+1) Q', until every integral
converges.  A polynomial B on a half-line has its finite part in closed form.
"""

import sympy as sp

from .bound import BOUND
from .errors import UndecidedError
from .gaussian import GaussianExpectation
from .local_series import local_series
from .pieces import singular_at

__all__ = ["finite_part", "structure"]

_MOST_STEPS = 64


def structure(expr, variable, place, sign):
    """``expr`` as {(mu, j): B}: sums of t^mu log(t)^j B(t), B smooth at t = 0; x = place + sign t.

    Returns (dictionary, t).  Raises UndecidedError where no such form can be read off.

    >>> from theory.symbols import x
    >>> parts, t = structure(sp.sqrt(x) * sp.exp(x), x, sp.S(0), 1)
    >>> list(parts)
    [(1/2, 0)]
    """
    t = sp.Dummy("t", positive=True)
    near = sp.expand_log(sp.powdenest(expr.subs(variable, place + sign * t)))
    terms: dict = {}
    for term in sp.Add.make_args(sp.expand(near, deep=False)):
        mu, j, smooth = sp.S.Zero, 0, sp.S.One
        for factor in sp.Mul.make_args(term):
            power, logs, rest = _factor(factor, t)
            mu, j, smooth = mu + power, j + logs, smooth * rest
        terms[mu, j] = terms.get((mu, j), sp.S.Zero) + smooth
    return terms, t


def _factor(factor, t):
    """(power of t, power of log t, smooth rest) of one factor."""
    if not factor.has(t):
        return sp.S.Zero, 0, factor
    base, exponent = factor.as_base_exp()
    if base == t and not exponent.has(t):
        return exponent, 0, sp.S.One
    if base == sp.log(t) and exponent.is_Integer and exponent.is_positive:
        return sp.S.Zero, int(exponent), sp.S.One
    if not singular_at(factor, t, sp.S.Zero) and not factor.has(sp.zoo):
        return sp.S.Zero, 0, factor
    if isinstance(factor, sp.Pow) and base.is_polynomial(t):
        order = min(m for (m,) in base.as_poly(t).monoms())
        if order:
            rest = sp.cancel(base / t**order)
            return order * exponent, 0, rest**exponent
    raise UndecidedError(
        f"the singularity of {factor} at {t} = 0 is not of the form t^a log(t)^j times a smooth "
        "function; write it as a product of powers and logarithms"
    )


def derivative(parts, t, sign, order):
    """The ``order``-th derivative in x of a structured function."""
    for _ in range(order):
        total: dict = {}
        for (mu, j), smooth in parts.items():
            _add(total, (mu - 1, j), sign * mu * smooth)
            if j:
                _add(total, (mu - 1, j - 1), sign * j * smooth)
            _add(total, (mu, j), sign * smooth.diff(t))
        parts = {k: b for k, b in total.items() if b != 0}
    return parts


def multiply(first, second):
    """The product of two structured functions of the same t."""
    total: dict = {}
    for (mu, i), b in first.items():
        for (nu, j), c in second.items():
            _add(total, (mu + nu, i + j), b * c)
    return total


def _add(total, key, value):
    total[key] = total.get(key, sp.S.Zero) + value


def finite_part(parts, t, place, sign, length, variance):
    """Finite part of the integral of a structured function times the density of N(0, variance).

    The range is 0 < t < ``length`` (oo allowed), x = place + sign t.  Lengths are measured in
    standard deviations where a logarithm of the cut-off is dropped.
    """
    unit = sp.sqrt(variance)
    parts = _in_units(parts, unit)
    if length is sp.oo and place.is_zero and all(b.is_polynomial(t) for b in parts.values()):
        return _half_line(parts, t, variance)
    x_of_t = place + sign * t
    rate = -sign * x_of_t / variance  # n' = rate * n
    density = sp.exp(-(x_of_t**2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)
    boundary, waiting = sp.S.Zero, dict(parts)
    regular = sp.S.Zero
    for _ in range(_MOST_STEPS):
        if not waiting:
            break
        (mu, j), smooth = waiting.popitem()
        if mu > -1:
            regular += t**mu * sp.log(t / unit) ** j * smooth
            continue
        slope = smooth.diff(t) + rate * smooth
        if mu == -1:
            lifted, weight = (sp.S.Zero, j + 1), sp.Integer(j + 1)
        else:
            lifted, weight = (mu + 1, j), mu + 1
            if j:
                _add(waiting, (mu, j - 1), -j * smooth / weight)
            elif mu.is_Integer:
                # at the cut-off a power of t meets its inverse in Q, and a constant remains
                boundary -= _taylor(smooth * density, t, -int(mu) - 1) / weight
        if length is not sp.oo:
            end = t ** lifted[0] * sp.log(t / unit) ** lifted[1] * smooth * density / weight
            boundary += end.subs(t, length)
        _add(waiting, lifted, -slope / weight)
    inside = regular.subs(t, sign * (BOUND - place))
    ends = (place, place + sign * length)[::sign]
    inside_it = [BOUND - end if n == 0 else end - BOUND for n, end in enumerate(ends)]
    where = sp.And(*(gap > 0 for gap in inside_it if gap.is_finite is not False))
    if regular == 0:
        return boundary
    function = sp.Piecewise((inside, where), (sp.S.Zero, True))
    return boundary + GaussianExpectation((function,), (0,), [[variance]])


def _taylor(smooth, t, m):
    """The coefficient of t^m of a smooth function."""
    return local_series(smooth, t, sp.S.Zero, "+", m + 1).terms.get((sp.Integer(m), 0), sp.S.Zero)


def _in_units(parts, unit):
    """The same function in powers of log(t/unit)."""
    total: dict = {}
    for (mu, j), smooth in parts.items():
        for i in range(j + 1):
            factor = sp.binomial(j, i) * sp.log(unit) ** (j - i) if j else sp.S.One
            _add(total, (mu, i), factor * smooth)
    return {key: smooth for key, smooth in total.items() if smooth != 0}


def _half_line(parts, t, variance):
    """int_0^oo t^mu n(t) dt = 2^(mu/2) Gamma((mu+1)/2) / (2 sqrt(pi)), continued in mu.

    The logarithms are derivatives in mu; at a pole the finite part is taken.
    """
    total = sp.S.Zero
    for (mu, j), smooth in parts.items():
        for (m,), c in smooth.as_poly(t).terms():
            total += c * variance ** ((mu + m) / 2) * half_line_moment(mu + m, j)
    return total


def half_line_moment(mu, j):
    """FP of int_0^oo t^mu log(t)^j n(t) dt, n the standard normal density.

    >>> half_line_moment(sp.Integer(2), 0), half_line_moment(sp.Integer(-1), 0).evalf(6)
    (1/2, 0.0231250)
    """
    s = sp.Dummy("s")
    half = (mu + s + 1) / 2
    pole = mu.is_Integer and mu < 0 and mu % 2 == 1
    scale = sp.Integer(2) ** ((mu + s) / 2) / (2 * sp.sqrt(sp.pi))
    if not pole:
        return sp.diff(scale * sp.gamma(half), s, j).subs(s, 0)
    k = -int(mu + 1) // 2  # Gamma(-k + s/2) = Gamma(1 + s/2) / ((s/2) (s/2 - 1) ... (s/2 - k))
    product = sp.prod(s / 2 - m for m in range(1, k + 1))
    smooth = 2 * scale * sp.gamma(1 + s / 2) / product  # M(mu + s) = smooth / s
    return sp.expand_func(sp.diff(smooth, s, j + 1).subs(s, 0)) / (j + 1)
