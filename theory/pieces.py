"""Splitting an expression into smooth pieces: where it is kinked, and what it is in between.

A function built from Piecewise, Max, Min, Abs, sign and Heaviside is, on each interval between
its breakpoints, an expression without any of them.  Quadrature splits its integrals there,
differentiation takes its boundary terms there and certified integration needs analytic integrands,
so all of them start from :func:`pieces`.  Breakpoints are exact and may contain parameters whose
order can be decided from their assumptions; nothing is found by sampling.
"""

import itertools
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp
from sympy.core.relational import Equality, Relational, Unequality

from .errors import UndecidedError
from .laws.functions import LAW_FUNCTIONS
from .laws.regularity import singular_argument
from .symbols import x

__all__ = [
    "Piece",
    "compare",
    "derivative",
    "join",
    "jumps",
    "limit",
    "one_sided",
    "pieces",
    "sign_of",
    "singular_at",
    "unbounded_places",
]

_KINKED = (sp.Piecewise, sp.Max, sp.Min, sp.Abs, sp.sign, sp.Heaviside)
_MOST_BREAKPOINTS = 64


@dataclass(frozen=True)
class Piece:
    """``expr`` describes the function on the open interval (``lower``, ``upper``)."""

    lower: sp.Expr
    upper: sp.Expr
    expr: sp.Expr


@lru_cache(maxsize=2048)
def pieces(expr: sp.Expr, variable: sp.Symbol = x) -> tuple[Piece, ...]:
    """Smooth pieces of ``expr`` in ``variable``, from left to right, covering the real line.

    Raises UndecidedError if a breakpoint cannot be located exactly or if the order of two of them
    depends on parameters without suitable assumptions.

    >>> [(p.lower, p.upper, p.expr) for p in pieces(sp.Max(0, x))]
    [(-oo, 0, 0), (0, oo, x)]
    >>> [(p.lower, p.upper) for p in pieces(sp.Abs(abs(x) - 1))]
    [(-oo, -1), (-1, 0), (0, 1), (1, oo)]
    """
    found = _merge(_split(expr, variable, -sp.oo, sp.oo), variable)
    if len(found) > _MOST_BREAKPOINTS:
        raise UndecidedError(
            f"{expr} has more than {_MOST_BREAKPOINTS} breakpoints; use fewer pieces"
        )
    return tuple(found)


def join(expr: sp.Expr, change, variable: sp.Symbol = x) -> sp.Expr:
    """The function that is ``change(piece)`` on each smooth piece; at a cut, the left value.

    >>> join(sp.Max(0, x), lambda smooth: smooth + 1)
    Piecewise((1, x <= 0), (x + 1, True))
    """
    parts = [(change(p.expr), p.upper >= variable) for p in pieces(expr, variable)]
    if len(parts) == 1:
        return parts[0][0]
    return sp.Piecewise(*parts[:-1], (parts[-1][0], True))


def derivative(expr: sp.Expr, order: int = 1, variable: sp.Symbol = x) -> sp.Expr:
    """The almost-everywhere derivative; rational functions are reduced.

    >>> derivative(abs(x) ** 3, 2)
    Piecewise((-6*x, x <= 0), (6*x, True))
    """

    def differentiate(smooth):
        value = sp.diff(smooth, variable, order)
        return sp.factor(value) if value.is_rational_function(variable) else value

    return join(expr, differentiate, variable)


@lru_cache(maxsize=2048)
def jumps(
    expr: sp.Expr, order: int = 0, variable: sp.Symbol = x
) -> tuple[tuple[sp.Expr, sp.Expr], ...]:
    """Places and sizes of the jumps of the ``order``-th almost-everywhere derivative.

    A size is the limit from the right minus the limit from the left; it is infinite where a limit
    is (the derivative of sqrt(abs(x)) at 0).

    >>> jumps(sp.Max(0, x), 1), jumps(sp.Max(0, x), 0)
    (((0, 1),), ())
    """
    parts = pieces(expr, variable)
    found = []
    for left, right in itertools.pairwise(parts):
        place = right.lower
        below = one_sided(left.expr, variable, place, "-", order)
        above = one_sided(right.expr, variable, place, "+", order)
        size = sp.oo if _infinite(below) or _infinite(above) else _tidy(above - below)
        if not size.is_zero:
            found.append((place, size))
    return tuple(found)


@lru_cache(maxsize=512)
def unbounded_places(expr: sp.Expr, variable: sp.Symbol = x) -> tuple[sp.Expr, ...]:
    """The breakpoints at which a one-sided limit is infinite.

    >>> unbounded_places(1 / sp.sqrt(abs(x))), unbounded_places(sp.sign(x))
    ((0,), ())
    """
    found = []
    for left, right in itertools.pairwise(pieces(expr, variable)):
        ends = (left.expr.subs(variable, right.lower), right.expr.subs(variable, right.lower))
        if any(_infinite(end) for end in ends):
            found.append(right.lower)
    return tuple(found)


def one_sided(expr, variable, place, side, order=0):
    """The limit of the ``order``-th derivative of a smooth ``expr`` at ``place`` from ``side``."""
    derivative = sp.diff(expr, variable, order) if order else expr
    value = derivative.subs(variable, place)
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.AccumBounds):
        value = limit(derivative, variable, place, side)
    if any(power.base.is_zero for power in value.atoms(sp.Pow)):
        raise UndecidedError(
            f"the limit of {derivative} at {variable} = {place} depends on an exponent; give it a "
            "value, or a symbol with positive=True"
        )
    return value


def limit(expr, variable, place, side):
    """sympy.limit, with UndecidedError where it depends on the sign of a parameter."""
    try:
        return sp.limit(expr, variable, place, side)
    except NotImplementedError:
        raise UndecidedError(
            f"the limit of {expr} at {variable} = {place} depends on its parameters; give them "
            "values"
        ) from None


def compare(a: sp.Expr, b: sp.Expr, context: str = "") -> int:
    """-1, 0 or 1 as a < b, a = b, a > b; UndecidedError if the assumptions do not tell."""
    if a == b:
        return 0
    if a is -sp.oo or b is sp.oo:
        return -1
    if a is sp.oo or b is -sp.oo:
        return 1
    return sign_of(a - b, context)


def sign_of(value: sp.Expr, context: str = "") -> int:
    """The sign of a number, or of an expression whose assumptions decide it."""
    if not value.free_symbols:  # is_number is not, with a bound variable inside
        number = value.evalf(15)
        if not (number.is_extended_real and abs(number) > sp.Float("1e-9")):
            number = value.evalf(30)
        if number.is_zero or (abs(number) < sp.Float("1e-25") and _tidy(value).is_zero):
            return 0
        if number.is_extended_real:
            return 1 if number > 0 else -1
    for candidate in (value, sp.factor(value)):
        if candidate.is_zero:
            return 0
        if candidate.is_positive:
            return 1
        if candidate.is_negative:
            return -1
    where = f" in {context}" if context else ""
    raise UndecidedError(
        f"the sign of {value}{where} depends on its parameters; give them values, "
        "or use symbols with an assumption such as positive=True"
    )


def _infinite(value):
    return value.has(sp.oo, -sp.oo, sp.zoo, sp.nan, sp.AccumBounds)


def _tidy(value):
    value = sp.expand(value)
    return value if value.is_Rational else sp.simplify(value)


def _innermost(expr, variable):
    """The first kinked node in post-order: all nodes below it are smooth."""
    for node in sp.postorder_traversal(expr):
        if isinstance(node, _KINKED) and node.has(variable):
            return node
    return None


def _split(expr, variable, lower, upper):
    node = _innermost(expr, variable)
    if node is None:
        cuts = _singular_cuts(expr, variable, lower, upper)
        bounds = [lower, *cuts, upper]
        return [Piece(a, b, expr) for a, b in itertools.pairwise(bounds)]
    cuts = _cuts(_switches(node, variable), variable, lower, upper, node)
    bounds = [lower, *cuts, upper]
    found = []
    for a, b in itertools.pairwise(bounds):
        smooth = _resolve(node, variable, _inside(a, b))
        found += _split(expr.xreplace({node: smooth}), variable, a, b)
    return found


def _singular_cuts(expr, variable, lower, upper):
    """Where a smooth-looking expression has a pole or a branch point inside its interval."""
    located = []
    for base in _singular_bases(expr, variable):
        try:
            located += _cuts([base], variable, lower, upper, expr)
        except UndecidedError:
            # exact zeros are out of reach: accept a base that visibly keeps its sign
            if _changes_sign(base, variable, lower, upper):
                raise
    return _cuts([variable - place for place in located], variable, lower, upper, expr)


def _changes_sign(base, variable, lower, upper):
    start = -sp.Integer(40) if lower is -sp.oo else lower
    stop = sp.Integer(40) if upper is sp.oo else upper
    sample = {s: sp.Rational(13, 11) for s in base.free_symbols - {variable}}
    values = [
        base.subs(variable, start + (stop - start) * sp.Rational(2 * k + 1, 401)).subs(sample).n()
        for k in range(200)
    ]
    return len({bool(v > 0) for v in values if v.is_extended_real}) != 1


def _merge(parts, variable):
    """Join neighbours that have the same expression: Max(x, x) has no breakpoint at all."""
    merged = [parts[0]]
    for part in parts[1:]:
        last = merged[-1]
        same = part.expr == last.expr and not singular_at(part.expr, variable, part.lower)
        if same:
            merged[-1] = Piece(last.lower, part.upper, last.expr)
        else:
            merged.append(part)
    return merged


def singular_at(expr, variable, place):
    """Whether a smooth-looking expression is singular exactly at ``place`` (a pole, a branch)."""
    return any(
        base.subs(variable, place).is_zero is not False for base in _singular_bases(expr, variable)
    )


def _singular_bases(expr, variable):
    """Functions at whose zeros ``expr`` is not analytic: bases of odd powers, logarithms."""
    bases = []
    for power in expr.atoms(sp.Pow):
        base, exponent = power.as_base_exp()
        smooth = exponent.is_Integer and exponent.is_nonnegative
        if base.has(variable) and not smooth and base is not sp.E:
            bases.append(base)
    bases += [log.args[0] for log in expr.atoms(sp.log) if log.has(variable)]
    rough = (singular_argument(node) for node in expr.atoms(*LAW_FUNCTIONS) if node.has(variable))
    bases += [argument for argument in rough if argument is not None and argument.has(variable)]
    return sorted(set(bases), key=sp.default_sort_key)


def _switches(node, variable):
    """The functions whose zeros separate the branches of a kinked node."""
    if isinstance(node, (sp.Max, sp.Min)):
        args = node.args
        return [a - b for i, a in enumerate(args) for b in args[:i]]
    if isinstance(node, sp.Piecewise):
        relations = sorted(node.atoms(Relational), key=sp.default_sort_key)
        return [r.lhs - r.rhs for r in relations if r.has(variable)]
    return [node.args[0]]


def _resolve(node, variable, point):
    """The smooth expression that a kinked node equals in the interval around ``point``."""
    if isinstance(node, sp.Piecewise):
        for value, condition in node.args:
            truth = _holds(condition, variable, point)
            if truth:
                return value
        raise UndecidedError(
            f"{node} has no branch at {variable} = {point}; end it with (value, True)"
        )
    if isinstance(node, (sp.Max, sp.Min)):
        best, *rest = node.args
        for other in rest:
            order = sign_of((other - best).subs(variable, point), str(node))
            if (order > 0) == isinstance(node, sp.Max) and order != 0:
                best = other
        return best
    argument = node.args[0]
    positive = sign_of(argument.subs(variable, point), str(node)) > 0
    if isinstance(node, sp.Abs):
        return argument if positive else -argument
    if isinstance(node, sp.sign):
        return sp.S.One if positive else sp.S.NegativeOne
    return sp.S.One if positive else sp.S.Zero


def _holds(condition, variable, point):
    if condition in (sp.true, sp.false):
        return condition == sp.true
    if isinstance(condition, sp.And):
        return all(_holds(part, variable, point) for part in condition.args)
    if isinstance(condition, sp.Or):
        return any(_holds(part, variable, point) for part in condition.args)
    if isinstance(condition, sp.Not):
        return not _holds(condition.args[0], variable, point)
    # an equality holds only on a null set, which no expectation sees
    if isinstance(condition, Equality):
        return False
    if isinstance(condition, Unequality):
        return True
    difference = (condition.gts - condition.lts).subs(variable, point)
    return sign_of(difference, str(condition)) > 0


def _inside(lower, upper):
    if lower is -sp.oo and upper is sp.oo:
        return sp.S.Zero
    if lower is -sp.oo:
        return upper - 1
    if upper is sp.oo:
        return lower + 1
    return (lower + upper) / 2


def _cuts(functions, variable, lower, upper, context):
    """The zeros of the functions strictly between the bounds, ascending and distinct."""
    cuts: list[sp.Expr] = []
    for function in functions:
        for root in _real_roots(function, variable, context):
            if compare(root, lower, str(context)) <= 0 or compare(upper, root, str(context)) <= 0:
                continue
            orders = [compare(root, cut, str(context)) for cut in cuts]
            if 0 not in orders:
                cuts.insert(sum(order > 0 for order in orders), root)
    return cuts


@lru_cache(maxsize=2048)
def _real_roots(function, variable, context):
    """All real zeros of a smooth function of ``variable``, exactly."""
    if not function.has(variable) or function.is_nonzero or function.is_positive:
        return ()
    factors = sp.Mul.make_args(sp.factor(function))
    if len(factors) > 1:
        return tuple(r for f in factors for r in _real_roots(f, variable, context))
    if function.is_Pow and function.exp.is_positive:
        return _real_roots(function.base, variable, context)
    polynomial = function.as_poly(variable)
    if polynomial is not None:
        return _polynomial_roots(polynomial, context)
    solutions = sp.solveset(function, variable, sp.S.Reals)
    if solutions is sp.S.EmptySet:
        return ()
    if isinstance(solutions, sp.FiniteSet):
        return tuple(sorted(solutions, key=sp.default_sort_key))
    raise UndecidedError(
        f"the breakpoints of {context}, where {function} = 0, cannot be located exactly; "
        "write it as a Piecewise with explicit ends"
    )


def _polynomial_roots(polynomial, context):
    if polynomial.degree() == 1:
        slope, offset = polynomial.all_coeffs()
        return (sp.cancel(-offset / slope),)
    if not polynomial.free_symbols_in_domain:
        try:
            return tuple(dict.fromkeys(sp.real_roots(polynomial)))
        except NotImplementedError:  # coefficients outside the rationals
            roots = sp.roots(polynomial)
            if sum(roots.values()) == polynomial.degree():
                return tuple(r for r in roots if sp.im(r).equals(0))
    roots = sp.roots(polynomial)
    if sum(roots.values()) != polynomial.degree() or any(r.is_real is None for r in roots):
        raise UndecidedError(
            f"the breakpoints of {context}, the real zeros of {polynomial.as_expr()}, depend on "
            "its parameters; give them values"
        )
    return tuple(r for r in roots if r.is_real)
