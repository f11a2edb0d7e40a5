r"""Gaussian expectations at a large variance: the expansion at q -> oo.

Far out f(±x) = sum c x^alpha log(x)^j, near the origin the density is flat:

    E f(sqrt(q) Z) ~ sum_alpha q^(alpha/2) c FP int_0^oo z^alpha n(z) dz   (both sides)
                   + sum_k q^(-k-1/2) (-1)^k / (2^k k! sqrt(2 pi)) FP int x^(2k) f(x) dx,

both finite parts in Hadamard's sense, the first at 0, the second at infinity.  Where alpha is
-1 - 2k the two families meet and log(q) appears.  What decays exponentially (1 - tanh x) enters
through the integrals only.  Source: the Mellin transform of a product of scales (Bleistein and
Handelsman, Asymptotic Expansions of Integrals, ch. 4).
"""

import itertools

import mpmath
import sympy as sp

from .bound import BOUND
from .errors import UndecidedError
from .finite_part import half_line_moment
from .local_series import local_series
from .pieces import pieces, sign_of
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
        A one-point expectation whose variance is proportional to one symbol, or a linear
        combination of them.
    order
        All terms down to that symbol to the power -``order`` are returned.
    symbol
        The symbol, if the variance holds several.

    Coefficients are exact; integrals over the real line that have no rational integrand stay
    SymPy Integrals.  Raises UndecidedError for exponential growth or oscillation (``doit`` then
    gives the closed form, where there is one) and for two variables.

    >>> from theory.gaussian import E
    >>> from theory.symbols import q
    >>> near_infinity(E("clip(x, -1, 1)**2", q), 1)
    1 - 2*sqrt(2)/(3*sqrt(pi)*sqrt(q))
    >>> near_infinity(E("abs(x)/(1 + abs(x))", q), sp.S(1)/2)
    1 + sqrt(2)*(-log(q) - log(2) + EulerGamma)/(2*sqrt(pi)*sqrt(q))
    """
    return map_nodes(expr, lambda node: _expansion(node, require_order(order), symbol))


def _expansion(node, order, symbol):
    if len(node.factors) != 1:
        raise UndecidedError(
            f"the large-variance expansion of {node} is known for one variable only; expand its "
            "closed form, or integrate one variable out"
        )
    symbol, covariance = scale_of(node, symbol)
    q = symbol * covariance[0, 0]
    f = node.factors[0].subs(BOUND, BOUND + node.means[0])
    total: dict = {}
    for side in (f, f.subs(BOUND, -BOUND)):
        for power, value in _one_side(side, q, order):
            total[power] = total.get(power, sp.S.Zero) + value
    return sp.Add(*(_tidy(c) * q**p for p, c in total.items()))


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
    """A definite integral: exact for a rational function, otherwise a SymPy Integral."""
    if expr.is_rational_function(BOUND):
        expr = sp.factor(expr)
        if expr.is_zero:
            return sp.S.Zero
        if not expr.free_symbols - {BOUND}:
            whole = sp.integrate(expr, BOUND)
            return sp.limit(whole, BOUND, upper, "-") - sp.limit(whole, BOUND, lower, "+")
    v = sp.Symbol("v", positive=True)
    return RemainderIntegral(expr.subs(BOUND, v), (v, lower, upper))


class RemainderIntegral(sp.Integral):
    """An integral whose integrand cancels at infinity: evaluated with digits to spare.

    A quadrature of P bits goes out to about 2^P, where a remainder of order x^-2 of terms of order
    x^k has lost (k + 2) P bits.
    """

    def _eval_expand_basic(self, **hints):
        return self  # two divergent integrals would be left

    def _eval_evalf(self, prec):
        ((v, lower, upper),) = self.limits
        if self.free_symbols:
            return None
        integrand = sp.lambdify(v, self.function, ["mpmath", NUMERIC])
        working = prec + 20

        def value(point):
            with mpmath.workprec(_SPARE * working):
                return integrand(mpmath.mpf(point))

        with mpmath.workprec(working):
            ends = [lower._to_mpmath(working), mpmath.inf]
            if upper is not sp.oo:
                ends[1] = upper._to_mpmath(working)
            elif ends[0] < 1:
                ends.insert(1, mpmath.mpf(1))
            return sp.Float._new(mpmath.mpf(mpmath.quad(value, ends))._mpf_, prec)
