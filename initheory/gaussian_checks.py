"""On-the-spot checks of the constraints on Gaussian pairs: direct quadrature and plain values."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import mpmath
import sympy as sp

from theory.activation import Activation
from theory.constraint import Constraint
from theory.errors import UndecidedError
from theory.laws.function_zeros import zeros
from theory.laws.intervals import proofs_only
from theory.special import NUMERIC
from theory.symbols import x

from .report import Check

__all__ = [
    "check_certificate",
    "check_growth",
    "check_kurtosis",
    "check_moments",
    "check_range",
    "check_transform",
    "check_weights",
    "check_zeros",
    "direct_moment",
]

#: Digits of the quadrature, and those that have to agree.
_WORKING, _WANTED = 20, 10

#: Points of equal probability at which values of phi are counted.
_POINTS = 512

#: Where the integrals end, and where the growth is measured.
_END, _FAR = 13, (10**3, 10**5)

#: Orders at which the moments of a weight law are compared.
_ORDERS = (sp.Rational(1, 2), sp.Integer(3))

Values = Mapping[sp.Symbol, sp.Rational]


def direct_moment(expr: sp.Expr, order: Any) -> Any:
    """E |phi(X)|^order by mpmath's quadrature between the zeros and breakpoints of phi.

    >>> mpmath.nstr(direct_moment(sp.erf(x / sp.sqrt(2)), 2), 12)
    '0.333333333333'
    """
    phi = Activation._trusted(expr, "phi")
    f = _function(expr)
    places = {mpmath.mpf(zero.place._to_mpmath(90)) for zero in zeros(phi) if zero.place.is_Float}
    exact = [piece.lower for piece in phi.pieces[1:]]
    places |= {mpmath.mpf(sp.N(place, 25)) for place in exact}
    inner = {p for p in places if abs(p) < _END} | {mpmath.mpf(k) for k in (-5, -2, 0, 2, 5)}
    ends = [mpmath.mpf(-_END), *sorted(inner), mpmath.mpf(_END)]

    def integrand(point):
        size = abs(f(point))
        power = size**order if size else mpmath.mpf(0 if order else 1)
        return power * mpmath.npdf(point)

    with mpmath.workdps(_WORKING):
        return sum(mpmath.quad(integrand, pair) for pair in pairwise(ends) if pair[0] < pair[1])


def check_range(phi: Activation, constraint: Constraint, values: Values) -> Check:
    """Whether the share of zeros among points of equal probability is P(phi(X) = 0)."""
    f = _function(phi.expr.subs(dict(values)))
    count = 0
    for k in range(_POINTS):
        u = mpmath.mpf(2 * k + 1) / (2 * _POINTS)
        count += f(mpmath.sqrt(2) * mpmath.erfinv(2 * u - 1)) == 0
    claimed = float(constraint.numbers["P(phi(X) = 0)"].subs(dict(values)))
    good = abs(count / _POINTS - claimed) <= 2 / _POINTS
    evidence = f"phi is 0 at {count} of {_POINTS} points of equal probability"
    return Check("SUPPORTED" if good else "REFUTED", evidence)


def check_zeros(phi: Activation, constraint: Constraint, values: Values) -> Check:
    """Whether phi next to each zero has the size that its order and slope say."""
    f = _function(phi.expr.subs(dict(values)))
    found = zeros(phi)
    digits = _WORKING
    with mpmath.workdps(3 * _WORKING):
        step = mpmath.mpf(10) ** (-2 * _WORKING)
        for zero in found:
            if zero.place.is_Float:
                continue
            place = _number(zero.place.subs(dict(values)))
            order = _number(zero.order.subs(dict(values)))
            near = abs(f(place + step if zero.side == "+" else place - step)) / step**order
            slope = _number(zero.slope.subs(dict(values)))
            digits = min(digits, _shared(near, slope))
    if not found:
        return Check("SUPPORTED", "no change of sign and no touching minimum on 1920 points")
    evidence = f"values next to {len({zero.place for zero in found})} zeros agree with order and "
    evidence += f"slope to {digits} digits"
    return Check("SUPPORTED" if digits >= _WANTED else "REFUTED", evidence, digits)


def check_growth(phi: Activation, constraint: Constraint, values: Values) -> Check:
    """Whether the logarithmic slope of |phi| far out is the power."""
    f = _function(phi.expr.subs(dict(values)))
    claimed = constraint.numbers["power"]
    slopes = []
    for side in (-1, 1):
        near, far = (abs(f(mpmath.mpf(side * place))) for place in _FAR)
        if near and far:
            slopes.append(mpmath.log(far / near) / mpmath.log(_FAR[1] / _FAR[0]))
    slope = max(slopes, default=mpmath.mpf(0))
    if claimed is sp.oo:
        good, slack = slope > 2, ""
    else:
        expected = float(claimed.subs(dict(values)))
        good = slope < 0.1 if expected == 0 else abs(slope - expected) < 0.1
        slack = " (logarithms count as 0)" if expected == 0 else ""
    evidence = f"log-slope {mpmath.nstr(slope, 4)} between |x| = {_FAR[0]} and {_FAR[1]}{slack}"
    return Check("SUPPORTED" if good else "REFUTED", evidence)


def check_kurtosis(phi: Activation, constraint: Constraint, values: Values) -> Check:
    """Whether E phi^4/(E phi^2)^2 by direct quadrature is the kurtosis."""
    claimed = constraint.numbers["kurtosis of phi(X)"].subs(dict(values))
    if claimed is sp.oo:
        raise UndecidedError("the fourth moment is infinite")
    expr = phi.expr.subs(dict(values))
    seen = direct_moment(expr, 4) / direct_moment(expr, 2) ** 2
    return _agreement(seen, claimed, "a quadrature of phi^4 and phi^2")


def check_moments(phi: Activation, constraint: Constraint, values: Values) -> Check:
    """Whether the required E W^4 times E phi^4 by direct quadrature is 3."""
    claimed = constraint.numbers["E W^4"].subs(dict(values))
    seen = 3 / direct_moment(phi.expr.subs(dict(values)), 4)
    return _agreement(seen, claimed, "3 over a quadrature of phi^4")


def check_transform(phi: Activation, constraint: Constraint, values: Values) -> Check:
    """Whether |E |phi(X)|^i| by a second quadrature is what the Toeplitz matrix used."""
    from theory.laws.margins import transform_means

    first = transform_means(phi.expr.subs(dict(values)))[1]
    second = direct_moment(phi.expr.subs(dict(values)), mpmath.mpc(0, 1))
    digits = _shared(abs(first - second) + 1, mpmath.mpf(1))
    evidence = f"{digits} digits of E |phi(X)|^i against a second quadrature"
    return Check("SUPPORTED" if digits >= 8 else "INCONCLUSIVE", evidence, digits)


def check_certificate(certificate: Any) -> Check:
    """Whether the certificate of the verdict holds when it is evaluated again."""
    try:
        with proofs_only():
            good, how = certificate.verify(), "in exact or interval arithmetic"
    except UndecidedError:
        good, how = certificate.verify(), "with quadratures that estimate their errors"
        return Check("SUPPORTED" if good else "REFUTED", f"{certificate.kind}, verified {how}")
    return Check("CERTIFIED" if good else "REFUTED", f"{certificate.kind}, verified {how}")


def check_weights(phi: Activation, law: Any) -> Check:
    """Whether E |W|^s times E |phi(X)|^s by direct quadrature is E |N|^s."""
    digits = _WORKING
    for order in _ORDERS:
        with mpmath.workdps(_WORKING):
            power = mpmath.mpf(order.p) / order.q
            moment = _number(law.abs_moment(order))
            normal = 2 ** (power / 2) * mpmath.gamma((1 + power) / 2) / mpmath.sqrt(mpmath.pi)
            seen = moment * direct_moment(phi.expr, power)
            digits = min(digits, _shared(seen, normal))
    evidence = f"E |W|^s E |phi(X)|^s = E |N|^s to {digits} digits at s = 1/2, 3, by quadrature"
    return Check("SUPPORTED" if digits >= _WANTED else "REFUTED", evidence, digits)


def _agreement(seen: Any, claimed: sp.Expr, what: str) -> Check:
    digits = _shared(seen, _number(claimed))
    verdict = "SUPPORTED" if digits >= _WANTED else "REFUTED"
    return Check(verdict, f"{digits} digits against {what}", digits)


def _number(value: sp.Expr) -> Any:
    return sp.N(value, 3 * _WORKING)._to_mpmath(mpmath.libmp.dps_to_prec(3 * _WORKING))


def _function(expr: sp.Expr):
    return sp.lambdify(x, expr, modules=[NUMERIC, "mpmath"])


def _shared(found: Any, wanted: Any) -> int:
    gap = abs(found - wanted) / abs(wanted) if wanted else abs(found)
    return _WORKING if gap == 0 else max(0, min(_WORKING, int(-mpmath.log10(gap))))
