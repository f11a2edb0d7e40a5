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
from theory.gaussian import GaussianExpectation
from theory.symbols import x

from .elementwise import Elementwise
from .expectation_nodes import node_function

__all__ = ["CompiledFunction", "compile"]


def compile(obj, arguments: Sequence[sp.Symbol | str] | None = None) -> "CompiledFunction":
    """A vectorised float64 function of ``arguments`` that computes ``obj``.

    ``obj`` is an Activation, its text or name, an object that has one (a Gaussian pair), or an
    expression.  Without ``arguments`` an activation becomes a function of x and then of its
    parameters, by position or by keyword; an expression becomes a function of its symbols in the
    order of their names.  Gaussian expectations inside are computed by checked quadrature (1e-14
    relative; two-point ones by their closed form, or to 1e-12).

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
    elif isinstance(getattr(obj, "activation", None), Activation):
        return compile(obj.activation, arguments)
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
        result = self.on_rows(_rows(arrays, shape))
        return result.reshape(shape) if shape else float(result[0])

    @property
    def source(self) -> str:
        """The text of the generated module."""
        return self._plan.outer.source

    def on_rows(self, rows):
        """The value at each column of ``rows``, one row per argument."""
        plan = self._plan
        for index in self._correlations:
            if (np.abs(rows[index]) > 1.0 + 1e-12).any():
                worst = rows[index][np.nanargmax(np.abs(rows[index]))]
                name = self.arguments[index]
                raise InputError(f"{name} = {worst:g} is no correlation: it must lie in [-1, 1]")
        if plan.nodes:
            _check_domain(rows, self.arguments)
            if isinstance(self.expr, GaussianExpectation):
                return plan.nodes[0](rows)
            every = np.empty((len(rows) + len(plan.nodes), rows.shape[1]))
            every[: len(rows)] = rows
            for row, node in enumerate(plan.nodes, len(rows)):
                every[row] = node(rows)
            return plan.outer(every)
        return plan.outer(rows)

    @cached_property
    def _plan(self):
        names, nodes = {}, []
        for node in sorted(self.expr.atoms(GaussianExpectation), key=sp.default_sort_key):
            names[node] = sp.Symbol(f"_expectation{len(names)}", real=True)
            nodes.append(node_function(node, self.arguments))
        outer = self.expr.xreplace(names)
        return _Plan(Elementwise(outer, (*self.arguments, *names.values())), nodes)

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
    outer: Elementwise
    nodes: list[Callable]


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
