"""Symbolic objects to compiled functions of NumPy arrays.

``compile`` takes an activation (or its text or expression), a Gaussian expectation, or any
expression that contains such expectations, and returns a callable that broadcasts over float64
arrays.  Numba is imported when the callable is first called.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from numbers import Real

import numpy as np
import sympy as sp

from theory.activation import Activation, as_activation
from theory.errors import InputError
from theory.existence import require_existence
from theory.gaussian import GaussianExpectation
from theory.symbols import x

from .codegen import jet_source, module_source
from .moments import Moments

__all__ = ["CompiledFunction", "compile"]

_DRIVER = """@njit(
    "int64(float64[:, ::1], float64[::1])",
    cache=True, fastmath=FLAGS, error_model="numpy", nogil=True,
)
def apply(a, out):
    unknown = 0
    for i in range(out.size):
        y = f({arguments})[0]
        y = select({known}, y, math.nan)
        unknown += y != y
        out[i] = y
    return unknown
"""
_TRIGONOMETRIC = frozenset({"sin", "cos", "tan"})
_MOST_LIMITS = 16


def compile(obj, arguments: Sequence[sp.Symbol | str] | None = None) -> "CompiledFunction":
    """A vectorised float64 function of ``arguments`` that computes ``obj``.

    ``obj`` is an Activation, its text or name, or an expression.  Without ``arguments`` an
    activation becomes a function of x and then of its parameters, by position or by keyword; an
    expression becomes a function of its symbols in the order of their names.  Gaussian
    expectations inside are computed by checked quadrature (1e-14 relative; two-point ones by
    their closed form, or to 1e-12).

    Raises InputError if ``arguments`` do not cover the symbols of ``obj`` and, at a call, for
    arrays that are not real or leave the domain (a negative variance); PrecisionError and
    DivergentExpectationError from the quadrature.

    >>> relu = compile("max(x, 0)")
    >>> relu([-1, 2]), relu(3)
    (array([0., 2.]), 3.0)
    >>> from theory.gaussian import E
    >>> from theory.symbols import q
    >>> compile(E("max(x, 0)**2", q), [q])([2, 4])
    array([1., 2.])
    """
    if isinstance(obj, (Activation, str)) or (arguments is None and _is_activation(obj)):
        activation = as_activation(obj)
        expr = activation.expr
        symbols = (x, *activation.parameters)
    elif isinstance(obj, sp.Expr):
        expr = obj
        symbols = tuple(sorted(expr.free_symbols, key=str))
    else:
        raise InputError(
            f"cannot compile {obj!r}: pass an activation, its text, or a SymPy expression"
        )
    if arguments is not None:
        expr, symbols = _with_arguments(expr, arguments)
    return _compile(expr, symbols)


@lru_cache(maxsize=512)
def _compile(expr, symbols):
    return CompiledFunction(expr, symbols)


@dataclass(frozen=True, eq=False)
class CompiledFunction:
    """A function of ``arguments`` on arrays; ``source`` is the text that was compiled."""

    expr: sp.Expr
    arguments: tuple[sp.Symbol, ...]

    def __repr__(self):
        return f"<compiled function of {', '.join(map(str, self.arguments))}: {self.expr}>"

    def __call__(self, *values, **named):
        """Values of the arguments, which broadcast; a float if all are scalars, else an array."""
        if named or len(values) != len(self.arguments):
            values = self._ordered(values, named)
        arrays = [_real_array(v, s) for v, s in zip(values, self.arguments, strict=True)]
        shape = arrays[0].shape if len(arrays) == 1 else _common_shape(arrays)
        result = self._evaluate(_rows(arrays, shape))
        return result.reshape(shape) if shape else float(result[0])

    @property
    def source(self) -> str:
        """The text of the generated module."""
        return self._plan.outer.source

    def _evaluate(self, rows):
        """The value at each column of ``rows``, one row per argument."""
        plan = self._plan
        for index in self._correlations:
            if (np.abs(rows[index]) > 1.0 + 1e-12).any():
                worst = rows[index][np.nanargmax(np.abs(rows[index]))]
                name = self.arguments[index]
                raise InputError(f"{name} = {worst:g} is no correlation: it must lie in [-1, 1]")
        if plan.nodes:
            _check_domain(rows, self.arguments)
            every = np.empty((len(rows) + len(plan.nodes), rows.shape[1]))
            every[: len(rows)] = rows
            for row, node in enumerate(plan.nodes, len(rows)):
                every[row] = node(rows)
            return plan.outer(every)
        return plan.outer(rows)

    @cached_property
    def _plan(self):
        expr = _resolve_two_point(self.expr)
        names, nodes = {}, []
        for node in sorted(expr.atoms(GaussianExpectation), key=sp.default_sort_key):
            names[node] = sp.Symbol(f"_expectation{len(names)}", real=True)
            nodes.append(_node_function(node, self.arguments))
        return _Plan(_Elementwise(expr.xreplace(names), (*self.arguments, *names.values())), nodes)

    @cached_property
    def _correlations(self):
        """Where the arguments are that serve as a correlation."""
        laws = [e.covariance for e in self.expr.atoms(GaussianExpectation) if len(e.factors) == 2]
        ratios = {c[0, 1] / sp.sqrt(c[0, 0] * c[1, 1]) for c in laws}
        return [i for i, symbol in enumerate(self.arguments) if symbol in ratios]

    def _ordered(self, values, named):
        names = [str(symbol) for symbol in self.arguments]
        if len(values) > len(names):
            raise InputError(f"{len(values)} values for the arguments ({', '.join(names)})")
        found = dict(zip(names, values, strict=False))
        unknown = sorted(named.keys() - set(names))
        twice = sorted(named.keys() & found.keys())
        found.update(named)
        missing = [name for name in names if name not in found]
        for problem, culprits in (
            ("unknown", unknown),
            ("given twice", twice),
            ("missing", missing),
        ):
            if culprits:
                raise InputError(
                    f"{problem}: {', '.join(culprits)}; the arguments are ({', '.join(names)})"
                )
        return [found[name] for name in names]


@dataclass(frozen=True)
class _Plan:
    outer: "_Elementwise"
    nodes: list[Callable]


class _Elementwise:
    """A closed-form expression as a loop over columns."""

    def __init__(self, expr, symbols):
        self.expr = expr
        self.symbols = symbols
        self.jet = jet_source("f", [expr], symbols)

    @cached_property
    def source(self):
        return self._text(self.jet)

    def __call__(self, rows):
        out = np.empty(rows.shape[1])
        if self._kernel(rows, out):
            unknown = np.isnan(out) & np.isfinite(rows).all(axis=0)
            if unknown.any():
                out[unknown] = self._repair(np.ascontiguousarray(rows[:, unknown]))
        return out

    @cached_property
    def _kernel(self):
        from .kernels import load_module

        return load_module(self.source, str(self.expr)).apply

    @cached_property
    def _library_kernel(self):
        from .kernels import load_module

        jet = jet_source("f", [self.expr], self.symbols, library_trigonometry=True)
        return load_module(self._text(jet), str(self.expr)).apply

    def _text(self, jet):
        arguments = [f"a[{i}, i]" for i in range(len(self.symbols))]
        known = " & ".join(f"({a} == {a})" for a in arguments) or "True"
        driver = _DRIVER.format(arguments=", ".join(arguments), known=known)
        return module_source([jet], driver, needs=["select"])

    def _repair(self, rows):
        """Values where the kernel found none: huge angles, and removable singularities."""
        out = np.full(rows.shape[1], np.nan)
        if self.jet.needs & _TRIGONOMETRIC:
            self._library_kernel(rows, out)
        columns, where = np.unique(rows[:, np.isnan(out)], axis=1, return_inverse=True)
        if columns.shape[1] > _MOST_LIMITS:
            columns = columns[:, :1]
        limits = [self._limit(column) for column in columns.T]
        if limits:
            out[np.isnan(out)] = np.array(limits)[np.minimum(where.ravel(), len(limits) - 1)]
        return out

    def _limit(self, column):
        """The value as the arguments that are 0 tend to 0 from above."""
        at = dict(zip(self.symbols, map(sp.Rational, column), strict=True))
        value = self.expr.subs({symbol: v for symbol, v in at.items() if v != 0})
        for symbol in [symbol for symbol, v in at.items() if v == 0]:
            value = sp.limit(value, symbol, 0, "+")
        if value.is_number and value.is_extended_real and value is not sp.nan:
            return float(value)
        place = ", ".join(f"{symbol} = {float(v):g}" for symbol, v in at.items())
        raise InputError(f"{self.expr} is not a real number at {place}")


def _is_activation(obj):
    return isinstance(obj, sp.Expr) and x in obj.free_symbols and not obj.has(GaussianExpectation)


def _with_arguments(expr, arguments):
    """The expression in the given symbols; names stand for symbols of any assumptions."""
    if isinstance(arguments, (str, sp.Symbol)):
        arguments = (arguments,)
    by_name = {str(symbol): symbol for symbol in expr.free_symbols}
    symbols = []
    for argument in arguments:
        if not isinstance(argument, (str, sp.Symbol)):
            raise InputError(f"argument {argument!r} is neither a symbol nor the name of one")
        default = sp.Symbol(str(argument), real=True) if isinstance(argument, str) else argument
        symbols.append(by_name.get(str(argument), default))
    if len(set(symbols)) < len(symbols):
        raise InputError(f"arguments ({', '.join(map(str, symbols))}) contain a symbol twice")
    missing = sorted(str(symbol) for symbol in expr.free_symbols - set(symbols))
    if missing:
        raise InputError(
            f"{expr} also depends on {', '.join(missing)}; add it to the arguments or give a value"
        )
    return expr, tuple(symbols)


def _resolve_two_point(expr):
    """Replace two-variable expectations by their closed forms where these exist."""
    for node in sorted(expr.atoms(GaussianExpectation), key=sp.default_sort_key):
        if len(node.factors) == 2:
            closed = node.doit()
            if closed != node:
                expr = expr.xreplace({node: _resolve_two_point(closed)})
    return expr


def _node_function(node, arguments):
    """A function of rows of argument values that returns the node's values."""
    require_existence(node.factors, node.covariance, node.bound_symbols[0])
    if len(node.factors) == 2:
        return _TwoPoint(node, arguments)
    return _OnePoint(node, arguments)


class _OnePoint:
    """E f(m + sqrt(v) Z) where m, v and the parameters of f are functions of the arguments."""

    def __init__(self, node, arguments):
        integrand = node.factors[0].xreplace({node.bound_symbols[0]: x})
        self.parameters = tuple(s for s in arguments if s in integrand.free_symbols)
        self.moments = Moments((integrand,), self.parameters)
        self.columns = [arguments.index(s) for s in self.parameters]
        self.variance = _Elementwise(node.covariance[0, 0], arguments)
        self.mean = _Elementwise(node.means[0], arguments) if node.means[0] != 0 else None

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


class _TwoPoint:
    """A two-variable expectation without a closed form, one column at a time."""

    def __init__(self, node, arguments):
        self.node = node
        self.arguments = arguments
        inside = set().union(*(f.free_symbols for f in (*node.factors, *node.means)))
        entries = [node.covariance[0, 0], node.covariance[1, 1]]
        entries.append(node.covariance[0, 1] / sp.sqrt(entries[0] * entries[1]))
        fixed = not inside - set(node.bound_symbols)
        self.entries = [_Elementwise(e, arguments) for e in entries] if fixed else None

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
        return _compile(node, ())._evaluate(np.empty((0, 1)))[0]


def _check_domain(rows, arguments):
    for row, symbol in zip(rows, arguments, strict=True):
        if symbol.is_nonnegative and (row < 0).any():
            raise InputError(f"{symbol} is not negative by definition; got {row.min():g}")


def _rows(arrays, shape):
    """The broadcast arrays as contiguous rows, without a copy where there is only one array."""
    if len(arrays) == 1:
        return np.ascontiguousarray(arrays[0], dtype=float).reshape(1, -1)
    rows = np.empty((len(arrays), math.prod(shape)))
    for row, array in zip(rows, arrays, strict=True):
        row.reshape(shape)[...] = array
    return rows


def _common_shape(arrays):
    try:
        return np.broadcast_shapes(*(a.shape for a in arrays))
    except ValueError:
        shapes = ", ".join(str(a.shape) for a in arrays)
        raise InputError(f"arrays of the shapes {shapes} do not broadcast together") from None


def _float(value):
    """An exact real number as a float; anything else is left for the caller to refuse."""
    real = isinstance(value, Real) or getattr(value, "is_extended_real", False)
    return float(value) if real and not getattr(value, "free_symbols", None) else value


def _real_array(value, symbol):
    try:
        array = np.asarray(value)
        if array.dtype == object:
            array = np.array([_float(v) for v in array.ravel()]).reshape(array.shape)
    except ValueError:
        raise InputError(f"{symbol} must be a real number or an array; the rows differ") from None
    if array.dtype.kind not in "fiub":
        raise InputError(
            f"{symbol} must be a real number or an array of them; got dtype {array.dtype}"
        )
    return array
