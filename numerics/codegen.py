"""SymPy expressions to the text of numba functions.

``jet_source`` prints one function that returns several expressions at once, after one common
subexpression elimination over all of them.  The text depends on the expressions alone (not on hash
seeds or on what was printed before), so equal questions share one compiled kernel.  Parameters
are arguments, never numbers in the text: a new value of a slope does not compile anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatchmethod

import sympy as sp
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Relational
from sympy.logic.boolalg import Boolean

from theory.errors import InputError
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

from .laws.nodes import KERNELS as LAW_KERNELS
from .stable_rewriting import dawson, exp_Phi, exp_Phi2, fold_constants, sech2, stable
from .vector_functions import source

__all__ = ["Jet", "jet_source", "module_source"]

#: SymPy function -> function of a kernel, branch-free.
_VECTOR = {
    sp.exp: "exp",
    expm1: "expm1",
    sp.log: "log",
    log1p: "log1p",
    sp.tanh: "tanh",
    sech2: "sech2",
    dawson: "dawson",
    sigmoid: "sigmoid",
    softplus: "softplus",
    sp.sinh: "sinh",
    sp.cosh: "cosh",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.asin: "asin",
    sp.acos: "acos",
    sp.atan: "atan",
    sp.erf: "erf",
    sp.erfc: "erfc",
    Phi: "Phi",
    Phi2: "Phi2",
    PhiGiven: "PhiGiven",
    BinormalExp: "BinormalExp",
    OwenT: "OwenT",
    exp_Phi: "exp_Phi",
    exp_Phi2: "exp_Phi2",
    CosBelow: "CosBelow",
    SinBelow: "SinBelow",
    **{function: name for name, function in LAW_KERNELS.items()},
}
#: The same by calls of the C library: exact argument reduction, for the rare huge argument.
_LIBRARY = {"sin": "math.sin", "cos": "math.cos", "tan": "math.tan"}
#: Functions that are only to be had from the C library.
_SCALAR = {
    sp.asinh: "math.asinh",
    sp.acosh: "math.acosh",
    sp.atanh: "math.atanh",
    sp.gamma: "math.gamma",
    sp.loggamma: "math.lgamma",
    sp.atan2: "math.atan2",
    sp.floor: "math.floor",
    sp.ceiling: "math.ceil",
}
_COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}


@dataclass(frozen=True)
class Jet:
    """The text of one function and the names of the vector functions it calls."""

    text: str
    needs: frozenset[str]


def jet_source(
    name: str,
    expressions: Sequence[sp.Expr],
    arguments: Sequence[sp.Symbol],
    *,
    library_trigonometry: bool = False,
) -> Jet:
    """A numba function ``name(arguments...)`` returning the tuple of ``expressions``.

    The arguments appear as ``v0, v1, ...`` in the text.  Raises InputError if an expression holds
    a symbol that is not an argument or a function that has no kernel.

    >>> from theory.symbols import x
    >>> print(jet_source("jet", [x * sp.tanh(x), sp.tanh(x) ** 2], [x]).text)
    @inner
    def jet(v0):
        t0 = tanh(v0)
        return (t0*v0, t0**2)
    """
    names = {symbol: f"v{i}" for i, symbol in enumerate(arguments)}
    for expr in expressions:
        unknown = sorted(str(s) for s in expr.free_symbols - names.keys())
        if unknown:
            raise InputError(
                f"{expr} contains {', '.join(unknown)}, which has no value; pass it as an argument"
            )
    prepared = [fold_constants(stable(sp.sympify(expr, strict=True))) for expr in expressions]
    # fixed names: the canonical order of the printed text must not depend on the user's names
    local = {s: sp.Symbol(n, real=True) for s, n in names.items()}
    prepared = [_real(expr.xreplace(local)) for expr in prepared]
    shared, reduced = sp.cse(prepared, symbols=(sp.Symbol(f"t{i}") for i in range(10**9)))
    printer = _Printer(library_trigonometry)
    lines = [f"    {symbol} = {printer.value(_real(value))}" for symbol, value in shared]
    values = ", ".join(printer.value(_real(value)) for value in reduced)
    if len(reduced) == 1:
        values += ","
    head = f"def {name}({', '.join(names.values())}):"
    text = "\n".join(["@inner", head, *lines, f"    return ({values})"])
    return Jet(text, frozenset(printer.needs))


def module_source(jets: Sequence[Jet], *drivers: str, needs: Sequence[str] = ()) -> str:
    """A self-contained module: the vector functions in use, the jets, then the drivers."""
    names = frozenset(needs).union(*(jet.needs for jet in jets))
    parts = [source(sorted(names)), *(jet.text for jet in jets), *drivers]
    return "\n\n\n".join(parts) + "\n"


def _real(expr):
    """``expr`` of parts that are real, which SymPy does not know of shared ones and of Phi."""
    if not (isinstance(expr, sp.Basic) and expr.has(sp.re, sp.im)):
        return expr
    return expr.replace(sp.im, lambda _: sp.S.Zero).replace(sp.re, lambda part: part)


class _Printer:
    """Expressions as Python text over float64; ``needs`` collects the functions called."""

    def __init__(self, library_trigonometry):
        self.library_trigonometry = library_trigonometry
        self.needs = set()

    def value(self, expr):
        """Text of a float64 number or of a truth value."""
        condition = isinstance(expr, Boolean) and not expr.is_Symbol
        return self._truth(expr) if condition else self._number(expr)

    @singledispatchmethod
    def _number(self, expr):
        raise _no_kernel(expr)

    @_number.register
    def _(self, expr: sp.Symbol):
        return expr.name

    @_number.register
    def _(self, expr: sp.Number):
        if expr is sp.nan:
            return "math.nan"
        text = repr(float(expr))
        return f"({text})" if text.startswith("-") else text

    @_number.register
    def _(self, expr: sp.NumberSymbol):
        return repr(float(expr.evalf(30)))

    @_number.register(sp.core.numbers.Infinity)
    def _(self, expr):
        return "math.inf"

    @_number.register(sp.core.numbers.NegativeInfinity)
    def _(self, expr):
        return "(-math.inf)"

    @_number.register
    def _(self, expr: sp.Add):
        text = ""
        for term in expr.args:
            coefficient, rest = term.as_coeff_Mul()
            if coefficient.is_negative and text:
                text += f" - {self._number(-coefficient * rest)}"
            else:
                text += (" + " if text else "") + self._number(term)
        return text

    @_number.register
    def _(self, expr: sp.Mul):
        above, below = [], []
        for factor in expr.args:
            base, exponent = factor.as_base_exp()
            if factor.is_Pow and exponent.is_Rational and exponent.is_negative:
                below.append(self._operand(sp.Pow(base, -exponent, evaluate=False)))
            elif factor is sp.S.NegativeOne:
                above.insert(0, "-1.0")
            else:
                above.append(self._operand(factor))
        text = "*".join(above) or "1.0"
        if text.startswith("-1.0*"):
            text = "-" + text[5:]
        if text.startswith("-"):
            text = f"({text})"
        return f"{text}/({'*'.join(below)})" if below else text

    @_number.register
    def _(self, expr: sp.Pow):
        base, exponent = expr.args
        if exponent == 1:
            return self._number(base)
        if exponent.is_Rational and exponent.is_negative:
            return f"1.0/{self._operand(sp.Pow(base, -exponent, evaluate=False))}"
        if exponent.is_Integer:
            return f"{self._operand(base)}**{int(exponent)}"
        if exponent.is_Rational and exponent.q == 2:
            root = f"math.sqrt({self._number(base)})"
            whole = int(exponent - sp.S.Half)
            if whole == 0:
                return root
            return f"{self._operand(base)}{f'**{whole}' if whole > 1 else ''}*{root}"
        if base is sp.E:
            return self._call("exp", [exponent])
        return f"math.pow({self._number(base)}, {self._number(exponent)})"

    @_number.register
    def _(self, expr: sp.Function):
        name = _VECTOR.get(expr.func)
        if name and self.library_trigonometry and name in _LIBRARY:
            name = _LIBRARY[name]
        if name is None:
            name = _SCALAR.get(expr.func)
        if name is None:
            for target in (sp.exp, sp.sin):
                other = expr.rewrite(target)
                if other.func is not expr.func and not other.has(expr.func):
                    return self._number(other)
            raise _no_kernel(expr)
        return self._call(name, expr.args)

    @_number.register
    def _(self, expr: sp.hyper):
        upper, lower, place = expr.args
        if (len(upper), len(lower)) != (2, 1):
            raise _no_kernel(expr)
        return self._call("gauss_hypergeometric", [*upper, *lower, place])

    @_number.register
    def _(self, expr: sp.Abs):
        return f"abs({self._number(expr.args[0])})"

    @_number.register
    def _(self, expr: sp.sign):
        a = self._number(expr.args[0])
        positive = self._select(f"{a} > 0.0", "1.0", "0.0")
        return self._select(f"{a} < 0.0", "-1.0", positive)

    @_number.register
    def _(self, expr: sp.Heaviside):
        a = self._number(expr.args[0])
        middle = self._select(f"{a} == 0.0", self._number(expr.args[1]), "0.0")
        return self._select(f"{a} > 0.0", "1.0", middle)

    @_number.register
    def _(self, expr: sp.Max):
        return self._extremum(expr.args, ">")

    @_number.register
    def _(self, expr: sp.Min):
        return self._extremum(expr.args, "<")

    @_number.register
    def _(self, expr: sp.Piecewise):
        text = "math.nan"
        for value, condition in reversed(expr.args):
            if condition == sp.true:
                text = self._number(value)
            else:
                text = self._select(self._truth(condition), self._number(value), text)
        return text

    def _extremum(self, values, comparison):
        text = self._number(values[0])
        for value in values[1:]:
            other = self._number(value)
            text = self._select(f"({other}) {comparison} ({text})", other, text)
        return text

    def _truth(self, condition):
        if condition in (sp.true, sp.false):
            return "(0.0 == 0.0)" if condition == sp.true else "(0.0 == 1.0)"
        if isinstance(condition, sp.Symbol):
            return condition.name
        if isinstance(condition, Relational) and condition.rel_op in _COMPARISONS:
            sides = [self._number(side) for side in condition.args]
            return f"({sides[0]}) {condition.rel_op} ({sides[1]})"
        if isinstance(condition, (sp.And, sp.Or)):
            sign = " & " if isinstance(condition, sp.And) else " | "
            parts = sorted(condition.args, key=sp.default_sort_key)
            return "(" + sign.join(f"({self._truth(part)})" for part in parts) + ")"
        if isinstance(condition, sp.Not):
            return f"(not ({self._truth(condition.args[0])}))"
        raise InputError(f"the condition {condition} of a Piecewise has no numeric kernel")

    def _select(self, condition, yes, no):
        self.needs.add("select")
        return f"select({condition}, {yes}, {no})"

    def _call(self, name, arguments):
        if "." not in name:
            self.needs.add(name)
        return f"{name}({', '.join(self._number(a) for a in arguments)})"

    def _operand(self, expr):
        """Text of a factor, in parentheses where precedence needs them."""
        text = self._number(expr)
        return f"({text})" if expr.is_Add or expr.is_Mul or expr.is_Pow else text


def _no_kernel(expr):
    return InputError(
        f"{type(expr).__name__} has no numeric kernel (in {expr}); "
        "rewrite it with elementary functions, erf, Phi, sigmoid, softplus or Piecewise"
    )
