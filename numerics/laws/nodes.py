"""Functions of a law inside an expression, as functions of a table that kernels can call.

A law without free symbols becomes a table whose address is one more argument of the kernel: the
text of the kernel knows no law, and another law or theta compiles nothing.  A law with a free
theta is summed on its contour at each point.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from theory.errors import InputError
from theory.laws.functions import LAW_FUNCTIONS, LawActivation, LawDensity, LawSurvival
from theory.laws.weibull_factor import WeibullFactor

__all__ = ["FUNCTIONS", "KERNELS", "Tabulated", "tabulated"]


def _kernel_function(name):
    return type(name, (sp.Function,), {"nargs": 2, "is_extended_real": True})


#: The kernels of ``compiled/law_table.py`` that read a table.
FUNCTIONS = (
    "law_odd",
    "law_odd_power",
    "law_slope",
    "law_slope_power",
    "law_bend",
    "law_bend_power",
    "law_positive",
    "law_positive_slope",
    "law_positive_bend",
)
_WEIBULL_NAMES = [
    "weibull_odd",
    "weibull_odd_slope",
    "weibull_positive",
    "weibull_positive_slope",
    "weibull_survival",
    "weibull_density",
    "weibull_density_slope",
]
#: Name of a kernel -> the SymPy function that stands for it: of a number and of a table or theta.
KERNELS = {name: _kernel_function(name) for name in (*FUNCTIONS, *_WEIBULL_NAMES)}


@dataclass(frozen=True, eq=False)
class Tabulated:
    """Expressions that call tables, the symbols of the tables and their values.

    ``tables`` keeps alive what the values point to.
    """

    expressions: tuple[sp.Expr, ...]
    symbols: tuple[sp.Symbol, ...] = ()
    values: tuple[float, ...] = ()
    tables: tuple = ()


def tabulated(expressions: Sequence[sp.Expr]) -> Tabulated:
    """``expressions`` without densities, survival functions and activations of laws.

    Raises InputError for what has no kernel: a law other than that of Weibull weights with a free
    parameter, or the density of such a law away from its activation.
    """
    expressions = tuple(expressions)
    if not any(_has_law(expr) for expr in expressions):
        return Tabulated(expressions)
    builder = _Builder()
    found = tuple(builder.visit(expr) for expr in expressions)
    return Tabulated(found, tuple(builder.symbols), tuple(builder.values), tuple(builder.tables))


def _has_law(expr):
    return isinstance(expr, sp.Basic) and expr.has(*LAW_FUNCTIONS)


def _is_activation_of(law, place):
    return isinstance(place, LawActivation) and place.law == law


class _Builder:
    def __init__(self):
        self.known, self.symbols, self.values, self.tables = {}, [], [], []

    def visit(self, expr):
        if not _has_law(expr):
            return expr
        if isinstance(expr, LawDensity) and _is_activation_of(expr.law, expr.argument):
            return self._density_at_activation(expr)
        if isinstance(expr, LawActivation):
            return self._activation(expr.law, self.visit(expr.argument), expr.kind, 0)
        if isinstance(expr, (LawDensity, LawSurvival)):
            return self._of_place(expr)
        args = [self.visit(a) for a in expr.args]
        result = expr.func(*args)
        return sp.expand(result) if self._cancels(expr, result) else result

    def _cancels(self, expr, result):
        """Derivatives beyond the first are sums in which the derivatives of f have cancelled."""
        inner = expr.atoms(LawDensity)
        return result.is_Add and any(d.order and d.argument.has(LawActivation) for d in inner)

    def _activation(self, law, place, kind, order):
        """phi, phi' or a derivative of log phi' at ``place``."""
        if law.free_symbols:
            if order > 1 or not isinstance(law, WeibullFactor):
                raise _no_kernel(law)
            name = f"weibull_{kind}" + ("_slope" if order else "")
            return KERNELS[name](place, law.theta)
        key = law, kind, order
        if key not in self.known:
            from .table import law_table

            table = law_table(law, kind, order)
            self.known[key] = KERNELS[table.function], self._argument(table.handle)
            self.tables.append(table)
        function, symbol = self.known[key]
        return function(place, symbol)

    def _density_at_activation(self, expr):
        r"""f^(n)(phi(x)) by the derivatives of phi: f(phi) phi' = g with g = c exp(-x^2/2)."""
        phi = expr.argument
        if phi.argument.has(*LAW_FUNCTIONS) and expr.order:
            raise _no_kernel(phi.law)
        x = phi.argument
        t = sp.Dummy("t", real=True)
        slope = sp.Function("slope", positive=True)(t)
        bends = [sp.Dummy(f"bend{k}", real=True) for k in range(expr.order)]
        weight = sp.sqrt(2 / sp.pi) if phi.kind == "odd" else 1 / sp.sqrt(2 * sp.pi)
        found = weight * sp.exp(-(t**2) / 2) / slope
        for _ in range(expr.order):
            found = found.diff(t).subs(slope.diff(t), slope * bends[0]) / slope
            found = found.subs({b.diff(t): 0 for b in bends})
            if expr.order > 1:
                raise _no_kernel(phi.law)
        place = self.visit(x)
        at = {slope: self._activation(phi.law, place, phi.kind, 1), t: place}
        for k, bend in enumerate(bends):
            at[bend] = self._activation(phi.law, place, phi.kind, 2 + k)
        return found.subs(at, simultaneous=True)

    def _of_place(self, expr):
        if not isinstance(expr.law, WeibullFactor):
            raise _no_kernel(expr.law)
        order = expr.order if isinstance(expr, LawDensity) else 0
        if order > 1:
            raise _no_kernel(expr.law)
        word = "survival" if isinstance(expr, LawSurvival) else "density"
        theta = expr.law.theta
        if not theta.free_symbols:
            theta = self._argument(float(theta))
        return KERNELS[f"weibull_{word}{'_slope' if order else ''}"](
            self.visit(expr.argument), theta
        )

    def _argument(self, value):
        symbol = sp.Symbol(f"_law{len(self.symbols)}", real=True)
        self.symbols.append(symbol)
        self.values.append(value)
        return symbol


def _no_kernel(law):
    return InputError(
        f"this function of {law} has no numeric kernel: give its parameters numbers, or evaluate "
        "it with evalf"
    )
