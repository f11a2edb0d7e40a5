r"""Two-point expectations near perfect correlation: the expansion of E f(X) g(Y) in e = 1 - rho.

Away from singular points Price's theorem gives the regular part, and every point where both
factors, or one of them, are singular adds a local part (:mod:`theory.diagonal_singularity`):

    K(1 - e) ~ sum_k (-e)^k / k! (q_1 q_2)^(k/2) FP E[f^(k)(sqrt(q_1) Z) g^(k)(sqrt(q_2) Z)]
               + sum_a sum c_alpha d_beta w(alpha, beta, ...; log e) e^((alpha + beta + 1 + i)/2).

f^(k) are the almost-everywhere derivatives, FP Hadamard's finite part (needed only where f and g
have infinite slopes), c and d the coefficients of the one-sided expansions at a.  A kink of f and
of g at the same place gives half-integer powers, colliding exponents give logarithms.
"""

import itertools
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from . import finite_part as parts_of
from .bound import BOUND
from .diagonal_singularity import pair_weight
from .errors import InputError, UndecidedError
from .gaussian import GaussianExpectation
from .local_series import local_series
from .pieces import compare, pieces
from .small_variance import require_order

__all__ = ["near_minus_one", "near_one"]


def near_one(expr, order=3) -> sp.Expr:
    """The expansion of a two-point expectation in 1 - rho, rho -> 1-.

    Parameters
    ----------
    expr
        A two-point :class:`GaussianExpectation`, or a linear combination of them.
    order
        All terms with exponent <= ``order`` of (1 - rho) are returned.

    Returns a plain expression in powers of 1 - rho and log(1 - rho); the coefficients are exact,
    closed where a closed form exists and one-point expectations otherwise.  The error is of the
    next order; for smooth factors that are not entire the series may diverge (it is asymptotic).

    Raises InputError for a fixed correlation, UndecidedError where parameters decide.

    >>> from theory.gaussian import E2
    >>> from theory.symbols import q, rho
    >>> near_one(E2("max(x, 0)", "max(x, 0)", q, q, rho), 2)
    sqrt(2)*q*(1 - rho)**(3/2)/(3*pi) - q*(1 - rho)/2 + q/2
    """
    return _map_nodes(expr, order, _expansion)


def near_minus_one(expr, order=3) -> sp.Expr:
    """The expansion in 1 + rho, rho -> -1+; reflecting one variable turns it into near_one.

    >>> from theory.gaussian import E2
    >>> from theory.symbols import q, rho
    >>> near_minus_one(E2("sign(x)", "sign(x)", q, q, rho), 1)
    2*sqrt(2)*sqrt(rho + 1)/pi - 1
    """
    return _map_nodes(expr, order, _reflected)


def _map_nodes(expr, order, change):
    if not isinstance(expr, sp.Expr) or not expr.has(GaussianExpectation):
        raise InputError(
            f"{expr} is no two-point expectation; build one with E2(f, g, q1, q2, rho)"
        )
    order = require_order(order)
    nodes = {n for n in expr.atoms(GaussianExpectation) if len(n.factors) == 2}
    if not nodes:
        raise InputError(
            f"{expr} is no two-point expectation; build one with E2(f, g, q1, q2, rho)"
        )
    return expr.xreplace({node: change(node, order) for node in nodes})


def correlation_of(node):
    """(q_1, q_2, rho) of a two-point node whose correlation is not a number."""
    first, second = node.covariance[0, 0], node.covariance[1, 1]
    rho = sp.cancel(node.covariance[0, 1] / (sp.sqrt(first) * sp.sqrt(second)))
    if not rho.free_symbols:
        raise InputError(f"the correlation is {rho}; an expansion needs a symbol, such as rho")
    shared = rho.free_symbols & (first.free_symbols | second.free_symbols)
    if shared:
        raise InputError(
            f"the covariance {node.covariance[0, 1]} is not a free correlation times "
            "sqrt(q1*q2); write it as rho*sqrt(q1*q2)"
        )
    return first, second, rho


def _reflected(node, order):
    _, _, rho = correlation_of(node)
    (f, g), (m, n), covariance = node.factors, node.means, node.covariance
    # -Y has correlation -rho with X; a plain symbol keeps 1 - rho from being rewritten
    r = sp.Dummy("r", real=True)
    cross = r * sp.sqrt(covariance[0, 0]) * sp.sqrt(covariance[1, 1])
    flipped = GaussianExpectation(
        (f, g.subs(BOUND, -BOUND)), (m, -n), [[covariance[0, 0], cross], [cross, covariance[1, 1]]]
    )
    return _map_nodes(flipped, order, _expansion).subs(r, -rho)


def _expansion(node, order):
    q, q2, rho = correlation_of(node)
    f, g = (h.subs(BOUND, BOUND + m) for h, m in zip(node.factors, node.means, strict=True))
    if q2 != q:
        g = g.subs(BOUND, sp.sqrt(q2) / sp.sqrt(q) * BOUND)
    epsilon, log = 1 - rho, sp.log(1 - rho)
    intervals = common_refinement(f, g)
    points = [
        _Point(left, right, sp.sqrt(q), order) for left, right in itertools.pairwise(intervals)
    ]
    powers: dict = {}
    for k in range(int(sp.floor(order)) + 1):
        regular = _regular(f, g, q, k, intervals, points)
        powers[sp.Integer(k)] = (-q) ** k / sp.factorial(k) * regular
    for point in points:
        for power, value in point.contributions(log):
            powers[power] = powers.get(power, sp.S.Zero) + value
    return sp.Add(*(_tidy(value) * epsilon**power for power, value in powers.items()))


def _tidy(value):
    """Expanded, with common factors taken out; expectations are left as they are."""
    hidden = {node: sp.Dummy() for node in value.atoms(GaussianExpectation)}
    value = sp.expand(value.xreplace(hidden), power_exp=False, power_base=False)
    return sp.factor_terms(value).xreplace({d: node for node, d in hidden.items()})


@dataclass(frozen=True)
class _Interval:
    """The smooth expressions of both factors between ``lower`` and ``upper``."""

    lower: sp.Expr
    upper: sp.Expr
    factors: tuple[sp.Expr, sp.Expr]


def common_refinement(f, g) -> list[_Interval]:
    """The smooth pieces of both functions between the breakpoints of either."""
    found, others = [], list(pieces(g, BOUND))
    for piece in pieces(f, BOUND):
        lower = piece.lower
        while True:
            other = others[0]
            order = _order(piece.upper, other.upper)
            upper = other.upper if order > 0 else piece.upper
            found.append(_Interval(lower, upper, (piece.expr, other.expr)))
            if order >= 0 and len(others) > 1:
                others.pop(0)
            if order <= 0:
                break
            lower = upper
    return found


def _order(a, b):
    if a == b:
        return 0
    try:
        return compare(a, b)
    except UndecidedError:
        raise UndecidedError(
            f"the order of the singular points {a} and {b}, in units of the first variance, is "
            "unknown; give the variances or the breakpoints values, or set q1 = q2"
        ) from None


class _Point:
    """A place where f or g is singular, with the one-sided expansions of both."""

    def __init__(self, left, right, scale, order):
        self.order = order
        self.place = right.lower
        self.standard = self.place / scale
        reach = 2 * order + 1
        self.series = [
            {
                side: local_series(part.factors[i], BOUND, self.place, end, reach).scaled(scale)
                for side, end, part in ((1, "+", right), (-1, "-", left))
            }
            for i in (0, 1)
        ]

    def lowest(self, i, side, k):
        """The smallest exponent of the k-th derivative of factor i on one side."""
        return min(
            (
                a - k
                for a, j in self.series[i][side].terms
                if j or not (a.is_Integer and 0 <= a < k)
            ),
            default=sp.oo,
        )

    def contributions(self, log):
        """(power of 1 - rho, coefficient), one for each pair of one-sided terms."""
        (rough_f, smooth_f), (rough_g, smooth_g) = map(_rough_and_smooth, self.series)
        for first in rough_f:
            for second in rough_g:
                yield from self._pair(first, second, log)
            for second in smooth_g:
                yield from self._pair(first, second, log, whole=True)
        for first in smooth_f:
            for second in rough_g:
                yield from self._pair(first, second, log, whole=True)

    def _pair(self, first, second, log, whole=False):
        """``whole``: one of them is smooth, and only boundary terms at whole powers remain."""
        (side_1, key_1, c), (side_2, key_2, d) = first, second
        base = key_1[0] + key_2[0]
        if whole and not base.is_Integer:
            return
        for excess in range(int(sp.floor(2 * self.order - base - 1)) + 1):
            power = (base + 1 + excess) / 2
            if whole and not power.is_Integer:
                continue
            weight = pair_weight(key_1, key_2, (side_1, side_2), excess, self.standard, log)
            if weight != 0:
                yield power, c * d * weight


def _rough_and_smooth(sides):
    """One-sided terms (side, key, coefficient): the singular ones and the smooth ones.

    Where both sides have Taylor series, the left one continues smoothly and the right side carries
    the difference.
    """
    if not all(series.is_taylor for series in sides.values()):
        return [(side, key, c) for side in sides for key, c in sides[side].terms.items()], []
    left = {k: (-1) ** k[0] * c for k, c in sides[-1].terms.items()}
    jump = {
        k: sides[1].terms.get(k, sp.S.Zero) - left.get(k, sp.S.Zero)
        for k in {**left, **sides[1].terms}
    }
    rough = [(1, k, c) for k, c in jump.items() if not _zero(c)]
    smooth = [(1, k, c) for k, c in left.items()]
    smooth += [(-1, k, c) for k, c in sides[-1].terms.items()]
    return rough, smooth


def _zero(c):
    return sp.expand(c).is_zero or (not c.is_Rational and sp.simplify(c).is_zero)


def _regular(f, g, q, k, intervals, points):
    """FP E[f^(k) g^(k)]: a plain expectation unless a derivative is too singular."""
    bad = [
        (n, side)
        for n, point in enumerate(points)
        for side in (1, -1)
        if point.lowest(0, side, k) + point.lowest(1, side, k) <= -1
    ]
    if not bad and k == 0:
        return closed(GaussianExpectation((f * g,), (0,), [[q]]))
    singular = {(n if side < 0 else n + 1, -side) for n, side in bad}  # (interval, end)
    plain, total = [], sp.S.Zero
    for n, interval in enumerate(intervals):
        ends = [end for end in (-1, 1) if (n, end) in singular]
        if not ends:
            plain.append((_product_of_derivatives(interval, k), interval.upper >= BOUND))
            continue
        plain.append((sp.S.Zero, interval.upper >= BOUND))
        total += _singular_interval(interval, ends, k, q)
    rest = sp.Piecewise(*plain[:-1], (plain[-1][0], True)) if len(plain) > 1 else plain[0][0]
    return closed(total + GaussianExpectation((rest,), (0,), [[q]]))


def _product_of_derivatives(interval, k):
    first, second = (_derivative(factor, k) for factor in interval.factors)
    return first * second


@lru_cache(maxsize=512)
def _derivative(smooth, k):
    """The k-th derivative; rational functions are reduced, as they grow by differentiation."""
    value = sp.diff(smooth, BOUND, k)
    return sp.factor(value) if k and value.is_rational_function(BOUND) else value


def _singular_interval(interval, ends, k, q):
    """The finite part over one interval; one that is singular at both ends is cut in two."""
    lower, upper = interval.lower, interval.upper
    if len(ends) == 2:
        middle = (lower + upper) / 2
        halves = ((lower, middle, -1), (middle, upper, 1))
        return sum(
            _singular_interval(_Interval(a, b, interval.factors), [end], k, q)
            for a, b, end in halves
        )
    place, sign = (lower, 1) if ends == [-1] else (upper, -1)
    first, t = parts_of.structure(interval.factors[0], BOUND, place, sign)
    second, s = parts_of.structure(interval.factors[1], BOUND, place, sign)
    second = {key: b.subs(s, t) for key, b in second.items()}
    product = parts_of.multiply(
        parts_of.derivative(first, t, sign, k), parts_of.derivative(second, t, sign, k)
    )
    return parts_of.finite_part(product, t, place, sign, upper - lower, q)


def closed(expr):
    """Every expectation in its closed form, where there is one."""
    return expr.xreplace({node: node.doit() for node in expr.atoms(GaussianExpectation)})
