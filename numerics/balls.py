r"""Rigorous evaluation of a SymPy expression in ball arithmetic (Arb through python-flint).

A ball [m +- r] stands for every real number in it; each operation returns a ball that contains
all results, rounding included.  An expression becomes a straight-line :class:`BallProgram` once
and is then run on real balls (``arb``) or, inside a contour integral, on complex ones (``acb``).

Two rules keep the answers honest.  A comparison that the balls do not decide contributes the
union of its branches.  On complex balls every function with a branch cut looks at the cut itself
when the integrator asks for an analytic value, and returns a non-finite ball on it: without that
check ``acb.integral`` gives a confident wrong enclosure.

Source: F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic",
IEEE Trans. Computers 66 (2017).
"""

from fractions import Fraction

import mpmath
import sympy as sp
from sympy.logic.boolalg import Boolean

from theory.errors import InputError, PrecisionError
from theory.special import (
    BinormalExp,
    CosBelow,
    OwenT,
    Phi,
    Phi2,
    PhiGiven,
    SinBelow,
    sigmoid,
    softplus,
)

__all__ = ["BallProgram", "as_ball", "binary_ball", "evaluate_ball", "midpoint"]


def evaluate_ball(expr, subs=None, bits=128, nodes=None):
    """The ball of ``expr`` with its symbols replaced by the numbers or intervals of ``subs``.

    ``bits`` is the working precision.  The result may be non-finite where the expression is not
    defined on the whole of the given intervals.  ``nodes`` maps the class name of a further kind
    of node to a function (node) -> (values: dict) -> arb, see ``numerics.enclosure``.

    >>> evaluate_ball(sp.sqrt(2) * sp.exp(1)).mid().str(15, radius=False)
    '3.84423102815912'
    >>> y = sp.Symbol("y", real=True)
    >>> evaluate_ball(sp.Max(y, 0) + y**2, {y: (-1, 2)}) > -0.01
    True
    """
    from flint import ctx

    expr = sp.sympify(expr, strict=True)
    subs = subs or {}
    with ctx.workprec(bits):
        program = BallProgram(expr, tuple(subs), nodes)
        return program.real([as_ball(value) for value in subs.values()])


def as_ball(value):
    """A ball that contains ``value``: a number, or an interval in any of the usual spellings.

    Integers, fractions, exact SymPy numbers, strings such as "0.1" and mpmath numbers are exact;
    a float is the binary number that it is.  Intervals: (lower, upper), ``arb``, mpmath ``iv``,
    ``sp.Interval``, ``sp.AccumBounds``.

    >>> as_ball((1, 2)).contains(as_ball("1.5"))
    True
    """
    from flint import arb

    match value:
        case arb():
            return value
        case bool():
            raise InputError(f"cannot use {value!r} as a number; give a number or an interval")
        case int():
            return arb(value)
        case Fraction():
            return arb(value.numerator) / value.denominator
        case str():
            return as_ball(fraction(value))
        case tuple() | list() if len(value) == 2:
            return as_ball(value[0]).union(as_ball(value[1]))
        case sp.Interval():
            return as_ball(value.start).union(as_ball(value.end))
        case sp.AccumBounds():
            return as_ball(value.min).union(as_ball(value.max))
        case sp.Expr():
            return _constant(value)
    if hasattr(value, "_mpi_"):
        return binary_ball(value._mpi_[0]).union(binary_ball(value._mpi_[1]))
    if hasattr(value, "_mpf_"):
        return binary_ball(value._mpf_)
    try:
        return as_ball(Fraction(*float(value).as_integer_ratio()))
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"cannot use {value!r} as a number; give a finite number, a fraction, "
            "or an interval (lower, upper)"
        ) from None


def fraction(text):
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise InputError(f"cannot read {text!r} as a number, e.g. '0.1' or '1/3'") from None


def binary_ball(mpf):
    """The exact ball of an mpmath number given as (sign, mantissa, exponent, bit count)."""
    from flint import arb, ctx

    sign, mantissa, exponent, bit_count = mpf
    if not mantissa and exponent:
        raise InputError("cannot use an infinite or undefined number; give a finite one")
    with ctx.workprec(max(ctx.prec, bit_count + 1)):
        return arb(int(-mantissa if sign else mantissa)) * arb(2) ** int(exponent)


def midpoint(ball):
    """The midpoint of a ball as an mpmath number."""
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.ldexp(mpmath.mpf(int(mantissa)), int(exponent))


def _constant(expr):
    if not expr.is_number:
        names = ", ".join(sorted(map(str, expr.free_symbols)))
        raise InputError(f"{expr} is not a number: give a value to {names} in subs")
    return BallProgram(expr, ()).real([])


class BallProgram:
    """A SymPy expression as a list of instructions, one for each distinct subexpression.

    ``real(values)`` runs it on real balls, ``complex(values, analytic)`` on complex ones; the
    values are those of ``symbols``, in order.  Parts without symbols are evaluated once for each
    precision.
    """

    def __init__(self, expr, symbols, nodes=None):
        self.expr = sp.sympify(expr, strict=True)
        self.symbols = tuple(symbols)
        self._nodes = nodes or {}
        self._position = {symbol: i for i, symbol in enumerate(self.symbols)}
        self._instructions = []  # (operation, payload, positions of the arguments)
        self._constant = [False] * len(self.symbols)
        self._known = (None, {})
        self._result = self._place(self.expr)
        del self._nodes

    def real(self, values):
        """The enclosure for real balls ``values``."""
        return self._run(_real_operations(), list(values), None)

    def complex(self, values, analytic=False):
        """The enclosure for complex balls, non-finite off the domain of analyticity."""
        return self._run(_complex_operations(), list(values), analytic)

    def _run(self, operations, stack, analytic):
        constants = self._constants()
        count = len(self.symbols)
        for index, (operation, payload, positions) in enumerate(self._instructions, count):
            value = constants.get(index)
            if value is None:
                arguments = [stack[i] for i in positions]
                value = operations[operation](payload, arguments, analytic)
            elif analytic is not None:
                value = operations["number"](value, (), analytic)
            stack.append(value)
        return stack[self._result]

    def _constants(self):
        """Values of the instructions that involve no symbol, at the current precision."""
        from flint import ctx

        if self._known[0] != ctx.prec:
            known, operations = {}, _real_operations()
            for index, (operation, payload, positions) in enumerate(
                self._instructions, len(self.symbols)
            ):
                if self._constant[index]:
                    arguments = [known[i] for i in positions]
                    known[index] = operations[operation](payload, arguments, None)
            self._known = (ctx.prec, known)
        return self._known[1]

    def _place(self, expr):
        """The position of ``expr`` on the stack, after adding what it needs."""
        if expr not in self._position:
            operation, payload, arguments = self._decode(expr)
            positions = tuple(self._place(a) for a in arguments)
            self._instructions.append((operation, payload, positions))
            constant = operation != "node" and all(self._constant[i] for i in positions)
            self._constant.append(constant)
            self._position[expr] = len(self._constant) - 1
        return self._position[expr]

    def _decode(self, expr):
        """(operation, payload, argument expressions) of one node of the tree."""
        if name := _CONSTANTS.get(expr):
            return name, None, ()
        if isinstance(expr, sp.Rational):
            return "rational", (int(expr.p), int(expr.q)), ()
        if isinstance(expr, sp.Float):
            return "binary", expr._mpf_, ()
        if isinstance(expr, sp.Add):
            return "add", None, expr.args
        if isinstance(expr, sp.Mul):
            return "mul", None, expr.args
        if isinstance(expr, sp.Pow):
            return self._decode_power(*expr.as_base_exp())
        if isinstance(expr, sp.Piecewise):
            return self._decode_piecewise(expr)
        if isinstance(expr, sp.hyper) and len(expr.ap) == 2 and len(expr.bq) == 1:
            return "hyper", None, (*expr.ap, *expr.bq, expr.argument)
        if factory := self._nodes.get(type(expr).__name__):
            symbols = tuple(s for s in self.symbols if s in expr.free_symbols)
            return "node", (factory(expr), symbols), symbols
        if type(expr) in _FUNCTIONS:
            return _FUNCTIONS[type(expr)], None, expr.args
        if isinstance(expr, sp.Symbol):
            raise InputError(f"no value for {expr}: give one in subs")
        raise PrecisionError(
            f"no rigorous evaluation of {type(expr).__name__} in {expr}; "
            "elementary functions, erf, Phi and Gaussian expectations have one"
        )

    def _decode_power(self, base, exponent):
        if base is sp.E:
            return "exp", None, (exponent,)
        if exponent.is_Integer:
            return "integer power", int(exponent), (base,)
        if exponent == sp.S.Half:
            return "sqrt", None, (base,)
        if exponent == -sp.S.Half:
            return "rsqrt", None, (base,)
        return "power", None, (base, exponent)

    def _decode_piecewise(self, expr):
        """Branch values first, then the two sides of every comparison."""
        values, conditions, sides = [], [], []
        for value, condition in expr.args:
            values.append(value)
            conditions.append(_comparison(condition, sides))
        return "piecewise", (len(values), tuple(conditions)), (*values, *sides)


def _comparison(condition, sides):
    """A condition as nested tuples whose comparisons point into the list ``sides``."""
    if condition in (sp.true, sp.false):
        return ("constant", bool(condition))
    if isinstance(condition, (sp.And, sp.Or, sp.Not)):
        return (
            type(condition).__name__,
            *(_comparison(part, sides) for part in condition.args),
        )
    if isinstance(condition, Boolean) and condition.is_Relational:
        sides.append(condition.lhs - condition.rhs)
        return ("compare", condition.rel_op, len(sides) - 1)
    raise PrecisionError(f"cannot decide the condition {condition} on balls")


_CONSTANTS = {sp.pi: "pi", sp.E: "e", sp.EulerGamma: "euler"}

_ELEMENTARY = (
    *("exp", "log", "sin", "cos", "tan", "sec", "csc", "cot", "asin", "acos", "atan"),
    *("sinh", "cosh", "tanh", "sech", "csch", "coth", "asinh", "acosh", "atanh"),
    *("erf", "erfc", "erfi", "gamma", "loggamma"),
    *("sign", "Abs", "Max", "Min", "Heaviside"),
)
_FUNCTIONS = {getattr(sp, name): name for name in _ELEMENTARY}
_FUNCTIONS |= {sigmoid: "sigmoid", softplus: "softplus", Phi: "Phi", Phi2: "Phi2"}
_FUNCTIONS |= {CosBelow: "CosBelow", SinBelow: "SinBelow"}
_FUNCTIONS |= {PhiGiven: "PhiGiven", BinormalExp: "BinormalExp", OwenT: "OwenT"}


def _real_operations():
    from .ball_functions import REAL

    return REAL


def _complex_operations():
    from .complex_functions import COMPLEX

    return COMPLEX
