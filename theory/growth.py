r"""How fast an expression grows at infinity, read off its structure.

The growth in one direction is the exponents of the majorant

    |f(x)| <= C exp(g x^2 + a |x|) |x|^k log(|x|)^j    as |x| -> oo,

compared lexicographically.  It decides for which variances a Gaussian expectation exists
(E f(sqrt(q) Z) is finite iff 2 g q < 1), where a quadrature may be cut, and whether an activation
is bounded.  Sums take the larger majorant: a bound, not always an asymptotic equality.
"""

from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from .errors import UndecidedError
from .laws.functions import LAW_FUNCTIONS, LawActivation, LawDensity
from .special import Phi, sigmoid, softplus
from .symbols import x

__all__ = ["Growth", "Rate", "growth"]

_BOUNDED = (sp.erf, sp.tanh, sp.atan, sp.acot, sp.sin, sp.cos, sp.acos, sp.asin, sp.asec)
_LINEAR_AT_ZERO = (sp.erf, sp.tanh, sp.atan, sp.sin, sp.asin, sp.sinh, sp.asinh)


@dataclass(frozen=True)
class Rate:
    """Exponents of the majorant exp(gaussian x² + exponential |x|) |x|^power log^logarithm."""

    gaussian: sp.Expr = sp.S.Zero
    exponential: sp.Expr = sp.S.Zero
    power: sp.Expr = sp.S.Zero
    logarithm: sp.Expr = sp.S.Zero

    def __add__(self, other):
        return Rate(*(a + b for a, b in zip(self.key, other.key, strict=True)))

    def scaled(self, factor):
        """The rate of the ``factor``-th power."""
        return Rate(*(sp.S(0) if a.is_zero else factor * a for a in self.key))

    @property
    def key(self) -> tuple[sp.Expr, ...]:
        return (self.gaussian, self.exponential, self.power, self.logarithm)

    @property
    def kind(self) -> str:
        """In words: 'vanishing', 'bounded', 'logarithmic', 'linear', 'polynomial', …"""
        for exponent, up, down in zip(
            self.key,
            ("Gaussian-exponential", "exponential", "polynomial", "logarithmic"),
            ("vanishing", "vanishing", "vanishing", "vanishing"),
            strict=True,
        ):
            if exponent.is_zero:
                continue
            if exponent.is_extended_negative:
                return down
            if exponent is sp.oo:
                return "faster than Gaussian"
            if up == "polynomial":
                return "linear" if exponent == 1 else f"of order |x|^({exponent})"
            return up
        return "bounded"


@dataclass(frozen=True)
class Growth:
    """The growth of a function towards -oo (``left``) and +oo (``right``)."""

    left: Rate
    right: Rate

    @property
    def largest(self) -> Rate:
        """The larger of the two rates."""
        return _larger(self.left, self.right)

    @property
    def is_bounded(self) -> bool:
        """Whether the majorant is a constant at both ends."""
        return self.largest.kind in ("bounded", "vanishing")

    def __str__(self):
        if self.left == self.right:
            return f"{self.left.kind} at both ends"
        return f"{self.left.kind} at -oo, {self.right.kind} at +oo"


@lru_cache(maxsize=1024)
def growth(left: sp.Expr, right: sp.Expr, variable: sp.Symbol = x) -> Growth:
    """Growth of the function that is ``left`` near -oo and ``right`` near +oo.

    >>> str(growth(sp.S(0), x))
    'bounded at -oo, linear at +oo'
    >>> growth(sp.exp(x**2 / 3), x * sp.exp(2 * x)).right.exponential
    2
    """
    t = sp.Dummy("t", positive=True)
    sides = (left.subs(variable, -t), right.subs(variable, t))
    return Growth(*(_without_cancellation(side, _rate(side, t), t) for side in sides))


def _without_cancellation(expr, rate, t):
    """Lower a power that leading terms cancel, as in x + sqrt(1 + x²) towards -oo.

    The order is the logarithmic slope at far points, in high precision; it replaces the majorant
    only where it is an integer below it.
    """
    if rate.key[:2] != (0, 0) or rate.power.is_zero or expr.free_symbols != {t}:
        return rate
    if expr.has(*LAW_FUNCTIONS):  # far values cost much, and the powers are not whole
        return rate
    far = [abs(expr.subs(t, sp.Integer(10) ** k).evalf(60)) for k in (9, 10)]
    if not all(value.is_positive for value in far):
        return rate
    order = sp.log(far[1] / far[0], 10).evalf(20)
    nearest = sp.Integer(round(order))
    cancelled = abs(order - nearest) < sp.Rational(1, 10**6) and nearest < rate.power
    return Rate(power=nearest) if cancelled else rate


def _larger(first, second):
    for a, b in zip(first.key, second.key, strict=True):
        difference = a - b if a != b else sp.S.Zero
        if difference is sp.nan or difference.is_zero:
            continue
        if difference.is_extended_positive:
            return first
        if difference.is_extended_negative:
            return second
        # an undecided comparison of parameters: the sum of positive parts bounds both
        return Rate(*(sp.Max(c, d) for c, d in zip(first.key, second.key, strict=True)))
    return first


@lru_cache(maxsize=4096)
def _rate(expr, t):
    if not expr.has(t):
        return Rate()
    if expr == t:
        return Rate(power=sp.S.One)
    if expr.is_Add:
        total = _rate(expr.args[0], t)
        for term in expr.args[1:]:
            total = _larger(total, _rate(term, t))
        return total
    if expr.is_Mul:
        total = Rate()
        for factor in expr.args:
            total = total + _rate(factor, t)
        return total
    if isinstance(expr, sp.exp):
        return _exponential(expr.args[0], t)
    if expr.is_Pow:
        if expr.exp.has(t):
            return _exponential(expr.exp * sp.log(expr.base), t)
        return _rate(expr.base, t).scaled(expr.exp)
    return _function(expr, t)


def _exponential(argument, t):
    polynomial = argument.as_poly(t)
    if polynomial is not None and polynomial.degree() <= 2:
        coefficients = polynomial.all_coeffs()
        quadratic = coefficients[-3] if len(coefficients) == 3 else sp.S.Zero
        return Rate(quadratic, coefficients[-2])
    inner = _rate(argument, t)
    if inner.kind in ("bounded", "vanishing"):
        return Rate()
    if _tends_to_minus_infinity(argument, t):
        ratio = sp.limit(argument / t, t, sp.oo)
        return Rate(exponential=ratio) if ratio.is_extended_negative else Rate()
    for power, make in ((1, lambda r: Rate(exponential=r)), (2, lambda r: Rate(gaussian=r))):
        ratio = sp.limit(argument / t**power, t, sp.oo)
        if ratio.is_zero:  # between |x| and x²: every Gaussian expectation exists
            return Rate(exponential=sp.oo)
        if ratio.is_finite:
            return make(ratio)
    return Rate(gaussian=sp.oo)


def _function(expr, t):
    if isinstance(expr, LAW_FUNCTIONS):
        return _law_function(expr, t)
    argument = expr.args[0]
    if isinstance(expr, _LINEAR_AT_ZERO) and _rate(argument, t).kind == "vanishing":
        return _rate(argument, t)
    if isinstance(expr, _BOUNDED):
        return Rate()
    if isinstance(expr, (sp.sinh, sp.cosh)):
        return _larger(_exponential(argument, t), _exponential(-argument, t))
    if isinstance(expr, (sp.sech, sp.csch)):
        return _larger(_exponential(argument, t), _exponential(-argument, t)).scaled(-1)
    if isinstance(expr, (softplus, sigmoid, Phi, sp.erfc)):
        return _one_sided_function(expr, argument, t)
    if isinstance(expr, (sp.log, sp.asinh, sp.acosh)):
        inner = _rate(argument, t)
        if not inner.gaussian.is_zero:
            return Rate(power=sp.Integer(2))
        if not inner.exponential.is_zero:
            return Rate(power=sp.S.One)
        return Rate() if inner.power.is_zero else Rate(logarithm=sp.S.One)
    if isinstance(expr, (sp.coth, sp.acoth)):
        return Rate()
    raise UndecidedError(
        f"the growth of {expr.func.__name__}(...) at infinity is not known; use exp, log, "
        "tanh, erf, sin, cos, powers and what is built from them"
    )


def _law_function(expr, t):
    """phi grows like the quantile function of its law at tails e^{-x²/2}."""
    argument = expr.argument
    if _rate(argument, t).kind in ("bounded", "vanishing"):
        return Rate()
    if isinstance(expr, LawActivation):
        low = expr.kind == "positive" and _tends_to_minus_infinity(argument, t)
        return _quantile_rate(expr.law, argument, low, t)
    if isinstance(expr, LawDensity) and isinstance(argument, LawActivation):
        return _density_on_quantile(expr, t)
    return Rate()


def _quantile_rate(law, argument, low, t):
    if low:
        exponent = law.near_zero.exponent
        return Rate() if exponent is sp.oo else _exponential(-(argument**2) / (2 * exponent), t)
    index = law.tail.index
    if index is sp.oo:
        return Rate()
    if index == 0:
        return _exponential(argument**2 / (2 * law.tail.rate), t)
    return _rate(argument, t).scaled(2 / index)


def _density_on_quantile(expr, t):
    """f(phi(a)) = c e^{-a²/2}/phi'(a), where phi'(a) is of the order of phi(a)/a."""
    phi = expr.argument
    law, argument = phi.law, phi.argument
    index = law.tail.index
    bell, linear = _exponential(-(argument**2) / 2, t), _rate(argument, t)
    if phi.kind == "positive" and _tends_to_minus_infinity(argument, t):
        # next to 0 the density is a power, of each derivative one less
        exponent = law.near_zero.exponent - 1 - expr.order
        return _quantile_rate(law, argument, True, t).scaled(exponent)
    if index is sp.oo or index == 0:
        raise UndecidedError(f"the growth of {expr} at infinity is not known")
    slope = linear.scaled(1 - 2 / index)
    return bell + slope + linear.scaled((2 - 2 / index) * expr.order)


def _one_sided_function(expr, argument, t):
    """softplus, sigmoid, Phi and erfc: one tail is trivial, the other decays."""
    if _rate(argument, t).kind in ("bounded", "vanishing"):
        return Rate()
    try:
        low = _tends_to_minus_infinity(argument, t)
    except UndecidedError:  # a parameter without a sign: the larger of the two tails
        return _rate(argument, t) if isinstance(expr, softplus) else Rate()
    if isinstance(expr, softplus):
        return _exponential(argument, t) if low else _rate(argument, t)
    if isinstance(expr, sigmoid):
        return _exponential(argument, t) if low else Rate()
    if isinstance(expr, Phi):
        return _exponential(-(argument**2) / 2, t) if low else Rate()
    return Rate() if low else _exponential(-(argument**2), t)


def _tends_to_minus_infinity(argument, t):
    limit = sp.limit(argument, t, sp.oo) if argument.as_poly(t) is None else None
    if limit is None:
        limit = sp.oo * sp.sign(argument.as_poly(t).LC())
    if limit is -sp.oo:
        return True
    if limit.is_extended_real and limit.is_number:
        return False
    raise UndecidedError(
        f"the behaviour of {argument} at infinity depends on its parameters; give them values or "
        "an assumption such as positive=True"
    )
