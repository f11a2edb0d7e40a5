r"""Hermite coefficients of an activation, one by one and as exact sequences in n.

    a_n(q) = E[phi(sqrt(q) Z) He_n(Z)] / sqrt(n!),     E phi(X) phi(Y) = sum_n a_n(q)^2 rho^n

for X, Y of variance q and correlation rho (Mehler), He_n the probabilists' Hermite polynomials.
A sequence follows term by term from the typed representation (:mod:`theory.terms`) by four rules,
with s_n(f) = E[f(sqrt(q) Z) He_n(Z)]:

    s_n(f) = sqrt(q) s_{n-1}(f')                         integration by parts, f' a distribution
    s_n(x f) = sqrt(q) (s_{n+1}(f) + n s_{n-1}(f))       recurrence of He_n
    s_n(e^{ax - g x^2/2}) = n! [t^n] of E e^{...} at Z + t, which is again a Hermite polynomial
    s_n(x_+^r) = q^{r/2} Gamma(r+1) 2^{(n-r)/2 - 1} / Gamma(1 + (r-n)/2)

(the last one is E of the n-th derivative; for whole r it vanishes for n = r + 1, r + 3, ...).
"""

import sympy as sp

from .bound import BOUND
from .errors import InputError, UndecidedError
from .gaussian import GaussianExpectation, _function, _variance
from .pieces import pieces
from .sampling import vanishes
from .special import Phi
from .symbols import q as q_symbol
from .symbols import x
from .terms import NoClosedForm, Shape, expand_terms
from .weak_derivative import density

__all__ = ["hermite"]

_HIGHEST_DEGREE = 64


def hermite(f, variance=q_symbol, n=None) -> sp.Expr:
    """The Hermite coefficient a_n(q) = E[f(sqrt(q) Z) He_n(Z)] / sqrt(n!).

    Parameters
    ----------
    f
        A function of ``x``: text, SymPy expression or Activation.
    variance
        q > 0, a number or an expression.
    n
        A whole number (the coefficient in closed form where one exists, otherwise a
        GaussianExpectation) or a symbol (the sequence; without ``n``, in a new symbol n).

    Raises UndecidedError if the sequence has no closed form that these rules find.

    >>> n = sp.Symbol("n", integer=True, nonnegative=True)
    >>> hermite("max(x, 0)", 1, 2), hermite("max(x, 0)", 1, 3), hermite("exp(x)", 1, n)
    (1/(2*sqrt(pi)), 0, exp(1/2)/sqrt(factorial(n)))
    """
    function, q = _function(f), _variance(variance, "the variance")
    if n is None:
        n = sp.Symbol("n", integer=True, nonnegative=True)
    if isinstance(n, bool) or not isinstance(n, (int, sp.Integer, sp.Symbol)):
        raise InputError(f"a Hermite coefficient needs a whole number or a symbol n; got {n!r}")
    if isinstance(n, sp.Symbol):
        m = sp.Symbol(n.name, integer=True, nonnegative=True)
        return (_sequence(function, q, m) / sp.sqrt(sp.factorial(m))).xreplace({m: n})
    if not 0 <= n <= _HIGHEST_DEGREE:
        raise InputError(f"a Hermite coefficient needs 0 <= n <= {_HIGHEST_DEGREE}; got {n}")
    return _coefficient(function, q, int(n)) / sp.sqrt(sp.factorial(n))


def _coefficient(function, q, n):
    """E f He_n for a whole n, closed if possible."""
    weight = sp.hermite_prob_poly(n, BOUND / sp.sqrt(q)) if n else sp.S.One
    node = GaussianExpectation((function * sp.expand(weight),), (0,), [[q]])
    return node.xreplace({e: e.doit() for e in node.atoms(GaussianExpectation)})


def _sequence(function, q, n):
    """s_n(f) for symbolic n, summed over the smooth pieces and their terms."""
    total, low = sp.S.Zero, 0
    try:
        for piece in pieces(function, BOUND):
            for shape, c in expand_terms(piece.expr, BOUND).items():
                formula, first = _term(shape, c, piece.lower, piece.upper, q)
                total, low = total + formula(n), max(low, first)
    except NoClosedForm as reason:
        raise UndecidedError(
            f"the Hermite coefficients of {function.xreplace({BOUND: x})} have no closed "
            f"sequence that is known ({reason}); ask for a whole n"
        ) from None
    small = [(_coefficient(function, q, m), m) for m in range(low)]
    exceptions = [(value, sp.Eq(n, m)) for value, m in small if not _equal(total, n, m, value)]
    return sp.Piecewise(*exceptions, (total, True)) if exceptions else total


def _equal(formula, n, m, value):
    """Whether the general formula also holds for a small n."""
    there = formula.subs(n, m).doit()
    if there.has(sp.nan, sp.zoo, sp.oo, sp.hermite_prob):  # He of a negative degree stays
        return False
    return vanishes(there - value)


def _term(shape, c, lower, upper, q):
    """(n -> s_n of one term between two places, the first n from which it holds)."""
    if shape.fraction != 0:
        return _power(shape, c, lower, upper, q)
    if shape.factors:
        return _cumulative(shape, c, lower, upper, q)
    if shape.linear == 0 and shape.quadratic == 0:
        return _monomial(shape.power, c, lower, upper, q), shape.power + 1
    if lower is -sp.oo and upper is sp.oo:
        simple = _gaussian(shape, c, q)
    elif shape.quadratic == 0:
        simple = _half_exponential(shape.linear, c, lower, upper, q)
    else:
        raise NoClosedForm("a Gaussian on a half-line")
    return _times_power(simple, shape.power, q), shape.power


def _times_power(simple, power, q):
    """s_n(x^p f) from s_n(f) by the recurrence of He_n."""
    if power == 0:
        return simple
    inner = _times_power(simple, power - 1, q)
    return lambda n: sp.sqrt(q) * (inner(n + 1) + n * inner(n - 1))


def _monomial(power, c, lower, upper, q):
    """Boundary terms of c x^p: the p-fold integration by parts ends there."""

    def formula(n):
        total = sp.S.Zero
        for place, sign in ((lower, 1), (upper, -1)):
            if place.is_infinite:
                continue
            for j in range(power + 1):
                value = c * sp.ff(power, j) * place ** (power - j)
                ladder = _hermite(n - 1 - j, place / sp.sqrt(q))
                total += sign * value * q ** sp.Rational(j + 1, 2) * density(place, 0, q) * ladder
        return total

    return formula


def _hermite(n, place):
    """He_n(place); at 0 the formula with gamma functions holds for negative n too."""
    if place == 0:
        return sp.Integer(2) ** (n / 2) * sp.sqrt(sp.pi) / sp.gamma((1 - n) / 2)
    return sp.hermite_prob(n, place)


def _gaussian(shape, c, q):
    """c e^{ax - g x^2/2} on the line: e^{bt - r t^2/2} generates the sequence."""
    spread = 1 + shape.quadratic * q
    b, r = shape.linear * sp.sqrt(q) / spread, shape.quadratic * q / spread
    scale = sp.exp(shape.linear**2 * q / (2 * spread)) / sp.sqrt(spread)
    if r == 0 and shape.linear.has(sp.I):
        return _wave(b, c * scale)
    if r == 0:
        return lambda n: c * scale * b**n
    if b == 0:
        return lambda n: (
            c
            * scale
            * sp.cos(sp.pi * n / 2)
            * (r / 2) ** (n / 2)
            * sp.factorial(n)
            / sp.gamma(n / 2 + 1)
        )
    if shape.linear.has(sp.I) or r.is_positive is not True:
        raise NoClosedForm("an oscillating or growing Gaussian")
    return lambda n: c * scale * sp.sqrt(r) ** n * sp.hermite_prob(n, b / sp.sqrt(r))


def _wave(b, c):
    """Re(c b^n) for complex b; its conjugate is another term of a real function."""
    real, imaginary = b.as_real_imag()
    if real == 0:  # (iy)^n = y^n i^n for either sign of y
        size, angle = imaginary, sp.pi / 2
    else:
        size, angle = sp.sqrt(real**2 + imaginary**2), sp.atan2(imaginary, real)
    even, odd = sp.expand_complex(c).as_real_imag()
    return lambda n: size**n * (even * sp.cos(n * angle) - odd * sp.sin(n * angle))


def _half_exponential(a, c, lower, upper, q):
    """c e^{ax} on an interval: s_n = b s_{n-1} + boundary, summed up; b = a sqrt(q)."""
    if a.has(sp.I):
        raise NoClosedForm("an oscillation on a half-line")
    b = a * sp.sqrt(q)
    k = sp.Symbol("k", integer=True, nonnegative=True)

    def formula(n):
        mass = Phi(_end(upper, b, q)) - Phi(_end(lower, b, q))
        total = c * sp.exp(b**2 / 2) * mass * b**n
        for place, sign in ((lower, 1), (upper, -1)):
            if place.is_infinite:
                continue
            edge = sign * c * sp.sqrt(q) * sp.exp(a * place) * density(place, 0, q)
            ladder = b ** (n - 1 - k) * _hermite(k, place / sp.sqrt(q))
            total += edge * sp.Sum(ladder, (k, 0, n - 1))
        return total

    return formula


def _end(place, b, q):
    return place if place.is_infinite else place / sp.sqrt(q) - b


def _cumulative(shape, c, lower, upper, q):
    """c x^p Phi(alpha x + beta): its derivative in Phi is a Gaussian."""
    plain = shape.linear == 0 and shape.quadratic == 0 and len(shape.factors) == 1
    if not plain or lower is not -sp.oo or upper is not sp.oo:
        raise NoClosedForm("Phi with another factor, or on a half-line")
    ((alpha, beta),) = shape.factors
    bell = Shape(linear=-alpha * beta, quadratic=alpha**2)
    size = c * alpha * sp.exp(-(beta**2) / 2) / sp.sqrt(2 * sp.pi)
    slope = _gaussian(bell, size, q)
    lifted = _times_power(lambda n: sp.sqrt(q) * slope(n - 1), shape.power, q)
    return lifted, shape.power + 1


def _power(shape, c, lower, upper, q):
    """c x^p |x|^r on the right or the left half-line."""
    if shape.linear != 0 or shape.quadratic != 0 or shape.factors:
        raise NoClosedForm("a real power times another function")
    if (lower, upper) not in ((sp.S.Zero, sp.oo), (-sp.oo, sp.S.Zero)):
        raise NoClosedForm("a real power away from 0")
    order = shape.power + shape.fraction
    left = lower is -sp.oo

    def formula(n):
        size = q ** (order / 2) * sp.gamma(order + 1) * sp.Integer(2) ** ((n - order) / 2 - 1)
        mirrored = (-1) ** (n + shape.power) if left else 1
        return c * mirrored * size / sp.gamma(1 + (order - n) / 2)

    return formula, 0
