r"""P(X_1, ..., X_n all lie in a union of intervals) for centred Gaussian variables, exactly.

In this order: variables that coincide are counted once, independent groups multiply, one and two
variables are Phi and Phi_2, and if the set is a half-line that starts at 0

    n = 3:      1/8 + (asin r_12 + asin r_13 + asin r_23)/(4 pi)
    n = 4, 5:   2^-n + sum_{i<j} int_0^1 r_ij P_{n-2}(t)/(2 pi sqrt(1 - t^2 r_ij^2)) dt

with the orthant probability P_{n-2}(t) of the others given X_i = X_j = 0 at the correlations t r
(Plackett 1954, Biometrika 41, 351).  If r_ij = a_i a_j with |a_i| < 1 then X_i = sqrt(q_i)
(a_i Z + sqrt(1 - a_i^2) Z_i), and given Z the variables are independent: one Gaussian integral,

    E prod_i [Phi((b - a_i sqrt(q_i) Z)/sqrt(q_i (1 - a_i^2))) - ...],

which is 1/(n + 1) for half-lines at a_i^2 = 1/2.  All r_ij = -r < 0 is the same with imaginary
a_i: 2^-n E Re (1 + i erfi(sqrt(r/(2 (1 + r))) Z))^n, which converges for r < 1/(n - 1).
"""

from itertools import combinations

import mpmath
import sympy as sp

from ..bivariate_normal import Phi2
from ..errors import UndecidedError
from ..gaussian import E
from ..smooth_steps import Phi
from ..symbols import x
from .covariance_matrix import covariance_matrix

__all__ = ["equicorrelated_orthant", "joint_probability", "one_probability", "two_probability"]

_MOST_BY_PATH = 5


class PathIntegral(sp.Integral):
    """An integral over a parameter of correlations, evaluated by tanh-sinh quadrature."""

    def _eval_evalf(self, prec):
        if self.free_symbols:
            return None
        ((t, low, high),) = self.limits
        with mpmath.workprec(prec + 20):
            function = sp.lambdify(t, self.function, "mpmath")
            # a singular covariance may bring asin an argument beyond 1 by rounding
            value = mpmath.quad(lambda s: mpmath.re(function(s)), [low, high])
            return sp.Float._new(value._mpf_, prec)


def one_probability(zeros, q) -> sp.Expr:
    """P(X in the set), X ~ N(0, q).

    >>> from theory.dead_units.zero_set import ZeroSet
    >>> one_probability(ZeroSet(((-sp.oo, sp.S.Zero),)), 3)
    1/2
    """
    return _one(zeros, 0, sp.sqrt(q))


def two_probability(zeros, q1, q2, rho) -> sp.Expr:
    """P(X and Y in the set) with variances ``q1``, ``q2`` and correlation ``rho``.

    >>> from theory.dead_units.zero_set import ZeroSet
    >>> two_probability(ZeroSet(((-sp.oo, sp.S.Zero),)), 1, 1, sp.Rational(1, 2))
    1/3
    """
    if zeros.is_half_line:
        return Phi2(0, 0, rho)
    total = []
    for low, high in zeros.intervals:
        for left, right in zeros.intervals:
            for h, sign in ((high, 1), (low, -1)):
                for k, other in ((right, 1), (left, -1)):
                    at = _scaled(h, q1), _scaled(k, q2)
                    total.append(sign * other * Phi2(*at, rho))
    return sp.Add(*total)


def joint_probability(zeros, covariance) -> sp.Expr:
    """P(X_1, …, X_n all in ``zeros``) for a symmetric matrix of expressions.

    Raises InputError if a matrix of numbers is not positive semidefinite, and UndecidedError where
    none of the formulas of this module applies.

    >>> from theory.dead_units.zero_set import ZeroSet
    >>> below = ZeroSet(((-sp.oo, sp.S.Zero),))
    >>> joint_probability(below, sp.Matrix(3, 3, lambda i, j: 1 if i == j else 0))
    1/8
    """
    K = covariance_matrix(covariance)
    if zeros.is_null:
        return sp.S.Zero
    if zeros.is_line:
        return sp.S.One
    n = K.rows
    q = [K[i, i] for i in range(n)]
    R = sp.Matrix(n, n, lambda i, j: _correlation(K, i, j))
    total = sp.S.One
    for group in _groups(R):
        kept = _distinct(zeros, q, R, group)
        if kept is None:
            return sp.S.Zero
        total *= _connected(zeros, [q[i] for i in kept], R.extract(kept, kept))
    return total


def _connected(zeros, q, R):
    """The probability for variables of different, not independent, values."""
    n = len(q)
    if n == 1:
        return one_probability(zeros, q[0])
    if n == 2:
        return two_probability(zeros, q[0], q[1], R[0, 1])
    half = zeros.is_half_line
    common = {R[i, j] for i, j in combinations(range(n), 2)}
    if half and len(common) == 1 and next(iter(common)).is_extended_negative is not None:
        return equicorrelated_orthant(n, common.pop())
    if half and n == 3:
        return _orthant(R)
    loadings = _loadings(R)
    if loadings is not None:
        return _one_factor(zeros, q, loadings)
    if half and n <= _MOST_BY_PATH:
        return _path_orthant(R)
    names = sorted({s.name for s in R.free_symbols})
    remedy = (
        f"give {', '.join(names)} a value or an assumption such as nonnegative=True"
        if names
        else "the verb dead_units computes the number"
    )
    raise UndecidedError(
        f"the probability of {n} Gaussian variables with these correlations is no integral over "
        f"one variable: {remedy}"
    )


def _orthant(R):
    n = R.rows
    arcs = sp.Add(*(sp.asin(R[i, j]) for i, j in combinations(range(n), 2)))
    return sp.Rational(1, 2**n) + arcs / (2 ** (n - 1) * sp.pi) if n > 1 else sp.S.Half


def _path_orthant(R):
    """Plackett's integral over t of the correlations t R, for n = 4 and 5."""
    n, t = R.rows, sp.Dummy("t", positive=True)
    total = []
    for i, j in combinations(range(n), 2):
        if R[i, j].is_zero:
            continue
        r = t * R[i, j]
        rest = [k for k in range(n) if k not in (i, j)]
        left = sp.Matrix(
            n - 2,
            n - 2,
            lambda a, b, r=r, given=(i, j), rest=rest: _left(R, t, r, given, rest[a], rest[b]),
        )
        given = sp.Matrix(n - 2, n - 2, lambda a, b, left=left: _quick_correlation(left, a, b))
        slope = R[i, j] / (2 * sp.pi * sp.sqrt(1 - r**2))
        total.append(slope * _orthant(given))
    return sp.Rational(1, 2**n) + PathIntegral(sp.Add(*total), (t, 0, 1))


def _left(R, t, r, given, k, m):
    """(1 - r^2) Cov(X_k, X_m | X_i = X_j = 0) at the correlations t R, with r that of X_i, X_j."""
    i, j = given
    own = sp.S.One if k == m else t * R[k, m]
    cross = R[i, k] * R[j, m] + R[j, k] * R[i, m]
    return sp.expand(own * (1 - r**2) - t**2 * (R[i, k] * R[i, m] + R[j, k] * R[j, m] - r * cross))


def _quick_correlation(K, i, j):
    return sp.S.One if i == j else K[i, j] / sp.sqrt(K[i, i] * K[j, j])


def equicorrelated_orthant(n, r) -> sp.Expr:
    """P(X_1 <= 0, …, X_n <= 0), all correlations ``r`` of known sign, -1/(n - 1) <= r <= 1.

    >>> equicorrelated_orthant(4, sp.S.Half), equicorrelated_orthant(3, -sp.S.Half)
    (1/5, 0)
    """
    if r == 1:
        return sp.S.Half
    if r.is_zero:
        return sp.Rational(1, 2**n)
    if n <= 3:
        return _orthant(sp.Matrix(n, n, lambda i, j: sp.S.One if i == j else r))
    if r == sp.S.Half:
        return sp.Rational(1, n + 1)
    if r.is_nonnegative:
        return E(Phi(-sp.sqrt(r / (1 - r)) * x) ** n, 1)
    if (r * (n - 1) + 1).is_zero:
        return sp.S.Zero  # the variables add up to 0
    wave = sp.erfi(sp.sqrt(-r / (2 * (1 - r))) * x)
    terms = [(-1) ** (k // 2) * sp.binomial(n, k) * wave**k for k in range(0, n + 1, 2)]
    return E(sp.Add(*terms), 1) / 2**n


def _one_factor(zeros, q, loadings):
    """E of the product, given the common factor, of what is independent then."""
    factors = []
    for variance, a in zip(q, loadings, strict=True):
        scale = sp.sqrt(variance)
        factors.append(_one(zeros, a * scale * x, scale * sp.sqrt(1 - a**2)))
    return E(sp.Mul(*factors), 1)


def _one(zeros, mean, deviation):
    """P(mean + deviation Z in the set)."""
    total = []
    for low, high in zeros.intervals:
        if high is sp.oo:
            total.append(Phi(_quotient(mean - low, deviation)))
            continue
        below = sp.S.Zero if low is -sp.oo else Phi(_quotient(low - mean, deviation))
        total.append(Phi(_quotient(high - mean, deviation)) - below)
    return sp.S.One if zeros.is_line else sp.Add(*total)


def _scaled(end, variance):
    return end if end.is_infinite else end / sp.sqrt(variance)


def _quotient(number, deviation):
    return sp.expand(number / deviation)


def _loadings(R):
    """a with r_ij = a_i a_j and |a_i| < 1, or None (also where signs are unknown)."""
    n = R.rows
    square = R[0, 1] * R[0, 2] / R[1, 2] if not R[1, 2].is_zero else sp.S.NegativeOne
    square = sp.simplify(square)
    if not square.is_positive and not (square.is_nonnegative and len(R.free_symbols) == 1):
        return None
    first = sp.sqrt(square)
    loadings = [first, *(R[0, j] / first for j in range(1, n))]
    if len({R[i, j] for i, j in combinations(range(n), 2)}) == 1:
        loadings = [first] * n
    elif any(
        sp.simplify(R[i, j] - loadings[i] * loadings[j]) != 0 for i, j in combinations(range(n), 2)
    ):
        return None
    if any((1 - a**2).is_positive is False for a in loadings):
        return None
    return loadings


def _correlation(K, i, j):
    if i == j:
        return sp.S.One
    return sp.simplify(K[i, j] / sp.sqrt(K[i, i] * K[j, j]))


def _groups(R):
    """The indices of variables that depend on each other, group by group."""
    left, groups = set(range(R.rows)), []
    while left:
        group, new = set(), {min(left)}
        while new:
            group |= new
            new = {j for i in new for j in left if not R[i, j].is_zero} - group
        groups.append(sorted(group))
        left -= group
    return groups


def _distinct(zeros, q, R, group):
    """The variables that are not copies of another; None if two cannot be in the set together."""
    kept: list[int] = []
    for i in group:
        twin = next((j for j in kept if R[i, j] == 1), None)
        if twin is not None and (zeros.is_cone or q[i] == q[twin]):
            continue
        if zeros.is_half_line and any(R[i, j] == -1 for j in kept):
            return None
        kept.append(i)
    return kept
