r"""Gaussian expectations at a large variance: the expansion at q -> oo.

Far out f(±x) = sum c x^alpha log(x)^j, near the origin the density is flat:

    E f(sqrt(q) Z) ~ sum_alpha q^(alpha/2) c FP int_0^oo z^alpha n(z) dz   (both sides)
                   + sum_k q^(-k-1/2) (-1)^k / (2^k k! sqrt(2 pi)) FP int x^(2k) f(x) dx,

both finite parts in Hadamard's sense, the first at 0, the second at infinity.  Where alpha is
-1 - 2k the two families meet and log(q) appears.  What decays exponentially (1 - tanh x) enters
through the integrals only.  Source: the Mellin transform of a product of scales (Bleistein and
Handelsman, Asymptotic Expansions of Integrals, ch. 4).  Two variables: see
:mod:`theory.large_variance_pair`.
"""

import itertools
from functools import lru_cache, partial

import mpmath
import sympy as sp

from .bound import BOUND
from .errors import UndecidedError
from .finite_part import half_line_moment
from .gaussian import GaussianExpectation
from .large_variance_pair import Power, Spike, pair_expansion
from .line_integrals import decaying_integral
from .local_series import local_series
from .pieces import pieces, sign_of
from .sampling import vanishes
from .small_variance import map_nodes, require_order, scale_of
from .special import NUMERIC
from .symbols import x

__all__ = ["RemainderIntegral", "near_infinity"]

_SPARE = 12


def near_infinity(expr, order=1, symbol=None) -> sp.Expr:
    """The expansion of a one-point expectation at a variance that tends to infinity.

    Parameters
    ----------
    expr
        A one- or two-point expectation whose covariances are all proportional to one symbol, or
        a linear combination of them.
    order
        All terms down to that symbol to the power -``order`` are returned.
    symbol
        The symbol, if the variance holds several.

    Coefficients are exact; integrals over the real line that have no closed form that is known
    stay SymPy Integrals.  Raises UndecidedError for exponential growth or oscillation (``doit``
    then gives the closed form, where there is one).

    >>> from theory.gaussian import E
    >>> from theory.symbols import q
    >>> near_infinity(E("clip(x, -1, 1)**2", q), 1)
    1 - 2*sqrt(2)/(3*sqrt(pi)*sqrt(q))
    >>> near_infinity(E("abs(x)/(1 + abs(x))", q), sp.S(1)/2)
    1 + sqrt(2)*(-log(q) - log(2) + EulerGamma)/(2*sqrt(pi)*sqrt(q))
    """
    return map_nodes(expr, lambda node: _expansion(node, require_order(order), symbol))


def _expansion(node, order, symbol):
    symbol, covariance = scale_of(node, symbol)
    if len(node.factors) == 2:
        return _two_points(node, symbol, covariance, order)
    q = symbol * covariance[0, 0]
    f = node.factors[0].subs(BOUND, BOUND + node.means[0])
    total: dict = {}
    for side in (f, f.subs(BOUND, -BOUND)):
        for power, value in _one_side(side, q, order):
            total[power] = total.get(power, sp.S.Zero) + value
    return sp.Add(*(_tidy(c) * q**p for p, c in total.items()))


def _two_points(node, symbol, covariance, order):
    shifted = [f.subs(BOUND, BOUND + m) for f, m in zip(node.factors, node.means, strict=True)]
    # the other factor grows at most like s^top, so this one is needed to -(order + top)
    tops = [max((-order, *(a / 2 for a in _growths(f)))) for f in shifted]
    first, second = (
        _distribution(f, sp.log(symbol) / 2, order + top)
        for f, top in zip(shifted, reversed(tops), strict=True)
    )
    total: dict = {}
    for power, value in pair_expansion(first, second, covariance, order):
        total[power] = total.get(power, sp.S.Zero) + value
    return sp.Add(*(_factored(c) * symbol**p for p, c in total.items()))


def _factored(value):
    """One fraction, with the integrals and the radicands left as they are."""
    hidden = {part: sp.Dummy() for part in value.atoms(sp.Integral, GaussianExpectation)}
    value = value.xreplace(hidden)
    roots = {p.base for p in value.atoms(sp.Pow) if p.exp.is_Rational and p.exp.q == 2}
    roots = {b: sp.Dummy(positive=True) for b in roots if b.free_symbols}
    for p in value.atoms(sp.Pow):
        if p.base in roots and p.exp.is_Rational and p.exp.q == 2:
            hidden[p] = roots[p.base] ** (2 * p.exp)
    value = sp.factor(value.xreplace(hidden)).xreplace({r: sp.sqrt(b) for b, r in roots.items()})
    return value.xreplace({d: part for part, d in hidden.items() if d.is_Dummy})


def _growths(f):
    """The exponents of f far out that are not negative, and -1/2 for what is local."""
    yield -sp.S.One
    for side in (f, f.subs(BOUND, -BOUND)):
        for alpha, _ in _far_terms(pieces(side, BOUND)[-1].expr, side, sp.S.Zero):
            yield alpha


def _distribution(f, root_log, order):
    """f(sqrt(s) u) as powers and spikes in u, down to s^-order."""
    found: list = []
    sides = []
    for sign, side in ((1, f), (-1, f.subs(BOUND, -BOUND))):
        parts = [p for p in pieces(side, BOUND) if p.upper is sp.oo or sign_of(p.upper) > 0]
        far = _far_terms(parts[-1].expr, side, 2 * order)
        sides.append((sign, parts, far))
        for (alpha, j), c in far.items():
            for i in range(j + 1):
                scale = c * sp.binomial(j, i) * root_log ** (j - i)
                found.append(Power(alpha / 2, scale, sign, alpha, i))
            if alpha.is_Integer and alpha < 0:
                k = int(-alpha - 1)
                met = sign**k * c * root_log ** (j + 1) / (j + 1)
                found.append(Spike(alpha / 2, partial(sp.S, met), k))
    symmetry = _symmetry(sides)
    for k in range(int(sp.floor(2 * order - 1)) + 1):
        for sign, parts, far in sides if symmetry is None else sides[:1]:
            weight = sign**k if symmetry is None else 1 + symmetry * (-1) ** k
            if weight:
                local = lru_cache(partial(_local_moment, weight, parts, far, k))
                found.append(Spike(-sp.Rational(k + 1, 2), local, k))
    return found


def _symmetry(sides):
    """1 or -1 if what is left of a smooth f without its growth is even or odd, else None."""
    if any(len(parts) > 1 for _, parts, _ in sides):
        return None
    right, left = (
        parts[-1].expr
        - sum(c * BOUND**a * sp.log(BOUND) ** j for (a, j), c in far.items() if a >= 0)
        for _, parts, far in sides
    )
    for symmetry in (1, -1):
        if vanishes((right - symmetry * left).xreplace({BOUND: x})):
            return symmetry
    return None


def _local_moment(weight, parts, far, k):
    return weight * _moment(parts, far, k)


def _tidy(value):
    """Expanded, with common factors taken out; SymPy would split a convergent integral in two."""
    hidden = {part: sp.Dummy() for part in value.atoms(sp.Integral)}
    value = sp.factor_terms(sp.expand(value.xreplace(hidden)))
    return value.xreplace({dummy: part for part, dummy in hidden.items()})


def _one_side(f, q, order):
    """(power of q, coefficient) of E f(sqrt(q) Z) over Z > 0."""
    parts = [p for p in pieces(f, BOUND) if p.upper is sp.oo or sign_of(p.upper) > 0]
    far = _far_terms(parts[-1].expr, f, 2 * order)
    root_log = sp.log(q) / 2
    for (alpha, j), c in far.items():
        value = sum(
            sp.binomial(j, i) * root_log ** (j - i) * half_line_moment(alpha, i)
            for i in range(j + 1)
        )
        if alpha.is_Integer and alpha < 0 and alpha % 2 == 1:
            value += _weight(-(alpha + 1) / 2) * root_log ** (j + 1) / (j + 1)
        yield alpha / 2, c * value
    for k in range(int(sp.floor(order - sp.S.Half)) + 1):
        yield -k - sp.S.Half, _weight(sp.Integer(k)) * _moment(parts, far, 2 * k)


def _weight(k):
    """The coefficient of x^(2k) in the density at variance 1."""
    return (-1) ** k / (2**k * sp.factorial(k) * sp.sqrt(2 * sp.pi))


def _far_terms(tail, f, degree):
    """{(alpha, j): c} with f ~ sum c x^alpha log(x)^j for x -> oo, alpha >= -degree."""
    try:
        series = local_series(tail, BOUND, sp.oo, "-", sp.floor(degree) + 1)
    except UndecidedError as reason:
        raise UndecidedError(
            f"{f.subs(BOUND, x)} has no algebraic expansion at infinity ({reason}); its closed "
            "form, where doit() finds one, shows the growth in the variance"
        ) from None
    return {(-a, j): (-1) ** j * c for (a, j), c in series.terms.items() if a <= degree}


def _moment(parts, far, power):
    """FP of int_0^oo x^power f dx."""
    kept = {key: c for key, c in far.items() if key[0] + power >= -1}
    ends = [p.lower for p in parts if p.lower.is_finite and sign_of(p.lower) > 0]
    start = ends[-1] if ends else sp.S.Zero
    if start == 0 and any(alpha + power <= -1 for alpha, _ in kept):
        start = sp.S.One
    total = sp.S.Zero
    for part, (lower, upper) in zip(
        parts[: len(ends)], itertools.pairwise([sp.S.Zero, *ends]), strict=True
    ):
        total += _integral(part.expr * BOUND**power, lower, upper)
    tail = parts[-1].expr
    if not ends and start != 0:
        total += _integral(tail * BOUND**power, sp.S.Zero, start)
    difference = tail - sum(c * BOUND**a * sp.log(BOUND) ** j for (a, j), c in kept.items())
    total += _integral(difference * BOUND**power, start, sp.oo)
    if start != 0:
        total += sum(c * _power_to_infinity(a + power, j, start) for (a, j), c in kept.items())
    return total


def _power_to_infinity(exponent, j, start):
    """FP of int_start^oo x^exponent log(x)^j dx."""
    if exponent == -1:
        return -(sp.log(start) ** (j + 1)) / (j + 1)
    s = sp.Dummy("s")
    return sp.diff(-(start**s) / s, s, j).subs(s, exponent + 1)


def _integral(expr, lower, upper):
    """A definite integral: exact where that is known, otherwise a SymPy Integral."""
    if expr.is_rational_function(BOUND):
        expr = sp.factor(expr)
        if expr.is_zero:
            return sp.S.Zero
        if not expr.free_symbols - {BOUND}:
            whole = sp.integrate(expr, BOUND)
            return sp.limit(whole, BOUND, upper, "-") - sp.limit(whole, BOUND, lower, "+")
    if upper is sp.oo:
        exact = decaying_integral(expr, lower)
        if exact is not None:
            return exact
    v = sp.Symbol("v", positive=True)
    forms = [sp.expand_mul(sign * expr.subs(BOUND, v)) for sign in (1, -1)]
    sign = 1 if sp.default_sort_key(forms[0]) < sp.default_sort_key(forms[1]) else -1
    inside = sp.factor_terms(forms[0] if sign == 1 else forms[1])
    return sign * RemainderIntegral(inside, (v, lower, upper))


class RemainderIntegral(sp.Integral):
    """An integral whose integrand cancels at infinity: evaluated with digits to spare.

    A remainder of order x^-2 of terms of order x^k has lost (k + 2) log2(x) bits at x.
    """

    def doit(self, **hints):
        return self  # SymPy splits the integrand into parts that diverge

    def _eval_expand_basic(self, **hints):
        return self  # two divergent integrals would be left

    def _eval_evalf(self, prec):
        if self.free_symbols:
            return None
        return sp.Float._new(_quadrature(self, -(-prec // 64) * 64)._mpf_, prec)


@lru_cache(maxsize=128)
def _quadrature(integral, prec):
    ((v, lower, upper),) = integral.limits
    integrand = sp.lambdify(v, integral.function, ["mpmath", NUMERIC])
    working = prec + 20

    def value(point):
        size = 0 if not point else abs(mpmath.mag(point))
        with mpmath.workprec(working + _SPARE * (size + 2)):
            return integrand(mpmath.mpf(point))

    with mpmath.workprec(working):
        ends = [lower._to_mpmath(working), mpmath.inf]
        if upper is not sp.oo:
            ends[1] = upper._to_mpmath(working)
        elif ends[0] < 1:
            ends.insert(1, mpmath.mpf(1))
        return mpmath.mpf(mpmath.quad(value, ends))
