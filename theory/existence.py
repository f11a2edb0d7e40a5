r"""For which laws a Gaussian expectation exists, as a relation between its parameters.

E f(X) g(Y) exists (absolutely) if each factor is integrable at its finite singularities and if
the Gaussian weight outruns the growth of the product: with |f| ~ e^{a x²} and |g| ~ e^{b y²} on a
quadrant, the quadratic form of the weight minus diag(a, b) must be positive there.
"""

from functools import lru_cache
from itertools import product

import sympy as sp

from .errors import DivergentExpectationError, UndecidedError
from .growth import growth
from .pieces import pieces, singular_at
from .symbols import q, q1, q2, rho, x
from .validation import local_exponent

__all__ = ["existence", "require_existence"]

_POLES = (sp.tan, sp.cot, sp.sec, sp.csc)


@lru_cache(maxsize=1024)
def existence(factors: tuple[sp.Expr, ...], covariance: sp.Matrix, u: sp.Symbol) -> sp.Basic:
    """The condition on ``covariance`` (and parameters) under which E of the product exists.

    ``factors`` are one or two functions of ``u``, ``covariance`` is the matrix of their variables.
    Raises UndecidedError where the growth of a factor is not known.

    >>> law = sp.ImmutableDenseMatrix([[q]])
    >>> existence((sp.exp(x**2 / 4),), law, x), existence((sp.cos(x),), law, x)
    (q < 2, True)
    >>> existence((1 / x,), law, x)
    False
    """
    if any(_pole(factor, u) is not None for factor in factors):
        return sp.false
    rates = [_rates(factor, u) for factor in factors]
    if len(factors) == 1:
        return sp.And(*(_one(rate, covariance[0, 0]) for rate in rates[0]))
    if all(rate[0].gaussian == rate[1].gaussian for rate in rates):
        return _symmetric(rates[0][0], rates[1][0], covariance)
    return sp.And(
        *(
            _two(first, second, sides, covariance)
            for (sides, (first, second)) in zip(
                product((-1, 1), repeat=2), product(*rates), strict=True
            )
        )
    )


def require_existence(factors, covariance, u) -> None:
    """Raise DivergentExpectationError, naming the laws that would do, where there is no E.

    An existence that is not decided, or depends on symbols, passes.
    """
    try:
        exists = existence(tuple(factors), sp.ImmutableDenseMatrix(covariance), u)
    except UndecidedError:
        return
    if exists != sp.false:
        return
    shown = " times ".join(str(f.xreplace({u: x})) for f in factors)
    for factor in factors:
        place = _pole(factor, u)
        if place is not None:
            raise DivergentExpectationError(
                f"E of {shown} does not exist for any variance: the integrand has a pole at "
                f"x = {place} that is not integrable"
            )
    general = existence(tuple(factors), _general_law(len(factors)), u)
    if general == sp.false:
        raise DivergentExpectationError(
            f"E of {shown} does not exist for any variance: the integrand grows faster than any "
            "Gaussian decays"
        )
    laws = [covariance[i, i] for i in range(len(factors))]
    given = ", ".join(str(v) for v in laws)
    name = "variance" if len(laws) == 1 else "variances"
    condition = str(general) if len(laws) == 1 else f"{general} (correlation rho)"
    raise DivergentExpectationError(
        f"E of {shown} is infinite at the {name} {given}: it exists only for {condition}; "
        "lower the variance"
    )


def _general_law(d):
    if d == 1:
        return sp.ImmutableDenseMatrix([[q]])
    cross = rho * sp.sqrt(q1 * q2)
    return sp.ImmutableDenseMatrix([[q1, cross], [cross, q2]])


def _rates(factor, u):
    found = pieces(factor, u)
    rates = growth(found[0].expr, found[-1].expr, u)
    return rates.left, rates.right


def _one(rate, variance):
    steepness = rate.gaussian
    if steepness.is_nonpositive:
        return sp.true
    if steepness is sp.oo:
        return sp.false
    borderline = rate.exponential.is_zero and (rate.power + 1).is_negative
    if not steepness.is_positive:
        return sp.Lt(2 * steepness * variance, 1)
    return (sp.Le if borderline else sp.Lt)(variance, 1 / (2 * steepness))


def _symmetric(first, second, covariance):
    """Both factors grow alike at both ends: the tilted quadratic form is positive definite."""
    a, b = first.gaussian, second.gaussian
    if b.is_zero or (a.is_nonpositive and b.is_nonpositive) or sp.oo in (a, b):
        return sp.And(_one(first, covariance[0, 0]), _one(second, covariance[1, 1]))
    if a.is_zero:
        return _one(second, covariance[1, 1])
    (p, c), (_, r) = covariance.tolist()
    determinant = sp.factor((1 - 2 * a * p) * (1 - 2 * b * r) - 4 * a * b * c**2)
    if a.is_positive and b.is_positive:
        return sp.And(sp.Lt(p, 1 / (2 * a)), sp.Lt(r, 1 / (2 * b)), sp.Gt(determinant, 0))
    return sp.And(sp.Gt(sp.expand(r - 2 * a * (p * r - c**2)), 0), sp.Gt(determinant, 0))


def _two(first, second, sides, covariance):
    a, b = first.gaussian, second.gaussian
    if a.is_nonpositive and b.is_nonpositive:
        return sp.true
    if sp.oo in (a, b):
        return sp.false
    (p, c), (_, r) = covariance.tolist()
    one, other = 1 - 2 * a * p, 1 - 2 * b * r
    determinant = sp.factor(one * other - 4 * a * b * c**2)
    spread = p * r - c**2
    diagonal = [sp.Gt(sp.factor(r - 2 * a * spread), 0), sp.Gt(sp.factor(p - 2 * b * spread), 0)]
    aligned = sp.Ge(-c * sides[0] * sides[1], 0)
    return sp.And(*diagonal, sp.Or(aligned, sp.Gt(determinant, 0)))


@lru_cache(maxsize=1024)
def _pole(factor, u):
    """A finite place where ``factor`` is not integrable, or None."""
    for piece in pieces(factor, u):
        for place, side in ((piece.lower, "+"), (piece.upper, "-")):
            if place.is_finite is not False and _too_steep(piece.expr, place, side, u):
                return place
    for function in factor.atoms(*_POLES):
        argument = function.args[0].as_poly(u)
        if argument is None or argument.degree() != 1:
            continue
        slope, offset = argument.all_coeffs()
        quarter = sp.pi / 2 if isinstance(function, (sp.tan, sp.sec)) else 0
        for place in ((quarter - offset) / slope, (quarter + sp.pi - offset) / slope):
            if local_exponent(factor, place, "+", u) <= -1:
                return place
    return None


def _too_steep(expr, place, side, u):
    value = expr.subs(u, place)
    singular = value.has(sp.zoo, sp.nan, sp.oo, -sp.oo) or (
        value.is_finite is None and singular_at(expr, u, place)
    )
    if not singular:
        return False
    exponent = local_exponent(expr, place, side, u)
    return (exponent + 1).is_extended_nonpositive is True
