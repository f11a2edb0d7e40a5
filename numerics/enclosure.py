r"""Certified numbers: midpoint and radius of any expression that holds Gaussian expectations.

``enclose`` evaluates a SymPy expression in ball arithmetic, expectations included, and raises the
precision until the radius is small enough.  The exact value lies within the radius of the
midpoint: a theorem, up to defects of Arb and of this file, not an error estimate.

>>> print(enclose(sp.exp(sp.pi * sp.sqrt(163)), digits=20))
262537412640768744.0000000 +- 3.0e-8
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from numbers import Integral, Rational

import mpmath
import sympy as sp

from theory.bound import BOUND
from theory.errors import InputError, PrecisionError
from theory.existence import require_existence

from . import balls
from .balls import BallProgram, as_ball
from .ranges import range_ball

__all__ = ["Enclosure", "enclose", "evaluate_ball"]

_ATTEMPTS = 6


@dataclass(frozen=True)
class Enclosure:
    """The real numbers within ``radius`` of ``midpoint``; both are exact SymPy floats.

    It unpacks as (midpoint, radius), and ``value in enclosure`` is decided rigorously for exact
    numbers.
    """

    midpoint: sp.Float
    radius: sp.Float

    def __iter__(self):
        return iter((self.midpoint, self.radius))

    def __float__(self):
        return float(self.midpoint)

    def __contains__(self, value):
        inside = evaluate_ball(sp.sympify(value, strict=True), bits=self._bits)
        return bool(self.ball().contains(inside))

    def ball(self):
        """The same as an ``arb``."""
        from flint import arb, ctx

        with ctx.workprec(self._bits):
            return arb(as_ball(self.midpoint), as_ball(self.radius))

    @property
    def _bits(self):
        return max(64, self.midpoint._prec + 64)

    @property
    def lower(self):
        """An exact number not above any number of the enclosure."""
        return _float(self.ball().lower())

    @property
    def upper(self):
        """An exact number not below any number of the enclosure."""
        return _float(self.ball().upper())

    @property
    def digits(self):
        """How many significant digits the radius leaves, at least 0; infinite if it is 0."""
        if self.radius == 0:
            return math.inf
        if self.midpoint == 0:
            return 0
        return max(0, int(mpmath.floor(-mpmath.log10(abs(self.radius / self.midpoint)))))

    def __str__(self):
        return f"{self._shown()} +- {mpmath.nstr(mpmath.mpf(self.radius), 2)}"

    def _repr_latex_(self):
        return rf"${sp.latex(self._shown())} \pm {sp.latex(sp.N(self.radius, 2))}$"

    def _shown(self):
        digits = 15 if self.radius == 0 else max(3, self.digits + 1)
        return sp.N(self.midpoint, digits)


def enclose(expr, subs=None, digits=15, closed_forms=True):
    """A certified :class:`Enclosure` of ``expr`` with the values ``subs`` of its symbols.

    Exact values (integers, fractions, SymPy numbers, strings such as "0.1"; a float is the binary
    number that it is) give a radius below 10**-digits relative to the midpoint, or
    ``PrecisionError``; a value that is exactly zero gets an absolute radius.  A symbol may also
    range over an interval, (lower, upper) or any of the spellings of :func:`balls.as_ball`: the
    result then encloses all values on it, and is little wider than they are spread.
    ``closed_forms=False`` integrates two-variable expectations even where a closed form is known,
    as an independent witness.

    >>> from theory.symbols import q
    >>> e = enclose(q**2 + 1, {q: (1, 2)})
    >>> bool(e.lower <= 2 and e.upper >= 5)
    True
    """
    from flint import ctx

    expr = _expression(expr)
    if isinstance(digits, bool) or not isinstance(digits, Integral) or digits < 1:
        raise InputError(f"enclose: digits = {digits!r} must be a whole number, at least 1")
    exact, ranges = _sort_values(expr, {} if subs is None else subs)
    _check_laws(expr, exact, ranges)
    expr = expr.subs(exact, simultaneous=True) if exact else expr
    ranges = {symbol: value for symbol, value in ranges.items() if expr.has(symbol)}
    if missing := expr.free_symbols - set(ranges):
        names = ", ".join(sorted(map(str, missing)))
        raise InputError(f"cannot enclose {expr}: give a value to {names} in subs")
    bits = int(3.33 * digits) + 24
    for _ in range(_ATTEMPTS):
        with ctx.workprec(bits):
            nodes = expectation_nodes(int(3.33 * digits) + 4, closed_forms)
            if ranges:
                box = [_interval_ends(value) for value in ranges.values()]
                ball = range_ball(expr, tuple(ranges), box, nodes)
                break  # the width of the box limits the radius, not the precision
            ball = BallProgram(expr, (), nodes).real([])
            if ball.is_finite() and ball.rad() <= abs(ball) * tenth(digits):
                return from_ball(ball)
        bits = int(1.5 * bits) + 20
    if ball.is_finite() and (ranges or (ball.contains(0) and ball.rad() <= tenth(digits))):
        return from_ball(ball)
    reached = f"reached only {ball.str(3)}" if ball.is_finite() else "found no finite enclosure"
    raise PrecisionError(
        f"asked for {digits} certified digits of {expr} and {reached}; "
        "ask for fewer digits or narrower intervals"
    )


def evaluate_ball(expr, subs=None, bits=128, closed_forms=True):
    """The ball of ``expr`` at one working precision, Gaussian expectations included.

    Unlike :func:`enclose` it does not raise the precision, and answers with a wide or non-finite
    ball where it must.
    """
    nodes = expectation_nodes(max(20, bits - 40), closed_forms)
    return balls.evaluate_ball(expr, subs, bits, nodes)


def expectation_nodes(bits, closed_forms=True):
    """What a ``BallProgram`` needs to know about Gaussian expectations."""
    return {"GaussianExpectation": lambda node: _expectation(node, bits, closed_forms)}


@lru_cache(maxsize=512)
def _expectation(node, bits, closed_forms):
    """A function (values of its symbols) -> ball for one expectation node."""
    names = tuple(sorted(node.free_symbols, key=str))
    if not names:
        require_existence(node.factors, node.covariance, BOUND)
    if len(node.factors) == 1:
        return _one_point(node, names)
    if closed_forms:
        closed = node.doit()
        if not closed.has(type(node)):
            return _by_names(closed, names)
    return _two_point(node, names, bits)


def _by_names(expr, names):
    program = BallProgram(expr, names)
    return lambda values: program.real([values[name] for name in names])


def _one_point(node, names):
    from .gaussian_balls import gaussian_integral

    (f,) = node.factors
    parameters = tuple(s for s in names if s in f.free_symbols)
    integral = gaussian_integral(f, BOUND, parameters)
    mean, variance = _by_names(node.means[0], names), _by_names(node.covariance[0, 0], names)

    def evaluate(values):
        return integral(mean(values), variance(values), [values[s] for s in parameters])

    return evaluate


def _two_point(node, names, bits):
    from .gaussian_pairs import pair_ball

    f, g = node.factors
    parameters = tuple(s for s in names if s in f.free_symbols | g.free_symbols)
    entries = (*node.means, *(node.covariance[i, j] for i, j in ((0, 0), (0, 1), (1, 1))))
    numbers = [_by_names(entry, names) for entry in entries]

    def evaluate(values):
        m1, m2, q1, c, q2 = (number(values) for number in numbers)
        fixed = [values[s] for s in parameters]
        return pair_ball(f, g, BOUND, parameters, (m1, m2), (q1, c, q2), fixed, bits)

    return evaluate


def _expression(expr):
    if isinstance(expr, (int, float, Fraction, sp.Expr)):
        return sp.sympify(expr, strict=True)
    raise InputError(
        f"cannot enclose {expr!r}: give a SymPy expression, for instance it.E('tanh(x)**2', q)"
    )


def _sort_values(expr, subs):
    """({symbol: exact number}, {symbol: interval}) with names resolved to symbols of expr."""
    by_name = {symbol.name: symbol for symbol in expr.free_symbols}
    exact, ranges = {}, {}
    if not isinstance(subs, Mapping):
        raise InputError(f"enclose: subs = {subs!r} must be a mapping of symbols to values")
    for key, value in subs.items():
        symbol = by_name.get(key, key) if isinstance(key, str) else key
        if by_name and symbol not in by_name.values():  # a constant holds everywhere
            known = ", ".join(sorted(by_name)) or "none"
            raise InputError(f"{key} in subs is no symbol of {expr} (its symbols: {known})")
        number = exact_number(value)
        if number is None:
            ranges[symbol] = value
        else:
            exact[symbol] = number
    return exact, ranges


def _interval_ends(value):
    if isinstance(value, (tuple, list)) and len(value) == 2:
        ends = [as_ball(end) for end in value]
        return tuple(ends if ends[0].mid() <= ends[1].mid() else ends[::-1])
    ball = as_ball(value)
    return ball.lower(), ball.upper()


def _check_laws(expr, exact, ranges):
    """Refuse values at which a variance or a correlation inside ``expr`` is impossible."""
    from theory.gaussian import GaussianExpectation

    for node in expr.atoms(GaussianExpectation):
        law = node.covariance.subs(exact, simultaneous=True)
        for entry in law.diagonal():
            if _beyond(-entry, 0, ranges):
                raise InputError(f"the variance {entry} in {node} is negative")
        if len(node.factors) == 2:
            before = node.covariance
            rho = before[0, 1] / sp.sqrt(before[0, 0] * before[1, 1])
            rho = rho.subs(exact, simultaneous=True)
            if _beyond(rho, 1, ranges) or _beyond(-rho, 1, ranges):
                raise InputError(f"the correlation {rho} in {node} is outside [-1, 1]")


def _beyond(expr, bound, ranges):
    """Whether a number, or every value of a symbol up to its sign, exceeds the bound."""
    if expr.is_number:
        return bool(expr.is_extended_real) and (expr > bound) is sp.true
    for symbol, value in ranges.items():
        if expr in (symbol, -symbol):
            ball = as_ball(value) if expr == symbol else -as_ball(value)
            return bool(ball > bound)
    return False


def exact_number(value):
    """``value`` as an exact SymPy number, None if it is an interval."""
    from flint import arb

    if isinstance(value, arb):
        return None
    if isinstance(value, sp.Float):
        return sp.Rational(*_ratio(value._mpf_))
    if isinstance(value, sp.Expr) and not isinstance(value, sp.AccumBounds):
        return value if value.is_number else None
    if isinstance(value, Rational) and not isinstance(value, bool):
        return sp.Rational(int(value.numerator), int(value.denominator))
    if isinstance(value, str):
        return exact_number(balls.fraction(value))
    if hasattr(value, "_mpf_"):
        return sp.Rational(*_ratio(value._mpf_))
    if hasattr(value, "as_integer_ratio"):
        return sp.Rational(*_finite_ratio(value))
    return None


def _finite_ratio(value):
    try:
        return value.as_integer_ratio()
    except (OverflowError, ValueError):
        raise InputError(f"cannot enclose at {value}: give a finite number") from None


def _ratio(mpf):
    numerator, denominator = mpmath.libmp.to_rational(mpf)
    return int(numerator), int(denominator)


def tenth(digits):
    from flint import arb

    return arb(10) ** -digits


def from_ball(ball):
    return Enclosure(_float(ball.mid()), _float(ball.rad().upper()))


def _float(exact):
    """An exact ``arb`` as an exact SymPy float."""
    mantissa, exponent = exact.man_exp()
    mantissa = int(mantissa)
    value = mpmath.libmp.from_man_exp(mantissa, int(exponent))
    return sp.Float._new(value, max(53, abs(mantissa).bit_length()))
