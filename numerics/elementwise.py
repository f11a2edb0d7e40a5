"""A closed-form expression as a compiled loop over columns of arguments.

Where the kernel finds no number the value is mended: huge angles go to the C library, removable
singularities to a symbolic limit.  A kernel may also return the size of its terms, from which the
digits lost to cancellation can be told.
"""

from functools import cached_property

import numpy as np
import sympy as sp

from theory.errors import InputError

from .codegen import jet_source, module_source
from .laws.nodes import tabulated

__all__ = ["Elementwise"]

_DRIVER = """@njit(
    "int64(float64[:, ::1], float64[::1], float64[::1])",
    cache=True, fastmath=FLAGS, error_model="numpy", nogil=True,
)
def apply(a, tables, out):
    unknown = 0
    for i in range(out.size):
        y = f({arguments})[0]
        y = select({known}, y, math.nan)
        unknown += y != y
        out[i] = y
    return unknown
"""
_DRIVER_WITH_SIZES = """@njit(
    "void(float64[:, ::1], float64[::1], float64[::1], float64[::1])",
    cache=True, fastmath=FLAGS, error_model="numpy", nogil=True,
)
def apply_with_sizes(a, tables, out, sizes):
    for i in range(out.size):
        y, s = f({arguments})
        out[i] = select({known}, y, math.nan)
        sizes[i] = s
"""
_TRIGONOMETRIC = frozenset({"sin", "cos", "tan"})
_MOST_LIMITS = 16


class Elementwise:
    """A closed-form expression as a loop over columns; ``size`` goes with its rounding errors."""

    def __init__(self, expr, symbols, size=None):
        self.expr = expr
        self.symbols = symbols
        self.size = size
        self.laws = tabulated([expr] if size is None else [expr, size])
        self.jet = jet_source("f", self.laws.expressions, (*symbols, *self.laws.symbols))

    @cached_property
    def _tables(self):
        return np.array(self.laws.values)

    @cached_property
    def source(self):
        return self._text(self.jet)

    def __call__(self, rows):
        out = np.empty(rows.shape[1])
        if self._kernel(rows, self._tables, out):
            unknown = np.isnan(out) & np.isfinite(rows).all(axis=0)
            if unknown.any():
                out[unknown] = self._repair(np.ascontiguousarray(rows[:, unknown]))
        return out

    def with_sizes(self, rows):
        """Values, nan where the kernel finds none, and the values of ``size``."""
        out, sizes = np.empty(rows.shape[1]), np.empty(rows.shape[1])
        self._sized_kernel(rows, self._tables, out, sizes)
        return out, sizes

    @cached_property
    def _sized_kernel(self):
        from .kernels import load_module

        return load_module(self.source, str(self.expr)).apply_with_sizes

    @cached_property
    def _kernel(self):
        from .kernels import load_module

        return load_module(self.source, str(self.expr)).apply

    @cached_property
    def _library_kernel(self):
        from .kernels import load_module

        jet = jet_source(
            "f",
            self.laws.expressions[:1],
            (*self.symbols, *self.laws.symbols),
            library_trigonometry=True,
        )
        return load_module(self._text(jet), str(self.expr)).apply

    def _text(self, jet):
        arguments = [f"a[{i}, i]" for i in range(len(self.symbols))]
        known = " & ".join(f"({a} == {a})" for a in arguments) or "True"
        driver = _DRIVER if self.size is None else _DRIVER_WITH_SIZES
        tables = [f"tables[{i}]" for i in range(len(self.laws.symbols))]
        driver = driver.format(arguments=", ".join([*arguments, *tables]), known=known)
        return module_source([jet], driver, needs=["select"])

    def _repair(self, rows):
        """Values where the kernel found none: huge angles, and removable singularities."""
        out = np.full(rows.shape[1], np.nan)
        if self.jet.needs & _TRIGONOMETRIC:
            self._library_kernel(rows, self._tables, out)
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
