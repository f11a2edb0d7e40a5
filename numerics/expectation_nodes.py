"""Gaussian expectations as functions of rows of argument values, one column per point.

One variable: checked quadrature (:mod:`numerics.moments`).  Two variables: the closed form where
there is one and where its terms do not cancel, otherwise quadrature in the plane.
"""

from functools import cached_property

import numpy as np
import sympy as sp

from theory.errors import DivergentExpectationError, PrecisionError, UndecidedError
from theory.existence import require_existence
from theory.gaussian import GaussianExpectation
from theory.special import CosBelow, Phi, Phi2, SinBelow
from theory.symbols import x

from .elementwise import Elementwise
from .moments import Moments
from .stable_rewriting import exp_Phi, exp_Phi2, stable

__all__ = ["node_function", "rounding_size"]

#: Terms this much larger than their sum leave 12 digits of it.
_MOST_CANCELLATION = 5000.0


def node_function(node, arguments):
    """A function of rows of argument values that returns the node's values."""
    require_existence(node.factors, node.covariance, node.bound_symbols[0])
    if len(node.factors) == 1:
        return OnePoint(node, arguments)
    closed = node.doit()
    if closed.has(GaussianExpectation):
        function = TwoPoint(node, arguments)
    else:
        function = ClosedTwoPoint(node, closed, arguments)
    condition = _condition(node)
    return function if condition == sp.true else _Within(node, condition, arguments, function)


def _condition(node):
    """For which laws the expectation exists; true where that is not decided."""
    try:
        return node.conditions
    except UndecidedError:
        return sp.true


class _Within:
    """A function of rows that refuses the laws under which the expectation does not exist.

    A closed form knows nothing of them: 1/sqrt(1 - 2 a q) only turns complex, and a determinant
    may be positive again beyond its first zero.
    """

    def __init__(self, node, condition, arguments, function):
        self.node = node
        self.condition = condition
        self.arguments = arguments
        self.function = function

    def __call__(self, rows):
        holds = np.broadcast_to(self._holds(*rows), rows.shape[1:])
        outside = ~holds & np.isfinite(rows).all(axis=0)
        if outside.any():
            column = rows[:, np.argmax(outside)]
            law = ", ".join(f"{s} = {v:g}" for s, v in zip(self.arguments, column, strict=True))
            raise DivergentExpectationError(
                f"{self.node} is infinite at {law}: it exists only for {self.condition}"
            )
        return self.function(rows)

    @cached_property
    def _holds(self):
        return sp.lambdify(self.arguments, self.condition, modules="numpy")


class OnePoint:
    """E f(m + sqrt(v) Z) where m, v and the parameters of f are functions of the arguments."""

    def __init__(self, node, arguments):
        integrand = node.factors[0].xreplace({node.bound_symbols[0]: x})
        self.parameters = tuple(s for s in arguments if s in integrand.free_symbols)
        self.moments = Moments((integrand,), self.parameters)
        self.columns = [arguments.index(s) for s in self.parameters]
        self.variance = Elementwise(node.covariance[0, 0], arguments)
        self.mean = Elementwise(node.means[0], arguments) if node.means[0] != 0 else None

    def __call__(self, rows):
        variance = self.variance(rows)
        mean = self.mean(rows) if self.mean else np.zeros_like(variance)
        if not self.columns:
            return self.moments(variance, (), mean)[0]
        result = np.empty_like(variance)
        sets, which = np.unique(rows[self.columns], axis=1, return_inverse=True)
        for i, values in enumerate(sets.T):
            here = which.ravel() == i
            result[here] = self.moments(variance[here], values, mean[here])[0]
        return result


class TwoPoint:
    """A two-variable expectation without a closed form, one column at a time."""

    def __init__(self, node, arguments):
        self.node = node
        self.arguments = arguments
        inside = set().union(*(f.free_symbols for f in (*node.factors, *node.means)))
        entries = [node.covariance[0, 0], node.covariance[1, 1]]
        entries.append(node.covariance[0, 1] / sp.sqrt(entries[0] * entries[1]))
        fixed = not inside - set(node.bound_symbols)
        self.entries = [Elementwise(e, arguments) for e in entries] if fixed else None

    def __call__(self, rows):
        if self.entries:
            return self._many(rows)
        columns, which = np.unique(rows, axis=1, return_inverse=True)
        return np.array([self._one(column) for column in columns.T])[which.ravel()]

    def _many(self, rows):
        """Variances and correlation by kernels, the integral by functions made once."""
        laws = np.array([entry(rows) for entry in self.entries])
        if laws.shape[1] == 1:
            return np.array([self._expectation(*map(float, laws[:, 0]))])
        laws, which = np.unique(laws, axis=1, return_inverse=True)
        values = np.array([self._expectation(*map(float, law)) for law in laws.T])
        return values[which.ravel()]

    @cached_property
    def _expectation(self):
        from .two_point_node import prepared

        return prepared(self.node)

    def _one(self, column):
        from .two_point_node import two_point_node

        at = dict(zip(self.arguments, map(sp.Rational, column), strict=True))
        node = self.node.subs(at)
        if isinstance(node, GaussianExpectation) and len(node.factors) == 2:
            return two_point_node(node)
        return _compiled(node, ())(np.empty((0, 1)))[0]


class ClosedTwoPoint:
    """A two-variable expectation by its closed form, or by quadrature where that cancels.

    The digits that are left are told from the sizes of the terms (:func:`rounding_size`) against
    the value and, where that is small, against sqrt(E f(X)^2 E g(Y)^2).
    """

    def __init__(self, node, closed, arguments):
        self.node = node
        self.arguments = arguments
        self.closed = Elementwise(closed, arguments)
        self.sized = Elementwise(closed, arguments, rounding_size(closed))
        self.integral = TwoPoint(node, arguments)

    def __call__(self, rows):
        values, sizes = self.sized.with_sizes(rows)
        doubtful = ~(sizes <= _MOST_CANCELLATION * np.abs(values)) & np.isfinite(rows).all(axis=0)
        if doubtful.any():
            where = np.flatnonzero(doubtful)
            scale = self._scale(np.ascontiguousarray(rows[:, where]))
            where = where[~(sizes[where] <= _MOST_CANCELLATION * scale)]
            if where.size:
                values[where] = self.integral(np.ascontiguousarray(rows[:, where]))
        lost = np.isnan(values)
        if lost.any():
            values[lost] = self.closed(np.ascontiguousarray(rows[:, lost]))
        return values

    def _scale(self, rows):
        """sqrt(E f(X)^2 E g(Y)^2), not below E |f(X) g(Y)|; 0 where it is infinite."""
        try:
            squares = [square(rows) for square in self._squares]
        except (DivergentExpectationError, PrecisionError):
            return np.zeros(rows.shape[1])
        return np.sqrt(squares[0]) * np.sqrt(squares[1])

    @cached_property
    def _squares(self):
        laws = zip(self.node.factors, self.node.means, (0, 1), strict=True)
        return [
            _compiled(
                GaussianExpectation((f**2,), (m,), [[self.node.covariance[i, i]]]), self.arguments
            )
            for f, m, i in laws
        ]


def _compiled(expr, arguments):
    """The compiled expression as a function of rows."""
    from .compile import CompiledFunction

    return CompiledFunction(expr, tuple(arguments)).on_rows


def rounding_size(expr: sp.Expr) -> sp.Expr:
    r"""What rounding errors of ``expr`` are proportional to: its value with all signs equal.

    An exponential multiplies the error of its argument by the size of that; Phi_2 is computed as
    a difference at negative correlations and next to 1.

    >>> from theory.symbols import q, rho
    >>> rounding_size(sp.exp(q) - 2 - q)
    q + (q + 1)*exp(q) + 2
    """
    expr = stable(expr)
    if expr.is_Add:
        return sp.Add(*map(rounding_size, expr.args))
    if expr.is_Mul:
        return sp.Mul(*map(rounding_size, expr.args))
    if isinstance(expr, (sp.exp, exp_Phi, exp_Phi2)):
        return (1 + rounding_size(expr.args[0])) * expr
    if expr.is_Pow and expr.exp.is_Integer and expr.exp.is_positive:
        return rounding_size(expr.base) ** expr.exp
    if isinstance(expr, Phi2):
        h, k, r = expr.args
        regular = Phi(h) * Phi(k) + sp.Abs(expr)
        return sp.Piecewise((regular, sp.Abs(r) < sp.Rational(37, 40)), (Phi(sp.Min(h, k)), True))
    if isinstance(expr, (CosBelow, SinBelow)):
        return Phi(expr.args[0])
    return sp.Abs(expr)
