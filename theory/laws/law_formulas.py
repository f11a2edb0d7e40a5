"""Formulas of users: a density in w, or E|W|^s in s, as the law of a magnitude."""

import ast

import sympy as sp

from ..errors import InitheoryError, InputError
from ..parser import exact, parse
from .gamma_quotient import GammaQuotient
from .mellin_law import MellinLaw
from .positive_law import PositiveLaw
from .weight_law import w

__all__ = ["density_magnitude", "mellin_magnitude"]

#: Functions that formulas of laws know besides those of activations, with their arguments.
SPECIAL = {
    "gamma": (sp.gamma, 1),
    "beta": (sp.beta, 2),
    "zeta": (sp.zeta, 1),
    "factorial": (sp.factorial, 1),
    "besselk": (sp.besselk, 2),
    "besseli": (sp.besseli, 2),
}

_S = sp.Symbol("s", positive=True)


def density_magnitude(formula, bound):
    """((argument), law) of a density proportional to ``formula`` in w."""
    from .density_law import law_of_density

    expr = _formula(formula, w, "Density")
    y = sp.Symbol("y", positive=True)
    right, left = (_on_half_line(expr, side * y) for side in (1, -1))
    if sp.simplify(right - left) != 0:
        raise InputError(f"Density: {expr} is not an even function of w; only symmetric laws are")
    end = sp.oo if bound is None else exact(bound, "Density: bound")
    if end is not sp.oo and not end.is_positive:
        raise InputError(f"Density: bound = {end} must be positive")
    shown = (("", expr),) if bound is None else (("", expr), ("bound", end))
    return shown, law_of_density(right, y, end)


def mellin_magnitude(formula) -> tuple[tuple, PositiveLaw]:
    """((argument), law) of E|W|^s = ``formula``, which must be 1 at s = 0."""
    from .quotient import recognised

    expr = _formula(formula, _S, "Mellin")
    at_zero = sp.limit(expr, _S, 0) if expr.subs(_S, 0).has(sp.nan) else expr.subs(_S, 0)
    if at_zero.is_number and abs(sp.N(at_zero - 1, 30)) > 1e-20:
        raise InputError(f"Mellin: the formula is {at_zero} at s = 0, and a law has E|W|^0 = 1")
    try:
        quotient = GammaQuotient.from_expr(expr, _S)
    except InputError:
        return (("", expr),), MellinLaw(expr, _S)
    return (("", expr),), recognised(quotient)


def _formula(formula, variable, what):
    if isinstance(formula, sp.Expr):
        same_name = {s: variable for s in formula.free_symbols if s.name == variable.name}
        return exact(formula.xreplace(same_name), what)
    if not isinstance(formula, str):
        raise InputError(f"{what}: give a formula in {variable} as text, not {formula!r}")
    try:
        expr = _with_special(formula, variable)
    except InitheoryError as error:
        raise InputError(f"{what}: {error}") from None
    others = expr.free_symbols - {variable}
    return expr.xreplace({s: sp.Symbol(s.name, positive=True) for s in others})


def _with_special(text, variable):
    """The grammar of activations with the functions of SPECIAL besides."""
    try:
        tree = ast.parse(text.replace("^", "**").strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return parse(text, variable=variable)  # which says what is wrong
    taken = {}
    tree = _Placeholders(taken, variable).visit(tree)
    return parse(ast.unparse(tree), variable=variable, symbols=tuple(taken)).xreplace(taken)


class _Placeholders(ast.NodeTransformer):
    """Puts a symbol in the place of each call of a special function."""

    def __init__(self, taken, variable):
        self.taken, self.variable = taken, variable

    def visit_Call(self, node):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in SPECIAL:
            return self.generic_visit(node)
        function, count = SPECIAL[name]
        if len(node.args) != count or node.keywords:
            raise InputError(f"{name} takes {count} arguments without names")
        arguments = [_with_special(ast.unparse(arg), self.variable) for arg in node.args]
        symbol = sp.Symbol(f"special_{len(self.taken)}", real=True)
        self.taken[symbol] = function(*arguments)
        return ast.Name(symbol.name, ast.Load())


def _on_half_line(expr, argument):
    return sp.refine(expr.subs(w, argument))
